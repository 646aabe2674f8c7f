/** Races of the benchmarks are fair, and what they find is compared with the right targets. */

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeManifest } from "../bench/generate.js";
import { FUNCTIONS } from "../bench/measure/generated.js";
import { inVersion, lineBeginning } from "../bench/measure/generated-function.js";
import { findLines } from "../bench/measure/lines.js";
import { OneFunction } from "../bench/measure/one-function.js";
import { OURS_CHANGED, OURS_OBJECTS } from "../bench/measure/ours.js";
import { type Contestant, race } from "../bench/measure/race.js";
import { Results } from "../bench/measure/results.js";
import { compareWithTargets } from "../bench/measure/targets.js";
import { link, run } from "../support/command.js";
import { tempDir } from "../support/temp-dir.js";

/** A contestant that always takes the same, and writes down that it ran. */
function fake(name: string, wallMs: number, log: string[], more: Partial<Contestant> = {}): Contestant {
  return {
    name,
    run: () => {
      log.push(name);
      return { wallMs };
    },
    ...more,
  };
}

describe("a race", () => {
  it("has all take turns, and does not count warm-ups", async () => {
    const log: string[] = [];
    const results = await race([fake("a", 1, log), fake("b", 2, log)], { runs: 2, warmups: 1 });
    expect(log.join("")).toBe("ababab");
    expect(results.map(({ runs }) => runs.length)).toEqual([2, 2]);
  });

  it("goes on without those that fail, and keeps the reason", async () => {
    const log: string[] = [];
    const check = (): void => {
      throw new Error("wrong");
    };
    const results = await race([fake("a", 1, log, { check }), fake("b", 2, log)], { runs: 2, warmups: 0 });
    expect(log.join("")).toBe("abb");
    expect(results).toMatchObject([{ failure: "wrong", runs: [] }, { runs: [{}, {}] }]);
  });

  it("runs peers once that are far behind the first, and ours always", async () => {
    const log: string[] = [];
    const contestants = [
      fake("a", 99_000, log),
      fake("b", 2000, log, { isPeer: true }),
      fake("c", 9000, log, { isPeer: true }),
    ];
    const results = await race(contestants, { runs: 3, warmups: 1 });
    expect(log.join("")).toBe("abcababab");
    expect(results[2]).toMatchObject({ runs: [{ wallMs: 9000 }] });
  });
});

describe("targets", () => {
  const row = (name: string, wallMs: number, isPeer: boolean) => ({ name, isPeer, runs: [{ wallMs }] });

  it("compare with the fastest peer of the same race", () => {
    const results = new Results();
    const race = { workload: FUNCTIONS, size: 1_000_000, place: "disk" };
    results.add(race, [row(OURS_OBJECTS, 2000, false), row("lld", 4000, true), row("mold", 5000, true)]);
    results.add({ ...race, place: "tmpfs" }, [row(OURS_OBJECTS, 2000, false), row("lld", 4400, true)]);
    const lines = compareWithTargets(results).split("\n").slice(2);
    expect(lines.map((line) => line.split("|").map((cell) => cell.trim()))).toMatchObject([
      ["", expect.stringContaining("disk, to lld"), "0.500 times", "at most 0.450 times", "MISSED", "111 %", ""],
      ["", expect.stringContaining("tmpfs, to lld"), "0.455 times", "at most 0.450 times", "MISSED", "101 %", ""],
    ]);
  });

  it("count from the start of Node", () => {
    const results = new Results();
    const race = { workload: FUNCTIONS, size: 1000, place: "disk" };
    results.add(race, [row("node -e 0", 30, false), row(OURS_OBJECTS, 50, false), row(OURS_CHANGED, 50, false)]);
    const text = compareWithTargets(results);
    expect(text).toMatch(/cold link of objects.*20\.0 ms .* met /);
    expect(text).toMatch(/one function changed.*20\.0 ms .* MISSED /);
  });

  it("do not compare contestants of different times", () => {
    const results = new Results();
    const race = { workload: FUNCTIONS, size: 1_000_000, place: "disk" };
    results.add(race, [row(OURS_OBJECTS, 2000, false), row("lld", 4000, true)]);
    results.add(race, [row("lld", 9000, true), row("mold", 9000, true)]);
    expect(results.of(race).map(({ name }) => name)).toEqual(["lld", "mold"]);
    expect(compareWithTargets(results)).toBe("Nothing was measured that has a target.");
  });

  it("are reported from results that were kept", () => {
    const path = join(mkdtempSync(join(tempDir(), "results-")), "results.json");
    new Results(path).add({ workload: FUNCTIONS, size: 10, place: "disk" }, [row("lld", 1, true)]);
    new Results(path).add({ workload: FUNCTIONS, size: 10, place: "disk" }, [row("lld", 3, true), row("ld", 2, true)]);
    expect(new Results(path).fastestPeer({ workload: FUNCTIONS, size: 10, place: "disk" })?.name).toBe("ld");
  });
});

describe("a function of a generated manifest", () => {
  it("changes in the file, and its program tells which version it has", () => {
    const directory = tempDir();
    const [manifest, program] = [join(directory, "program.ndjson"), join(directory, "program")];
    writeManifest(manifest, { functions: 2000, seed: 4 });
    const changed = new OneFunction(manifest, 1500);
    link([manifest], program);
    changed.check(program);
    changed.change();
    expect(() => changed.check(program)).toThrow("not updated");
    link([manifest], program);
    changed.check(program);
    expect(run(program, []).code).toBe(0);
  });

  it("does the same in all versions", () => {
    const directory = tempDir();
    const [manifest, program] = [join(directory, "program.ndjson"), join(directory, "program")];
    writeManifest(manifest, { functions: 100, seed: 4 });
    let text = readFileSync(manifest, "latin1");
    for (const [index, line] of findLines(manifest, [7, 3, 99].map(lineBeginning)).entries())
      text = text.replace(line.text, inVersion(line.text, index % 2, 16 * index));
    writeFileSync(manifest, text, "latin1");
    link([manifest], program);
    expect(run(program, []).code).toBe(0);
  });
});
