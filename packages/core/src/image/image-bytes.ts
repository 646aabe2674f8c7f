/** The bytes of the image: one stretch of shared memory that grows, and the ranges of it that differ from the file. */

import { SharedRegion } from "../memory/shared-region.js";
import { DirtyRanges } from "./dirty-ranges.js";

export class ImageBytes {
  readonly region: SharedRegion = new SharedRegion("image", 1);
  readonly dirty: DirtyRanges = new DirtyRanges();
  /** All bytes; made anew when the region grows. */
  view: Uint8Array<SharedArrayBuffer> = this.region.bytes();

  /** Makes room for a file of `size` bytes. */
  ensure(size: number): void {
    if (this.region.ensure(size)) this.view = this.region.bytes();
  }

  /** Writes `source` at file offset `at`; only what differs is marked. False where nothing does. */
  write(at: number, source: Uint8Array): boolean {
    const { view } = this;
    let from = 0;
    let to = source.length;
    while (from < to && view[at + from] === source[from]) from++;
    while (to > from && view[at + to - 1] === source[to - 1]) to--;
    if (from === to) return false;
    view.set(source.subarray(from, to), at + from);
    this.dirty.mark(at + from, to - from);
    return true;
  }

  /** Moves `size` bytes; what the new place does not cover of the old one becomes zero. The two may overlap. */
  move(from: number, to: number, size: number): void {
    if (from === to || size === 0) return;
    this.view.copyWithin(to, from, from + size);
    this.dirty.mark(to, size);
    if (to > from) this.zero(from, Math.min(size, to - from));
    else this.zero(Math.max(from, to + size), Math.min(size, from - to));
  }

  zero(offset: number, size: number): void {
    this.view.fill(0, offset, offset + size);
    this.dirty.mark(offset, size);
  }
}
