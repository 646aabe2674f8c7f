/** Random sequences of edits of manifests, each followed by a link that restores its session from disk. */

import { describe, expect, it } from "vitest";
import type { Changes } from "../support/program-model/changes.js";
import { KINDS, RUNS, runSequences } from "../support/program-model/run-sequences.js";
import { StoredSession } from "../support/program-model/stored-session.js";

describe("manifests that are edited", { timeout: 600_000 }, () => {
  it.each(KINDS)("are linked to what the model says, from a session on disk (%s, manifests: %i)", async (...kind) => {
    let flushes = 0;
    let full = 0;
    await runSequences(
      kind,
      RUNS,
      (directory) => new StoredSession(directory),
      ({ last }, { description }) => {
        flushes++;
        if (last!.reason !== undefined && description !== "the first link") full++;
      },
    );
    expect(full).toBeLessThan(flushes / 20);
  });

  it.each(KINDS)("are so where what changed is named (%s, manifests: %i)", async (...kind) => {
    const tell = (changes: readonly Changes[]): string[] => changes.flatMap(namesOf);
    await runSequences(
      kind,
      RUNS,
      (directory) => new StoredSession(directory, { tell }),
      () => {},
    );
  });
});

/** What a build system would say of changes. */
function namesOf({ update, remove }: Changes): string[] {
  const updated = update.map((line) => String(Object.values(line)[0]));
  return [...updated, ...remove.map((one) => (typeof one === "string" ? one : String(Object.values(one)[0])))];
}
