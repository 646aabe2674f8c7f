/**
 * A bump allocator over shared memory: what an emit worker writes its records and blobs to. One writer; everyone may
 * read what has been published. Nothing is ever freed: a link's arenas go with the link.
 */

import { SharedRegion } from "./shared-region.js";

export class Arena {
  readonly region: SharedRegion;
  /** All bytes, to be fetched again after `reserve`. */
  bytes: Uint8Array<SharedArrayBuffer>;
  /** First free byte. */
  top: number;

  /** A new arena, or the writer's view of a shared one whose first free byte is `top`. */
  constructor(buffer?: SharedArrayBuffer, top = 0) {
    this.region = new SharedRegion("emit arena", 1 << 20, buffer);
    this.bytes = this.region.bytes();
    this.top = top;
  }

  /** Makes sure that `size` bytes can be written from `top` on. */
  reserve(size: number): void {
    if (this.region.ensure(this.top + size)) this.bytes = this.region.bytes();
  }

  /** Copies `words[0, count)` to the next multiple of 4 and returns where they begin. */
  pushWords(words: Int32Array, count: number): number {
    this.top = Math.ceil(this.top / 4) * 4;
    this.reserve(count * 4);
    const at = this.top;
    new Int32Array(this.region.buffer, at, count).set(words.subarray(0, count));
    this.top += count * 4;
    return at;
  }
}
