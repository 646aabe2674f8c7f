/** Random sequences of edits: after each the output does what the model says, however the edits came. */

import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerOptions } from "../support/program-model/build.js";
import { arbitraryEdits, arbitraryProgram } from "../support/program-model/edit.js";
import { outputRuns, runSequence } from "../support/program-model/edit-sequences.js";
import type { Output } from "../support/program-model/program.js";
import { ResidentSession } from "../support/program-model/resident-session.js";
import { tempDir } from "../support/temp-dir.js";

/** So many sequences of each kind; EDIT_RUNS asks for more, EDIT_SEED for others. */
const RUNS = Number(process.env["EDIT_RUNS"] ?? 10);
const SEED = Number(process.env["EDIT_SEED"] ?? 1);
const LENGTH = 40;
/** After so many flushes the program is compared with a full link. */
const VERIFY_EVERY = Number(process.env["EDIT_VERIFY"] ?? 4);
const KINDS = (["exe", "pie", "obj"] as readonly Output[]).flatMap((output) => [
  [output, 1] as const,
  [output, 2] as const,
]);

describe("a session that is edited", () => {
  it.each(KINDS)("does what the model says after each edit (%s, manifests: %i)", async (output, manifests) => {
    const directory = tempDir();
    let sequence = 0;
    const reasons = new Map<string, number>();
    let flushes = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryProgram(output, manifests), arbitraryEdits(LENGTH, LENGTH), async (program, edits) => {
        const session = new ResidentSession(headerOptions(output), join(directory, `program${sequence++}`));
        const runs = outputRuns(directory);
        await runSequence(session, program, edits, async (step) => {
          flushes++;
          const { reason } = session.last!;
          if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
          runs(step, session);
          if (session.last!.ok && flushes % VERIFY_EVERY === 0) expect(await session.verify(step.program)).toEqual([]);
        });
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    // Nearly all edits are followed; else this would test full links.
    if (process.env["EDIT_REASONS"]) console.log(flushes, reasons);
    expect([...reasons.values()].reduce((sum, count) => sum + count, 0)).toBeLessThan(flushes / 20);
  });
});
