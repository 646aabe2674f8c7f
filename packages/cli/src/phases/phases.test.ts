import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Phase, PhaseLog } from "@manifold/core";
import { afterAll, describe, expect, it } from "vitest";
import { phaseTable } from "./phase-table.js";
import { projected, stagesOf } from "./projection.js";
import { writeTrace } from "./trace.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-phases-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Two threads divide 80 ms among them, while the coordinator works for 12 ms; then it works alone. */
const PHASES: readonly Phase[] = [
  { name: "write", thread: 0, start: 160, end: 180, kind: "serial" },
  { name: "emit", thread: 0, start: 100, end: 150, kind: "parallel", items: 16 },
  { name: "emit", thread: 2, start: 108, end: 148, kind: "share", items: 8 },
  { name: "emit", thread: 1, start: 106, end: 146, kind: "share", items: 8 },
  { name: "commit", thread: 0, start: 101, end: 152, kind: "serial", waited: 39 },
];

describe("projection", () => {
  const [emit, write] = stagesOf(PHASES);

  it("puts together what is done at one time", () => {
    expect(emit).toMatchObject({ phase: { name: "emit" }, within: [{ name: "commit" }] });
    expect(emit!.shares.map(({ thread }) => thread)).toEqual([1, 2]);
    expect(write).toMatchObject({ phase: { name: "write" }, shares: [], within: [] });
  });

  it("divides what is parallel, keeps what begins and ends it, and leaves serial phases as they are", () => {
    // 10 ms until threads are at work, 80 ms divided by 8, 2 ms of commits behind the end of emission.
    expect(projected(emit!, 8)).toBeCloseTo(22);
    expect(projected(write!, 8)).toBe(20);
  });

  it("divides by no more than there are pieces, and ends where the coordinator's own work does", () => {
    expect(projected(emit!, 64)).toBeCloseTo(10 + 80 / 16 + 2);
    const commits: Phase = { ...PHASES[4]!, waited: 1 };
    const [busy] = stagesOf([...PHASES.slice(0, 4), commits]);
    expect(projected(busy!, 64)).toBe(50);
  });

  it("divides parallel work of one thread as well", () => {
    const [stage] = stagesOf([{ name: "read", thread: 0, start: 0, end: 64, kind: "parallel" }]);
    expect(projected(stage!, 8)).toBe(8);
  });
});

describe("phaseTable", () => {
  it("has a row a phase, with threads and what is done meanwhile below", () => {
    const lines = phaseTable(PHASES, { functions: 7, bytes: 9 }, 0).split("\n");
    expect(lines.slice(0, 9)).toEqual([
      "functions 7, bytes 9",
      "phase               wall ms     serial    8 cores   64 cores",
      "start                 100.0      100 %      100.0      100.0",
      "emit                   52.0       33 %       22.0       17.0",
      "  worker 1             40.0               8 parts",
      "  worker 2             40.0               8 parts",
      "  commit               12.0      100 %",
      "write                  20.0      100 %       20.0       20.0",
      "total                 180.0       81 %      150.0      145.0",
    ]);
  });
});

describe("PhaseLog", () => {
  it("notes phases when they end, and hands them over once", () => {
    const log = new PhaseLog(3);
    const end = log.begin("scan", "share");
    expect(log.serial("inner", () => 5)).toBe(5);
    expect(() => log.serial("fails", () => JSON.parse("{"))).toThrow();
    end({ items: 2 });
    const phases = log.take();
    expect(phases.map(({ name, thread, kind, items }) => [name, thread, kind, items])).toEqual([
      ["inner", 3, "serial", undefined],
      ["fails", 3, "serial", undefined],
      ["scan", 3, "share", 2],
    ]);
    expect(log.take()).toEqual([]);
  });
});

describe("--trace", () => {
  it("is a Chrome trace with a named row for the coordinator and for each worker", () => {
    const path = join(directory, "trace.json");
    writeTrace(path, PHASES);
    const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as {
      traceEvents: { ph: string; tid: number; name: string; ts?: number; args?: { name?: string } }[];
    };
    const names = traceEvents.filter(({ name }) => name === "thread_name");
    expect(names.map(({ tid, args }) => [tid, args?.name])).toEqual([
      [0, "coordinator"],
      [1, "worker 1"],
      [2, "worker 2"],
    ]);
    expect(traceEvents).toContainEqual(
      expect.objectContaining({ name: "write", ph: "X", tid: 0, ts: 160_000, dur: 20_000 }),
    );
  });

  it("has no slices in a row that overlap without lying within each other", () => {
    const path = join(directory, "overlaps.json");
    writeTrace(path, PHASES);
    const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as { traceEvents: { ph: string; name: string }[] };
    const pairs = traceEvents.filter(({ ph }) => ph === "b" || ph === "e").map(({ ph, name }) => `${ph} ${name}`);
    expect(pairs).toEqual(["b emit", "e emit", "b commit", "e commit"]);
  });
});
