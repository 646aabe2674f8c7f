/** States for tests: an output, tables of random words, and what a model says they hold. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { StateReason } from "../diagnostics/state.js";
import { systemFiles } from "../image/files.js";
import type { Fingerprint } from "../image/fingerprint.js";
import { PagedWords } from "../memory/paged-words.js";
import { StateFile, type StateTable } from "./state-file.js";

/** What tables hold, by name. */
export type Model = Map<string, number[]>;

export interface Place {
  readonly output: string;
  readonly path: string;
}

/** An output in a directory of its own, which goes when the test ends. */
export function place(contents = "the output"): Place {
  const directory = mkdtempSync(join(tmpdir(), "manifold-state-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const output = join(directory, "out");
  writeFileSync(output, contents);
  return { output, path: join(directory, "out.manifold") };
}

export function fingerprint(path: string): Fingerprint {
  return systemFiles.stat(path)!.fingerprint;
}

/** A table in memory. */
export function tableOf(name: string, values: readonly number[]): StateTable {
  const words = new PagedWords(name, values.length);
  words.words.set(values);
  return { name, words, used: values.length };
}

export function tablesOf(model: Model): StateTable[] {
  return [...model].map(([name, values]) => tableOf(name, values));
}

/** Opens a state that must be usable; it is closed when the test ends. */
export function opened({ path, output }: Place): StateFile {
  const result = StateFile.open(path, output);
  if ("reason" in result) throw new Error(result.reason.message);
  onTestFinished(() => {
    try {
      result.state.close();
    } catch {
      // The test has done so.
    }
  });
  return result.state;
}

/** Why a state is refused; undefined where it is not. */
export function refusal({ path, output }: Place): StateReason | undefined {
  const result = StateFile.open(path, output);
  if ("reason" in result) return result.reason;
  result.state.close();
  return undefined;
}

/** All that the tables of `names` hold. */
export function contents(state: StateFile, names: Iterable<string>): Model {
  const model: Model = new Map();
  for (const name of names) {
    const words = state.table(name);
    if (words === undefined) continue;
    model.set(
      name,
      Array.from({ length: state.usedWords(name) }, (_, word) => words.get(word)),
    );
  }
  return model;
}
