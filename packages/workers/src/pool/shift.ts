/**
 * A shift as one worker works it: claims chunk after chunk as the others do (core's `protocol/claims.ts`) until none is left. The same code runs
 * on pool threads and, for small links, on the coordinator's own thread.
 */

import {
  Applier,
  Arena,
  Chunk,
  ChunkStatus,
  ChunkTable,
  Claims,
  Control,
  type EmitShift,
  LinkTables,
  PhaseLog,
  Resolver,
  type Shift,
  type ShiftReport,
  Slot,
  slotWord,
} from "@manifold/core";
import { ChunkEmitter } from "../emit/chunk-emitter.js";
import { AssemblerMissing, loadAssembler, loadLowering } from "../emit/tools.js";
import { TypeTables } from "../emit/type-tables.js";

/**
 * A shift for one worker; `claims` is what all workers of the shift share, `slot` says which arena is its own, `thread` how
 * it is called in phases (0: the coordinator's own), and `leads` that it is the one that tells what every worker would find.
 */
export type ShiftTask = Shift & {
  readonly claims: SharedArrayBuffer;
  readonly slot: number;
  readonly thread: number;
  readonly leads: boolean;
};

/** What one worker does for one chunk, and what came of all of them. */
interface Station {
  readonly work: (chunk: number) => void;
  readonly report: () => Partial<ShiftReport>;
}

/** What comes of a shift in which nothing was done. */
export const NOTHING: ShiftReport = {
  blamed: [],
  unresolved: [],
  unapplied: [],
  types: [],
  waiting: [],
  inputs: [],
  phases: [],
};

/** Works a shift; what `pause` returns is awaited after every chunk, for callers that share their thread with others. */
export async function runShift(task: ShiftTask, pause?: () => Promise<void> | undefined): Promise<ShiftReport> {
  const log = new PhaseLog(task.thread);
  const end = log.begin(task.only === undefined ? task.work.kind : "typed", "share");
  let waited = 0;
  let items = 0;
  const control = new Int32Array(task.emission.control);
  if (task.work.kind === "emit" && task.work.types.length > 0) await loadLowering();
  const station = stationFor(task, control);
  const claims = new Claims(task.claims);
  claims.begin(task.slot);
  for (;;) {
    const claimed = claims.claim();
    if (claimed >= task.limit) break;
    const chunk = task.only?.[claimed] ?? claimed;
    Atomics.store(control, slotWord(task.slot, Slot.CHUNK), chunk + 1);
    try {
      station.work(chunk);
    } catch (cause) {
      if (!(cause instanceof AssemblerMissing)) throw cause;
      await loadAssembler();
      station.work(chunk);
    }
    Atomics.store(control, slotWord(task.slot, Slot.CHUNK), 0);
    items++;
    const pausing = pause?.();
    if (pausing === undefined) continue;
    const from = performance.now();
    await pausing;
    waited += performance.now() - from;
  }
  const report = station.report();
  end({ items, waited });
  return { ...NOTHING, ...report, phases: log.take() };
}

function stationFor(task: ShiftTask, control: Int32Array): Station {
  if (!("link" in task)) return emitStation(task, control);
  const tables = new LinkTables(task.link);
  const { work } = task;
  switch (work.kind) {
    case "resolve": {
      const resolver = new Resolver(tables, work.options);
      const unresolved: ShiftReport["unresolved"][number][] = [];
      return {
        work: (chunk) => unresolved.push(...resolver.resolve(chunk)),
        report: () => ({ unresolved }),
      };
    }
    case "apply": {
      const applier = new Applier(tables, work.plan);
      const unapplied: ShiftReport["unapplied"][number][] = [];
      return {
        work: (chunk) => unapplied.push(...applier.apply(chunk)),
        report: () => ({ unapplied }),
      };
    }
  }
}

function emitStation(task: EmitShift & Pick<ShiftTask, "slot" | "leads">, control: Int32Array): Station {
  const { slot, leads, emission, work, sources } = task;
  const chunks = new ChunkTable(emission.chunks, emission.chunkCount);
  const topWord = slotWord(slot, Slot.ARENA_TOP);
  const sourceWord = slotWord(slot, Slot.SOURCE);
  const arena = new Arena(emission.arenas[slot], control[topWord]! >>> 0);
  const tables = new TypeTables(work.types);
  const at = (source: number): void => {
    control[sourceWord] = source;
  };
  const emitter = new ChunkEmitter(arena, work.functionAlignLog2, tables, at, work.inputs);
  return {
    work: (chunk) => {
      const source = sources.get(chunks.get(chunk, Chunk.SOURCE))!;
      // Records come emitted.
      if (source.kind === "records") return;
      chunks.set(chunk, Chunk.SLOT, slot);
      const status = emitter.emit(chunks, chunk, source);
      control[topWord] = arena.top;
      if (status !== ChunkStatus.WAITING) Atomics.add(control, Control.CHUNKS_DONE, 1);
    },
    report: () => {
      emitter.close();
      const { blamed, types, waiting, inputs } = emitter;
      // Each worker has the same tables.
      return { blamed: leads ? [...tables.blamed(), ...blamed] : blamed, types, waiting, inputs };
    },
  };
}
