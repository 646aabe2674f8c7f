/** The installed toolchain, for tests that compare with it: sources in, file contents or printed text out. */

import { execFileSync, spawnSync } from "node:child_process";
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

/** Whether `command` can be run; for tests that need more than gcc and binutils. */
export function hasTool(command: string): boolean {
  return spawnSync(command, ["--version"]).status === 0;
}

/** An object of any class and byte order that holds `contents` in `.data`, made by objcopy. */
export function wrapped(
  contents: string,
  format: "elf32-little" | "elf32-big" | "elf64-little" | "elf64-big",
): Uint8Array {
  return inScratch((cwd) => {
    writeFileSync(join(cwd, "input"), contents);
    execFileSync("objcopy", ["-I", "binary", "-O", format, "input", "output"], { cwd });
    return new Uint8Array(readFileSync(join(cwd, "output")));
  });
}
