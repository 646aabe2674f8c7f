/**
 * Names that are numbered: equal names have equal numbers, counted from 0 in the order in which they came. The bytes stay
 * where they are, in the inputs; the table holds where. Open addressing.
 *
 * A name is known by the 96 bits of its hash alone (see `memory/hash.ts` on how often two share them: never). The bytes of
 * an equal name lie in another object, which costs more than all the rest of a look-up to read.
 *
 * Records, not columns, so that one look-up among a million touches one cache line:
 *   slots  [0, 1, 2] the lanes of a hash  [3] the name's number + 1; 0 where the slot is empty. At most half full
 *   names  [0] START in the inputs, unsigned  [1] LENGTH in bytes
 */

import { hash0, hash1, hash2 } from "../memory/hash.js";
import { grown } from "./columns.js";
import type { InputBytes } from "./input-bytes.js";
import { hashName, viewOf } from "./name-hash.js";

const SLOT_WORDS = 4;
const FIRST_SLOTS = 1024;

export class Interner {
  readonly #input: InputBytes;
  #slots: Int32Array = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  #mask = FIRST_SLOTS - 1;
  #count = 0;
  #names: Int32Array = new Int32Array(512);
  /** Of no meaning: without it the loads of `touch` would be for nothing, and the compiler leave them out. */
  touched = 0;

  constructor(input: InputBytes) {
    this.#input = input;
  }

  /** Takes the names of a saved session: their lengths, and their bytes one behind the other at `start` of the inputs. */
  restore(lengths: Int32Array, start: number): void {
    const { view } = this.#input;
    for (let number = 0, at = start; number < lengths.length; at += lengths[number++]!) {
      hashName(view, at, at + lengths[number]!);
      this.intern(at, at + lengths[number]!);
    }
  }

  /** Makes room for `names` names: to find it out name by name takes as long as all else together. */
  expect(names: number): void {
    while (this.#mask < names * 2) this.#growSlots();
  }

  get count(): number {
    return this.#count;
  }

  /** Where a name begins in the inputs. */
  startOf(number: number): number {
    return this.#names[number * 2]! >>> 0;
  }

  /** Bytes of a name. */
  lengthOf(number: number): number {
    return this.#names[number * 2 + 1]!;
  }

  /** The number of the name `[start, end)` of the inputs, which was hashed just now; a new one where it was not there. */
  intern(start: number, end: number): number {
    const slot = this.#slotOf(hash0, hash1, hash2);
    const number = this.#slots[slot + 3]! - 1;
    return number === -1 ? this.#add(slot, start, end) : number;
  }

  /** The number of the name that was hashed just now, or -1. */
  find(): number {
    return this.#slots[this.#slotOf(hash0, hash1, hash2) + 3]! - 1;
  }

  /**
   * Loads the slots of `count` names whose hashes stand in `words` from `at` on, `stride` words each. None of the loads waits
   * for another, as those of look-ups one after the other do: what these then need is in the cache.
   */
  touch(words: Int32Array, at: number, count: number, stride: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += slots[(words[at + i * stride]! & mask) * SLOT_WORDS + 3]!;
    this.touched = sum;
  }

  /** The number of `text`; -1 where no name is called so. */
  findText(text: string): number {
    const bytes = Buffer.from(text, "utf8");
    hashName(viewOf(bytes), 0, bytes.length);
    return this.find();
  }

  /** The number of `text`, which becomes a name where it was none. */
  internText(text: string): number {
    const found = this.findText(text);
    if (found !== -1) return found;
    const bytes = Buffer.from(text, "utf8");
    const start = this.#input.add(bytes);
    hashName(viewOf(bytes), 0, bytes.length);
    return this.intern(start, start + bytes.length);
  }

  text(number: number): string {
    const { buffer } = this.#input.bytes;
    return Buffer.from(buffer, this.startOf(number), this.lengthOf(number)).toString("utf8");
  }

  /** The words of the slot that holds a hash, or of the empty one that is for it. */
  #slotOf(a: number, b: number, c: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = a & mask; ; slot = (slot + 1) & mask) {
      const at = slot * SLOT_WORDS;
      if (slots[at + 3] === 0 || (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c)) return at;
    }
  }

  #add(at: number, start: number, end: number): number {
    const number = this.#count++;
    this.#names = grown(this.#names, this.#count * 2);
    this.#names[number * 2] = start;
    this.#names[number * 2 + 1] = end - start;
    this.#slots[at] = hash0;
    this.#slots[at + 1] = hash1;
    this.#slots[at + 2] = hash2;
    this.#slots[at + 3] = number + 1;
    if (this.#count * 2 > this.#mask) this.#growSlots();
    return number;
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#slots.length / SLOT_WORDS - 1;
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      if (old[from + 3] === 0) continue;
      const at = this.#slotOf(old[from]!, old[from + 1]!, old[from + 2]!);
      for (let word = 0; word < SLOT_WORDS; word++) this.#slots[at + word] = old[from + word]!;
    }
  }
}
