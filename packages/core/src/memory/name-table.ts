/**
 * From a 96-bit hash to an index, in shared memory: an open-addressing table that the coordinator fills and that any
 * number of threads read while it does not change.
 *
 * Slot layout, 4 words a slot, capacity a power of two, at most two thirds full:
 *   [0] HASH0   [1] HASH1   [2] HASH2   the key's hash
 *   [3] VALUE   index + 1; 0 says that the slot is empty
 *
 * A name that is removed leaves no mark: those behind it move up (Knuth 6.4, algorithm R), so that a table that is updated
 * for ever is as good as a new one.
 *
 * Writer: the coordinator. Readers: workers, in shifts that start after the coordinator's last write; the message that
 * starts a shift orders the two.
 */

import { assert } from "./invariant.js";
import { PagedWords } from "./paged-words.js";
import { REGION_LIMIT } from "./shared-region.js";

const Slot = { HASH0: 0, HASH1: 1, HASH2: 2, VALUE: 3, SIZE: 4 } as const;

/** A table as a session on disk has it. */
export interface SavedNames {
  readonly table: PagedWords;
  readonly count: number;
  readonly capacity: number;
}

/** A shared region has no fewer bytes than these slots take. */
const LEAST_CAPACITY = 4096;

export class NameTable {
  #table: PagedWords;
  #mask: number;
  #count = 0;

  /** `source` is a number of names to expect, the buffer of another thread's table, or a table that was saved. */
  constructor(source: number | SharedArrayBuffer | SavedNames) {
    if (typeof source === "number") this.#table = allocate(capacityFor(source));
    else if (source instanceof SharedArrayBuffer) this.#table = new PagedWords("name table", 0, { buffer: source });
    else {
      this.#table = source.table;
      this.#count = source.count;
    }
    const saved = typeof source === "object" && "capacity" in source ? source.capacity : undefined;
    this.#mask = (saved ?? this.#table.words.length / Slot.SIZE) - 1;
  }

  /** Slots. */
  get capacity(): number {
    return this.#mask + 1;
  }

  get count(): number {
    return this.#count;
  }

  get buffer(): SharedArrayBuffer {
    return this.#table.buffer;
  }

  /** The slots; another table after one that was too small. */
  get table(): PagedWords {
    return this.#table;
  }

  /** The value stored under the hash, or -1. */
  find(hash0: number, hash1: number, hash2: number): number {
    const value = this.#table.words[this.#slotOf(hash0, hash1, hash2) + Slot.VALUE]!;
    return value - 1;
  }

  /**
   * Reads the slots where looking for the first `count` of `hashes` begins: their first words. In a large table that is a
   * wait for memory, of 220 ns where what comes next depends on it and of 12 where it does not. So loops over many names
   * look at a batch of slots first, and find them in the cache when they come back. The loop has nothing else to do: the
   * shorter it is, the more reads the processor has under way at a time. What it returns is of no meaning, but has to be
   * kept somewhere, or the engine would not read.
   */
  peek(hashes: Int32Array, count: number): number {
    const slots = this.#table.words;
    const mask = this.#mask;
    let seen = 0;
    for (let index = 0; index < count; index++) seen ^= slots[(hashes[index]! & mask) * Slot.SIZE]!;
    return seen;
  }

  /** The value already stored under the hash, or -1 after storing `value`. */
  insert(hash0: number, hash1: number, hash2: number, value: number): number {
    const at = this.#slotOf(hash0, hash1, hash2);
    const slots = this.#table.words;
    const present = slots[at + Slot.VALUE]!;
    if (present !== 0) return present - 1;
    slots[at] = hash0;
    slots[at + Slot.HASH1] = hash1;
    slots[at + Slot.HASH2] = hash2;
    slots[at + Slot.VALUE] = value + 1;
    this.#count++;
    return -1;
  }

  /** Stores another value under a hash that is present. */
  replace(hash0: number, hash1: number, hash2: number, value: number): void {
    const at = this.#slotOf(hash0, hash1, hash2);
    assert(this.#table.words[at + Slot.VALUE] !== 0, "only a name that is present can be given another value");
    this.#table.words[at + Slot.VALUE] = value + 1;
  }

  /** Forgets the hash, if it is present. */
  remove(hash0: number, hash1: number, hash2: number): void {
    const table = this.#table;
    let hole = this.#slotOf(hash0, hash1, hash2);
    if (table.words[hole + Slot.VALUE] === 0) return;
    this.#count--;
    const mask = this.#mask;
    for (let at = this.#next(hole); ; at = this.#next(at)) {
      table.touch(at);
      const slots = table.words;
      if (slots[at + Slot.VALUE] === 0) break;
      // A name may move to the hole if that does not stand before the slot where looking for it begins.
      const home = slots[at]! & mask;
      const distance = (at / Slot.SIZE - home) & mask;
      if (distance < ((at / Slot.SIZE - hole / Slot.SIZE) & mask)) continue;
      slots.copyWithin(hole, at, at + Slot.SIZE);
      hole = at;
    }
    table.words.fill(0, hole, hole + Slot.SIZE);
  }

  /** Makes room for `more` names, so that the inserts that follow find the table at most two thirds full. */
  reserve(more: number): void {
    const wanted = capacityFor(this.#count + more);
    if (wanted <= this.#mask + 1) return;
    this.#table.loadAll();
    const old = this.#table.words;
    const oldLength = (this.#mask + 1) * Slot.SIZE;
    this.#table = allocate(wanted);
    this.#mask = wanted - 1;
    this.#count = 0;
    for (let at = 0; at < oldLength; at += Slot.SIZE) {
      const value = old[at + Slot.VALUE]!;
      if (value !== 0) this.insert(old[at]!, old[at + Slot.HASH1]!, old[at + Slot.HASH2]!, value - 1);
    }
  }

  /** The slot that holds the hash, or the empty one where it would stand. */
  #slotOf(hash0: number, hash1: number, hash2: number): number {
    const table = this.#table;
    const slots = table.words;
    let at = (hash0 & this.#mask) * Slot.SIZE;
    const end = (this.#mask + 1) * Slot.SIZE;
    for (;;) {
      table.touch(at);
      if (slots[at + Slot.VALUE] === 0) return at;
      if (slots[at] === hash0 && slots[at + Slot.HASH1] === hash1 && slots[at + Slot.HASH2] === hash2) return at;
      at += Slot.SIZE;
      if (at === end) at = 0;
    }
  }

  #next(at: number): number {
    return at + Slot.SIZE === (this.#mask + 1) * Slot.SIZE ? 0 : at + Slot.SIZE;
  }
}

function capacityFor(names: number): number {
  let capacity = LEAST_CAPACITY;
  while (capacity * 2 < names * 3) capacity *= 2;
  return capacity;
}

function allocate(capacity: number): PagedWords {
  const words = capacity * Slot.SIZE;
  assert(words * 4 <= REGION_LIMIT, `a name table of ${capacity} slots does not fit one buffer`);
  return new PagedWords("name table", words);
}
