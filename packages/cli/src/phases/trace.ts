/** Writes phases as a Chrome trace ("Trace Event Format"), which Perfetto and speedscope open. */

import { writeFileSync } from "node:fs";
import { cannotWrite, DiagnosticError, type Phase } from "@manifold/core";
import { threadName } from "./phase-table.js";

const PROCESS = { pid: 1 };

/** Throws DiagnosticError where the file cannot be written. */
export function writeTrace(path: string, phases: readonly Phase[]): void {
  const threads = [...new Set(phases.map(({ thread }) => thread))].sort((a, b) => a - b);
  const names = [
    { name: "process_name", ph: "M", ...PROCESS, tid: 0, args: { name: "manifold" } },
    ...threads.flatMap((tid) => [
      { name: "thread_name", ph: "M", ...PROCESS, tid, args: { name: threadName(tid) } },
      { name: "thread_sort_index", ph: "M", ...PROCESS, tid, args: { sort_index: tid } },
    ]),
  ];
  const events = phases.flatMap(eventsOf);
  try {
    writeFileSync(path, JSON.stringify({ traceEvents: [...names, ...events], displayTimeUnit: "ms" }));
  } catch (cause) {
    throw new DiagnosticError(cannotWrite(path, cause));
  }
}

/**
 * Slices of one row must lie within each other, or Perfetto draws none of them right. Parallel work overlaps with what its
 * thread does meanwhile, and so does what waits: these are asynchronous events, which get rows of their own.
 */
function eventsOf({ name, thread, start, end, kind, items, waited }: Phase, index: number): object[] {
  const args = { kind, items, waited };
  const event = { name, cat: kind, ...PROCESS, tid: thread };
  const from = microseconds(start);
  const overlaps = thread === 0 && (kind !== "serial" || waited !== undefined);
  if (!overlaps) return [{ ...event, ph: "X", ts: from, dur: microseconds(end - start), args }];
  return [
    { ...event, ph: "b", id: index, ts: from, args },
    { ...event, ph: "e", id: index, ts: microseconds(end) },
  ];
}

function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
