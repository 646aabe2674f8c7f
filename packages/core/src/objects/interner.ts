/**
 * Names that are numbered: equal bytes have equal numbers, counted from 0 in the order in which they came. The bytes stay
 * where they are, in the inputs; the table holds where. Open addressing; a name is compared byte by byte where its hash
 * agrees, so that no two names are ever taken for one.
 */

import { grown } from "./columns.js";
import type { InputBytes } from "./input-bytes.js";

/** Hashes `bytes[start, end)`. */
export function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start);
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

export class Interner {
  readonly #input: InputBytes;
  #slots = new Int32Array(1024);
  #mask = 1023;
  #count = 0;
  /** By number: offset of the name, its length in bytes, its hash. */
  start: Float64Array = new Float64Array(256);
  length: Int32Array = new Int32Array(256);
  hash: Int32Array = new Int32Array(256);

  constructor(input: InputBytes) {
    this.#input = input;
  }

  /** Takes the names of a saved session: their lengths, and their bytes one behind the other at `start` of the inputs. */
  restore(lengths: Int32Array, start: number): void {
    const { bytes } = this.#input;
    for (let number = 0, at = start; number < lengths.length; at += lengths[number++]!)
      this.intern(at, at + lengths[number]!, hashName(bytes, at, at + lengths[number]!));
  }

  get count(): number {
    return this.#count;
  }

  /** The number of the name `[start, end)` of the inputs, whose hash is `hash`; a new one where it was not there. */
  intern(start: number, end: number, hash: number): number {
    const { bytes } = this.#input;
    let slot = hash & this.#mask;
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number === -1) return this.#add(slot, start, end, hash);
      if (this.hash[number] === hash && this.length[number] === end - start) {
        if (sameBytes(bytes, this.start[number]!, bytes, start, end - start)) return number;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  /** The number of a name that need not be among the inputs, or -1. */
  find(bytes: Uint8Array, start: number, end: number, hash: number = hashName(bytes, start, end)): number {
    let slot = hash & this.#mask;
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number === -1) return -1;
      if (this.hash[number] === hash && this.length[number] === end - start) {
        if (sameBytes(this.#input.bytes, this.start[number]!, bytes, start, end - start)) return number;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  /** The number of `text`; -1 where no name is called so. */
  findText(text: string): number {
    const bytes = Buffer.from(text, "utf8");
    return this.find(bytes, 0, bytes.length);
  }

  /** The number of `text`, which becomes a name where it was none. */
  internText(text: string): number {
    const found = this.findText(text);
    if (found !== -1) return found;
    const bytes = Buffer.from(text, "utf8");
    const start = this.#input.add(bytes);
    return this.intern(start, start + bytes.length, hashName(bytes, 0, bytes.length));
  }

  text(number: number): string {
    const start = this.start[number]!;
    const { buffer } = this.#input.bytes;
    return Buffer.from(buffer, start, this.length[number]!).toString("utf8");
  }

  #add(slot: number, start: number, end: number, hash: number): number {
    const number = this.#count++;
    if (this.#count > this.hash.length) {
      this.start = grown(this.start, this.#count);
      this.length = grown(this.length, this.#count);
      this.hash = grown(this.hash, this.#count);
    }
    this.start[number] = start;
    this.length[number] = end - start;
    this.hash[number] = hash;
    this.#slots[slot] = number + 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let slot = this.hash[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}

function sameBytes(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
