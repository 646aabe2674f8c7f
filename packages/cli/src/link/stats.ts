/** What a link did and where its time went, as text for people and as JSON for programs. */

import { phaseTable } from "../phases/phase-table.js";
import type { LinkReport } from "./link-manifests.js";

/** `--stats`: what was linked, then where the time went. */
export function statsText(report: LinkReport): string {
  return phaseTable(report.phases, countersOf(report));
}

function countersOf({ counts, objects, workers, bytesWritten }: LinkReport): Record<string, number> {
  if (counts === undefined) return {};
  return {
    declarations: counts.declarations,
    symbols: counts.symbols,
    constants: counts.constants,
    "lazy symbols": counts.lazySymbols,
    relocations: counts.relocations,
    ...(objects === undefined ? {} : { objects }),
    "input parts": counts.chunks,
    workers,
    "output bytes": counts.bytes,
    written: bytesWritten,
  };
}

/** What is said of an incremental link: why everything was linked, in a line; to who asks, what was found and what it cost. */
export function sessionText({ ok, reason, update, session, bytesWritten }: LinkReport, explain: boolean): string {
  if (!explain) return reason === undefined || !ok ? "" : `manifold: linked in full: ${reason}\n`;
  const lines = [...(session?.explanation ?? [])];
  if (update !== undefined) {
    lines.push(
      `${update.emitted} declaration${update.emitted === 1 ? "" : "s"} emitted, ${update.removed} removed, ${update.nodes} placed, ${update.relocations} relocation${update.relocations === 1 ? "" : "s"} applied`,
      `${bytesWritten} bytes of the output written; ${session?.bytesRead ?? 0} read of it and of the session, ${session?.stateBytesWritten ?? 0} of the session written`,
    );
  }
  return lines.map((line) => `manifold: ${line}\n`).join("");
}

/** `--json`: the whole result. */
export function resultJson(report: LinkReport): Record<string, unknown> {
  const { ok, output, diagnostics, counts, workers, bytesWritten, update, reason, session, objects } = report;
  const phases = report.phases.map(({ name, thread, kind, start, end, waited, items }) => ({
    name,
    thread,
    kind,
    start: rounded(start),
    ms: rounded(end - start),
    waited: waited === undefined ? undefined : rounded(waited),
    items,
  }));
  return { ok, output, diagnostics, counts, workers, bytesWritten, update, reason, session, objects, phases };
}

/** Milliseconds, to the microsecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
