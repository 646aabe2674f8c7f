/** Links manifest files in this process: opens them, chooses a pool, runs the coordinator, writes the output. */

import { realpathSync } from "node:fs";
import {
  type Diagnostic,
  DiagnosticError,
  type EmitPool,
  type LinkCounts,
  Linker,
  openManifest,
  type OpenedManifest,
  outputIsInput,
  OutputFile,
  ROOT,
  type Span,
} from "@manifold/core";
import { InlinePool } from "@manifold/workers";

export interface LinkRequest {
  readonly manifests: readonly string[];
  readonly output: string;
  readonly workers?: number;
  /** Counters for a progress display. */
  readonly control: Int32Array<SharedArrayBuffer>;
}

export interface LinkReport {
  readonly ok: boolean;
  readonly output: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly counts: LinkCounts | undefined;
  readonly workers: number;
  readonly spans: readonly Span[];
  readonly bytesWritten: number;
}

/** A chunk is big enough to make claiming it free, small enough to spread over workers. */
const CHUNK_BYTES = 1 << 20;
/** Below this many bytes of input one thread is done before another has started. */
const INLINE_LIMIT = 16 << 20;
/** Bytes of input per declaration, at a guess, to size tables. */
const BYTES_PER_NAME = 256;

/** Links. Diagnostics are in the report; what is thrown is a fault of the linker. */
export async function linkManifests(request: LinkRequest): Promise<LinkReport> {
  const spans: Span[] = [];
  const span = (name: string, start: number): void => {
    spans.push({ name, thread: 0, start, end: performance.now() });
  };
  const failed = (diagnostics: readonly Diagnostic[], counts?: LinkCounts, workers = 0): LinkReport => {
    return { ok: false, output: request.output, diagnostics, counts, workers, spans, bytesWritten: 0 };
  };
  const start = performance.now();
  const opened = openAll(request);
  if (opened.diagnostics.length > 0) return failed(opened.diagnostics);
  const size = opened.manifests.reduce((bytes, manifest) => bytes + manifest.end - manifest.start, 0);
  const { pool, close } = await choosePool(request.workers, size);
  span("open", start);
  try {
    const { header } = opened.manifests[0]!;
    const linker = new Linker(header, pool, request.control, Math.ceil(size / BYTES_PER_NAME));
    opened.manifests.forEach((manifest, scope) => {
      const chunkBytes = manifest.spelling === "lines" ? CHUNK_BYTES : Math.max(1, manifest.end - manifest.start);
      linker.addSource({ kind: "file", path: manifest.path, spelling: manifest.spelling, scope }, manifest.start, manifest.end, chunkBytes);
    });
    const linked = await linker.link();
    spans.push(...linked.spans);
    if (linked.diagnostics.length > 0) return failed(linked.diagnostics, linked.counts, pool.workers);
    const writing = performance.now();
    const image = linked.image;
    const bytes = image.nodes.size(ROOT);
    const file = new OutputFile(request.output, header.output === "exe" ? 0o777 : 0o666);
    const bytesWritten = file.flush(image.bytes, bytes, image.dirty.take(bytes));
    span("write", writing);
    return { ok: true, output: request.output, diagnostics: [], counts: linked.counts, workers: pool.workers, spans, bytesWritten };
  } catch (cause) {
    if (cause instanceof DiagnosticError) return failed(cause.diagnostics);
    throw cause;
  } finally {
    await close();
  }
}

/** Opens every manifest, so that all that cannot be used are reported at once. */
function openAll(request: LinkRequest): { manifests: OpenedManifest[]; diagnostics: Diagnostic[] } {
  const manifests: OpenedManifest[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of request.manifests) {
    try {
      manifests.push(openManifest(path));
      if (isSameFile(path, request.output)) diagnostics.push(outputIsInput(path));
    } catch (cause) {
      if (!(cause instanceof DiagnosticError)) throw cause;
      diagnostics.push(...cause.diagnostics);
    }
  }
  return { manifests, diagnostics };
}

/** An output that cannot even be looked at is no input; what is wrong with it is told when it is written. */
function isSameFile(input: string, output: string): boolean {
  try {
    return realpathSync(input) === realpathSync(output);
  } catch {
    return false;
  }
}

async function choosePool(workers: number | undefined, size: number): Promise<{ pool: EmitPool; close: () => Promise<void> }> {
  if (workers === undefined && size < INLINE_LIMIT) return { pool: new InlinePool(), close: async () => {} };
  const { ThreadPool } = await import("@manifold/workers/threads");
  const pool = new ThreadPool(workers === undefined ? {} : { workers });
  return { pool, close: () => pool.close() };
}
