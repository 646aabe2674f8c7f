/** Random sequences of edits, run in numbers. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { tempDir } from "../temp-dir.js";
import { arbitraryEdits, arbitraryProgram } from "./edit.js";
import { type EditedSession, outputRuns, runSequence, type Step } from "./edit-sequences.js";
import type { Output } from "./program.js";

/**
 * So many sequences of each kind and way, which come to more than 500 in all; EDIT_RUNS asks for more (2,500 edits each
 * time), EDIT_SEED for others.
 */
export const RUNS: number = Number(process.env["EDIT_RUNS"] ?? 30);
export const SEED: number = Number(process.env["EDIT_SEED"] ?? 1);
export const LENGTH = 40;
/** After so many flushes the program is compared with a full link. */
export const VERIFY_EVERY: number = Number(process.env["EDIT_VERIFY"] ?? 4);
export const KINDS: readonly (readonly [output: Output, manifests: number])[] = (
  ["exe", "pie", "obj"] as readonly Output[]
).flatMap((output) => [[output, 1] as const, [output, 2] as const]);

/** Runs sequences through what `makeSession` makes, which `check` looks at after every edit as well. */
export async function runSequences<Edited extends EditedSession>(
  [output, manifests]: readonly [Output, number],
  runs: number,
  makeSession: (directory: string) => Edited,
  check: (session: Edited, step: Step) => void | Promise<void>,
): Promise<void> {
  const directory = tempDir();
  let sequence = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryProgram(output, manifests), arbitraryEdits(LENGTH, LENGTH), async (program, edits) => {
      const own = join(directory, String(sequence++));
      mkdirSync(own);
      const session = makeSession(own);
      const outputDoes = outputRuns(own);
      await runSequence(session, program, edits, async (step) => {
        outputDoes(step, session);
        await check(session, step);
      });
      rmSync(own, { recursive: true });
    }),
    { numRuns: runs, seed: SEED, endOnFailure: true },
  );
}
