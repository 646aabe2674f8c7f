/** Joins what the workers of a shift report; failures in the order of the input, whoever found them. */

import type { ShiftReport } from "@manifold/core";

export function joinReports(reports: readonly ShiftReport[]): ShiftReport {
  return {
    blamed: reports.flatMap((report) => report.blamed).sort((a, b) => a.source - b.source || a.offset - b.offset),
    unresolved: reports.flatMap((report) => report.unresolved).sort((a, b) => a.chunk - b.chunk || a.ref - b.ref),
    unapplied: reports.flatMap((report) => report.unapplied).sort((a, b) => a.chunk - b.chunk || a.reloc - b.reloc),
    types: reports.flatMap((report) => report.types).sort((a, b) => a.source - b.source || a.offset - b.offset),
    waiting: reports.flatMap((report) => report.waiting).sort((a, b) => a - b),
    inputs: reports.flatMap((report) => report.inputs).sort((a, b) => a.source - b.source || a.offset - b.offset),
    phases: reports.flatMap((report) => report.phases),
  };
}
