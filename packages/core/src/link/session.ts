/**
 * A linker with its output: declarations come in, `flush` brings the file up to date. A session may be flushed as often
 * as there is something to flush; only bytes that differ from the last flush are written.
 */

import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.js";
import { changedRanges } from "../image/changed-ranges.js";
import { type MappedFile, ROOT } from "../image/mapped-file.js";
import { OutputFile } from "../image/output-file.js";
import type { Header } from "../manifest/header.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import type { EmitPool, Span } from "../protocol/pool.js";
import { type RecordsBatch, TEXT_LEAD } from "../protocol/sources.js";
import type { LinkCounts } from "./linked.js";
import { Linker } from "./linker.js";

/** What a flush did. With diagnostics that are errors the file is as it was. */
export interface FlushResult {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly counts: LinkCounts;
  readonly spans: readonly Span[];
  readonly bytesWritten: number;
}

export interface SessionOptions {
  readonly header: Header;
  /** Path of the output. */
  readonly output: string;
  readonly pool: EmitPool;
  readonly control: Int32Array<SharedArrayBuffer>;
  /** How many names to expect, at a guess. */
  readonly expectedNames?: number;
  /** Input is cut into parts of so many bytes; where never shows in the output. */
  readonly chunkBytes?: number;
}

/** Big enough to make claiming a chunk free, small enough to spread over workers. */
const CHUNK_BYTES = 1 << 20;
/** Before the umask, as for open(2). */
const EXECUTABLE_MODE = 0o777;
const FILE_MODE = 0o666;

export class Session {
  readonly #linker: Linker;
  readonly #file: OutputFile;
  readonly #chunkBytes: number;
  #previous: MappedFile | undefined;
  #dump: () => string = () => "";

  constructor({ header, output, pool, control, expectedNames, chunkBytes = CHUNK_BYTES }: SessionOptions) {
    this.#chunkBytes = chunkBytes;
    this.#linker = new Linker(header, pool, control, expectedNames);
    this.#file = new OutputFile(output, header.output === "exe" ? EXECUTABLE_MODE : FILE_MODE);
  }

  /** Adds a manifest file as scope number `scope`: its navs are seen by its own declarations only. */
  addManifest({ path, spelling, start, end }: OpenedManifest, scope: number): void {
    const chunkBytes = spelling === "lines" ? this.#chunkBytes : Math.max(1, end - start);
    this.#linker.addSource({ kind: "file", path, spelling, scope }, start, end, chunkBytes);
  }

  /** Adds declarations as NDJSON behind a first newline, in shared memory; `label` stands for a file name in messages. */
  addText(label: string, buffer: SharedArrayBuffer, scope: number): void {
    this.#linker.addSource(
      { kind: "text", label, buffer, spelling: "lines", scope },
      TEXT_LEAD,
      buffer.byteLength,
      this.#chunkBytes,
    );
  }

  /** Adds declarations as records, which need no emission. */
  addRecords(batch: RecordsBatch, scope: number): void {
    this.#linker.addRecords(batch, scope);
  }

  /** The node tree of the last flush, checked and printed. */
  dumpTree(): string {
    return this.#dump();
  }

  /** Links what was added and writes what changed. Rejects for faults of the linker only. */
  async flush(): Promise<FlushResult> {
    const { image, diagnostics, counts, spans, dump } = await this.#linker.link();
    this.#dump = dump;
    if (diagnostics.length > 0) return { ok: false, diagnostics, counts, spans, bytesWritten: 0 };
    const start = performance.now();
    const size = image.nodes.size(ROOT);
    const previous = this.#previous;
    const ranges =
      previous === undefined
        ? image.dirty.take(size)
        : changedRanges(previous.bytes, previous.nodes.size(ROOT), image.bytes, size);
    try {
      const bytesWritten = this.#file.flush(image.bytes, size, ranges);
      this.#previous = image;
      const write: Span = { name: "write", thread: 0, start, end: performance.now() };
      return { ok: true, diagnostics: [], counts, spans: [...spans, write], bytesWritten };
    } catch (cause) {
      if (!(cause instanceof DiagnosticError)) throw cause;
      return { ok: false, diagnostics: cause.diagnostics, counts, spans, bytesWritten: 0 };
    }
  }
}
