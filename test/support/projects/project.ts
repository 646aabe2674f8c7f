/** A project and the edits that are made to it, one after the other. */

import type { SourceTree } from "./source-tree.js";

/**
 * What the program does after an edit.
 *
 * - `differs`: it prints something else than before; where it does not, the edit did not test anything.
 * - `same`: it prints the same, as after moving code about.
 * - `unchanged`: the bytes of every input are those of before, and nothing is written to the output.
 * - `any`: whatever GNU ld's does.
 * - `broken`: there is none, for the link fails; the last good output stays. What the linker says names `symbol`.
 */
export type Effect = "differs" | "same" | "unchanged" | "any" | { readonly broken: string };

export interface Edit {
  readonly title: string;
  /** `differs` where not given. */
  readonly effect?: Effect;
  apply(tree: SourceTree): void;
}

export interface Project {
  readonly name: string;
  makeTree(): SourceTree;
  readonly edits: readonly Edit[];
}
