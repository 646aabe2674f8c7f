/**
 * Committing a chunk: each declaration gets its symbol, its place in .symtab and .strtab, and its node. The coordinator
 * commits chunks one after another in the order of the input, whatever order they were emitted in, so that the output
 * does not depend on workers or timing.
 *
 * Seed: `navSymbol`, `updateNav`, `updateFunc`, `uavSymbol` (lines 3210-3299, 3466-3640).
 */

import { STB, STT } from "../elf/sym.js";
import type { MappedFile } from "../image/mapped-file.js";
import { NodeKind } from "../image/node-table.js";
import { hash0, hash1, hash2, hashScope, hashSet } from "../memory/hash.js";
import type { NameTable } from "../memory/name-table.js";
import { Chunk, type ChunkTable } from "../protocol/chunk-table.js";
import { alignOf, Decl, DeclFlag, DeclKind, externTypeOf, Uav, visibilityOf, withAlign } from "../protocol/records.js";
import type { DensePlaces } from "./dense-places.js";
import { forEachUsedUav, GLOBAL_SCOPE, UAV_SCOPE } from "./resolve.js";
import { SECTION_COUNT, sectionOf } from "./sections.js";
import {
  bindingOf,
  REFERENCED,
  SYMBOL_WORDS,
  SymbolKind,
  type SymbolTable,
  SymField,
  symbolFlags,
} from "./symbol-table.js";

/** So many names are looked up at a time. */
const BATCH = 128;

/** A name that was declared before: which record of which chunk, and the symbol of the first declaration. */
export interface Duplicate {
  readonly chunk: number;
  readonly decl: number;
  readonly first: number;
}

/** An export waits until all declarations are known, because it may come before what it names. */
export interface PendingExport {
  readonly chunk: number;
  readonly decl: number;
}

export class Committer {
  readonly duplicates: Duplicate[] = [];
  readonly exports: PendingExport[] = [];
  /** Global names without a definition yet, in order. */
  readonly externs: number[] = [];
  /** By such a name: the manifest whose extern says how it is wanted. */
  readonly #externScopes = new Map<number, number>();
  /** Unnamed values and lazy symbols in the order in which they were first referred to, and the alignment of each. */
  readonly uavs: number[] = [];
  readonly uavFlags: number[] = [];
  /** How many of them are lazy symbols. */
  lazies = 0;
  /** Of those that got a place. */
  placedUavs = 0;
  placedLazies = 0;
  /** Roots of the sections that have something in them, by section. */
  readonly sectionNodes: Int32Array = new Int32Array(SECTION_COUNT).fill(-1);
  /** Symbols in .symtab so far, the null symbol included; all are local while chunks are committed. */
  locals = 1;
  /** Bytes of .strtab so far. */
  stringBytes = 1;
  declarations = 0;

  /** First words of the hashes of a batch of names. */
  readonly #hashes = new Int32Array(BATCH);
  /** See `NameTable.peek`. */
  peeked = 0;

  readonly #image: MappedFile;
  readonly #names: NameTable;
  readonly #symbols: SymbolTable;
  readonly #chunks: ChunkTable;
  readonly #relocatable: boolean;
  /** Where atoms have no nodes. */
  readonly #dense: DensePlaces | undefined;

  constructor(
    image: MappedFile,
    names: NameTable,
    symbols: SymbolTable,
    chunks: ChunkTable,
    relocatable: boolean,
    dense: DensePlaces | undefined,
  ) {
    this.#image = image;
    this.#names = names;
    this.#symbols = symbols;
    this.#chunks = chunks;
    this.#relocatable = relocatable;
    this.#dense = dense;
  }

  /** Commits the declarations of `chunk`, whose records are in `words`, an arena. */
  commit(chunk: number, words: Int32Array, scope: number): void {
    const count = this.#chunks.get(chunk, Chunk.DECL_COUNT);
    const first = this.#chunks.getUnsigned(chunk, Chunk.DECLS) / 4;
    this.#symbols.reserve(count);
    this.#names.reserve(count * 2);
    if (this.#dense === undefined) this.#image.nodes.reserve(count);
    else this.#chunks.set(chunk, Chunk.TEXT_START, this.#dense.textEnd);
    this.declarations += count - this.#chunks.get(chunk, Chunk.DEAD_COUNT);
    for (let decl = 0; decl < count; decl++) {
      if (decl % BATCH === 0) this.#peek(words, first + decl * Decl.WORDS, Math.min(BATCH, count - decl), scope);
      const at = first + decl * Decl.WORDS;
      const kind = words[at + Decl.FLAGS]! & DeclFlag.KIND;
      if (words[at + Decl.FLAGS]! & DeclFlag.DEAD) continue;
      if (kind === DeclKind.EXPORT) this.exports.push({ chunk, decl });
      else if (kind === DeclKind.EXTERN) this.#extern(chunk, decl, words, at, scope);
      else this.#nav(chunk, decl, words, at, scope);
    }
  }

  /** Enters the unnamed values and lazy symbols of `chunk`: idle work, done in the order of commits whenever the queue would wait. */
  commitUavs(chunk: number, words: Int32Array): void {
    const count = this.#chunks.get(chunk, Chunk.UAV_COUNT);
    const first = this.#chunks.getUnsigned(chunk, Chunk.UAVS) / 4;
    // What is dead is not emitted again: its typed values are not what live ones of the same identity have become.
    if (this.#chunks.get(chunk, Chunk.DEAD_COUNT) === this.#chunks.get(chunk, Chunk.DECL_COUNT)) return;
    this.#symbols.reserve(count);
    this.#names.reserve(count);
    const scope = UAV_SCOPE;
    // Of dead declarations values may have been left that are not what their types make of them now.
    const used = this.#chunks.get(chunk, Chunk.DEAD_COUNT) === 0 ? undefined : new Uint8Array(count);
    if (used !== undefined)
      forEachUsedUav(this.#chunks, chunk, words, (uav) => {
        used[uav] = 1;
      });
    for (let uav = 0; uav < count; uav++) {
      const at = first + uav * Uav.WORDS;
      words[at + Uav.SYMBOL] = -1;
      if (used !== undefined && used[uav] === 0) continue;
      const flags = words[at + Uav.FLAGS]!;
      hashSet(words[at + Uav.HASH0]!, words[at + Uav.HASH1]!, words[at + Uav.HASH2]!);
      hashScope(scope);
      const present = this.#names.insert(hash0, hash1, hash2, this.uavs.length);
      const index = present === -1 ? this.uavs.length : present;
      if (present === -1) {
        const kind = flags & DeclFlag.KIND;
        if (kind !== DeclKind.UAV) this.lazies++;
        const type = kind === DeclKind.LAZY_CODE ? STT.FUNC : STT.OBJECT;
        const symbol = this.#symbols.add(symbolFlags(SymbolKind.UAV, type, STB.LOCAL, 0), chunk, uav);
        this.#symbols.set(symbol, SymField.SIZE, words[at + Uav.SIZE]!);
        this.uavs.push(symbol);
        this.uavFlags.push(flags);
      } else if (alignOf(flags) > alignOf(this.uavFlags[index]!)) {
        this.uavFlags[index] = withAlign(this.uavFlags[index]!, alignOf(flags));
      }
      words[at + Uav.SYMBOL] = this.uavs[index]!;
    }
  }

  /**
   * Gives unnamed value or lazy symbol number `index` its place, when all alignments asked for are known. Those that
   * nothing refers to get none.
   */
  placeUav(index: number): void {
    const symbol = this.uavs[index]!;
    if (!(this.#symbols.get(symbol, SymField.FLAGS) & REFERENCED)) return;
    this.placedUavs++;
    if ((this.uavFlags[index]! & DeclFlag.KIND) !== DeclKind.UAV) this.placedLazies++;
    this.#place(symbol, this.uavFlags[index]!, this.#symbols.getUnsigned(symbol, SymField.SIZE), NodeKind.UAV);
    this.#symbols.set(symbol, SymField.SLOT, this.locals++);
  }

  /** The global symbol called by the hash, made if need be. */
  global(
    h0: number,
    h1: number,
    h2: number,
    flags: number,
    chunk: number,
    decl: number,
    scope: number = GLOBAL_SCOPE,
  ): number {
    const symbol = this.#symbols.length;
    hashSet(h0, h1, h2);
    hashScope(scope);
    const present = this.#names.insert(hash0, hash1, hash2, symbol);
    return present === -1 ? this.#symbols.add(flags, chunk, decl) : present;
  }

  /** Sees to it that the slots of the next `count` names are in the cache: see `NameTable.peek`. */
  #peek(words: Int32Array, at: number, count: number, scope: number): void {
    const hashes = this.#hashes;
    for (let index = 0; index < count; index++, at += Decl.WORDS) {
      hashSet(words[at + Decl.HASH0]!, words[at + Decl.HASH1]!, words[at + Decl.HASH2]!);
      hashScope(scope);
      hashes[index] = hash0;
    }
    this.peeked = this.#names.peek(hashes, count);
  }

  #nav(chunk: number, decl: number, words: Int32Array, at: number, scope: number): void {
    const symbols = this.#symbols;
    const symbol = symbols.length;
    hashSet(words[at + Decl.HASH0]!, words[at + Decl.HASH1]!, words[at + Decl.HASH2]!);
    hashScope(scope);
    const present = this.#names.insert(hash0, hash1, hash2, symbol);
    if (present !== -1) {
      this.duplicates.push({ chunk, decl, first: present });
      return;
    }
    const flags = words[at + Decl.FLAGS]!;
    const size = words[at + Decl.SIZE]! >>> 0;
    const type =
      (flags & DeclFlag.KIND) === DeclKind.FUNC ? STT.FUNC : flags & DeclFlag.THREADLOCAL ? STT.TLS : STT.OBJECT;
    symbols.add(symbolFlags(SymbolKind.NAV, type, STB.LOCAL, 0), chunk, decl);
    const symbolAt = symbol * SYMBOL_WORDS;
    symbols.words[symbolAt + SymField.SIZE] = size;
    symbols.words[symbolAt + SymField.STRTAB] = this.stringBytes;
    symbols.words[symbolAt + SymField.SLOT] = this.locals++;
    this.stringBytes += words[at + Decl.NAME_LENGTH]! + 1;
    words[at + Decl.SYMBOL] = symbol;
    this.#place(symbol, flags, size, NodeKind.NAV);
  }

  #extern(chunk: number, decl: number, words: Int32Array, at: number, scope: number): void {
    const h0 = words[at + Decl.HASH0]!;
    const h1 = words[at + Decl.HASH1]!;
    const h2 = words[at + Decl.HASH2]!;
    const flags = words[at + Decl.FLAGS]!;
    const binding = flags & DeclFlag.WEAK ? STB.WEAK : STB.GLOBAL;
    const wanted = symbolFlags(SymbolKind.GLOBAL, externTypeOf(flags), binding, visibilityOf(flags));
    const before = this.#symbols.length;
    const symbol = this.global(h0, h1, h2, wanted, chunk, decl);
    if (symbol === before) {
      this.externs.push(symbol);
      this.#externScopes.set(symbol, scope);
    } else if (this.#isBetter(symbol, binding, scope)) {
      this.#symbols.set(symbol, SymField.FLAGS, wanted);
      this.#externScopes.set(symbol, scope);
    }
    hashSet(h0, h1, h2);
    hashScope(scope);
    const present = this.#names.insert(hash0, hash1, hash2, symbol);
    if (present !== -1) this.duplicates.push({ chunk, decl, first: present });
    words[at + Decl.SYMBOL] = symbol;
  }

  /**
   * Whether an extern says how a name is wanted, and not the one before it: what is wanted strongly anywhere is, as the last
   * manifest says, else as the first. Of edited manifests a later one may come first.
   */
  #isBetter(symbol: number, binding: number, scope: number): boolean {
    const other = bindingOf(this.#symbols.get(symbol, SymField.FLAGS));
    if (binding !== other) return binding === STB.GLOBAL;
    const isLater = scope > this.#externScopes.get(symbol)!;
    return binding === STB.GLOBAL ? isLater : !isLater;
  }

  #place(symbol: number, flags: number, size: number, kind: typeof NodeKind.NAV | typeof NodeKind.UAV): void {
    const section = sectionOf(flags, this.#relocatable);
    let root = this.sectionNodes[section]!;
    if (root === -1) {
      root = this.#image.addRoot({ size: 0, alignLog2: 0, kind: NodeKind.SECTION, owner: section });
      this.sectionNodes[section] = root;
    }
    const words = this.#symbols.words;
    const at = symbol * SYMBOL_WORDS;
    words[at + SymField.SECTION] = section;
    if (this.#dense !== undefined) {
      const offset =
        kind === NodeKind.NAV
          ? this.#dense.add(section, size, alignOf(flags))
          : this.#dense.addApart(section, size, alignOf(flags));
      words[at + SymField.VALUE] = offset;
      return;
    }
    const node = this.#image.append(root, size, alignOf(flags), kind, symbol);
    words[at + SymField.NODE] = node;
    words[at + SymField.VALUE] = this.#image.nodes.offset(node);
  }
}
