/** What a link writes beside its output: the map, and the rule for make that says what the output depends on. */

import { existsSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cannotWrite, DiagnosticError } from "@manifold/core";

/** Where `-Map=PATH` goes: into a directory as GNU ld names it, after the output. */
export function mapPath(path: string, output: string): string {
  const isDirectory = existsSync(path) && statSync(path).isDirectory();
  return isDirectory ? join(path, `${basename(output)}.map`) : path;
}

/** The rule, and one without a recipe for each file: a file that is gone is no error. Escapes are those of make. */
export function dependencyRule(output: string, files: readonly string[]): string {
  const names = files.map(escaped);
  const rule = `${[`${escaped(output)}:`, ...names].join(" \\\n  ")}\n`;
  return rule + names.map((name) => `\n${name}:\n`).join("");
}

function escaped(path: string): string {
  return path.replace(/[ \t#]/g, "\\$&").replaceAll("$", "$$$$");
}

/** Throws DiagnosticError (MF0302). */
export function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new DiagnosticError(cannotWrite(path, cause));
  }
}
