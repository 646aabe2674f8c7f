/**
 * The coordinator of a link: cuts sources into chunks and has them emitted as soon as they are added, while a compiler
 * still produces the next ones; `link` then makes the image. Chunks that were emitted stay so: linking again after
 * more has been added parses nothing twice.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { MappedFile } from "../image/mapped-file.js";
import type { Header } from "../manifest/header.js";
import { locateBlamed } from "../manifest/locate.js";
import { ChunkTable } from "../protocol/chunk-table.js";
import { Control } from "../protocol/control.js";
import type { EmitPool, Span } from "../protocol/pool.js";
import type { Source } from "../protocol/sources.js";
import type { Layout } from "./layout.js";
import { LinkPass } from "./link-pass.js";

/** How a link ended. */
export interface Linked {
  /** Without errors the image is complete. */
  readonly diagnostics: readonly Diagnostic[];
  readonly image: MappedFile;
  /** Checks the image's node tree and prints it. */
  readonly dump: () => string;
  readonly layout: Layout | undefined;
  readonly counts: LinkCounts;
  readonly spans: readonly Span[];
}

export interface LinkCounts {
  readonly declarations: number;
  readonly symbols: number;
  readonly constants: number;
  readonly relocations: number;
  readonly chunks: number;
  /** Bytes of the output. */
  readonly bytes: number;
}

export class Linker {
  readonly #header: Header;
  readonly #pool: EmitPool;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #expectedNames: number;
  readonly #sources: Source[] = [];
  readonly #chunks = new ChunkTable();
  /** What is wrong with declarations that were emitted. */
  readonly #rejected: Diagnostic[] = [];
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

  /** Links all that was added. Resolves also when there are errors; rejects for faults of the linker. */
  async link(): Promise<Linked> {
    const pass = new LinkPass({
      header: this.#header,
      pool: this.#pool,
      control: this.#control,
      sources: this.#sources,
      chunks: this.#chunks,
      expectedNames: this.#expectedNames,
    });
    const emitted = async (): Promise<readonly Diagnostic[]> => {
      while (this.#emitting !== undefined) await this.#emitting;
      return this.#rejected;
    };
    const linked = await pass.run(emitted);
    const spans = [...this.#spans, ...linked.spans];
    this.#spans = [];
    return { ...linked, spans };
  }

  /** Starts a shift over the chunks that no shift has had, unless one is running; that one's end starts the next. */
  #emit(): void {
    if (this.#emitting !== undefined || this.#emitted === this.#chunks.length) return;
    this.#emitting = this.#emitFrom(this.#emitted).then(() => {
      this.#emitting = undefined;
      this.#emit();
    });
    this.#emitted = this.#chunks.length;
    // Whoever awaits emission learns of a fault; nobody may be awaiting it yet.
    this.#emitting.catch(() => {});
  }

  async #emitFrom(first: number): Promise<void> {
    const start = performance.now();
    const report = await this.#pool.run({
      work: { kind: "emit", functionAlignLog2: this.#header.functionAlignLog2 },
      first,
      limit: this.#chunks.length,
      emission: {
        control: this.#control.buffer,
        chunks: this.#chunks.buffer,
        chunkCount: this.#chunks.length,
        arenas: this.#pool.arenas,
        sources: this.#sources,
      },
    });
    for (const blamed of report.blamed) this.#rejected.push(locateBlamed(blamed, this.#sources));
    this.#spans.push(...report.spans, { name: "emit shift", thread: 0, start, end: performance.now() });
  }
}
