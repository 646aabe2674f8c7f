/**
 * The tables of an open state: which file pages are theirs, reading them with their checksums looked at, and writing
 * them so that nothing is written twice, nothing moves and zeros that were never written stay holes.
 */

import { StateError, stateCorrupted } from "../diagnostics/state.js";
import { PAGE_WORDS } from "../memory/paged-words.js";
import { REGION_LIMIT } from "../memory/shared-region.js";
import { Checksums } from "./checksums.js";
import {
  capacityOf,
  type Entry,
  encodeHeader,
  filePage,
  type Header,
  MAX_EXTENTS,
  PAGE_BYTES,
  type Status,
  sumPagesOf,
} from "./header.js";
import type { PageFile } from "./page-file.js";
import { hashPage } from "./page-hash.js";

const MIN_EXTENT = 8;
const MAX_PAGES = Math.ceil(REGION_LIMIT / PAGE_BYTES);
/** Below so many pages a table triples, from there on it doubles. */
const LARGE = 16384;
/** Pages a single write takes at most: as many as stay in the cache between their checksum and their being written. */
const RUN = 256;

export class TablePages {
  readonly header: Header;
  readonly #file: PageFile;
  readonly #sums: Checksums;

  constructor(file: PageFile, header: Header) {
    this.#file = file;
    this.header = header;
    this.#sums = new Checksums(file, header.sums);
  }

  /** Fills `target` with a page. Throws StateError where it is not what was saved. */
  read(entry: Entry, page: number, target: Int32Array): void {
    const from = filePage(entry, page);
    this.#file.read(from, target);
    if (hashPage(target, 0, PAGE_WORDS) === this.#sums.get(from)) return;
    throw new StateError(
      stateCorrupted(this.#file.path, `page ${page} of "${entry.name}" does not match its checksum`),
    );
  }

  /** Makes room in the file for `pages` pages of a table. */
  reserve(entry: Entry, pages: number): void {
    const capacity = capacityOf(entry);
    if (pages <= capacity) return;
    const wanted =
      capacity === 0
        ? Math.max(MIN_EXTENT, pages + (pages >>> 2))
        : entry.extents.length === MAX_EXTENTS - 1
          ? MAX_PAGES - capacity
          : Math.max(pages - capacity, capacity < LARGE ? capacity * 2 : capacity);
    if (entry.extents.length === MAX_EXTENTS)
      throw new StateError(stateCorrupted(this.#file.path, `"${entry.name}" has no extents left to grow by`));
    entry.extents.push({ first: this.header.pages, pages: wanted });
    this.header.pages += wanted;
  }

  /** Writes pages `[first, end)` of the table that `words` holds from its start on; there is room. */
  write(entry: Entry, words: Int32Array, first: number, end: number): void {
    let from = first;
    let target = 0;
    for (let page = first; page < end; page++) {
      const at = filePage(entry, page);
      const sum = hashPage(words, page * PAGE_WORDS, (page + 1) * PAGE_WORDS);
      const hole = sum === 0 && this.#sums.get(at) === 0;
      if (page > from && (hole || at !== target + page - from || page - from === RUN)) {
        this.#file.write(target, words.subarray(from * PAGE_WORDS, page * PAGE_WORDS));
        from = page;
      }
      if (hole) from = page + 1;
      else if (page === from) target = at;
      this.#sums.set(at, sum);
    }
    if (end > from) this.#file.write(target, words.subarray(from * PAGE_WORDS, end * PAGE_WORDS));
  }

  /** Writes checksums and header, behind all else. */
  finish(status: (typeof Status)[keyof typeof Status]): void {
    const { header } = this;
    // Room for checksums needs checksums too.
    while (capacityOf(header.sums) < sumPagesOf(header.pages)) this.reserve(header.sums, sumPagesOf(header.pages));
    this.#sums.save(sumPagesOf(header.pages));
    this.#file.resize(header.pages);
    header.generation = (header.generation + 1) >>> 0;
    this.#file.write(0, encodeHeader(header, status));
  }
}
