import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Control, makeControl, readProgress } from "@manifold/core";
import { afterAll, describe, expect, it } from "vitest";
import type { LinkReport } from "./link-manifests.js";
import { progressLines } from "./progress.js";
import { resultJson, statsText } from "./stats.js";
import { writeTrace } from "./trace.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-report-"));
afterAll(() => rmSync(directory, { recursive: true }));

const REPORT: LinkReport = {
  ok: true,
  output: "app",
  diagnostics: [],
  counts: { declarations: 3, symbols: 4, constants: 1, lazySymbols: 5, relocations: 2, chunks: 1, bytes: 900 },
  workers: 2,
  update: undefined,
  reason: undefined,
  bytesWritten: 900,
  spans: [
    { name: "emit", thread: 1, start: 11, end: 19 },
    { name: "emit", thread: 2, start: 12, end: 18 },
    { name: "emit shift", thread: 0, start: 10, end: 20 },
    { name: "write", thread: 0, start: 20, end: 20.5 },
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
  it("shows each phase in order, and below a shift what each worker took", () => {
    const lines = statsText(REPORT).split("\n");
    expect(lines.slice(2, 6)).toEqual([
      "emit shift            10.0 ms",
      "  worker 1             8.0 ms",
      "  worker 2             6.0 ms",
      "write                  0.5 ms",
    ]);
  });
});

describe("--json", () => {
  it("holds the counters and the phases", () => {
    expect(resultJson(REPORT)).toMatchObject({
      ok: true,
      counts: { declarations: 3 },
      phases: [{ name: "emit", thread: 1, ms: 8 }, {}, {}, {}],
    });
  });
});

describe("a link with inputs", () => {
  it("has the number of objects that were linked, others have none", () => {
    const report = { ...REPORT, objects: 12 };
    expect(statsText(report).split("\n")[1]).toBe("objects 12");
    expect(resultJson(report)).toMatchObject({ objects: 12 });
    expect(statsText(REPORT)).not.toContain("objects");
    expect(JSON.stringify(resultJson(REPORT))).not.toContain('"objects"');
  });
});

describe("--trace", () => {
  it("is a Chrome trace with a named row for the coordinator and for each worker", () => {
    const path = join(directory, "trace.json");
    writeTrace(path, REPORT);
    const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as {
      traceEvents: { ph: string; tid: number; name: string; ts?: number; dur?: number }[];
    };
    expect(traceEvents.filter(({ ph }) => ph === "M").map(({ tid }) => tid)).toEqual([1, 2, 0]);
    expect(traceEvents).toContainEqual({ name: "write", ph: "X", pid: 1, tid: 0, ts: 20_000, dur: 500 });
  });
});
