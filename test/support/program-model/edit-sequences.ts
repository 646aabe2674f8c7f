/**
 * Sequences of edits, applied to whatever can keep an output up to date, with a check after each: what every such thing
 * has to satisfy, whether one talks to it by calls, by files or by watching.
 */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { runLinked } from "./build.js";
import { applyEdit, type Edit } from "./edit.js";
import { type Expectation, evaluate } from "./evaluate.js";
import type { Program } from "./program.js";

/** What an update came to: `codes` are those of the diagnostics that are errors. */
export interface Updated {
  readonly ok: boolean;
  readonly codes: readonly string[];
}

/** Something that keeps `output` up to date. */
export interface EditedSession {
  /** Path of the file. */
  readonly output: string;
  /** Whether it reads the text of manifests, which can be wrong in more ways than calls can. */
  readonly textual: boolean;
  /** Brings the output from `before` to `after`; `before` is undefined the first time. */
  apply(before: Program | undefined, after: Program): Promise<Updated>;
}

/** The state after an edit. */
export interface Step {
  readonly program: Program;
  readonly description: string;
  readonly expectation: Expectation;
  /** The last program that was right: what the output must still be where `program` is wrong. */
  readonly good: Program | undefined;
}

/**
 * Applies `program`, then each of `edits`, and holds what the session says against what is expected. `check` looks at the
 * output; it may throw. The message of what is thrown tells the edits that led there.
 */
export async function runSequence(
  session: EditedSession,
  program: Program,
  edits: readonly Edit[],
  check: (step: Step, session: EditedSession) => void | Promise<void>,
): Promise<void> {
  const done: string[] = [];
  let before: Program | undefined;
  let good: Program | undefined;
  const update = async (after: Program, description: string): Promise<void> => {
    done.push(description);
    const expectation = evaluate(after);
    if (expectation.ok) good = after;
    try {
      const { ok, codes } = await session.apply(before, after);
      const wanted = expectation.ok ? [] : [expectation.code];
      expect({ ok, codes: [...new Set(codes)] }).toEqual({ ok: expectation.ok, codes: wanted });
      await check({ program: after, description, expectation, good }, session);
    } catch (cause) {
      throw new Error(`after ${done.length} steps (${done.slice(-8).join("; ")}): ${(cause as Error).message}`, {
        cause,
      });
    }
    before = after;
  };
  await update(program, "the first link");
  for (const edit of edits) {
    const edited = applyEdit(before!, edit, { faults: true, textual: session.textual });
    await update(edited.program, edited.description);
  }
}

/**
 * A check that runs the output: it does what is expected, and where the program is wrong, the output is byte for byte
 * what it was. `directory` is for temporary files.
 */
export function outputRuns(directory: string): (step: Step, session: EditedSession) => void {
  let bytes: Buffer | undefined;
  return ({ good, expectation }, { output }) => {
    if (good === undefined) return;
    if (expectation.ok) {
      bytes = readFileSync(output);
      expect(runLinked(good, output, directory)).toEqual(expectation);
    } else if (bytes !== undefined) expect(readFileSync(output).equals(bytes)).toBe(true);
  };
}
