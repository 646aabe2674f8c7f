/** What a link did and where its time went, as text for people and as JSON for programs. */

import type { Span } from "@manifold/core";
import type { LinkReport } from "./link-manifests.js";

/** `--stats`: counters, then phases with their wall time, workers' shares indented below. */
export function statsText(report: LinkReport): string {
  const lines: string[] = [];
  const { counts } = report;
  if (counts !== undefined) {
    lines.push(
      `declarations ${counts.declarations}, symbols ${counts.symbols}, constants ${counts.constants}, lazy symbols ${counts.lazySymbols}, relocations ${counts.relocations}`,
      ...(report.objects === undefined ? [] : [`objects ${report.objects}`]),
      `input parts ${counts.chunks}, workers ${report.workers}, output ${counts.bytes} bytes, written ${report.bytesWritten} bytes`,
    );
  }
  const main = report.spans.filter((span) => span.thread === 0).sort((a, b) => a.start - b.start);
  for (const span of main) {
    lines.push(`${span.name.padEnd(16)}${milliseconds(span)}`);
    const name = span.name.replace(/ shift$/, "");
    const workers = report.spans.filter(
      (worker) => worker.thread > 0 && worker.name === name && worker.start >= span.start && worker.end <= span.end,
    );
    for (const worker of workers) lines.push(`  worker ${worker.thread}`.padEnd(16) + milliseconds(worker));
  }
  lines.push(`peak memory     ${(process.resourceUsage().maxRSS / 1024).toFixed(1).padStart(10)} MiB`);
  return `${lines.join("\n")}\n`;
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
  const phases = report.spans.map(({ name, thread, start, end }) => ({
    name,
    thread,
    ms: Math.round((end - start) * 1000) / 1000,
  }));
  return { ok, output, diagnostics, counts, workers, bytesWritten, update, reason, session, objects, phases };
}

function milliseconds({ start, end }: Span): string {
  return `${(end - start).toFixed(1).padStart(10)} ms`;
}
