/** Whether what a link made is right: it is run, and must print what it has to. */

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs a program; throws unless it exits with 0 and prints `expected`. */
export function checkProgram(path: string, expected: string): void {
  const { status, signal, stdout, stderr, error } = run(path);
  if (error !== undefined) throw new Error(`its output cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`its output ends with ${status ?? signal}: ${stderr.split("\n")[0]}`);
  if (stdout !== expected) throw new Error(`its output prints ${JSON.stringify(stdout.slice(0, 60))}`);
}

/** As `checkProgram`, and removes the program: no run finds the output of another. */
export function checkAndRemove(path: string, expected: string): void {
  try {
    checkProgram(path, expected);
  } finally {
    rmSync(path, { force: true });
  }
}

/** What a generated program prints. */
export function checksumLine(checksum: number): string {
  return `checksum ${checksum.toString(16).padStart(8, "0")}\n`;
}

function run(path: string): SpawnSyncReturns<string> {
  const result = spawnSync(path, { encoding: "utf8" });
  if (result.error === undefined || !("code" in result.error) || result.error.code !== "EACCES") return result;
  // Containers mount tmpfs so that nothing can be executed there.
  const directory = mkdtempSync(join(tmpdir(), "manifold-bench-"));
  try {
    const copy = join(directory, "program");
    copyFileSync(path, copy);
    return spawnSync(copy, { encoding: "utf8" });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
