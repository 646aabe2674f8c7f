/**
 * The bytes of the image: one stretch of shared memory that grows, and the ranges of it that differ from the file.
 *
 * In a restored session most of them are in the file alone: a page is read from it when something first asks for one of
 * its bytes. Code that is part of an update asks through `read` or `touch` before it looks at `view`; writing, moving and
 * zeroing see to it themselves. In every other session there is no source, and a check of one field is all it costs.
 */

import { SharedRegion } from "../memory/shared-region.js";
import { DirtyRanges } from "./dirty-ranges.js";

/** Where the bytes are that are not in memory. */
export interface ByteSource {
  /** Bytes that there are; those behind them begin as zeros. */
  readonly size: number;
  /** Fills `target` with the bytes from `at` on, all of them below `size`. Throws where it cannot. */
  load(at: number, target: Uint8Array<SharedArrayBuffer>): void;
}

const PAGE_SHIFT = 12;
const PAGE = 1 << PAGE_SHIFT;
/** Bytes that are compared at a time where differences are few. */
const BLOCK = 1024;

export class ImageBytes {
  readonly region: SharedRegion;
  readonly dirty: DirtyRanges = new DirtyRanges();
  readonly #source: ByteSource | undefined;
  /** By page of the source: whether it is in memory. Absent where all are. */
  readonly #present: Uint8Array | undefined;
  /** Where what is not in memory ends in the file; zeros behind that. */
  #sourceEnd = 0;
  /** All bytes, those of pages that were not loaded being zero; made anew when the region grows. */
  view: Uint8Array<SharedArrayBuffer>;

  constructor(source?: ByteSource) {
    this.region = new SharedRegion("image", source?.size ?? 1);
    this.view = this.region.bytes();
    if (source === undefined) return;
    this.#source = source;
    this.#sourceEnd = source.size;
    this.#present = new Uint8Array(Math.ceil(source.size / PAGE));
  }

  /** Whether all bytes are in memory. */
  get complete(): boolean {
    return this.#present === undefined || this.#present.indexOf(0) === -1;
  }

  /** Makes room for a file of `size` bytes. */
  ensure(size: number): void {
    if (this.region.ensure(size)) this.view = this.region.bytes();
  }

  /** Sees to it that `[start, start + length)` is in memory. */
  touch(start: number, length: number): void {
    const present = this.#present;
    if (present === undefined || length <= 0) return;
    const end = Math.min(present.length, pageOf(start + length - 1) + 1);
    for (let page = pageOf(start); page < end; page++) {
      if (present[page] !== 0) continue;
      const first = page;
      while (page < end && present[page] === 0) page++;
      this.#source!.load(first * PAGE, this.view.subarray(first * PAGE, Math.min(page * PAGE, this.#sourceEnd)));
      present.fill(1, first, page);
    }
  }

  /** The bytes `[start, start + length)`: a view, valid until the image grows. */
  read(start: number, length: number): Uint8Array<SharedArrayBuffer> {
    this.touch(start, length);
    return this.view.subarray(start, start + length);
  }

  /** Sees to it that everything is in memory. */
  loadAll(): void {
    this.touch(0, this.#sourceEnd);
  }

  /**
   * The file has `size` bytes from now on: what is not in memory and lies behind them is zero, whatever the image
   * grows to again.
   */
  cut(size: number): void {
    this.#present?.fill(1, Math.ceil(size / PAGE));
    this.#sourceEnd = Math.min(this.#sourceEnd, size);
  }

  /** Writes `source` at file offset `at`; only what differs is marked. False where nothing does. */
  write(at: number, source: Uint8Array): boolean {
    let from = 0;
    let to = source.length;
    // What is overwritten unread may well be what it was: not knowing is cheaper than reading.
    if (this.#overwrite(at, to)) {
      const { view } = this;
      while (from < to && view[at + from] === source[from]) from++;
      while (to > from && view[at + to - 1] === source[to - 1]) to--;
      if (from === to) return false;
    }
    this.view.set(source.subarray(from, to), at + from);
    this.dirty.mark(at + from, to - from);
    return true;
  }

  /** As `write`, of many bytes of which few differ: reads what is there, and marks the blocks that differ. */
  rewrite(at: number, source: Uint8Array): boolean {
    this.touch(at, Math.min(source.length, this.#sourceEnd - at));
    let changed = false;
    for (let from = 0; from < source.length; from += BLOCK)
      if (this.write(at + from, source.subarray(from, from + BLOCK))) changed = true;
    return changed;
  }

  /** Moves `size` bytes; what the new place does not cover of the old one becomes zero. The two may overlap. */
  move(from: number, to: number, size: number): void {
    if (from === to || size === 0) return;
    this.touch(from, size);
    this.#overwrite(to, size);
    this.view.copyWithin(to, from, from + size);
    this.dirty.mark(to, size);
    if (to > from) this.zero(from, Math.min(size, to - from));
    else this.zero(Math.max(from, to + size), Math.min(size, from - to));
  }

  zero(offset: number, size: number): void {
    this.#overwrite(offset, size);
    this.view.fill(0, offset, offset + size);
    this.dirty.mark(offset, size);
  }

  /**
   * Prepares for every byte of `[start, start + length)` being overwritten: loads the pages at its ends where they have
   * other bytes too. Whether all of the range is known, as opposed to zeros standing for what was not read.
   */
  #overwrite(start: number, length: number): boolean {
    const present = this.#present;
    if (present === undefined || length <= 0) return true;
    const end = start + length;
    if (start % PAGE !== 0) this.touch(start, 1);
    if (end % PAGE !== 0 && end < this.#sourceEnd) this.touch(end - 1, 1);
    const last = Math.min(present.length, pageOf(end - 1) + 1);
    let known = true;
    for (let page = pageOf(start); page < last; page++) {
      if (present[page] !== 0) continue;
      known = false;
      present[page] = 1;
    }
    return known;
  }
}

function pageOf(offset: number): number {
  return Math.floor(offset / PAGE);
}
