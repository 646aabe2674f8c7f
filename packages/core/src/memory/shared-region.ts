/**
 * A range of shared memory that can grow without moving. The whole range is reserved as address space at once and is
 * committed page by page as it is touched, so that a large reservation costs nothing, and every thread that holds the
 * buffer sees growth without being sent anything.
 *
 * Views over it are made with an explicit length: a length-tracking view over a growable buffer costs an order of
 * magnitude on every access. Whoever keeps a view makes it anew after `ensure` said that the buffer has grown.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { memoryLimit } from "../diagnostics/link.js";

/** The largest view that Node 20 can make, less a page of safety. */
export const REGION_LIMIT: number = 2 ** 32 - 65536;

const GRANULE = 65536;

export class SharedRegion {
  readonly buffer: SharedArrayBuffer;
  readonly #what: string;

  /** `what` names the region in the diagnostic for a link that outgrows it; `buffer` adopts another thread's region. */
  constructor(what: string, initialBytes: number, buffer?: SharedArrayBuffer) {
    this.#what = what;
    this.buffer = buffer ?? new SharedArrayBuffer(roundUp(initialBytes), { maxByteLength: REGION_LIMIT });
  }

  get byteLength(): number {
    return this.buffer.byteLength;
  }

  /**
   * Makes room for `bytes`; true when the buffer grew, and old views are too short.
   * Growth is geometric, which is free: pages that nobody touches are not committed.
   */
  ensure(bytes: number): boolean {
    if (bytes <= this.buffer.byteLength) return false;
    if (bytes > REGION_LIMIT) throw new DiagnosticError(memoryLimit(this.#what, bytes, REGION_LIMIT));
    try {
      this.buffer.grow(Math.min(REGION_LIMIT, roundUp(Math.max(bytes, this.buffer.byteLength * 2))));
    } catch (cause) {
      // Another thread may have made it larger than that in the meantime: it never becomes smaller.
      if (bytes > this.buffer.byteLength) throw cause;
    }
    return true;
  }

  bytes(): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.buffer, 0, this.buffer.byteLength);
  }

  words(): Int32Array<SharedArrayBuffer> {
    return new Int32Array(this.buffer, 0, this.buffer.byteLength >>> 2);
  }
}

function roundUp(bytes: number): number {
  return Math.min(REGION_LIMIT, Math.ceil(Math.max(bytes, 1) / GRANULE) * GRANULE);
}
