/** The model of programs and edits, which the tests of incremental links stand on, held against full links. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerOptions, linkInFull, runLinked } from "../support/program-model/build.js";
import { CommandSession } from "../support/program-model/command-session.js";
import {
  applyEdit,
  arbitraryEdit,
  arbitraryEdits,
  arbitraryProgram,
  CHANGES,
  type Edit,
} from "../support/program-model/edit.js";
import { outputRuns, runSequence } from "../support/program-model/edit-sequences.js";
import { evaluate } from "../support/program-model/evaluate.js";
import { FAULTS, type FaultKind, faultsOf, manifestText } from "../support/program-model/faults.js";
import { LibrarySession } from "../support/program-model/library-session.js";
import type { Output, Program } from "../support/program-model/program.js";
import { reduced } from "../support/program-model/reduce.js";
import { RelinkingLinker } from "../support/program-model/relinking-linker.js";
import { render } from "../support/program-model/render.js";
import { tempDir } from "../support/temp-dir.js";

/** So many programs of each kind; MODEL_RUNS asks for more, MODEL_SEED for others. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 12);
const SEED = Number(process.env["MODEL_SEED"] ?? 20);
const OUTPUTS: readonly Output[] = ["exe", "pie", "obj"];

/** What `program` does, linked in full; the codes of diagnostics where it is not linked. */
async function linkAndRun(program: Program, directory: string): Promise<unknown> {
  const output = join(directory, "program");
  const codes = await linkInFull(program, output);
  if (codes.length > 0) return { ok: false, codes: [...new Set(codes)] };
  return runLinked(program, output, directory);
}

function expected(program: Program): unknown {
  const expectation = evaluate(program);
  return expectation.ok ? expectation : { ok: false, codes: [expectation.code] };
}

/** Fails with a program as small as can be found. */
async function expectRight(program: Program, directory: string): Promise<void> {
  const isWrong = async (each: Program): Promise<boolean> =>
    JSON.stringify(await linkAndRun(each, directory)) !== JSON.stringify(expected(each));
  if (!(await isWrong(program))) return;
  const small = await reduced(program, isWrong);
  const manifests = render(small).map(manifestText).join("\n");
  expect(await linkAndRun(small, directory), manifests).toEqual(expected(small));
}

describe("a program of the model, linked in full,", () => {
  it.each(OUTPUTS.flatMap((output) => [[output, 1] as const, [output, 2] as const]))(
    "does what the model says (%s, manifests: %i)",
    async (output, manifests) => {
      const directory = tempDir();
      await fc.assert(
        fc.asyncProperty(arbitraryProgram(output, manifests), (program) => expectRight(program, directory)),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    },
  );

  it.each(OUTPUTS.flatMap((output) => faultsOf(output, true).map((kind) => [output, kind] as const)))(
    "is refused with the one code that the model says (%s, %s)",
    async (output, kind: FaultKind) => {
      const directory = tempDir();
      const [program] = fc.sample(arbitraryProgram(output, 2), { numRuns: 1, seed: SEED });
      for (const salt of [0, 7, 0x12345]) {
        await expectRight({ ...program!, fault: { kind, salt } }, directory);
      }
    },
  );

  it("is the same whether its functions are spelled in bytes or in assembly", async () => {
    const output = join(tempDir(), "program");
    for (const program of fc.sample(arbitraryProgram("exe", 2), { numRuns: 10, seed: SEED })) {
      const [bytes, assembly] = [[], []] as Buffer[][];
      for (const [spelling, outputs] of [
        ["bytes", bytes],
        ["asm", assembly],
      ] as const) {
        const items = program.items.map((item) => (item.kind === "func" ? { ...item, spelling } : item));
        expect(await linkInFull({ ...program, items }, output)).toEqual([]);
        outputs!.push(readFileSync(output));
      }
      expect(assembly![0]!.equals(bytes![0]!)).toBe(true);
    }
  });
});

describe("the programs of the model", () => {
  it("have all types of relocations that they are meant to have, and all kinds of declarations", () => {
    const programs = fc.sample(arbitraryProgram("exe", 2), { numRuns: 60, seed: SEED });
    const text = programs.map((program) => render(program).map(manifestText).join("")).join("");
    const found = (pattern: RegExp): Set<string> => new Set([...text.matchAll(pattern)].map(([, what]) => what!));
    expect([...found(/\[\d+,"(\w+)","/g)].sort()).toEqual(
      [
        "32S",
        "64",
        "GOTPCREL",
        "GOTPCRELX",
        "GOTTPOFF",
        "PC32",
        "PLT32",
        "REX_GOTPCRELX",
        "SIZE32",
        "TPOFF32",
        "TPOFF64",
      ].sort(),
    );
    expect(found(/^\{"(\w+)"/gm)).toEqual(
      new Set(["manifold", "func", "const", "var", "extern", "export", "type", "errors"]),
    );
    expect(found(/"(bytes|text|zero|init|asm|threadlocal|weak|internal|hidden|protected|lazy|uav|nav)"/g).size).toBe(
      13,
    );
  });

  it("can be edited in every way", () => {
    let [program] = fc.sample(arbitraryProgram("exe", 2), { numRuns: 1, seed: SEED });
    const done = new Set<string>();
    for (const edit of fc.sample(arbitraryEdit(), { numRuns: 6000, seed: SEED })) {
      const edited = applyEdit(program!, edit);
      program = edited.program;
      done.add(edited.description);
    }
    expect(CHANGES.map(([description]) => description).filter((description) => !done.has(description))).toEqual([]);
  });

  it("can be wrong in every way, with codes that differ where the reasons do", () => {
    expect(faultsOf("exe", true)).toEqual(Object.keys(FAULTS));
    expect(faultsOf("obj", true)).not.toContain("noEntry");
    expect(faultsOf("exe", false)).not.toContain("duplicateName");
  });
});

describe("a sequence of edits", () => {
  it.each(OUTPUTS)("comes to what the model says, told by what changed (%s)", async (output) => {
    const directory = tempDir();
    await fc.assert(
      fc.asyncProperty(arbitraryProgram(output, 1), arbitraryEdits(0, 20), async (program, edits) => {
        const file = join(directory, "program");
        const session = new LibrarySession(new RelinkingLinker({ ...headerOptions(output), file }), file);
        await runSequence(session, program, edits, outputRuns(directory));
      }),
      { numRuns: Math.ceil(RUNS / 4), seed: SEED, endOnFailure: true },
    );
  });

  it("comes to what the model says, as manifests for the command", async () => {
    const directory = tempDir();
    const session = new CommandSession(directory, { flags: [] });
    const [[program, edits]] = fc.sample(fc.tuple(arbitraryProgram("exe", 2), arbitraryEdits(8, 8)), {
      numRuns: 1,
      seed: SEED,
    }) as [[Program, readonly Edit[]]];
    await runSequence(session, program, edits, outputRuns(directory));
  });
});
