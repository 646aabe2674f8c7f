/**
 * The pool of emit threads, run by Piscina. One task is a shift of one worker; chunks are claimed from shared memory, so
 * that a task costs its 15-100 microseconds once per worker and not once per function.
 *
 * A worker that does not come back (it crashed, ran out of memory, or was ended) is noticed by Piscina, which rejects
 * its task; shared memory says at which declaration it was. The other workers finish what it did not begin.
 */

import { availableParallelism } from "node:os";
import {
  Arena,
  type Blamed,
  Chunk,
  ChunkStatus,
  ChunkTable,
  Claims,
  type EmitPool,
  MAX_SLOTS,
  type Shift,
  type ShiftReport,
  Slot,
  slotWord,
  TEXT_LEAD,
  workerFailed,
} from "@manifold/core";
import { Piscina } from "piscina";
import { joinReports } from "./reports.js";
import { NOTHING, runShift, type ShiftTask } from "./shift.js";
import { Started } from "./started.js";
import { takeTurns } from "./turns.js";

export interface ThreadPoolOptions {
  /** Threads; by default as many as there are processors. */
  readonly workers?: number;
  /** The calling thread is one of them, and begins while the others are started. */
  readonly helps?: boolean;
  /** The module that pool threads load: a file URL. Its default export takes a ShiftTask. */
  readonly workerFile?: string;
  /** Emission of no more bytes than these runs on the calling thread, which is sooner done than a thread is told of it. */
  readonly inlineBytes?: number;
  /** Limit of a thread's JavaScript heap, in MiB. Arenas and images are not part of it. */
  readonly heapMegabytes?: number;
}

export class ThreadPool implements EmitPool {
  readonly workers: number;
  readonly arenas: readonly SharedArrayBuffer[];
  readonly #piscina: Piscina<ShiftTask, ShiftReport>;
  readonly #inlineBytes: number;
  readonly #started = new Started();
  /** Threads besides the calling one. */
  readonly #threads: number;
  readonly #helps: boolean;

  constructor(options: ThreadPoolOptions = {}) {
    this.workers = Math.min(options.workers ?? availableParallelism(), MAX_SLOTS - 1);
    this.#helps = options.helps ?? false;
    this.#threads = Math.max(1, this.#helps ? this.workers - 1 : this.workers);
    // The last one is the calling thread's.
    this.arenas = Array.from({ length: this.#threads + 1 }, () => new Arena().region.buffer);
    this.#inlineBytes = options.inlineBytes ?? 0;
    this.#piscina = new Piscina({
      filename: options.workerFile ?? import.meta.resolve("#emit-worker"),
      minThreads: this.#threads,
      maxThreads: this.#threads,
      // Tasks start in the order they were given, and idle threads keep their event loop.
      stricterFIFO: true,
      execArgv: [],
      workerData: this.#started.data,
      atomics: "async",
      ...(options.heapMegabytes === undefined
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: options.heapMegabytes } }),
    });
    this.#started.watch(this.#piscina.threads);
  }

  async run(shift: Shift): Promise<ShiftReport> {
    const control = new Int32Array(shift.emission.control);
    const claims = Claims.make(shift.first, this.arenas.length);
    const own: ShiftTask = { ...shift, claims, slot: this.#threads, thread: 0, leads: true };
    if (shift.work.kind === "emit" && bytesOf(shift) <= this.#inlineBytes) return runShift(own);
    const leader = this.#helps ? own.slot : 0;
    const tasks = Array.from({ length: this.#threads }, (_, slot) =>
      this.#piscina.run({ ...shift, claims, slot, thread: slot + 1, leads: slot === leader }),
    );
    if (this.#helps) await this.#help(own, tasks);
    const results = await Promise.allSettled(tasks);
    const failures = results.flatMap((result, slot) =>
      result.status === "rejected" ? this.#blame(shift, control, slot, result.reason) : [],
    );
    if (shift.work.kind === "emit") abandon(shift);
    const reports = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const report = joinReports(reports);
    return { ...report, blamed: [...report.blamed, ...failures] };
  }

  /**
   * Works on a shift as the threads do. When this ends, every chunk has been claimed: `tasks` then are this one, and those of
   * threads that have begun. The others, whose threads are still being started, would find nothing.
   */
  async #help(own: ShiftTask, tasks: Promise<ShiftReport>[]): Promise<void> {
    // Those that fail meanwhile are looked at later.
    for (const task of tasks) task.catch(() => {});
    const [mine] = await Promise.allSettled([runShift(own, takeTurns())]);
    const claims = new Claims(own.claims);
    for (let slot = 0; slot < tasks.length; slot++) {
      if (claims.hasBegun(slot)) continue;
      tasks[slot] = Promise.resolve(NOTHING);
    }
    tasks.push(mine.status === "fulfilled" ? Promise.resolve(mine.value) : Promise.reject(mine.reason));
  }

  async close(): Promise<void> {
    await this.#started.all(this.#threads);
    await this.#piscina.destroy();
  }

  /** What a worker that failed was doing. */
  #blame(shift: Shift, control: Int32Array, slot: number, reason: unknown): Blamed[] {
    const chunk = Atomics.exchange(control, slotWord(slot, Slot.CHUNK), 0) - 1;
    const message = reason instanceof Error ? reason.message : String(reason);
    const doing = {
      emit: "while it emitted this declaration",
      resolve: "while it resolved names",
      apply: "while it applied relocations",
    };
    const suggestion =
      "Try again with fewer --workers, or split a very large declaration; if it stays, please report it.";
    const diagnostic = workerFailed(message, doing[shift.work.kind], suggestion);
    const chunks = new ChunkTable(shift.emission.chunks, shift.emission.chunkCount);
    if (chunk < 0) return [{ diagnostic, source: 0, offset: 0, length: 1 }];
    const at = shift.work.kind === "emit" ? control[slotWord(slot, Slot.SOURCE)]! : TEXT_LEAD;
    return [
      { diagnostic, source: chunks.get(chunk, Chunk.SOURCE), offset: chunks.start(chunk) - TEXT_LEAD + at, length: 1 },
    ];
  }
}

/** Bytes of text. */
function bytesOf({ emission, first, limit, only }: Shift): number {
  const chunks = new ChunkTable(emission.chunks, emission.chunkCount);
  let bytes = 0;
  for (let at = first; at < limit; at++) {
    const chunk = only?.[at] ?? at;
    bytes += chunks.end(chunk) - chunks.start(chunk);
  }
  return bytes;
}

/** After a crash some chunks were never finished: nobody must wait for them. */
function abandon(shift: Shift): void {
  const chunks = new ChunkTable(shift.emission.chunks, shift.emission.chunkCount);
  for (let at = shift.first; at < shift.limit; at++) {
    const chunk = shift.only?.[at] ?? at;
    if (chunks.status(chunk) === ChunkStatus.PENDING) chunks.finish(chunk, ChunkStatus.FAILED);
  }
}
