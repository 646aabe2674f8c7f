/** Links manifest files in this process: opens them, chooses a pool, runs the coordinator, writes the output. */

import { availableParallelism } from "node:os";
import {
  type Diagnostic,
  DiagnosticError,
  type EmitPool,
  type FlushResult,
  type IncrementalResult,
  type LinkCounts,
  linkIncrementally,
  noTree,
  type OpenedManifest,
  objectPath,
  openManifest,
  outputIsInput,
  PhaseLog,
  Session,
  statePath,
} from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { isSameFile } from "../same-file.js";

export interface LinkRequest {
  readonly manifests: readonly string[];
  readonly output: string;
  readonly workers?: number;
  /** Gets the image's node tree once it is complete. */
  readonly onTree?: (tree: string) => void;
  /** Counters for a progress display. */
  readonly control: Int32Array<SharedArrayBuffer>;
  /** Keep the session beside the output, and bring an output up to date that has one. */
  readonly incremental?: IncrementalOptions;
}

export interface IncrementalOptions {
  /** Names of the declarations that changed, where the caller knows. */
  readonly changed?: readonly string[];
  /** Compare with a full link. */
  readonly verify?: boolean;
}

export interface LinkReport extends Omit<FlushResult, "counts"> {
  readonly output: string;
  /** Absent where no manifest could be opened. */
  readonly counts: LinkCounts | undefined;
  readonly workers: number;
  /** Of an incremental link: what is to be said about its session, what it found, and what that cost. */
  readonly session?: SessionReport;
  /** Where inputs are declared: how many objects and members of archives were linked with the manifests. */
  readonly objects?: number;
}

type SessionReport = Pick<IncrementalResult, "notes" | "explanation" | "bytesRead" | "stateBytesWritten">;

const NO_UPDATE = { update: undefined, reason: undefined };
/** Below this many bytes of input one thread is done before others have started. */
const INLINE_LIMIT = 16 << 20;
/**
 * The same where there are two processors, of which the first thread's compiler and its collector use the other one already.
 * Measured there, with one thread and with two, the fastest of 15 or more runs beside other work: 20 MB in 320 and 450 ms, 40 MB in 470 and 560,
 * 64 MB in 650 and 670, 80 MB in 750 and 720; two take 40 to 70 % more processor time.
 */
const TWO_PROCESSORS_LIMIT = 64 << 20;
/** Bytes of input per declaration, at a guess, to size tables. */
const BYTES_PER_NAME = 256;

/** Links. Diagnostics are in the report; what is thrown is a fault of the linker. */
export async function linkManifests(request: LinkRequest): Promise<LinkReport> {
  const { output, control } = request;
  const log = new PhaseLog();
  const endOpen = log.begin("open");
  const { manifests, diagnostics } = openAll(request);
  if (diagnostics.length > 0)
    return { ok: false, output, diagnostics, counts: undefined, workers: 0, phases: [], bytesWritten: 0, ...NO_UPDATE };
  endOpen();
  if (request.incremental !== undefined) return linkStored(request, request.incremental, manifests, log);
  const size = sizeOf(manifests);
  const endThreads = log.begin("threads");
  const { pool, close } = await choosePool(request.workers, size);
  endThreads();
  try {
    const { header } = manifests[0]!;
    const expectedNames = Math.ceil(size / BYTES_PER_NAME);
    const session = new Session({
      header,
      output,
      pool,
      control,
      expectedNames,
      takesInputs: true,
      keepsTree: request.onTree !== undefined,
    });
    manifests.forEach((manifest, scope) => {
      session.addManifest(manifest, scope);
    });
    const linked = await session.flush();
    const { inputs } = session;
    if (inputs.length > 0) {
      const { linkInputs } = await loadInputs();
      const result = await linkInputs(session, { manifests, output, inputs }, linked);
      const diagnostics = request.onTree === undefined ? result.diagnostics : [...result.diagnostics, noTree()];
      return { ...result, diagnostics, output, workers: pool.workers, phases: [...log.take(), ...result.phases] };
    }
    if (linked.ok) request.onTree?.(session.dumpTree());
    return { ...linked, output, workers: pool.workers, phases: [...log.take(), ...linked.phases] };
  } finally {
    await close();
  }
}

async function linkStored(
  { output, control, workers }: LinkRequest,
  { changed, verify = false }: IncrementalOptions,
  manifests: readonly OpenedManifest[],
  log: PhaseLog,
): Promise<LinkReport> {
  const size = sizeOf(manifests);
  const closers: (() => Promise<void>)[] = [];
  let threads = 0;
  try {
    const linked = await linkIncrementally({
      manifests,
      output,
      control,
      expectedNames: Math.ceil(size / BYTES_PER_NAME),
      verify,
      takesInputs: true,
      pool: async (full) => {
        const endThreads = log.begin("threads");
        const { pool, close } = await choosePool(full ? workers : undefined, full ? size : 0);
        endThreads();
        closers.push(close);
        threads = pool.workers;
        return pool;
      },
      ...(changed === undefined ? {} : { changed }),
    });
    const { inputs } = linked;
    const request = { manifests, output, inputs };
    const result = inputs.length > 0 ? (await loadInputs()).linkInputsStored(linked, request, verify) : linked;
    const { notes, explanation, bytesRead, stateBytesWritten } = result;
    const session = { notes, explanation, bytesRead, stateBytesWritten };
    return { ...result, output, workers: threads, phases: [...log.take(), ...result.phases], session };
  } finally {
    for (const close of closers) await close();
  }
}

/** The linker of objects is as large as all the rest: it is loaded where there are some. */
function loadInputs(): Promise<typeof import("./link-inputs.js")> {
  return import("./link-inputs.js");
}

function sizeOf(manifests: readonly OpenedManifest[]): number {
  return manifests.reduce((bytes, manifest) => bytes + manifest.end - manifest.start, 0);
}

/** The files that an incremental link keeps beside its output. */
export function sessionPaths(output: string): readonly string[] {
  const object = objectPath(output);
  return [statePath(output), object, statePath(object)];
}

/** Opens every manifest, so that all that cannot be used are reported at once. */
export function openAll(request: Pick<LinkRequest, "manifests" | "output" | "incremental">): {
  manifests: OpenedManifest[];
  diagnostics: Diagnostic[];
} {
  const manifests: OpenedManifest[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of request.manifests) {
    try {
      manifests.push(openManifest(path));
      const written = [request.output, ...(request.incremental === undefined ? [] : sessionPaths(request.output))];
      for (const one of written) if (isSameFile(path, one)) diagnostics.push(outputIsInput(one));
    } catch (cause) {
      if (!(cause instanceof DiagnosticError)) throw cause;
      diagnostics.push(...cause.diagnostics);
    }
  }
  return { manifests, diagnostics };
}

/** An output that cannot even be looked at is no input; what is wrong with it is told when it is written. */
export async function choosePool(
  workers: number | undefined,
  size: number,
): Promise<{ pool: EmitPool; close: () => Promise<void> }> {
  const threads = workers ?? threadsFor(size);
  if (threads === 1) return { pool: new InlinePool(), close: async () => {} };
  const { ThreadPool } = await import("@manifold/workers/threads");
  const pool = new ThreadPool({ workers: threads, helps: true });
  return { pool, close: () => pool.close() };
}

function threadsFor(size: number): number {
  // `node:os` is loaded when it is first asked for.
  if (size < INLINE_LIMIT) return 1;
  const processors = availableParallelism();
  return processors === 2 && size < TWO_PROCESSORS_LIMIT ? 1 : processors;
}
