/** Random edits of manifest files, with mistakes, followed as `manifold watch` follows them. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryEdits, arbitraryProgram } from "../support/program-model/edit.js";
import { outputRuns, runSequence } from "../support/program-model/edit-sequences.js";
import type { Output, Program } from "../support/program-model/program.js";
import { declarationsOf } from "../support/program-model/render.js";
import { WatchSession } from "../support/program-model/watch-session.js";
import { tempDir } from "../support/temp-dir.js";

/** So many sequences of each kind; EDIT_RUNS asks for more, EDIT_SEED for others. */
const RUNS = Number(process.env["EDIT_RUNS"] ?? 1);
const SEED = Number(process.env["EDIT_SEED"] ?? 1);
const LENGTH = 25;
const KINDS = (["exe", "pie", "obj"] as readonly Output[]).flatMap((output) => [
  [output, 1, "in place"] as const,
  [output, 2, "renamed"] as const,
]);

/** How many declarations there are, types and errors aside. */
function placedLines(program: Program): number {
  return declarationsOf(program)
    .flat()
    .filter((line) => !["type", "errors"].includes(Object.keys(line)[0]!)).length;
}

describe("manifests that are followed", () => {
  it.each(KINDS)(
    "give what the model says after each edit (%s, manifests: %i, %s)",
    async (output, manifests, writing) => {
      const directory = tempDir();
      let sequence = 0;
      const reasons = new Map<string, number>();
      let updates = 0;
      await fc.assert(
        fc.asyncProperty(
          arbitraryProgram(output, manifests),
          arbitraryEdits(LENGTH, LENGTH),
          async (program, edits) => {
            const own = join(directory, String(sequence++));
            mkdirSync(own);
            const session = new WatchSession(own, manifests, writing);
            const runs = outputRuns(own);
            try {
              await runSequence(session, program, edits, (step) => {
                updates++;
                const { reason } = session.last!;
                if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
                for (const { place } of session.last!.diagnostics) expect(place?.file ?? "").not.toContain("\0");
                runs(step, session);
                // Nothing that was removed is left.
                if (session.last!.result?.ok === true)
                  expect(session.last!.result.counts.declarations).toBe(placedLines(step.program));
              });
            } finally {
              await session.session.close();
            }
          },
        ),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
      if (process.env["EDIT_REASONS"]) console.log(updates, reasons);
      // A fault that a link in full hides is one all the same.
      expect([...reasons.keys()].filter((reason) => reason.includes("fault"))).toEqual([]);
    },
  );
});
