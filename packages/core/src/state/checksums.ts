/**
 * The checksums of all pages of a state, themselves read a page at a time: looking up that of one page costs at most one
 * read, however large the state is. A page of checksums carries its own in its last word.
 */

import { StateError, stateCorrupted } from "../diagnostics/state.js";
import { PAGE_WORDS } from "../memory/paged-words.js";
import { type Entry, filePage, SUMS_PER_PAGE } from "./header.js";
import type { PageFile } from "./page-file.js";
import { hashWords } from "./page-hash.js";

export class Checksums {
  readonly #file: PageFile;
  readonly #entry: Entry;
  readonly #loaded = new Map<number, Int32Array>();
  readonly #changed = new Set<number>();

  constructor(file: PageFile, entry: Entry) {
    this.#file = file;
    this.#entry = entry;
  }

  /** That of file page `page`; 0 where none was set. Throws StateError where it cannot be read. */
  get(page: number): number {
    return this.#page(Math.floor(page / SUMS_PER_PAGE))[page % SUMS_PER_PAGE]!;
  }

  set(page: number, sum: number): void {
    const index = Math.floor(page / SUMS_PER_PAGE);
    const words = this.#page(index);
    if (words[page % SUMS_PER_PAGE] === sum) return;
    words[page % SUMS_PER_PAGE] = sum;
    this.#changed.add(index);
  }

  /** Writes what changed, and what the file has no pages for yet up to `count` pages; there is room for those. */
  save(count: number): void {
    for (let page = this.#entry.used / PAGE_WORDS; page < count; page++) this.#changed.add(page);
    for (const page of this.#changed) {
      const words = this.#page(page);
      words[SUMS_PER_PAGE] = ownSum(words, page);
      this.#file.write(filePage(this.#entry, page), words);
    }
    this.#changed.clear();
    this.#entry.used = count * PAGE_WORDS;
  }

  #page(page: number): Int32Array {
    let words = this.#loaded.get(page);
    if (words !== undefined) return words;
    words = new Int32Array(PAGE_WORDS);
    if (page * PAGE_WORDS < this.#entry.used) {
      this.#file.read(filePage(this.#entry, page), words);
      if (words[SUMS_PER_PAGE] !== ownSum(words, page))
        throw new StateError(stateCorrupted(this.#file.path, `page ${page} of its checksums does not match its own`));
    }
    this.#loaded.set(page, words);
    return words;
  }
}

/** Begins with the page's number, so that a page of zeros does not pass. */
function ownSum(words: Int32Array, page: number): number {
  const stored = words[SUMS_PER_PAGE]!;
  words[SUMS_PER_PAGE] = 0;
  const sum = hashWords(words, 0, PAGE_WORDS, page + 1);
  words[SUMS_PER_PAGE] = stored;
  return sum;
}
