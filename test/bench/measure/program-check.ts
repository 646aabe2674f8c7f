/** Whether what a link made is right: it is run, and must print what it has to. */

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

/** Runs a program; throws unless it exits with 0 and prints `expected`. */
export function checkProgram(path: string, expected: string, args: readonly string[] = []): void {
  const { status, signal, stdout, stderr, error } = spawnSync(path, args, { encoding: "utf8" });
  if (error !== undefined) throw new Error(`its output cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`its output ends with ${status ?? signal}: ${stderr.split("\n")[0]}`);
  if (stdout !== expected) throw new Error(`its output prints ${JSON.stringify(stdout.slice(0, 60))}`);
}

/** As `checkProgram`, and removes the program: no run finds the output of another. */
export function checkAndRemove(path: string, expected: string, args: readonly string[] = []): void {
  try {
    checkProgram(path, expected, args);
  } finally {
    rmSync(path, { force: true });
  }
}

/** What a generated program prints. */
export function checksumLine(checksum: number): string {
  return `checksum ${checksum.toString(16).padStart(8, "0")}\n`;
}
