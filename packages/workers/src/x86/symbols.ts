/**
 * The names of one function: labels it defines and symbols it refers to. A symbol's id is the order of its first
 * mention. Which of the two a name is shows at the end only, since a label may stand behind its uses.
 *
 * Structure of arrays by symbol id:
 *   nameStart, nameLength   byte range of the name in the text; length 0 for labels without a name (`1:`, `.`)
 *   fragment                -1: not defined here; else how many items of the draft stand before the label
 *   place                   the label's position in the draft's bytes
 */
import { FOLD } from "./keywords.js";

const INITIAL = 256;

export class SymbolTable {
  /** The text that names are ranges of. */
  text: Uint8Array = new Uint8Array(0);
  count = 0;
  nameStart: Int32Array = new Int32Array(INITIAL);
  nameLength: Int32Array = new Int32Array(INITIAL);
  fragment: Int32Array = new Int32Array(INITIAL);
  place: Int32Array = new Int32Array(INITIAL);

  /** The symbol that `intern` was last asked for, and with what. */
  last = -1;
  lastStart = 0;
  lastEnd = 0;
  lastHash = 0;

  #hash = new Int32Array(INITIAL);
  /** Open addressing, symbol id + 1; a slot counts only where its stamp is the current generation. */
  #slots = new Int32Array(4 * INITIAL);
  #stamps = new Int32Array(4 * INITIAL);
  #generation = 0;

  /** The symbol of the last `1:`, and of the next one where `1f` asked for it; -1 for none. */
  readonly #numericBack = new Int32Array(100).fill(-1);
  readonly #numericForward = new Int32Array(100).fill(-1);
  #numericUsed = false;

  /** Forgets all symbols; names will be ranges of `text`. */
  clear(text: Uint8Array): void {
    this.text = text;
    this.count = 0;
    this.#generation++;
    if (this.#numericUsed) {
      this.#numericBack.fill(-1);
      this.#numericForward.fill(-1);
      this.#numericUsed = false;
    }
  }

  /** The symbol of the name `text[start, end)`; `hash` is a hash over it. */
  intern(start: number, end: number, hash: number): number {
    this.lastStart = start;
    this.lastEnd = end;
    this.lastHash = hash;
    this.last = this.#find(start, end, hash);
    return this.last;
  }

  #find(start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    const generation = this.#generation;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#stamps[slot] === generation) {
      const id = this.#slots[slot]!;
      if (this.#hash[id] === hash && this.#same(id, start, end)) return id;
      slot = (slot + 1) & mask;
    }
    if (2 * this.count >= mask) {
      this.#rehash();
      return this.#find(start, end, hash);
    }
    const id = this.#add(start, end - start, hash);
    this.#slots[slot] = id;
    this.#stamps[slot] = generation;
    return id;
  }

  /** A new symbol without a name. */
  anonymous(): number {
    return this.#add(0, 0, 0);
  }

  /** Places a label; false where it has its place already. */
  define(id: number, fragment: number, place: number): boolean {
    if (this.fragment[id] !== -1) return false;
    this.fragment[id] = fragment;
    this.place[id] = place;
    return true;
  }

  /** The symbol that a definition `n:` gives its place, 0 <= n < 100. */
  defineNumeric(n: number): number {
    this.#numericUsed = true;
    const waiting = this.#numericForward[n]!;
    const id = waiting === -1 ? this.anonymous() : waiting;
    this.#numericForward[n] = -1;
    this.#numericBack[n] = id;
    return id;
  }

  /** The symbol that `nb` means, or -1 where no `n:` stands before. */
  numericBackward(n: number): number {
    return this.#numericBack[n]!;
  }

  /** The symbol that `nf` means; it stays undefined where no `n:` follows. */
  numericForward(n: number): number {
    this.#numericUsed = true;
    if (this.#numericForward[n] === -1) this.#numericForward[n] = this.anonymous();
    return this.#numericForward[n]!;
  }

  #same(id: number, start: number, end: number): boolean {
    if (this.nameLength[id] !== end - start) return false;
    const text = this.text;
    let q = this.nameStart[id]!;
    for (let p = start; p < end; p++) if (text[p] !== text[q++]) return false;
    return true;
  }

  #add(nameStart: number, nameLength: number, hash: number): number {
    const id = this.count++;
    if (id === this.nameStart.length) {
      this.nameStart = grown(this.nameStart);
      this.nameLength = grown(this.nameLength);
      this.fragment = grown(this.fragment);
      this.place = grown(this.place);
      this.#hash = grown(this.#hash);
    }
    this.nameStart[id] = nameStart;
    this.nameLength[id] = nameLength;
    this.fragment[id] = -1;
    this.#hash[id] = hash;
    return id;
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    this.#stamps = new Int32Array(this.#slots.length);
    this.#generation = 1;
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      if (this.nameLength[id] === 0) continue;
      const hash = this.#hash[id]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.#stamps[slot] === 1) slot = (slot + 1) & mask;
      this.#slots[slot] = id;
      this.#stamps[slot] = 1;
    }
  }
}

/** A copy of twice the length. */
export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** A hash over a name that was not read as an identifier (a quoted one): the same that `Scanner.identifier` gives. */
export function hashName(text: Uint8Array, start: number, end: number, seed: number, prime: number): number {
  let hash = seed;
  for (let p = start; p < end; p++) hash = Math.imul(hash ^ FOLD[text[p]!]!, prime);
  return hash;
}

/** Bytes of a text as a string, for messages. */
export function textOf(text: Uint8Array, start: number, length: number): string {
  return Buffer.from(text.buffer, text.byteOffset + start, length).toString("utf8");
}
