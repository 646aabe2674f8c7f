/** The installed toolchain, for tests that compare with it: sources in, file contents or printed text out. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `use` with a fresh directory that is gone afterwards. */
export function inScratch<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "manifold-test-"));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Writes `source` as `main.c` or `main.s`, runs gcc with `flags` on it and returns the output file's contents. */
export function gcc(source: string, flags: readonly string[], extension: "c" | "s" = "c"): Uint8Array {
  return inScratch((directory) => {
    writeFileSync(join(directory, `main.${extension}`), source);
    execFileSync("gcc", [...flags, `main.${extension}`, "-o", "output"], { cwd: directory });
    return new Uint8Array(readFileSync(join(directory, "output")));
  });
}

/** What `readelf -W` prints about `bytes` under `flags`. */
export function readelf(bytes: Uint8Array, flags: readonly string[]): string {
  return inScratch((directory) => {
    const file = join(directory, "input");
    writeFileSync(file, bytes);
    return execFileSync("readelf", ["-W", ...flags, file], { encoding: "utf8" });
  });
}
