/** An update of an output and its state that fails, at any call into the file system. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { FAULT_KINDS, FaultyFiles } from "../image/faulty-files.test.helper.js";
import { OutputFile } from "../image/output-file.js";
import { PAGE_WORDS } from "../memory/paged-words.js";
import { createState } from "./create-state.js";
import { contents, fingerprint, opened, type Place, place, refusal, tableOf, tablesOf } from "./state.test.helper.js";
import { StateFile } from "./state-file.js";

const OLD = "the old output";
const NEW = "THE new output!";
const count = (length: number, from: number): number[] => Array.from({ length }, (_, i) => from + i);
const oldModel = new Map([
  ["kept", count(3 * PAGE_WORDS, 1)],
  ["grown", count(100, 2)],
  ["replaced", count(2000, 3)],
]);
const newModel = new Map([
  ["kept", count(3 * PAGE_WORDS, 1)],
  ["grown", count(9 * PAGE_WORDS, 2)],
  ["replaced", count(5000, 4)],
]);
newModel.get("kept")![2 * PAGE_WORDS] = -1;

/** Takes output and state from old to new through `files`. */
function update({ path, output }: Place, { files }: FaultyFiles): void {
  const result = StateFile.open(path, output, files);
  if ("reason" in result) return;
  const { state } = result;
  const kept = state.table("kept")!;
  kept.set(2 * PAGE_WORDS, -1);
  const grown = state.table("grown")!;
  grown.ensure(9 * PAGE_WORDS);
  for (const [at, value] of newModel.get("grown")!.entries()) grown.set(at, value);
  state.begin();
  const file = new OutputFile(output, 0o777, files);
  file.adopt(state.fingerprint);
  file.flush(
    Buffer.from(NEW),
    NEW.length,
    [
      [0, 7],
      [NEW.length - 1, NEW.length],
    ],
    { partial: true },
  );
  const tables = [
    { name: "kept", words: kept, used: 3 * PAGE_WORDS },
    { name: "grown", words: grown, used: 9 * PAGE_WORDS },
    tableOf("replaced", newModel.get("replaced")!),
  ];
  state.save("new", tables, file.fingerprint!);
  state.close();
}

/** Runs `scene` with a fault at every call; `check` then sees what is left. Returns how many calls there were. */
function everywhere(
  kind: (typeof FAULT_KINDS)[number],
  scene: (where: Place, faulty: FaultyFiles) => void,
  check: (where: Place, failed: boolean) => void,
): number {
  for (let at = 0; ; at++) {
    const where = place(OLD);
    createState(where.path, fingerprint(where.output), "old", tablesOf(oldModel));
    const faulty = new FaultyFiles({ at, kind });
    let failed = false;
    try {
      scene(where, faulty);
    } catch {
      failed = true;
    }
    faulty.release();
    check(where, failed);
    if (faulty.calls <= at) {
      expect(failed).toBe(false);
      return at;
    }
  }
}

describe.each(FAULT_KINDS)("with a fault (%s) at any call", (kind) => {
  it("an update leaves a state that matches its output, old or new, or that is refused", () => {
    const seen = new Set<string>();
    const calls = everywhere(kind, update, (where) => {
      const reason = refusal(where);
      if (reason !== undefined) {
        seen.add(reason.code);
        return;
      }
      const state = opened(where);
      const isNew = state.meta === "new";
      seen.add(isNew ? "new" : "old");
      expect(readFileSync(where.output, "utf8")).toBe(isNew ? NEW : OLD);
      expect(contents(state, newModel.keys())).toEqual(isNew ? newModel : oldModel);
    });
    expect(calls).toBeGreaterThan(30);
    // A header of which half was written does not match its checksum.
    seen.delete("MF0805");
    expect([...seen].sort()).toEqual(["MF0806", "new", "old"]);
  });

  it("making a new state leaves the old one or makes a whole one", () => {
    everywhere(
      kind,
      ({ path, output }, { files }) => createState(path, fingerprint(output), "new", tablesOf(newModel), files),
      (where, failed) => {
        const state = opened(where);
        const isNew = state.meta === "new";
        if (!failed) expect(isNew).toBe(true);
        expect(contents(state, newModel.keys())).toEqual(isNew ? newModel : oldModel);
        if (kind !== "dead" && kind !== "torn")
          expect(readdirSync(dirname(where.path)).sort()).toEqual(["out", "out.manifold"]);
      },
    );
  });
});

describe("a state whose update failed", () => {
  it("is replaced by a new one", () => {
    const where = place(OLD);
    createState(where.path, fingerprint(where.output), "old", tablesOf(oldModel));
    opened(where).begin();
    writeFileSync(where.output, NEW);
    createState(where.path, fingerprint(where.output), "new", tablesOf(newModel));
    expect(opened(where).meta).toBe("new");
  });

  it("cannot be saved once more by whoever failed", () => {
    const where = place(OLD);
    createState(where.path, fingerprint(where.output), "old", tablesOf(oldModel));
    const probe = new FaultyFiles();
    const result = StateFile.open(where.path, where.output, probe.files);
    if ("reason" in result) throw new Error(result.reason.message);
    const { calls } = probe;
    result.state.close();
    // Beginning takes five calls: the lock opened, closed and removed, the header read, the status written.
    const faulty = new FaultyFiles({ at: calls + 5 + 1, kind: "error" });
    const second = StateFile.open(where.path, where.output, faulty.files);
    if ("reason" in second) throw new Error(second.reason.message);
    const save = (): void => second.state.save("new", tablesOf(newModel), fingerprint(where.output));
    expect(save).toThrow("MF0808");
    expect(save).toThrow("MF0806");
    second.state.close();
    expect(refusal(where)?.code).toBe("MF0806");
  });
});
