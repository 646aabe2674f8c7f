/**
 * The coordinator of a link: cuts sources into chunks and has them emitted as soon as they are added, while a compiler
 * still produces the next ones; `link` then makes the image. Chunks that were emitted stay so: linking again after
 * more has been added parses nothing twice.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { Header } from "../manifest/header.js";
import { locateBlamed } from "../manifest/locate.js";
import { Chunk, ChunkStatus, ChunkTable } from "../protocol/chunk-table.js";
import { Control } from "../protocol/control.js";
import type { EmitPool, EmitShift, ShiftReport, Span } from "../protocol/pool.js";
import { type Blamed, type RecordsBatch, type Source, TEXT_LEAD } from "../protocol/sources.js";
import type { ManifestTypes } from "../protocol/types.js";
import { LinkPass } from "./link-pass.js";
import type { Linked } from "./linked.js";
import { TypedManifests } from "./typed-manifests.js";

export class Linker {
  readonly #header: Header;
  readonly #pool: EmitPool;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #expectedNames: number;
  readonly #sources: Source[] = [];
  readonly #chunks = new ChunkTable();
  /** Arenas of records that were added, by their makers' numbers; their slots come behind the pool's. */
  readonly #added: SharedArrayBuffer[] = [];
  readonly #typed = new TypedManifests(
    this.#sources,
    this.#chunks,
    (chunk) => this.#sources[this.#chunks.get(chunk, Chunk.SOURCE)]!.scope,
  );
  /** What is wrong with declarations that were emitted, typed values and types aside. */
  readonly #blamed: Blamed[] = [];
  #spans: Span[] = [];
  #emitted = 0;
  #emitting: Promise<void> | undefined;

  /** `expectedNames` sizes the tables; a guess that is too low costs time only. */
  constructor(header: Header, pool: EmitPool, control: Int32Array<SharedArrayBuffer>, expectedNames = 1024) {
    this.#header = header;
    this.#pool = pool;
    this.#control = control;
    this.#expectedNames = expectedNames;
  }

  /** Adds bytes `[start, end)` of a source, cut into chunks of `chunkBytes`; emission begins at once. */
  addSource(source: Source, start: number, end: number, chunkBytes: number): void {
    const index = this.#sources.push(source) - 1;
    for (let at = start; at < end; at += chunkBytes) this.#chunks.add(index, at, Math.min(end, at + chunkBytes));
    Atomics.store(this.#control, Control.CHUNKS_TOTAL, this.#chunks.length);
    this.#emit();
  }

  /** Adds declarations that their maker emitted: a chunk of its own, finished from the start. */
  addRecords({ label, arena, arenaIndex, fields }: RecordsBatch, scope: number): void {
    this.#added[arenaIndex] ??= arena;
    const chunk = this.#chunks.add(this.#sources.length, TEXT_LEAD, TEXT_LEAD);
    this.#chunks.set(chunk, Chunk.SLOT, this.#pool.arenas.length + arenaIndex);
    for (const [field, value] of fields) this.#chunks.set(chunk, field, value);
    this.#sources.push({
      kind: "records",
      label,
      arena: this.#added[arenaIndex],
      decls: this.#chunks.getUnsigned(chunk, Chunk.DECLS),
      declCount: this.#chunks.get(chunk, Chunk.DECL_COUNT),
      scope,
    });
    this.#chunks.finish(chunk, ChunkStatus.EMITTED);
    Atomics.add(this.#control, Control.CHUNKS_DONE, 1);
    Atomics.store(this.#control, Control.CHUNKS_TOTAL, this.#chunks.length);
  }

  /** Links all that was added so far. Resolves also when there are errors; rejects for faults of the linker. */
  async link(growing = false): Promise<Linked> {
    // New types may ask for typed values again that have been emitted: nothing is committed before that is known.
    while (this.#emitting !== undefined && this.#typed.hasEmitted) await this.#emitting;
    const emitted = this.#emission();
    // The pass awaits it, but only when all chunks have been committed.
    emitted.catch(() => {});
    const pass = new LinkPass({
      header: this.#header,
      pool: this.#pool,
      control: this.#control,
      sources: this.#sources,
      arenas: this.#arenas(),
      chunks: this.#chunks,
      expectedNames: this.#expectedNames,
      growing,
    });
    const linked = await pass.run(() => emitted);
    const spans = [...this.#spans, ...linked.spans];
    this.#spans = [];
    return { ...linked, spans };
  }

  /** Starts a shift over the chunks that no shift has had, unless one is running; that one's end starts the next. */
  #emit(): void {
    if (this.#emitting !== undefined) return;
    while (this.#emitted < this.#chunks.length && this.#chunks.isFinished(this.#emitted)) this.#emitted++;
    if (this.#emitted === this.#chunks.length) return;
    this.#emitting = this.#emitNew(this.#emitted).then(() => {
      this.#emitting = undefined;
      this.#emit();
    });
    this.#emitted = this.#chunks.length;
    // Whoever awaits emission learns of a fault; nobody may be awaiting it yet.
    this.#emitting.catch(() => {});
  }

  /** By slot. */
  #arenas(): SharedArrayBuffer[] {
    return [...this.#pool.arenas, ...this.#added];
  }

  /**
   * Ends the emission of all that was added, typed values last. Returns what it rejected. Where nothing is being emitted,
   * chunks that are to be emitted again are no longer finished when this returns its promise.
   */
  async #emission(): Promise<readonly Diagnostic[]> {
    while (this.#emitting !== undefined) await this.#emitting;
    const typed = this.#typed.take();
    if (typed !== undefined) {
      for (const chunk of typed.chunks) {
        if (this.#chunks.isFinished(chunk)) Atomics.sub(this.#control, Control.CHUNKS_DONE, 1);
        this.#chunks.finish(chunk, ChunkStatus.PENDING);
      }
      const report = await this.#shift("typed shift", typed.types, 0, typed.chunks.length, typed.chunks);
      this.#typed.blame(report.blamed);
    }
    return [...this.#blamed, ...this.#typed.blamed]
      .sort((a, b) => a.source - b.source || a.offset - b.offset)
      .map((blamed) => locateBlamed(blamed, this.#sources));
  }

  async #emitNew(first: number): Promise<void> {
    const report = await this.#shift("emit shift", [], first, this.#chunks.length);
    this.#blamed.push(...report.blamed);
    this.#typed.found(report);
  }

  async #shift(
    name: string,
    types: readonly ManifestTypes[],
    first: number,
    limit: number,
    only?: readonly number[],
  ): Promise<ShiftReport> {
    const start = performance.now();
    const shift: EmitShift = {
      work: { kind: "emit", functionAlignLog2: this.#header.functionAlignLog2, types },
      first,
      limit,
      ...(only === undefined ? {} : { only }),
      emission: {
        control: this.#control.buffer,
        chunks: this.#chunks.buffer,
        chunkCount: this.#chunks.length,
        arenas: this.#arenas(),
        sources: this.#sources,
      },
    };
    try {
      const report = await this.#pool.run(shift);
      this.#spans.push(...report.spans, { name, thread: 0, start, end: performance.now() });
      return report;
    } catch (fault) {
      // Whoever waits for one of its chunks waits no longer.
      for (let at = first; at < limit; at++) {
        const chunk = only?.[at] ?? at;
        if (!this.#chunks.isFinished(chunk)) this.#chunks.finish(chunk, ChunkStatus.FAILED);
      }
      throw fault;
    }
  }
}
