/**
 * From a 96-bit hash to an index, in shared memory: an open-addressing table that the coordinator fills and that any
 * number of threads read while it does not change.
 *
 * Slot layout, 4 words a slot, capacity a power of two, at most half full:
 *   [0] HASH0   [1] HASH1   [2] HASH2   the key's hash
 *   [3] VALUE   index + 1; 0 says that the slot is empty
 *
 * Writer: the coordinator. Readers: workers, in shifts that start after the coordinator's last write; the message that
 * starts a shift orders the two.
 */

import { assert } from "./invariant.js";
import { REGION_LIMIT } from "./shared-region.js";

const Slot = { HASH0: 0, HASH1: 1, HASH2: 2, VALUE: 3, SIZE: 4 } as const;

export class NameTable {
  #slots: Int32Array<SharedArrayBuffer>;
  #mask: number;
  #count = 0;

  /** `source` is a number of names to expect, or the buffer of another thread's table. */
  constructor(source: number | SharedArrayBuffer) {
    this.#slots = typeof source === "number" ? allocate(capacityFor(source)) : new Int32Array(source);
    this.#mask = this.#slots.length / Slot.SIZE - 1;
  }

  get count(): number {
    return this.#count;
  }

  get buffer(): SharedArrayBuffer {
    return this.#slots.buffer;
  }

  /** The value stored under the hash, or -1. */
  find(hash0: number, hash1: number, hash2: number): number {
    const slots = this.#slots;
    let at = (hash0 & this.#mask) * Slot.SIZE;
    const end = slots.length;
    for (;;) {
      const value = slots[at + Slot.VALUE]!;
      if (value === 0) return -1;
      if (slots[at]! === hash0 && slots[at + Slot.HASH1]! === hash1 && slots[at + Slot.HASH2]! === hash2)
        return value - 1;
      at += Slot.SIZE;
      if (at === end) at = 0;
    }
  }

  /** The value already stored under the hash, or -1 after storing `value`. */
  insert(hash0: number, hash1: number, hash2: number, value: number): number {
    const slots = this.#slots;
    let at = (hash0 & this.#mask) * Slot.SIZE;
    const end = slots.length;
    for (;;) {
      const present = slots[at + Slot.VALUE]!;
      if (present === 0) break;
      if (slots[at]! === hash0 && slots[at + Slot.HASH1]! === hash1 && slots[at + Slot.HASH2]! === hash2)
        return present - 1;
      at += Slot.SIZE;
      if (at === end) at = 0;
    }
    slots[at] = hash0;
    slots[at + Slot.HASH1] = hash1;
    slots[at + Slot.HASH2] = hash2;
    slots[at + Slot.VALUE] = value + 1;
    this.#count++;
    return -1;
  }

  /** Makes room for `more` names, so that the inserts that follow find the table at most half full. */
  reserve(more: number): void {
    const wanted = capacityFor(this.#count + more);
    if (wanted <= this.#mask + 1) return;
    const old = this.#slots;
    this.#slots = allocate(wanted);
    this.#mask = wanted - 1;
    this.#count = 0;
    for (let at = 0; at < old.length; at += Slot.SIZE) {
      const value = old[at + Slot.VALUE]!;
      if (value !== 0) this.insert(old[at]!, old[at + Slot.HASH1]!, old[at + Slot.HASH2]!, value - 1);
    }
  }
}

function capacityFor(names: number): number {
  let capacity = 1024;
  while (capacity < names * 2) capacity *= 2;
  return capacity;
}

function allocate(capacity: number): Int32Array<SharedArrayBuffer> {
  const bytes = capacity * Slot.SIZE * Int32Array.BYTES_PER_ELEMENT;
  assert(bytes <= REGION_LIMIT, `a name table of ${capacity} slots does not fit one buffer`);
  return new Int32Array(new SharedArrayBuffer(bytes));
}
