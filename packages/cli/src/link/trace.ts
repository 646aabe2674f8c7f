/** Writes a link's spans as a Chrome trace ("Trace Event Format"), which Perfetto and speedscope open. */

import { writeFileSync } from "node:fs";
import { cannotWrite, DiagnosticError } from "@manifold/core";
import type { LinkReport } from "./link-manifests.js";

export function writeTrace(path: string, report: LinkReport): void {
  const threads = [...new Set(report.spans.map((span) => span.thread))];
  const names = threads.map((tid) => ({
    name: "thread_name",
    ph: "M",
    pid: 1,
    tid,
    args: { name: tid === 0 ? "coordinator" : `worker ${tid}` },
  }));
  const events = report.spans.map(({ name, thread, start, end }) => {
    return { name, ph: "X", pid: 1, tid: thread, ts: Math.round(start * 1000), dur: Math.round((end - start) * 1000) };
  });
  try {
    writeFileSync(path, JSON.stringify({ traceEvents: [...names, ...events], displayTimeUnit: "ms" }));
  } catch (cause) {
    throw new DiagnosticError(cannotWrite(path, cause));
  }
}
