/**
 * Gathers the records of one chunk (see core's `protocol/records.ts`) and copies them into the worker's arena when the
 * chunk is complete. References by name and unnamed values are kept once per chunk however often they occur.
 */

import {
  type Arena,
  alignOf,
  Chunk,
  Decl,
  hash0,
  hash1,
  hash2,
  hashBytes,
  Ref,
  RefKind,
  Reloc,
  Uav,
  withAlign,
} from "@manifold/core";
import { HashIndex } from "./hash-index.js";
import { WordList } from "./word-list.js";

export class ChunkRecords {
  readonly decls: WordList = new WordList(Decl.WORDS);
  readonly relocs: WordList = new WordList(Reloc.WORDS);
  readonly refs: WordList = new WordList(Ref.WORDS);
  readonly uavs: WordList = new WordList(Uav.WORDS);
  readonly #refIndex = new HashIndex();
  readonly #uavIndex = new HashIndex();
  /** The reference to each unnamed value, or -1. */
  readonly #refOfUav: number[] = [];
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  clear(): void {
    this.decls.clear();
    this.relocs.clear();
    this.refs.clear();
    this.uavs.clear();
    this.#refIndex.clear();
    this.#uavIndex.clear();
    this.#refOfUav.length = 0;
  }

  /** A new declaration, whose name is in the arena; its hash is then in core's `hash0..2`. Returns its index. */
  declare(kind: number, name: number, length: number, source: number): number {
    const at = this.decls.add();
    const { words } = this.decls;
    hashBytes(this.#arena.bytes, name, name + length);
    words[at + Decl.FLAGS] = kind;
    words[at + Decl.SOURCE] = source;
    words[at + Decl.NAME] = name;
    words[at + Decl.NAME_LENGTH] = length;
    words[at + Decl.HASH0] = hash0;
    words[at + Decl.HASH1] = hash1;
    words[at + Decl.HASH2] = hash2;
    words[at + Decl.BLOB] = 0;
    words[at + Decl.SIZE] = 0;
    words[at + Decl.RELOC] = 0;
    words[at + Decl.RELOC_COUNT] = 0;
    words[at + Decl.REF] = 0;
    words[at + Decl.SYMBOL] = -1;
    return this.decls.count - 1;
  }

  /** Gives a declaration its contents; the caller adds its relocations next. */
  define(decl: number, flags: number, blob: number, size: number, relocCount: number): void {
    const { words } = this.decls;
    const at = decl * Decl.WORDS;
    words[at + Decl.FLAGS]! |= flags;
    words[at + Decl.BLOB] = blob;
    words[at + Decl.SIZE] = size;
    words[at + Decl.RELOC] = this.relocs.count;
    words[at + Decl.RELOC_COUNT] = relocCount;
  }

  /**
   * The reference to `offset` bytes into what `name` names. The key hash tells names with different offsets apart; the
   * name hash is what the name is looked up by.
   */
  nameRef(
    key: readonly [number, number, number],
    name: readonly [number, number, number],
    offset: number,
    source: number,
    length: number,
  ): number {
    const index = this.refs.count;
    const present = this.#refIndex.insert(key[0], key[1], key[2], index);
    if (present !== -1) return present;
    const at = this.refs.add();
    const words = this.refs.words;
    words[at + Ref.KIND] = RefKind.NAME;
    words[at + Ref.HASH0] = name[0];
    words[at + Ref.HASH1] = name[1];
    words[at + Ref.HASH2] = name[2];
    words[at + Ref.SOURCE] = source;
    words[at + Ref.SOURCE_LENGTH] = length;
    words[at + Ref.OFFSET] = offset;
    words[at + Ref.SYMBOL] = -1;
    return index;
  }

  /** The reference to what a name names, without an offset: as `nameRef`, and without an array for the hash. */
  nameRefAt(h0: number, h1: number, h2: number, source: number, length: number): number {
    const index = this.refs.count;
    const present = this.#refIndex.insert(h0, h1, h2, index);
    if (present !== -1) return present;
    const at = this.refs.add();
    const words = this.refs.words;
    words[at + Ref.KIND] = RefKind.NAME;
    words[at + Ref.HASH0] = h0;
    words[at + Ref.HASH1] = h1;
    words[at + Ref.HASH2] = h2;
    words[at + Ref.SOURCE] = source;
    words[at + Ref.SOURCE_LENGTH] = length;
    words[at + Ref.OFFSET] = 0;
    words[at + Ref.SYMBOL] = -1;
    return index;
  }

  /** The reference to the unnamed value `uav` of this chunk. */
  uavRef(uav: number, source: number): number {
    const present = this.#refOfUav[uav]!;
    if (present !== -1) return present;
    this.#refOfUav[uav] = this.refs.count;
    const at = this.refs.add();
    const words = this.refs.words;
    words[at + Ref.KIND] = RefKind.UAV;
    words[at + Ref.HASH0] = uav;
    words[at + Ref.SOURCE] = source;
    words[at + Ref.SOURCE_LENGTH] = 0;
    words[at + Ref.OFFSET] = 0;
    words[at + Ref.SYMBOL] = -1;
    return this.refs.count - 1;
  }

  /**
   * The unnamed value with this hash: an earlier one of the chunk, whose alignment is raised where this asks for more, or
   * a new record, to which the caller adds relocations.
   */
  uav(
    hash: readonly [number, number, number],
    blob: number,
    size: number,
    flags: number,
    source: number,
  ): { readonly uav: number; readonly isNew: boolean } {
    const index = this.uavs.count;
    const present = this.#uavIndex.insert(hash[0], hash[1], hash[2], index);
    if (present !== -1) {
      this.raiseAlign(present, alignOf(flags));
      return { uav: present, isNew: false };
    }
    const at = this.uavs.add();
    const words = this.uavs.words;
    words[at + Uav.HASH0] = hash[0];
    words[at + Uav.HASH1] = hash[1];
    words[at + Uav.HASH2] = hash[2];
    words[at + Uav.BLOB] = blob;
    words[at + Uav.SIZE] = size;
    words[at + Uav.FLAGS] = flags;
    words[at + Uav.RELOC] = this.relocs.count;
    words[at + Uav.RELOC_COUNT] = 0;
    words[at + Uav.SOURCE] = source;
    words[at + Uav.SYMBOL] = -1;
    this.#refOfUav.push(-1);
    return { uav: index, isNew: true };
  }

  /** Makes sure that an unnamed value is aligned at least to `alignLog2`. */
  raiseAlign(uav: number, alignLog2: number): void {
    const { words } = this.uavs;
    const at = uav * Uav.WORDS + Uav.FLAGS;
    if (alignLog2 > alignOf(words[at]!)) words[at] = withAlign(words[at]!, alignLog2);
  }

  addReloc(offset: number, type: number, ref: number, addendLow: number, addendHigh: number, source: number): void {
    const at = this.relocs.add();
    const words = this.relocs.words;
    words[at + Reloc.OFFSET] = offset;
    words[at + Reloc.TYPE] = type;
    words[at + Reloc.REF] = ref;
    words[at + Reloc.ADDEND_LOW] = addendLow;
    words[at + Reloc.ADDEND_HIGH] = addendHigh;
    words[at + Reloc.SOURCE] = source;
  }

  /** Copies the records into the arena; `set` is told where they are, field by field of the chunk's record. */
  publish(set: (field: number, value: number) => void): void {
    set(Chunk.DECLS, this.#push(this.decls));
    set(Chunk.DECL_COUNT, this.decls.count);
    set(Chunk.RELOCS, this.#push(this.relocs));
    set(Chunk.RELOC_COUNT, this.relocs.count);
    set(Chunk.REFS, this.#push(this.refs));
    set(Chunk.REF_COUNT, this.refs.count);
    set(Chunk.UAVS, this.#push(this.uavs));
    set(Chunk.UAV_COUNT, this.uavs.count);
  }

  #push(list: WordList): number {
    return this.#arena.pushWords(list.words, list.count * list.stride);
  }
}
