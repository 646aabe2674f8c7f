import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { discardStale, type Files, systemFiles, temporaryName, writeAll } from "./files.js";

let directory: string;
let target: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-files-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  target = join(directory, "out");
});

/** A number that no process has any more. */
function goneProcess(): number {
  return spawnSync("true").pid;
}

/** The name that another process of this machine would have given. */
function nameBy(pid: number, of = target): string {
  return basename(temporaryName(of)).replace(`-${process.pid}-`, `-${pid}-`);
}

describe("temporary files", () => {
  it("are removed where the process that made them is gone", () => {
    const names = [nameBy(goneProcess()), nameBy(goneProcess())];
    for (const name of names) writeFileSync(join(directory, name), "half");
    discardStale(systemFiles, target);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("stay where their process is there, or they are of another file, machine or maker", () => {
    const gone = goneProcess();
    const names = [
      nameBy(process.pid),
      nameBy(process.ppid),
      nameBy(gone, `${target}.manifold`),
      nameBy(gone).replace(/\.[0-9a-z]+-/, ".other-"),
      `${nameBy(gone)}.mine`,
      nameBy(gone).slice(1),
      "out",
    ];
    for (const name of names) writeFileSync(join(directory, name), "");
    discardStale(systemFiles, target);
    expect(readdirSync(directory).sort()).toEqual(names.sort());
  });

  it("are no concern where the directory cannot be read", () => {
    expect(() => discardStale(systemFiles, join(directory, "nowhere", "out"))).not.toThrow();
  });
});

describe("writing", () => {
  it("fails, and does not go on for ever, where nothing is taken", () => {
    const files: Files = { ...systemFiles, write: () => 0 };
    expect(() => writeAll(files, 1, Uint8Array.of(1), 0)).toThrow(expect.objectContaining({ code: "EIO" }));
  });
});
