/** Random sequences of edits of a session that stays: after each the output does what the model says. */

import { join } from "node:path";
import fc from "fast-check";
import { createLinker } from "manifold";
import { describe, expect, it } from "vitest";
import { headerOptions } from "../support/program-model/build.js";
import { arbitraryEdits, arbitraryProgram, type Edit } from "../support/program-model/edit.js";
import { outputRuns, runSequence } from "../support/program-model/edit-sequences.js";
import { LibrarySession } from "../support/program-model/library-session.js";
import type { Program } from "../support/program-model/program.js";
import { ResidentSession } from "../support/program-model/resident-session.js";
import { KINDS, LENGTH, RUNS, runSequences, SEED, VERIFY_EVERY } from "../support/program-model/run-sequences.js";
import { tempDir } from "../support/temp-dir.js";

describe("a session that is edited", { timeout: 600_000 }, () => {
  it.each(KINDS)("does what the model says after each edit (%s, manifests: %i)", async (...kind) => {
    let flushes = 0;
    let full = 0;
    await runSequences(
      kind,
      RUNS,
      (directory) => new ResidentSession(headerOptions(kind[0]), join(directory, "program")),
      async (session, step) => {
        flushes++;
        if (session.last!.reason !== undefined) full++;
        if (session.last!.ok && flushes % VERIFY_EVERY === 0) expect(await session.verify(step.program)).toEqual([]);
      },
    );
    // Nearly all edits are followed; else this would test full links.
    expect(full).toBeLessThan(flushes / 50);
  });

  it("does so through the library, whose linker has threads", async () => {
    const file = join(tempDir(), "program");
    await using linker = createLinker({ ...headerOptions("exe"), file, workers: 2 });
    const [[program, edits]] = fc.sample(fc.tuple(arbitraryProgram("exe", 1), arbitraryEdits(LENGTH, LENGTH)), {
      numRuns: 1,
      seed: SEED,
    }) as [[Program, readonly Edit[]]];
    const outputDoes = outputRuns(tempDir());
    const session = new LibrarySession(linker, file);
    await runSequence(session, program, edits, async (step) => {
      outputDoes(step, session);
      if (step.expectation.ok) expect(await linker.verify()).toEqual([]);
    });
  });
});
