/**
 * The bytes of all inputs of a link, in one stretch of shared memory: an input's place is an offset into it, and every
 * table that holds names, contents or relocations holds such offsets. Each input begins at a multiple of eight, so that
 * the structures of ELF, which are aligned within their files, can be read as words.
 */

import { SharedRegion } from "../memory/shared-region.js";

/** Behind every input, so that reading a little too far stays within the region. */
const MARGIN = 16;

/** The bytes of a link's inputs, for other threads of it. */
export interface SharedInput {
  readonly buffer: SharedArrayBuffer;
  /** [0] how much is in use, in units of eight bytes. */
  readonly top: Int32Array<SharedArrayBuffer>;
}

const UNIT = 8;

export class InputBytes {
  readonly #region: SharedRegion;
  readonly #top: Int32Array<SharedArrayBuffer>;
  /** Views of all bytes; made anew whenever the region grows. */
  bytes!: Uint8Array<SharedArrayBuffer>;
  words!: Int32Array<SharedArrayBuffer>;
  view!: DataView<SharedArrayBuffer>;

  /** `shared`: those of a link that another thread coordinates. */
  constructor(shared?: SharedInput) {
    this.#region = new SharedRegion("bytes of all inputs", 1 << 20, shared?.buffer);
    this.#top = shared?.top ?? new Int32Array(new SharedArrayBuffer(4)).fill(1);
    this.#look();
  }

  get shared(): SharedInput {
    return { buffer: this.#region.buffer, top: this.#top };
  }

  /** Forgets all bytes: what is reserved from now on lies where they were. */
  clear(): void {
    Atomics.store(this.#top, 0, 1);
  }

  /** Makes the views as long as the region is, where another thread made it larger. */
  refresh(): void {
    if (this.bytes.length < this.#region.byteLength) this.#look();
  }

  /** Makes room for `size` bytes; returns their offset, a multiple of eight. */
  reserve(size: number): number {
    const units = Math.ceil((size + MARGIN) / UNIT);
    const at = Atomics.add(this.#top, 0, units) * UNIT;
    this.#region.ensure(at + units * UNIT + MARGIN);
    this.refresh();
    return at;
  }

  /** Adds a copy of `source`; returns its offset. */
  add(source: Uint8Array): number {
    const at = this.reserve(source.length);
    this.bytes.set(source, at);
    return at;
  }

  #look(): void {
    this.bytes = this.#region.bytes();
    this.words = this.#region.words();
    this.view = new DataView(this.#region.buffer, 0, this.#region.byteLength);
  }

  /** Bytes in use. */
  get size(): number {
    return Atomics.load(this.#top, 0) * UNIT;
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
