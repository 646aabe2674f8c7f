/** Options about inputs: which, where they are looked for, and the state that inputs behind an option carry. Spellings as in option.ts. */

import { statSync } from "node:fs";
import {
  badOptionValue,
  type Diagnostic,
  nestedOption,
  optionRefused,
  reasonOf,
  unbalancedOption,
} from "@manifold/core";
import type { OptionTable, OptionUse } from "./option.js";
import type { LdState } from "./state.js";

export function addInputs(options: OptionTable): void {
  options
    .add("l= library=", (state, name, { spelling, place }) => {
      if (name === "") return badOptionValue(spelling, name, "the name of a library", place?.());
      state.addInput("library", name, place);
      return undefined;
    })
    .add("L= library-path=", ({ libraryPaths }, path) => {
      libraryPaths.push(path);
    })
    .add("sysroot=", (state, path) => {
      state.sysroot = path === "/" ? "" : path;
    })
    .add("nostdlib", (state) => {
      state.defaultDirectories = false;
    })
    .add("whole-archive", ({ input }) => {
      input.whole = true;
    })
    .add("no-whole-archive", ({ input }) => {
      input.whole = false;
    })
    .add("static", (state) => {
      state.isStatic = true;
      state.input.archivesOnly = true;
    })
    // GNU ld looks for no shared libraries with -n either.
    .add("Bstatic dn non_shared n nmagic", ({ input }) => {
      input.archivesOnly = true;
    })
    .add("Bdynamic dy call_shared", ({ input }) => {
      input.archivesOnly = false;
    })
    .add("push-state", (state) => {
      state.pushState();
    })
    .add("pop-state", (state, _, { spelling, place }) =>
      state.popState() ? undefined : unbalancedOption(spelling, "--push-state", place?.()),
    )
    .add("( start-group", (state) => {
      state.startGroup();
    })
    .add(") end-group", (state, _, { spelling, place }) =>
      state.endGroup() ? undefined : unbalancedOption(spelling, "--start-group", place?.()),
    )
    .add("start-lib", (state, _, { spelling, place }) => {
      if (state.lazy) return nestedOption(spelling, "--end-lib", place?.());
      state.lazy = true;
      return undefined;
    })
    .add("end-lib", (state, _, { spelling, place }) => {
      if (!state.lazy) return unbalancedOption(spelling, "--start-lib", place?.());
      state.lazy = false;
      return undefined;
    })
    .add("R= just-symbols=", justSymbols);
}

/** `-R DIRECTORY` is a run path, of which static programs have none; `-R FILE` would take symbols from a program. */
function justSymbols(_: LdState, path: string, { spelling, place }: OptionUse): Diagnostic | undefined {
  try {
    if (statSync(path).isDirectory()) return undefined;
  } catch (cause) {
    return badOptionValue(spelling, path, `a directory (${reasonOf(cause)})`, place?.());
  }
  const reason = "symbols are not taken from linked programs";
  return optionRefused(spelling, reason, "Define the symbols with --defsym.", place?.());
}
