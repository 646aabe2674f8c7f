/**
 * Records of a fixed number of words, given out and given back by index. Of a record that is free, word 0 leads to the
 * next free one.
 */

import { PagedWords } from "./paged-words.js";

/** What a session on disk keeps besides the words. */
export interface SavedRecords {
  readonly count: number;
  readonly free: number;
  readonly freeCount: number;
}

const NO_RECORD = -1;

export class RecordTable {
  readonly table: PagedWords;
  readonly recordWords: number;
  #count = 0;
  #free: number = NO_RECORD;
  #freeCount = 0;

  constructor(what: string, recordWords: number, saved?: { readonly table: PagedWords; readonly state: SavedRecords }) {
    this.recordWords = recordWords;
    this.table = saved?.table ?? new PagedWords(what, recordWords * 256);
    if (saved === undefined) return;
    this.#count = saved.state.count;
    this.#free = saved.state.free;
    this.#freeCount = saved.state.freeCount;
  }

  /** Records in use or free: indices below this are valid. */
  get length(): number {
    return this.#count;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  get state(): SavedRecords {
    return { count: this.#count, free: this.#free, freeCount: this.#freeCount };
  }

  /** Makes room for `more` records, so that `add` need not look. */
  reserve(more: number): void {
    this.table.ensure((this.#count + more) * this.recordWords);
  }

  /** A record of zeros. */
  add(): number {
    let record = this.#free;
    if (record === NO_RECORD) {
      this.reserve(1);
      record = this.#count++;
    } else {
      this.#free = this.get(record, 0);
      this.#freeCount--;
    }
    const at = record * this.recordWords;
    this.table.touch(at);
    this.table.touch(at + this.recordWords - 1);
    this.table.words.fill(0, at, at + this.recordWords);
    return record;
  }

  remove(record: number): void {
    this.set(record, 0, this.#free);
    this.#free = record;
    this.#freeCount++;
  }

  get(record: number, field: number): number {
    return this.table.get(record * this.recordWords + field);
  }

  set(record: number, field: number, value: number): void {
    this.table.set(record * this.recordWords + field, value);
  }
}
