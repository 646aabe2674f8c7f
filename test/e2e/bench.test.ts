/** The benchmarks run, on programs that are too small to say anything about speed. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, run } from "../support/command.js";
import { tempDir } from "../support/temp-dir.js";

const SUITES = ["bench.js", "peers.js"];

function suite(name: string, ...args: readonly string[]) {
  return run(process.execPath, [join(ROOT, "test/dist/bench", name), ...args], { timeout: 120_000 });
}

describe.each(SUITES)("%s", (name) => {
  it("says what it can do", () => {
    expect(suite(name, "--help")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("--sizes LIST"),
    });
  });

  it.each([
    ["--sizes", "many"],
    ["--sizes", "1000,,"],
    ["--runs", "0"],
    ["--seed", "1.5"],
    ["--workloads", "cold"],
    ["--places", "nowhere"],
    ["--report-only"],
    ["--fast"],
  ])("refuses %s %s", (...args) => {
    const { code, stdout, stderr } = suite(name, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(args[0]);
  });
});

describe("a report", () => {
  it("has what was measured, of this run and of those before, and how it compares with the targets", () => {
    const directory = tempDir();
    const [results, report] = [join(directory, "results.json"), join(directory, "report.md")];
    const options = ["--runs", "2", "--directory", directory, "--places", "disk", "--results", results];
    const peers = suite("peers.js", "--sizes", "300", "--workloads", "objects,manifest,changed,relink", ...options);
    expect(peers.code).toBe(0);
    const ours = suite("bench.js", "--sizes", "300", "--workloads", "assembly,updates", "--write", report, ...options);
    expect(ours.code).toBe(0);
    const text = readFileSync(report, "utf8");
    expect(ours.stdout).toContain(text);
    expect(text).not.toContain("failed");
    for (const what of [
      "manifold ld",
      "manifold link --incremental --changed",
      "resident relink",
      "GNU ld",
      "same size",
    ])
      expect(text).toContain(`| ${what}`.replace("| resident", "| manifold, resident"));
    expect(text).toContain("one function changed, cold: 300 functions");
    expect(suite("bench.js", "--results", results, "--report-only").stdout).toContain("GNU ld");
  });
});
