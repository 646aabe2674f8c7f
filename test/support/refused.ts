/** What must hold whenever a link is refused, whatever the reason. */

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { manifold, type Outcome } from "./command.js";
import { CODES, type CodeName } from "./diagnostic-codes.js";
import { tempDir } from "./temp-dir.js";

const LAST_GOOD_OUTPUT = "the last good output\n";

export interface Refusal extends Outcome {
  /** Path of the first manifest, as it was given. */
  readonly manifest: string;
}

/**
 * Links manifests with these contents over an existing output and expects a refusal: exit code 1, a diagnostic of
 * that kind, the first of them, on standard error, nothing on standard output, no file more than before and none changed.
 */
export function refuse(code: CodeName, contents: readonly (string | Uint8Array)[], name = "bad.ndjson"): Refusal {
  const directory = tempDir();
  const manifests = contents.map((content, index) => {
    const path = join(directory, index === 0 ? name : `${index}-${name}`);
    writeFileSync(path, content);
    return path;
  });
  const output = join(directory, "program");
  writeFileSync(output, LAST_GOOD_OUTPUT, { mode: 0o750 });
  const before = state(directory);
  const outcome = manifold(["link", ...manifests, "-o", output]);
  expectRefusal(outcome, code);
  expect(state(directory)).toEqual(before);
  expect(readFileSync(output, "utf8")).toBe(LAST_GOOD_OUTPUT);
  return { ...outcome, manifest: manifests[0]! };
}

/** The part of a refusal that can be seen from the process alone. */
export function expectRefusal(outcome: Outcome, code: CodeName): void {
  const { stderr } = outcome;
  expect({ code: outcome.code, signal: outcome.signal, stdout: outcome.stdout, stderr }).toEqual({
    code: 1,
    signal: null,
    stdout: "",
    stderr: expect.stringMatching(/\bMF\d{4}\b/),
  });
  expect(/\bMF\d{4}\b/.exec(stderr)![0]).toBe(CODES[code]);
  // A stack trace is what people must never see.
  expect(stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}

/** Names, modes, times and links of all files of a directory. */
function state(directory: string): unknown {
  return readdirSync(directory)
    .sort()
    .map((name) => {
      const { ino, mode, mtimeMs, size } = statSync(join(directory, name));
      return { name, ino, mode, mtimeMs, size };
    });
}
