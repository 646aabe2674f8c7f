/**
 * The bytes of all inputs of a link, in one stretch of shared memory: an input's place is an offset into it, and every
 * table that holds names, contents or relocations holds such offsets. Each input begins at a multiple of eight, so that
 * the structures of ELF, which are aligned within their files, can be read as words.
 */

import { SharedRegion } from "../memory/shared-region.js";

/** Behind every input, so that reading a little too far stays within the region. */
const MARGIN = 16;

export class InputBytes {
  readonly #region = new SharedRegion("bytes of all inputs", 1 << 20);
  /** Views of all bytes; made anew whenever the region grows. */
  bytes: Uint8Array<SharedArrayBuffer> = this.#region.bytes();
  words: Int32Array<SharedArrayBuffer> = this.#region.words();
  view: DataView<SharedArrayBuffer> = new DataView(this.#region.buffer, 0, this.#region.byteLength);
  #top = 8;

  /** Makes room for `size` bytes; returns their offset, a multiple of eight. */
  reserve(size: number): number {
    const at = this.#top;
    this.#top = Math.ceil((at + size + MARGIN) / 8) * 8;
    if (this.#region.ensure(this.#top + MARGIN)) {
      this.bytes = this.#region.bytes();
      this.words = this.#region.words();
      this.view = new DataView(this.#region.buffer, 0, this.#region.byteLength);
    }
    return at;
  }

  /** Adds a copy of `source`; returns its offset. */
  add(source: Uint8Array): number {
    const at = this.reserve(source.length);
    this.bytes.set(source, at);
    return at;
  }

  /** Bytes in use. */
  get size(): number {
    return this.#top;
  }
}

/** The bytes `[start, end)` as text; what is no UTF-8 shows as U+FFFD. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}

/** Where the string at `start` ends: the offset of its 0 byte. The caller knows that there is one. */
export function stringEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (bytes[end] !== 0) end++;
  return end;
}
