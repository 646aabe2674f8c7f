/**
 * Chunks: stretches of the input that are emitted, committed and written as units. A source is cut into chunks of equal
 * size by the coordinator; a chunk holds the declarations that begin within it. Where chunks are cut never shows in the
 * output.
 *
 * Chunk record, 32 words:
 *   [0]  STATUS         ChunkStatus; set with Atomics.store by whoever finished the chunk, after all else; the
 *                       coordinator sets it back to PENDING where it has the chunk emitted again
 *   [1]  SLOT           whose arena holds the records
 *   [2]  SOURCE         index into the link's sources
 *   [3]  START_LOW, [4] START_HIGH    first byte of the source that belongs to the chunk
 *   [5]  END_LOW,   [6] END_HIGH      first byte that no longer does
 *   [7]  DECLS          arena offset of the records, in bytes; likewise [9], [11], [13]
 *   [8]  DECL_COUNT
 *   [9]  RELOCS, [10] RELOC_COUNT
 *   [11] REFS,   [12] REF_COUNT
 *   [13] UAVS,   [14] UAV_COUNT
 *   [15] TEXT           arena offset of names and blobs (for statistics)
 *   [16] DYNAMIC        how many run-time relocations it has: set by the coordinator
 *   [17] DYNAMIC_BASE   how many the chunks before it have: set by the coordinator
 *   [18] RELA..[26]     relocatable output: relocations in the chunks before, by section
 *   [27] DEAD_COUNT     how many of its declarations are DEAD
 *   [28] REPLACES       1: its declarations replace those of the same names that come before
 *   [29] TEXT_START     where .text ended before its navs were placed, where places have no nodes: set by the coordinator
 */

import { SharedRegion } from "../memory/shared-region.js";

export const Chunk = {
  STATUS: 0,
  SLOT: 1,
  SOURCE: 2,
  START_LOW: 3,
  START_HIGH: 4,
  END_LOW: 5,
  END_HIGH: 6,
  DECLS: 7,
  DECL_COUNT: 8,
  RELOCS: 9,
  RELOC_COUNT: 10,
  REFS: 11,
  REF_COUNT: 12,
  UAVS: 13,
  UAV_COUNT: 14,
  TEXT: 15,
  DYNAMIC: 16,
  DYNAMIC_BASE: 17,
  RELA: 18,
  DEAD_COUNT: 27,
  REPLACES: 28,
  TEXT_START: 29,
} as const;
export const CHUNK_WORDS = 32;

/**
 * PENDING until a worker has emitted the chunk; FAILED where that brought errors and its records are not to be used.
 * WAITING: it holds typed values, and was given up until the types of its manifest are known; it has no records.
 */
export const ChunkStatus = { PENDING: 0, WAITING: 1, EMITTED: 2, FAILED: 3 } as const;

export class ChunkTable {
  readonly #region: SharedRegion;
  words: Int32Array<SharedArrayBuffer>;
  #count: number;

  /** A new table, or a view of another thread's with `count` chunks. */
  constructor(buffer?: SharedArrayBuffer, count = 0) {
    this.#region = new SharedRegion("chunk table", 1024 * CHUNK_WORDS * 4, buffer);
    this.words = this.#region.words();
    this.#count = count;
  }

  get length(): number {
    return this.#count;
  }

  get buffer(): SharedArrayBuffer {
    return this.#region.buffer;
  }

  /** Adds the bytes `[start, end)` of a source. */
  add(source: number, start: number, end: number): number {
    if (this.#region.ensure((this.#count + 1) * CHUNK_WORDS * 4)) this.words = this.#region.words();
    const chunk = this.#count++;
    this.set(chunk, Chunk.SOURCE, source);
    this.#setWide(chunk, Chunk.START_LOW, start);
    this.#setWide(chunk, Chunk.END_LOW, end);
    return chunk;
  }

  get(chunk: number, field: number): number {
    return this.words[chunk * CHUNK_WORDS + field]!;
  }

  /** A field that is an offset or a count beyond 2^31. */
  getUnsigned(chunk: number, field: number): number {
    return this.words[chunk * CHUNK_WORDS + field]! >>> 0;
  }

  set(chunk: number, field: number, value: number): void {
    this.words[chunk * CHUNK_WORDS + field] = value;
  }

  status(chunk: number): number {
    return Atomics.load(this.words, chunk * CHUNK_WORDS + Chunk.STATUS);
  }

  /** Whether the chunk is emitted or failed. */
  isFinished(chunk: number): boolean {
    return this.status(chunk) >= ChunkStatus.EMITTED;
  }

  /** Publishes the chunk: everything written before is seen by whoever reads the new status. */
  finish(chunk: number, status: number): void {
    Atomics.store(this.words, chunk * CHUNK_WORDS + Chunk.STATUS, status);
    Atomics.notify(this.words, chunk * CHUNK_WORDS + Chunk.STATUS);
  }

  /**
   * Resolves when the status of a chunk that is not finished has changed. Whoever waits keeps the thread alive by other
   * means: a running shift.
   */
  async changed(chunk: number): Promise<void> {
    const status = this.status(chunk);
    if (status >= ChunkStatus.EMITTED) return;
    const waiting = Atomics.waitAsync(this.words, chunk * CHUNK_WORDS + Chunk.STATUS, status);
    if (waiting.async) await waiting.value;
  }

  /** Byte offsets within the source. */
  start(chunk: number): number {
    return this.#wide(chunk, Chunk.START_LOW);
  }
  end(chunk: number): number {
    return this.#wide(chunk, Chunk.END_LOW);
  }

  #wide(chunk: number, field: number): number {
    return this.getUnsigned(chunk, field + 1) * 2 ** 32 + this.getUnsigned(chunk, field);
  }

  #setWide(chunk: number, field: number, value: number): void {
    this.set(chunk, field, value | 0);
    this.set(chunk, field + 1, Math.floor(value / 2 ** 32));
  }
}
