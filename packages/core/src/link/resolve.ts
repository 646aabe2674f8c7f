/**
 * Finds the symbol of every reference of a chunk. Runs on workers, a chunk at a time, when all declarations are known and
 * the name table no longer changes; a chunk's references belong to one worker, so that nothing is written twice.
 */

import { STB } from "../elf/sym.js";
import { R_X86_64 } from "../elf/x86-64.js";
import { hash0, hash1, hash2, hashScope, hashSet } from "../memory/hash.js";
import type { NameTable } from "../memory/name-table.js";
import { Chunk } from "../protocol/chunk-table.js";
import { Decl, DeclFlag, Ref, RefKind, Reloc, Uav } from "../protocol/records.js";
import { hasPlace, UNDEFINED } from "./sections.js";
import type { LinkTables } from "./shared-link.js";
import { bindingOf, kindOf, REFERENCED, SYMBOL_WORDS, SymbolKind, type SymbolTable, SymField } from "./symbol-table.js";

/** The scope of exports and externs: names that all manifests share. */
export const GLOBAL_SCOPE = -1;

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
  /** Addresses become known when the program is loaded: count the relocations left for that time. */
  readonly dynamic: boolean;
}

const FAILURES_PER_CHUNK = 20;

/** Resolves the references of `chunk`; returns those that cannot be. */
export function resolveChunk(tables: LinkTables, chunk: number, options: ResolveOptions): Unresolved[] {
  const { chunks, names, symbols } = tables;
  const words = tables.arenaWords[chunks.get(chunk, Chunk.SLOT)]!;
  const symbolWords = symbols.words;
  const scope = options.scopes[chunks.get(chunk, Chunk.SOURCE)]!;
  const refs = chunks.getUnsigned(chunk, Chunk.REFS) / 4;
  const uavs = chunks.getUnsigned(chunk, Chunk.UAVS) / 4;
  const count = chunks.get(chunk, Chunk.REF_COUNT);
  const failures: Unresolved[] = [];

  for (let ref = 0; ref < count; ref++) {
    const at = refs + ref * Ref.WORDS;
    if (words[at + Ref.KIND] === RefKind.UAV) {
      words[at + Ref.SYMBOL] = words[uavs + words[at + Ref.HASH0]! * Uav.WORDS + Uav.SYMBOL]!;
      continue;
    }
    const symbol = findName(names, words[at + Ref.HASH0]!, words[at + Ref.HASH1]!, words[at + Ref.HASH2]!, scope);
    const failure = symbol === -1 ? Failure.UNDECLARED : bind(symbolWords, symbol, words, at, options.final);
    if (failure !== undefined && failures.length < FAILURES_PER_CHUNK) failures.push({ failure, chunk, ref, symbol });
  }
  if (options.dynamic && failures.length === 0) chunks.set(chunk, Chunk.DYNAMIC, countDynamic(tables, chunk, words));
  return failures;
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
  const isUndefined = symbolWords[at + SymField.SECTION] === UNDEFINED;
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
    // Equal values of several chunks are one symbol; the chunk that had it first writes it.
    if (symbols.get(symbol, SymField.CHUNK) !== chunk || symbols.get(symbol, SymField.RECORD) !== uav) continue;
    visit(
      symbol,
      words[at + Uav.FLAGS]!,
      words[at + Uav.BLOB]! >>> 0,
      words[at + Uav.RELOC]!,
      words[at + Uav.RELOC_COUNT]!,
    );
  }
}

/** Unnamed values get their place after resolution, when all alignments asked for are known. */
function willHavePlace(symbols: SymbolTable, symbol: number): boolean {
  const isPlaced = symbols.get(symbol, SymField.SECTION) !== UNDEFINED;
  return isPlaced || kindOf(symbols.get(symbol, SymField.FLAGS)) === SymbolKind.UAV;
}

/** How many 64-bit addresses of the chunk depend on where the program is loaded. */
function countDynamic(tables: LinkTables, chunk: number, words: Int32Array): number {
  const relocs = tables.chunks.getUnsigned(chunk, Chunk.RELOCS) / 4;
  const refs = tables.chunks.getUnsigned(chunk, Chunk.REFS) / 4;
  let dynamic = 0;
  forEachAtom(tables, chunk, (_symbol, flags, _blob, reloc, relocCount) => {
    if (!(flags & DeclFlag.ABSOLUTE)) return;
    for (let index = reloc; index < reloc + relocCount; index++) {
      const at = relocs + index * Reloc.WORDS;
      if (words[at + Reloc.TYPE] !== R_X86_64["64"]) continue;
      const target = words[refs + words[at + Reloc.REF]! * Ref.WORDS + Ref.SYMBOL]!;
      if (willHavePlace(tables.symbols, target)) dynamic++;
    }
  });
  return dynamic;
}
