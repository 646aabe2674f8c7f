/**
 * Unnamed values on their way into the chunk's records, from text and from builders alike: what makes two of them the
 * same value is decided here and nowhere else.
 */

import {
  type Arena,
  DeclFlag,
  hash0,
  hash1,
  hash2,
  hashBytes,
  hashSet,
  hashWord,
  Ref,
  RefKind,
  Uav,
} from "@manifold/core";
import type { ChunkRecords } from "./chunk-records.js";
import { Pending, type PendingValue } from "./pending.js";
import type { WordList } from "./word-list.js";

export type Hash = readonly [number, number, number];

/** Mixed into the identity of typed values, which are never the same as untyped ones. */
const TYPED = 0x7e3a11d5;

export class UnnamedValues {
  /** The manifest of the chunk, whose names and types are its own. */
  scope = 0;
  readonly #records: ChunkRecords;
  readonly #arena: Arena;
  readonly #pending: WordList;

  constructor(records: ChunkRecords, arena: Arena, pending: WordList) {
    this.#records = records;
    this.#arena = arena;
    this.#pending = pending;
  }

  /** The reference to `offset` bytes into what `name` names in the manifest. */
  nameRef(name: Hash, offset: number, source: number, length: number): number {
    if (offset === 0) return this.#records.nameRef(name, name, 0, source, length);
    hashSet(name[0], name[1], name[2]);
    hashWord(offset);
    return this.#records.nameRef([hash0, hash1, hash2], name, offset, source, length);
  }

  /** The record of a value whose relocations are bound: an earlier one that is the same, or a new one. */
  enter(value: PendingValue): number {
    this.#hashValue(value);
    const flags = value.key === undefined ? value.flags : value.flags | DeclFlag.TYPED;
    const { uav, isNew } = this.#records.uav([hash0, hash1, hash2], value.blob, value.size, flags, value.source);
    if (isNew && value.to > value.from) {
      this.#records.uavs.words[uav * Uav.WORDS + Uav.RELOC_COUNT] = value.to - value.from;
      this.addRelocs(value.from, value.to);
    }
    return uav;
  }

  /** Makes records of the pending relocations `[from, to)`, whose targets are bound. */
  addRelocs(from: number, to: number): void {
    const { words } = this.#pending;
    for (let index = from; index < to; index++) {
      const at = index * Pending.WORDS;
      this.#records.addReloc(
        words[at + Pending.OFFSET]!,
        words[at + Pending.TYPE]!,
        words[at + Pending.REF]!,
        words[at + Pending.ADDEND_LOW]!,
        words[at + Pending.ADDEND_HIGH]!,
        words[at + Pending.SOURCE]!,
      );
    }
  }

  /**
   * A value's identity: its key, or else its bytes; and for each relocation place, type, addend and the target's identity.
   * Names belong to the manifest, and so does what refers to them; types do too.
   */
  #hashValue(value: PendingValue): void {
    if (value.key === undefined) hashBytes(this.#arena.bytes, value.blob, value.blob + value.size);
    else {
      const key = Buffer.from(value.key, "utf8");
      hashBytes(key, 0, key.length);
      hashWord(TYPED);
      hashWord(this.scope);
    }
    const pending = this.#pending.words;
    for (let index = value.from; index < value.to; index++) {
      const at = index * Pending.WORDS;
      hashWord(pending[at + Pending.OFFSET]!);
      hashWord(pending[at + Pending.TYPE]!);
      hashWord(pending[at + Pending.ADDEND_LOW]!);
      hashWord(pending[at + Pending.ADDEND_HIGH]!);
      this.#hashTarget(pending[at + Pending.REF]! * Ref.WORDS);
    }
  }

  #hashTarget(refAt: number): void {
    const refs = this.#records.refs.words;
    if (refs[refAt + Ref.KIND] === RefKind.NAME) {
      hashWord(this.scope);
      for (const field of [Ref.HASH0, Ref.HASH1, Ref.HASH2, Ref.OFFSET]) hashWord(refs[refAt + field]!);
    } else {
      const uavAt = refs[refAt + Ref.HASH0]! * Uav.WORDS;
      for (const field of [Uav.HASH0, Uav.HASH1, Uav.HASH2]) hashWord(this.#records.uavs.words[uavAt + field]!);
    }
  }
}
