/** What changed between two versions of a manifest, as a compiler that knows it would tell the linker. */

import type { Line } from "../manifest.js";

/** A name as the library's `remove` takes it: a plain one is a function, data or an extern. */
export type Removal = string | { readonly export: string } | { readonly type: string };

export interface Changes {
  /** Declarations that are new or differ, in order. */
  readonly update: readonly Line[];
  readonly remove: readonly Removal[];
}

/**
 * Compares declarations by kind class and name. Functions, data and externs are one class, since they share their names;
 * exports and types are others. An error set has no name: there must be one, in both.
 */
export function changesBetween(before: readonly Line[], after: readonly Line[]): Changes {
  const old = new Map(before.map((line) => [keyOf(line), JSON.stringify(line)]));
  const now = new Map(after.map((line) => [keyOf(line), line]));
  return {
    update: after.filter((line) => old.get(keyOf(line)) !== JSON.stringify(line)),
    remove: before.filter((line) => !now.has(keyOf(line))).map(removalOf),
  };
}

/** What only this declaration of a manifest has: its removal, as JSON. */
export function keyOf(line: Line): string {
  return JSON.stringify(removalOf(line));
}

function removalOf(line: Line): Removal {
  const [[kind, name]] = Object.entries(line) as [[string, string]];
  if (kind === "export") return { export: name };
  if (kind === "type") return { type: name };
  return kind === "errors" ? "errors set" : name;
}
