/**
 * From names and values to references of the chunk. A declaration's `refs` bind local names; what they and typed values
 * point to without a name becomes an unnamed value, which has one record in the chunk however often it occurs.
 */

import { type Arena, blame, ManifestError } from "@manifold/core";
import type { ChunkRecords } from "./chunk-records.js";
import { Pending, type PendingValue, Target } from "./pending.js";
import { type Hash, UnnamedValues } from "./unnamed-values.js";
import { keyOf, type UnnamedTarget, type ValueEmitter } from "./value-emitter.js";
import type { WordList } from "./word-list.js";

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

export class ReferenceBinder {
  readonly unnamed: UnnamedValues;
  readonly #records: ChunkRecords;
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
    this.unnamed = new UnnamedValues(records, arena, pending);
    this.#pending = pending;
    this.#values = values;
  }

  beginChunk(scope: number): void {
    this.unnamed.scope = scope;
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
    return local === undefined ? this.unnamed.nameRef(hash, 0, source, length) : this.bindLocal(local);
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

  /** Binds the targets of the pending relocations `[from, to)`, so that records can be made of them in a row. */
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
            ? this.unnamed.nameRef(this.#self.hash, 0, this.#self.source, this.#self.length)
            : this.#unnamed(this.#values.target(Target.FIRST - target), this.#pending.words[at + Pending.SOURCE]!);
      this.#pending.words[at + Pending.REF] = ref;
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

  #enter(value: PendingValue): number {
    value.bound = "now";
    this.bindTargets(value.from, value.to);
    const uav = this.unnamed.enter(value);
    value.bound = "yes";
    return uav;
  }

  #findLocal(h0: number, h1: number, h2: number): LocalRef | undefined {
    for (const local of this.#locals)
      if (local.hash[0] === h0 && local.hash[1] === h1 && local.hash[2] === h2) return local;
    return undefined;
  }
}
