/** Sources in, declarations out: what tests of the import compare. */

import { type Diagnostic, DiagnosticError, readObject } from "@manifold/core";
import { gcc } from "../../../core/src/elf/toolchain.test.helper.js";
import type { ManifestRefs, ManifestRelocation } from "./declarations.js";
import { importObjects } from "./import.js";

interface Declaration {
  readonly func?: string;
  readonly const?: string;
  readonly var?: string;
  readonly extern?: string;
  readonly export?: string;
  readonly align?: number;
  readonly bytes?: string;
  readonly zero?: number;
  readonly relocs?: readonly ManifestRelocation[];
  readonly code?: { readonly bytes: string; readonly relocs?: readonly ManifestRelocation[] };
  readonly refs?: ManifestRefs;
}

export interface Imported {
  readonly lines: readonly string[];
  readonly declarations: readonly Declaration[];
  readonly warnings: readonly Diagnostic[];
  /** The `func`, `const` or `var` of that name. */
  nav(name: string): Declaration;
  /** Names of all navs, in order. */
  readonly navs: readonly string[];
}

/** Compiles each source as `a.o`, `b.o` and so on, and imports them together. */
export async function importSources(
  sources: readonly string[],
  flags: readonly string[] = [],
  extension: "c" | "s" = "c",
): Promise<Imported> {
  const objects = sources.map((source, i) => {
    return readObject(gcc(source, ["-c", ...flags], extension), { file: `${"abcdef"[i]}.o` });
  });
  const { lines, warnings } = await importObjects(objects, { target: "x86_64-linux" });
  const declarations = lines.slice(1).map((line) => JSON.parse(line) as Declaration);
  const nameOf = (each: Declaration) => each.func ?? each.const ?? each.var;
  return {
    lines,
    declarations,
    warnings,
    navs: declarations.map(nameOf).filter((name) => name !== undefined),
    nav: (name) => {
      const found = declarations.find((each) => nameOf(each) === name);
      if (found === undefined) throw new Error(`no nav ${name} in ${declarations.map(nameOf).join(" ")}`);
      return found;
    },
  };
}

/** Imports one assembly source. */
export function importAssembly(source: string): Promise<Imported> {
  return importSources([source], [], "s");
}

/** The diagnostics that what is promised ends with. */
export async function errorsOf(promised: Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await promised;
  } catch (thrown) {
    if (thrown instanceof DiagnosticError) return thrown.diagnostics;
    throw thrown;
  }
  return [];
}
