/** Small manifests for tests. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { link } from "./command.js";
import { tempDir } from "./temp-dir.js";

/** A header or a declaration, as JSON.stringify takes it. */
export type Line = Readonly<Record<string, unknown>>;

/** The header that most tests want. */
export const HEADER: Line = { manifold: 1, target: "x86_64-linux" };

/** exit(0), as `_start`. */
export const EXIT_0: readonly Line[] = [
  { func: "start", code: { bytes: "31ffb83c0000000f05" } }, // xor edi, edi; mov eax, 60; syscall
  { export: "_start", of: "start" },
];

/** exit(edi = the low byte of eax): the end of a program that computes its exit code. */
export const EXIT_WITH_EAX = "89c7b83c0000000f05"; // mov edi, eax; mov eax, 60; syscall

/** NDJSON. */
export function ndjson(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Writes lines to a file of `directory` and returns its path. */
export function writeLines(directory: string, name: string, lines: readonly Line[]): string {
  const path = join(directory, name);
  writeFileSync(path, ndjson(lines));
  return path;
}

/** Links these lines, which must succeed, and returns the path of the output. */
export function linkLines(lines: readonly Line[], ...flags: readonly string[]): string {
  const directory = tempDir();
  return link([writeLines(directory, "program.ndjson", lines)], join(directory, "program"), ...flags);
}
