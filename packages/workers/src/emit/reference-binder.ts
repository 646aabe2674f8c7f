/**
 * From names and values to references of the chunk. A declaration's `refs` bind local names; what they and typed values
 * point to without a name becomes an unnamed value, which has one record in the chunk however often it occurs.
 */

import {
  type Arena,
  blame,
  hash0,
  hash1,
  hash2,
  hashBytes,
  hashSet,
  hashWord,
  ManifestError,
  Ref,
  RefKind,
  Uav,
} from "@manifold/core";
import type { ChunkRecords } from "./chunk-records.js";
import { Pending, type PendingValue, Target } from "./pending.js";
import { keyOf, type UnnamedTarget, type ValueEmitter } from "./value-emitter.js";
import type { WordList } from "./word-list.js";

export type Hash = readonly [number, number, number];

/** A name and where it stands in the chunk's text. */
export interface NameAt {
  readonly hash: Hash;
  readonly source: number;
  readonly length: number;
}

/** What a name in `refs` is bound to: a reference of the chunk, or an unnamed value whose relocations wait for binding. */
export interface LocalRef {
  readonly hash: Hash;
  ref: number;
  readonly value: PendingValue | undefined;
}

/** Mixed into the identity of typed values, which are never the same as untyped ones. */
const TYPED = 0x7e3a11d5;

export class ReferenceBinder {
  /** The manifest of the chunk, whose names and types are its own. */
  scope = 0;
  readonly #records: ChunkRecords;
  readonly #arena: Arena;
  readonly #pending: WordList;
  readonly #values: ValueEmitter;
  #locals: LocalRef[] = [];
  #self: NameAt = { hash: [0, 0, 0], source: 0, length: 0 };
  /** Unnamed values of the chunk by key, as far as no local name is in them. */
  readonly #keyed = new Map<string, number>();
  /** Scratch of `#name`. */
  readonly #hash: [number, number, number] = [0, 0, 0];

  constructor(records: ChunkRecords, arena: Arena, pending: WordList, values: ValueEmitter) {
    this.#records = records;
    this.#arena = arena;
    this.#pending = pending;
    this.#values = values;
  }

  beginChunk(scope: number): void {
    this.scope = scope;
    this.#keyed.clear();
  }

  begin(): void {
    if (this.#locals.length > 0) this.#locals = [];
  }

  /** Names the declaration itself, for relocations against it. */
  named(hash0: number, hash1: number, hash2: number, source: number, length: number): void {
    this.#self = { hash: [hash0, hash1, hash2], source, length };
  }

  /** Binds a local name; false where it is bound already. */
  addLocal(local: LocalRef): boolean {
    if (this.#findLocal(...local.hash) !== undefined) return false;
    this.#locals.push(local);
    return true;
  }

  hasLocal([h0, h1, h2]: Hash): boolean {
    return this.#findLocal(h0, h1, h2) !== undefined;
  }

  /** Enters all values of `refs` into the chunk, used or not. */
  bindLocals(): void {
    for (const local of this.#locals) this.bindLocal(local);
  }

  /** The reference for a name: a local one, or what the manifest calls so. */
  bind({ hash, source, length }: NameAt): number {
    const local = this.#findLocal(hash[0], hash[1], hash[2]);
    return local === undefined ? this.nameRef(hash, 0, source, length) : this.bindLocal(local);
  }

  /** The reference for a name of `refs`, its value entered into the chunk on first use. */
  bindLocal(local: LocalRef): number {
    const { value } = local;
    if (value === undefined || value.bound === "yes") return local.ref;
    // Two values that point at each other have no identity but their place: they are not shared with others.
    if (value.bound === "now")
      throw new ManifestError(blame.notYet("an unnamed value that refers to itself"), value.source, 1);
    local.ref = this.#records.uavRef(this.#enter(value), value.source);
    return local.ref;
  }

  /** The reference to `offset` bytes into what `name` names in the manifest. */
  nameRef(name: Hash, offset: number, source: number, length: number): number {
    if (offset === 0) return this.#records.nameRef(name, name, 0, source, length);
    hashSet(name[0], name[1], name[2]);
    hashWord(offset);
    return this.#records.nameRef([hash0, hash1, hash2], name, offset, source, length);
  }

  /** Binds the targets of the pending relocations `[from, to)`, so that `addRelocs` can make records of them in a row. */
  bindTargets(from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const at = index * Pending.WORDS;
      // Binding may add further pending relocations, which replaces the words.
      const target = this.#pending.words[at + Pending.REF]!;
      if (target >= 0) continue;
      const ref =
        target === Target.NAME
          ? this.#name(at)
          : target === Target.SELF
            ? this.nameRef(this.#self.hash, 0, this.#self.source, this.#self.length)
            : this.#unnamed(this.#values.target(Target.FIRST - target), this.#pending.words[at + Pending.SOURCE]!);
      this.#pending.words[at + Pending.REF] = ref;
    }
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

  #name(at: number): number {
    const { words } = this.#pending;
    const hash = this.#hash;
    hash[0] = words[at + Pending.HASH0]!;
    hash[1] = words[at + Pending.HASH1]!;
    hash[2] = words[at + Pending.HASH2]!;
    const local = this.#findLocal(hash[0], hash[1], hash[2]);
    if (local !== undefined) return this.bindLocal(local);
    return this.#records.nameRef(hash, hash, 0, words[at + Pending.SOURCE]!, words[at + Pending.SOURCE_LENGTH]!);
  }

  /** The reference to what a typed value points to. */
  #unnamed(target: UnnamedTarget, source: number): number {
    // Names in it may be local ones, which mean something else in each declaration.
    const key = this.#locals.length === 0 ? keyOf(target) : undefined;
    const known = key === undefined ? undefined : this.#keyed.get(key);
    if (known !== undefined) {
      this.#records.raiseAlign(known, this.#values.alignLog2Of(target));
      return this.#records.uavRef(known, source);
    }
    const uav = this.#enter(this.#values.contentsOf(target));
    if (key !== undefined) this.#keyed.set(key, uav);
    return this.#records.uavRef(uav, source);
  }

  /** The record of an unnamed value: an earlier one that is the same, or a new one. */
  #enter(value: PendingValue): number {
    value.bound = "now";
    this.bindTargets(value.from, value.to);
    this.#hashValue(value);
    const { uav, isNew } = this.#records.uav([hash0, hash1, hash2], value.blob, value.size, value.flags, value.source);
    if (isNew && value.to > value.from) {
      this.#records.uavs.words[uav * Uav.WORDS + Uav.RELOC_COUNT] = value.to - value.from;
      this.addRelocs(value.from, value.to);
    }
    value.bound = "yes";
    return uav;
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

  #findLocal(h0: number, h1: number, h2: number): LocalRef | undefined {
    for (const local of this.#locals)
      if (local.hash[0] === h0 && local.hash[1] === h1 && local.hash[2] === h2) return local;
    return undefined;
  }
}
