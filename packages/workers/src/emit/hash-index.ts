/**
 * Finds the records of one chunk by their 96-bit hash: names that were referred to before, values that were seen
 * before. Small enough to stay in the cache, emptied from chunk to chunk.
 */

const EMPTY = 0;
/** Slots at first: an update's chunk holds one declaration. */
const FEW = 64;

export class HashIndex {
  #slots: Int32Array = new Int32Array(4 * FEW);
  #mask = FEW - 1;
  #count = 0;

  clear(): void {
    if (this.#count > 0) this.#slots.fill(EMPTY);
    this.#count = 0;
  }

  /** The value stored under the hash, or -1 after storing `value`. */
  insert(hash0: number, hash1: number, hash2: number, value: number): number {
    if (this.#count * 2 > this.#mask) this.#grow();
    const slots = this.#slots;
    for (let slot = hash0 & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 4;
      if (slots[at + 3] === EMPTY) {
        slots[at] = hash0;
        slots[at + 1] = hash1;
        slots[at + 2] = hash2;
        slots[at + 3] = value + 1;
        this.#count++;
        return -1;
      }
      if (slots[at] === hash0 && slots[at + 1] === hash1 && slots[at + 2] === hash2) return slots[at + 3]! - 1;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    this.#count = 0;
    for (let at = 0; at < old.length; at += 4) {
      if (old[at + 3] !== EMPTY) this.insert(old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]! - 1);
    }
  }
}
