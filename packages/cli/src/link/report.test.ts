import { Control, makeControl, readProgress } from "@manifold/core";
import { describe, expect, it } from "vitest";
import type { LinkReport } from "./link-manifests.js";
import { progressLines } from "./progress.js";
import { resultJson, statsText } from "./stats.js";

const REPORT: LinkReport = {
  ok: true,
  output: "app",
  diagnostics: [],
  counts: { declarations: 3, symbols: 4, constants: 1, lazySymbols: 5, relocations: 2, chunks: 1, bytes: 900 },
  workers: 2,
  update: undefined,
  reason: undefined,
  bytesWritten: 900,
  phases: [
    { name: "emit", thread: 1, start: 11, end: 19, kind: "share", items: 3 },
    { name: "emit", thread: 2, start: 12, end: 18, kind: "share", items: 1 },
    { name: "emit", thread: 0, start: 10, end: 20, kind: "parallel", items: 4 },
    { name: "commit", thread: 0, start: 10, end: 20, kind: "serial", waited: 7 },
    { name: "write", thread: 0, start: 20, end: 20.5, kind: "serial" },
  ],
};

describe("progressLines", () => {
  it("draws the seed's tree from the counters", () => {
    const control = makeControl();
    control[Control.DECLARATIONS] = 120;
    control[Control.CHUNKS_DONE] = 1;
    control[Control.CHUNKS_TOTAL] = 4;
    control[Control.CONSTANTS_DONE] = 7;
    control[Control.CONSTANTS_TOTAL] = 9;
    control[Control.RELOCATIONS_DONE] = 5;
    control[Control.RELOCATIONS_TOTAL] = 400;
    expect(progressLines(readProgress(control))).toEqual([
      "Linking  120 declarations, 1/4 parts emitted",
      "├─ Constants    7/9",
      "├─ Synthetics   0",
      "└─ Relocations  5/400",
    ]);
  });
});

describe("--stats", () => {
  it("shows what was linked, then each phase in order", () => {
    const lines = statsText(REPORT).split("\n");
    expect(lines[0]).toMatch(
      /^declarations 3, symbols 4, .*, input parts 1, workers 2, output bytes 900, written 900$/,
    );
    expect(lines.slice(2).map((line) => line.slice(0, 14).trim())).toEqual([
      "start",
      "emit",
      "worker 1",
      "worker 2",
      "commit",
      "write",
      "total",
      "processor time",
      "peak memory",
      "",
    ]);
  });
});

describe("--json", () => {
  it("holds the counters and the phases", () => {
    expect(resultJson(REPORT)).toMatchObject({
      ok: true,
      counts: { declarations: 3 },
      phases: [{ name: "emit", thread: 1, kind: "share", start: 11, ms: 8, items: 3 }, {}, {}, {}, {}],
    });
  });
});

describe("a link with inputs", () => {
  it("has the number of objects that were linked, others have none", () => {
    const report = { ...REPORT, objects: 12 };
    expect(statsText(report)).toContain(", objects 12, ");
    expect(resultJson(report)).toMatchObject({ objects: 12 });
    expect(statsText(REPORT)).not.toContain("objects");
    expect(JSON.stringify(resultJson(REPORT))).not.toContain('"objects"');
  });
});
