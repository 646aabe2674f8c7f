/**
 * Finds the symbol of every reference of a chunk. Runs on workers, a chunk at a time, when all declarations are known and
 * the name table no longer changes; a chunk's references belong to one worker, so that nothing is written twice.
 */

import { STB } from "../elf/sym.js";
import { hash0, hash1, hash2, hashScope, hashSet } from "../memory/hash.js";
import type { NameTable } from "../memory/name-table.js";
import { Chunk, ChunkStatus, type ChunkTable } from "../protocol/chunk-table.js";
import { Decl, DeclFlag, DeclKind, Ref, RefKind, Reloc, Uav } from "../protocol/records.js";
import { hasPlace, UNDEFINED } from "./sections.js";
import type { LinkTables } from "./shared-link.js";
import { bindingOf, kindOf, REFERENCED, SYMBOL_WORDS, SymbolKind, SymField } from "./symbol-table.js";

/** The scope of exports and externs: names that all manifests share. */
export const GLOBAL_SCOPE = -1;
/** The scope of unnamed values, which are found by their content. */
export const UAV_SCOPE = -2;

/** The scope of a manifest's exports of internal linkage: names that no other manifest sees. */
export function internalScope(scope: number): number {
  return -1000 - scope;
}

export const Failure = { UNDECLARED: 0, UNDEFINED: 1, OUTSIDE: 2 } as const;

/** A reference that cannot be resolved: what is wrong, and where in the chunk's text the name stands. */
export interface Unresolved {
  readonly failure: number;
  readonly chunk: number;
  readonly ref: number;
  /** The symbol, where there is one. */
  readonly symbol: number;
}

export interface ResolveOptions {
  /** By source index. */
  readonly scopes: readonly number[];
  /** Undefined symbols are an error: the output is no relocatable file. */
  readonly final: boolean;
}

const FAILURES_PER_CHUNK = 20;

/** So many references are looked up at a time. */
const BATCH = 256;

/**
 * Resolves references, chunk by chunk. Every name leads to a slot of the name table, and from there to a symbol, each
 * somewhere in memory: batches of them go through both steps together, so that the processor waits for many at a time
 * (see `NameTable.peek`).
 */
export class Resolver {
  readonly #tables: LinkTables;
  readonly #options: ResolveOptions;
  /** By reference of the batch: the symbol that its name stands for, or -1. */
  readonly #found = new Int32Array(BATCH);
  /** First words of the hashes of the names. */
  readonly #hashes = new Int32Array(BATCH);
  /** See `NameTable.peek`. */
  peeked = 0;

  constructor(tables: LinkTables, options: ResolveOptions) {
    this.#tables = tables;
    this.#options = options;
  }

  /** Resolves the references of `chunk`; returns those that cannot be. */
  resolve(chunk: number): Unresolved[] {
    const { chunks, symbols } = this.#tables;
    if (chunks.status(chunk) !== ChunkStatus.EMITTED) return [];
    const words = this.#tables.arenaWords[chunks.get(chunk, Chunk.SLOT)]!;
    const scope = this.#options.scopes[chunks.get(chunk, Chunk.SOURCE)]!;
    const count = chunks.get(chunk, Chunk.REF_COUNT);
    const failures: Unresolved[] = [];
    const live = chunks.get(chunk, Chunk.DEAD_COUNT) === 0 ? undefined : liveRefs(chunks, chunk, words);
    for (let ref = 0; ref < count; ref += BATCH) {
      const end = Math.min(count, ref + BATCH);
      this.#find(chunk, words, ref, end, scope);
      this.#bind(chunk, words, ref, end, live, failures);
    }
    markUavs(chunks, chunk, words, symbols.words);
    return failures;
  }

  /** Finds the symbols of the names of references `[first, end)`. */
  #find(chunk: number, words: Int32Array, first: number, end: number, scope: number): void {
    const { chunks, names, symbols } = this.#tables;
    const symbolWords = symbols.words;
    const refs = chunks.getUnsigned(chunk, Chunk.REFS) / 4;
    const found = this.#found;
    const hashes = this.#hashes;
    for (let ref = first; ref < end; ref++) {
      const at = refs + ref * Ref.WORDS;
      // Nearly all are names of the manifest itself.
      hashSet(words[at + Ref.HASH0]!, words[at + Ref.HASH1]!, words[at + Ref.HASH2]!);
      hashScope(scope);
      hashes[ref - first] = hash0;
    }
    let seen = names.peek(hashes, end - first);
    for (let ref = first; ref < end; ref++) {
      const at = refs + ref * Ref.WORDS;
      if (words[at + Ref.KIND] === RefKind.UAV) {
        found[ref - first] = -1;
        continue;
      }
      const symbol = findName(names, words[at + Ref.HASH0]!, words[at + Ref.HASH1]!, words[at + Ref.HASH2]!, scope);
      found[ref - first] = symbol;
    }
    for (let index = 0; index < end - first; index++) {
      const symbol = found[index]!;
      if (symbol !== -1) seen ^= symbolWords[symbol * SYMBOL_WORDS + SymField.ALIAS]!;
    }
    this.peeked = seen;
  }

  /** Stores in references `[first, end)` what they stand for. */
  #bind(
    chunk: number,
    words: Int32Array,
    first: number,
    end: number,
    live: Uint8Array | undefined,
    failures: Unresolved[],
  ): void {
    const { chunks, symbols } = this.#tables;
    const symbolWords = symbols.words;
    const refs = chunks.getUnsigned(chunk, Chunk.REFS) / 4;
    const uavs = chunks.getUnsigned(chunk, Chunk.UAVS) / 4;
    for (let ref = first; ref < end; ref++) {
      const at = refs + ref * Ref.WORDS;
      if (words[at + Ref.KIND] === RefKind.UAV) {
        words[at + Ref.SYMBOL] = words[uavs + words[at + Ref.HASH0]! * Uav.WORDS + Uav.SYMBOL]!;
        continue;
      }
      const symbol = this.#found[ref - first]!;
      if (live !== undefined && live[ref] === 0) {
        // An unnamed value of dead declarations may be one of live ones in other chunks, who tell what is wrong with it.
        const alias = symbol === -1 ? -1 : symbolWords[symbol * SYMBOL_WORDS + SymField.ALIAS]!;
        words[at + Ref.SYMBOL] = alias === -1 ? symbol : alias;
        continue;
      }
      const failure = symbol === -1 ? Failure.UNDECLARED : bind(symbolWords, symbol, words, at, this.#options.final);
      if (failure !== undefined && failures.length < FAILURES_PER_CHUNK) failures.push({ failure, chunk, ref, symbol });
    }
  }
}

/** The words of an arena in which the records of a chunk lie, and where each kind begins. */
function recordsOf(chunks: ChunkTable, chunk: number): { decls: number; relocs: number; refs: number; uavs: number } {
  return {
    decls: chunks.getUnsigned(chunk, Chunk.DECLS) / 4,
    relocs: chunks.getUnsigned(chunk, Chunk.RELOCS) / 4,
    refs: chunks.getUnsigned(chunk, Chunk.REFS) / 4,
    uavs: chunks.getUnsigned(chunk, Chunk.UAVS) / 4,
  };
}

/** By reference: whether a declaration that is not DEAD uses it, itself or through unnamed values. */
function liveRefs(chunks: ChunkTable, chunk: number, words: Int32Array): Uint8Array {
  const { relocs, refs, uavs } = recordsOf(chunks, chunk);
  const live = new Uint8Array(chunks.get(chunk, Chunk.REF_COUNT));
  forEachUsedUav(chunks, chunk, words, (uav) => {
    const at = uavs + uav * Uav.WORDS;
    markRelocs(words[at + Uav.RELOC]!, words[at + Uav.RELOC_COUNT]!);
  });
  const { decls } = recordsOf(chunks, chunk);
  for (let decl = chunks.get(chunk, Chunk.DECL_COUNT) - 1; decl >= 0; decl--) {
    const at = decls + decl * Decl.WORDS;
    if (hasPlace(words, at)) markRelocs(words[at + Decl.RELOC]!, words[at + Decl.RELOC_COUNT]!);
    else if (isLiveExport(words, at)) live[words[at + Decl.REF]!] = 1;
  }
  for (let ref = 0; ref < live.length; ref++)
    if (words[refs + ref * Ref.WORDS + Ref.KIND] === RefKind.UAV) live[ref] = 1;
  return live;

  function markRelocs(first: number, count: number): void {
    for (let reloc = first; reloc < first + count; reloc++) live[words[relocs + reloc * Reloc.WORDS + Reloc.REF]!] = 1;
  }
}

function isLiveExport(words: Int32Array, at: number): boolean {
  const flags = words[at + Decl.FLAGS]!;
  return (flags & DeclFlag.KIND) === DeclKind.EXPORT && !(flags & DeclFlag.DEAD);
}

/** Says of the unnamed values that something in the chunk refers to that they are wanted. */
function markUavs(chunks: ChunkTable, chunk: number, words: Int32Array, symbolWords: Int32Array): void {
  const { uavs } = recordsOf(chunks, chunk);
  forEachUsedUav(chunks, chunk, words, (uav) => {
    const at = words[uavs + uav * Uav.WORDS + Uav.SYMBOL]! * SYMBOL_WORDS + SymField.FLAGS;
    if (!(symbolWords[at]! & REFERENCED)) Atomics.or(symbolWords, at, REFERENCED);
  });
}

/** Calls `visit` with each unnamed value of the chunk that a declaration refers to, itself or through others, once. */
export function forEachUsedUav(
  chunks: ChunkTable,
  chunk: number,
  words: Int32Array,
  visit: (uav: number) => void,
): void {
  const uavCount = chunks.get(chunk, Chunk.UAV_COUNT);
  if (uavCount === 0) return;
  const { decls, relocs, refs, uavs } = recordsOf(chunks, chunk);
  const seen = new Uint8Array(uavCount);
  const work: number[] = [];
  const declEnd = decls + chunks.get(chunk, Chunk.DECL_COUNT) * Decl.WORDS;
  for (let at = decls; at < declEnd; at += Decl.WORDS) {
    if (hasPlace(words, at)) reach(words[at + Decl.RELOC]!, words[at + Decl.RELOC_COUNT]!);
    else if (isLiveExport(words, at)) reachRef(words[at + Decl.REF]!);
  }
  for (let uav = work.pop(); uav !== undefined; uav = work.pop()) {
    visit(uav);
    const at = uavs + uav * Uav.WORDS;
    reach(words[at + Uav.RELOC]!, words[at + Uav.RELOC_COUNT]!);
  }

  function reach(first: number, count: number): void {
    for (let reloc = first; reloc < first + count; reloc++) reachRef(words[relocs + reloc * Reloc.WORDS + Reloc.REF]!);
  }
  function reachRef(ref: number): void {
    const at = refs + ref * Ref.WORDS;
    if (words[at + Ref.KIND] !== RefKind.UAV) return;
    const uav = words[at + Ref.HASH0]!;
    if (seen[uav] !== 0) return;
    seen[uav] = 1;
    work.push(uav);
  }
}

/** The symbol that a name means within `scope`: a nav or extern of the manifest, else what is exported, or -1. */
export function findName(names: NameTable, h0: number, h1: number, h2: number, scope: number): number {
  hashSet(h0, h1, h2);
  hashScope(scope);
  const local = names.find(hash0, hash1, hash2);
  if (local !== -1) return local;
  hashSet(h0, h1, h2);
  hashScope(internalScope(scope));
  const internal = names.find(hash0, hash1, hash2);
  if (internal !== -1) return internal;
  hashSet(h0, h1, h2);
  hashScope(GLOBAL_SCOPE);
  return names.find(hash0, hash1, hash2);
}

/**
 * Stores what the name stands for: the nav behind an export, so that relocations need not follow aliases. In a
 * relocatable file a weak export stays: what it stands for in the end, another linker decides.
 */
function bind(
  symbolWords: Int32Array,
  symbol: number,
  words: Int32Array,
  refAt: number,
  final: boolean,
): number | undefined {
  const alias = symbolWords[symbol * SYMBOL_WORDS + SymField.ALIAS]!;
  const stays = alias === -1 || (!final && isWeak(symbolWords[symbol * SYMBOL_WORDS + SymField.FLAGS]!));
  const target = stays ? symbol : alias;
  const at = target * SYMBOL_WORDS;
  words[refAt + Ref.SYMBOL] = target;
  const flags = symbolWords[at + SymField.FLAGS]!;
  // Unnamed values get their place later; who refers to an exported one by name wants it as well.
  const isUav = kindOf(flags) === SymbolKind.UAV;
  if (isUav && !(flags & REFERENCED)) Atomics.or(symbolWords, at + SymField.FLAGS, REFERENCED);
  const isUndefined = symbolWords[at + SymField.SECTION] === UNDEFINED && !isUav;
  if (isUndefined && !(symbolWords[at + SymField.FLAGS]! & REFERENCED))
    Atomics.or(symbolWords, at + SymField.FLAGS, REFERENCED);
  if (isUndefined && final && !isWeak(symbolWords[at + SymField.FLAGS]!)) return Failure.UNDEFINED;
  const offset = words[refAt + Ref.OFFSET]!;
  return !isUndefined && offset > symbolWords[at + SymField.SIZE]! >>> 0 ? Failure.OUTSIDE : undefined;
}

function isWeak(flags: number): boolean {
  return bindingOf(flags) === STB.WEAK;
}

/** Calls `visit` with the first relocation and the count of every atom that `chunk` gives a place. */
export function forEachAtom(
  tables: LinkTables,
  chunk: number,
  visit: (symbol: number, flags: number, blob: number, reloc: number, relocCount: number) => void,
): void {
  const { chunks, symbols } = tables;
  if (chunks.status(chunk) !== ChunkStatus.EMITTED) return;
  const words = tables.arenaWords[chunks.get(chunk, Chunk.SLOT)]!;
  const decls = chunks.getUnsigned(chunk, Chunk.DECLS) / 4;
  const declEnd = decls + chunks.get(chunk, Chunk.DECL_COUNT) * Decl.WORDS;
  for (let at = decls; at < declEnd; at += Decl.WORDS) {
    if (!hasPlace(words, at)) continue;
    visit(
      words[at + Decl.SYMBOL]!,
      words[at + Decl.FLAGS]!,
      words[at + Decl.BLOB]! >>> 0,
      words[at + Decl.RELOC]!,
      words[at + Decl.RELOC_COUNT]!,
    );
  }
  const uavs = chunks.getUnsigned(chunk, Chunk.UAVS) / 4;
  const uavCount = chunks.get(chunk, Chunk.UAV_COUNT);
  for (let uav = 0; uav < uavCount; uav++) {
    const at = uavs + uav * Uav.WORDS;
    const symbol = words[at + Uav.SYMBOL]!;
    if (symbol === -1) continue;
    // Equal values of several chunks are one symbol; the chunk that had it first writes it.
    if (symbols.get(symbol, SymField.CHUNK) !== chunk || symbols.get(symbol, SymField.RECORD) !== uav) continue;
    if (symbols.get(symbol, SymField.SECTION) === UNDEFINED) continue;
    visit(
      symbol,
      words[at + Uav.FLAGS]!,
      words[at + Uav.BLOB]! >>> 0,
      words[at + Uav.RELOC]!,
      words[at + Uav.RELOC_COUNT]!,
    );
  }
}
