/**
 * The words of a table whose contents may still be on disk. A session that is restored reads a page of a table when an
 * update first touches it, so that loading costs what the change needs and not what the program holds (the side-car of
 * `research/performance.md`, C). In every other session there is no source, and a check of one field is all it costs.
 *
 * Code that is part of an update goes through `get` and `set`; loops over whole tables, which only cold links have, use
 * `words` after `loadAll`.
 */

import { SharedRegion } from "./shared-region.js";

/** Words a page: 4 KiB. */
export const PAGE_WORDS = 1024;
const PAGE_SHIFT = 10;

/** Where the pages of a table are that are not in memory. */
export interface PageSource {
  /** Pages that were saved; those behind them begin as zeros. */
  readonly pages: number;
  /** Fills `target`, PAGE_WORDS long, with page `page`. Throws where it cannot be read or is not what was saved. */
  load(page: number, target: Int32Array<SharedArrayBuffer>): void;
}

export class PagedWords {
  readonly #region: SharedRegion;
  readonly #source: PageSource | undefined;
  /** By page: whether it is in memory. Absent where all are. */
  readonly #present: Uint8Array | undefined;
  /** All words, those of pages that were not loaded being zero; made anew when the table grows. */
  words: Int32Array<SharedArrayBuffer>;

  /** `what` names the table where it outgrows memory; `buffer` adopts another thread's. */
  constructor(what: string, initialWords: number, origin: { buffer?: SharedArrayBuffer; source?: PageSource } = {}) {
    this.#region = new SharedRegion(what, initialWords * 4, origin.buffer);
    this.#source = origin.source;
    if (origin.source !== undefined) {
      this.#region.ensure(origin.source.pages * PAGE_WORDS * 4);
      this.#present = new Uint8Array(origin.source.pages);
    }
    this.words = this.#region.words();
  }

  get buffer(): SharedArrayBuffer {
    return this.#region.buffer;
  }

  /** Where pages come from; undefined for a table that was made in memory. */
  get source(): PageSource | undefined {
    return this.#source;
  }

  /** Makes room for `count` words. True when `words` was made anew. */
  ensure(count: number): boolean {
    const grown = this.#region.ensure(count * 4);
    if (grown) this.words = this.#region.words();
    return grown;
  }

  get(word: number): number {
    if (this.#present !== undefined) this.touch(word);
    return this.words[word]!;
  }

  set(word: number, value: number): void {
    if (this.#present !== undefined) this.touch(word);
    this.words[word] = value;
  }

  /** Sees to it that the page of `word` is in memory. */
  touch(word: number): void {
    const present = this.#present;
    const page = word >>> PAGE_SHIFT;
    if (present === undefined || page >= present.length || present[page] !== 0) return;
    this.#source!.load(page, this.words.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS));
    present[page] = 1;
  }

  /** Sees to it that everything is in memory. */
  loadAll(): void {
    for (let page = 0; page < (this.#present?.length ?? 0); page++) this.touch(page * PAGE_WORDS);
  }

  /** Calls `visit` with every page that was loaded. */
  forEachLoaded(visit: (page: number, words: Int32Array<SharedArrayBuffer>) => void): void {
    const present = this.#present;
    if (present === undefined) return;
    for (let page = present.indexOf(1); page !== -1; page = present.indexOf(1, page + 1))
      visit(page, this.words.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS));
  }
}
