/**
 * Edits as small records, which mean something for every program: fast-check shrinks lists of them, and what is left of a
 * list still makes sense.
 */

import fc from "fast-check";
import { CONTENT_EDITS } from "./content-edits.js";
import { faultsOf } from "./faults.js";
import { FUNC_EDITS } from "./func-edits.js";
import { choose } from "./hash.js";
import { NAME_EDITS } from "./name-edits.js";
import { emptyProgram, type Output, type Program } from "./program.js";
import { UNNAMED_EDITS } from "./unnamed-edits.js";
import { isValid } from "./validity.js";

/** `op` chooses what is done; the others to what, and how. Unsigned numbers of 32 bits. */
export interface Edit {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** One way to change a program; undefined where it has nothing to do it to. */
export type Change = (program: Program, edit: Edit) => Program | undefined;

export interface EditOptions {
  /** Edits may make the program wrong; a later one mends it. */
  readonly faults?: boolean;
  /** Also in ways that only the text of a manifest can be wrong. */
  readonly textual?: boolean;
}

export interface Edited {
  readonly program: Program;
  /** What was done, for messages. */
  readonly description: string;
}

/** All edits by what they do. */
export const CHANGES: readonly (readonly [description: string, change: Change])[] = Object.entries({
  "touch nothing": (program) => program,
  ...FUNC_EDITS,
  ...CONTENT_EDITS,
  ...UNNAMED_EDITS,
  ...NAME_EDITS,
} satisfies Record<string, Change>);

/** What makes a program larger. The first does nothing, so that what is not needed shrinks to it. */
const ADDITIONS: readonly (readonly [description: string, change: Change])[] = [
  ...CHANGES.filter(([what]) => /^(touch nothing|add|let an unnamed value be used|use an|give|align)/.test(what)),
  ...Array.from({ length: 4 }, () =>
    Object.entries(FUNC_EDITS).filter(([what]) => /^(add|let .* more)/.test(what)),
  ).flat(),
];

/** Does what `edit` says; where that cannot be done, the program stays as it is. */
export function applyEdit(program: Program, edit: Edit, options: EditOptions = {}): Edited {
  if (program.fault === undefined) {
    if (options.faults === true && edit.op % 8 === 7) return break_(program, edit, options.textual === true);
    return change(program, edit);
  }
  // Wrong programs are mostly mended at once, and sometimes edited before.
  if (edit.c % 4 === 0) return change(program, edit);
  const mended = { ...program, fault: undefined };
  if (edit.c % 4 === 1) return { program: mended, description: "mend it" };
  const edited = change(mended, edit);
  return { ...edited, description: `mend it and ${edited.description}` };
}

/** The program that additions make of the empty one; they are edits of which `op` chooses among what adds something. */
function grown(output: Output, manifests: number, additions: readonly Edit[]): Program {
  return additions.reduce(
    (program, edit) => {
      const [, add] = choose(ADDITIONS, edit.op);
      const changed = add(program, edit);
      return changed !== undefined && isValid(changed) ? changed : program;
    },
    emptyProgram(output, manifests),
  );
}

/** Without bias, which would be towards few kinds of edits. */
export function arbitraryEdit(): fc.Arbitrary<Edit> {
  const number = fc.noBias(fc.integer({ min: 0, max: 0xffffffff }));
  return fc.record({ op: number, a: number, b: number, c: number });
}

/** `min` to `max` edits. */
export function arbitraryEdits(min: number, max: number): fc.Arbitrary<readonly Edit[]> {
  return fc.noBias(fc.array(arbitraryEdit(), { minLength: min, maxLength: max, size: "max" }));
}

/** Programs of some size, which have been edited. */
export function arbitraryProgram(output: Output, manifests: number): fc.Arbitrary<Program> {
  return fc.record({ additions: arbitraryEdits(20, 60), edits: arbitraryEdits(0, 40) }).map(({ additions, edits }) => {
    return edits.reduce((program, edit) => applyEdit(program, edit).program, grown(output, manifests, additions));
  });
}

function change(program: Program, edit: Edit): Edited {
  const [description, change] = choose(CHANGES, edit.op >>> 3);
  const changed = change(program, edit);
  if (changed === undefined || !isValid(changed)) return { program, description: `${description} (not possible)` };
  return { program: changed, description };
}

function break_(program: Program, { a, b }: Edit, textual: boolean): Edited {
  const kind = choose(faultsOf(program.output, textual), a);
  return { program: { ...program, fault: { kind, salt: b } }, description: `make it wrong: ${kind}` };
}
