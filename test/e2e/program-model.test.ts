/** The model of programs and edits, which the tests of incremental links stand on, held against full links. */

import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkInFull, runLinked } from "../support/program-model/build.js";
import { arbitraryProgram } from "../support/program-model/edit.js";
import { evaluate } from "../support/program-model/evaluate.js";
import type { Output, Program } from "../support/program-model/program.js";
import { tempDir } from "../support/temp-dir.js";

/** So many programs of each kind; MODEL_RUNS asks for more. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 12);
const SEED = Number(process.env["MODEL_SEED"] ?? 20);

async function linkAndRun(program: Program, directory: string): Promise<unknown> {
  const output = join(directory, "program");
  const codes = await linkInFull(program, output);
  return codes.length > 0 ? codes : runLinked(program, output, directory);
}

describe("a program of the model, linked in full,", () => {
  it.each<[Output, number]>([
    ["exe", 1],
    ["exe", 2],
    ["pie", 1],
    ["pie", 2],
    ["obj", 1],
    ["obj", 2],
  ])("does what the model says (%s, manifests: %i)", async (output, manifests) => {
    const directory = tempDir();
    await fc.assert(
      fc.asyncProperty(arbitraryProgram(output, manifests), async (program) => {
        expect(await linkAndRun(program, directory)).toEqual(evaluate(program));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
