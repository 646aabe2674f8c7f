/**
 * The strings of .strtab as names come and go. A string that is given back is used again for one of the same length, its
 * bytes being zero meanwhile; new ones go to the end. What is free is one list a length, its links in a table of their own:
 * the string table itself holds nothing but strings.
 */

import type { PagedWords } from "../memory/paged-words.js";
import { RecordTable, type SavedRecords } from "../memory/record-table.js";
import { NONE } from "./tables.js";

/** [0] offset of the free string, [1] next one of that length. */
const Free = { OFFSET: 0, NEXT: 1, WORDS: 2 } as const;

export interface SavedStrings {
  readonly end: number;
  readonly freeBytes: number;
  /** Pairs of a length and the first free string of it. */
  readonly heads: readonly (readonly [length: number, first: number])[];
  readonly records: SavedRecords;
}

export class StringPool {
  /** Bytes of .strtab that are in use or free. */
  end: number;
  /** Bytes of it that are free. */
  freeBytes = 0;
  readonly #heads: Map<number, number>;
  readonly #free: RecordTable;

  constructor(origin: number | { readonly table: PagedWords; readonly state: SavedStrings }) {
    if (typeof origin === "number") {
      this.end = origin;
      this.#heads = new Map();
      this.#free = new RecordTable("free strings", Free.WORDS);
    } else {
      this.end = origin.state.end;
      this.freeBytes = origin.state.freeBytes;
      this.#heads = new Map(origin.state.heads);
      this.#free = new RecordTable("free strings", Free.WORDS, { table: origin.table, state: origin.state.records });
    }
  }

  get records(): RecordTable {
    return this.#free;
  }

  get state(): SavedStrings {
    return { end: this.end, freeBytes: this.freeBytes, heads: [...this.#heads], records: this.#free.state };
  }

  /** The strings that are free, for verification. */
  *freeStrings(): Generator<{ readonly offset: number; readonly length: number }> {
    for (const [length, first] of this.#heads)
      for (let at = first; at !== NONE; at = this.#free.get(at, Free.NEXT))
        yield { offset: this.#free.get(at, Free.OFFSET), length };
  }

  /** The offset of a string of `length` bytes, its final zero not counted. */
  allocate(length: number): number {
    const first = this.#heads.get(length);
    if (first === undefined) {
      const offset = this.end;
      this.end += length + 1;
      return offset;
    }
    const offset = this.#free.get(first, Free.OFFSET);
    const next = this.#free.get(first, Free.NEXT);
    if (next === NONE) this.#heads.delete(length);
    else this.#heads.set(length, next);
    this.#free.remove(first);
    this.freeBytes -= length + 1;
    return offset;
  }

  /** Gives the string back. Its bytes are the caller's to clear. */
  free(offset: number, length: number): void {
    const record = this.#free.add();
    this.#free.set(record, Free.OFFSET, offset);
    this.#free.set(record, Free.NEXT, this.#heads.get(length) ?? NONE);
    this.#heads.set(length, record);
    this.freeBytes += length + 1;
  }
}
