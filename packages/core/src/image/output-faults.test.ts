/** What is left of an output where writing it fails, at any call into the file system. */

import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DiagnosticError } from "../diagnostics/diagnostic.js";
import { type FAULT_KINDS, FaultyFiles } from "./faulty-files.test.helper.js";
import { systemFiles } from "./files.js";
import { OutputFile } from "./output-file.js";

interface Case {
  readonly before: string;
  readonly after: string;
  readonly ranges: readonly (readonly [number, number])[];
  /** Nobody but the ranges is in memory. */
  readonly partial: boolean;
  /** The output has a second name, which must keep what it was. */
  readonly linked: boolean;
  /** The file is not known as ours. */
  readonly foreign: boolean;
}

const common = { partial: true, linked: false, foreign: false };
const CASES: Readonly<Record<string, Case>> = {
  "patched in place": {
    ...common,
    before: "0123456789",
    after: "01ab4567cd",
    ranges: [
      [2, 4],
      [8, 10],
    ],
  },
  "grown in place": {
    ...common,
    before: "0123456789",
    after: "a123456789bcd",
    ranges: [
      [0, 1],
      [10, 13],
    ],
  },
  "grown by zeros": { ...common, before: "0123456789", after: "a123456789\0\0", ranges: [[0, 1]] },
  "cut in place": { ...common, before: "0123456789", after: "a123", ranges: [[0, 1]] },
  "patched in a copy": {
    ...common,
    linked: true,
    before: "0123456789",
    after: "01ab456789x",
    ranges: [
      [2, 4],
      [10, 11],
    ],
  },
  "replaced where it has another name": {
    ...common,
    partial: false,
    linked: true,
    before: "01",
    after: "0a",
    ranges: [[1, 2]],
  },
  "replaced where it is another's": {
    ...common,
    partial: false,
    foreign: true,
    before: "other",
    after: "ours",
    ranges: [],
  },
};

/** The image: all of it, or what a restored session has. */
function image({ after, ranges, partial }: Case): Uint8Array {
  const whole = Buffer.from(after);
  if (!partial) return whole;
  const bytes = Buffer.alloc(whole.length, "?");
  for (const [start, end] of ranges) whole.copy(bytes, start, start, end);
  return bytes;
}

describe.each(Object.entries(CASES))("an output that is %s", (_, scene) => {
  const { before, after, ranges, partial, linked, foreign } = scene;

  /** Flushes with a fault; returns how, and what there is then. */
  function attempt(kind: (typeof FAULT_KINDS)[number], at: number) {
    const directory = mkdtempSync(join(tmpdir(), "manifold-faults-"));
    try {
      const path = join(directory, "out");
      writeFileSync(path, before);
      const adopted = systemFiles.stat(path)!.fingerprint;
      if (linked) linkSync(path, join(directory, "second"));
      const faulty = new FaultyFiles({ at, kind });
      const file = new OutputFile(path, 0o777, faulty.files);
      if (!foreign) file.adopt(adopted);
      const flush = (): string | undefined => {
        try {
          file.flush(image(scene), after.length, ranges, { partial });
          return undefined;
        } catch (cause) {
          return (cause as DiagnosticError).diagnostics[0]!.code;
        }
      };
      const thrown = flush();
      const { calls } = faulty;
      faulty.release();
      const found = readFileSync(path, "utf8");
      if (linked) expect(readFileSync(join(directory, "second"), "utf8")).toBe(before);
      const temporary = readdirSync(directory).filter((name) => name.endsWith(".tmp"));
      // What is left of the fault may hit the first of these.
      const passing = kind === "error" || kind === "short";
      const retried = passing && flush() !== undefined ? flush() : undefined;
      return { thrown, found, temporary, retried, last: readFileSync(path, "utf8"), hit: calls > at };
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** Attempts a fault at every call that there is. */
  function everywhere(kind: (typeof FAULT_KINDS)[number], check: (result: ReturnType<typeof attempt>) => void): void {
    let faults = 0;
    for (let hit = true; hit; ) {
      const result = attempt(kind, faults);
      check(result);
      hit = result.hit;
      if (hit) faults++;
    }
    expect(faults).toBeGreaterThan(3);
  }

  it.each(["error", "short"] as const)("is the old or the new one after a passing fault (%s)", (kind) => {
    everywhere(kind, ({ thrown, found, temporary, retried, last }) => {
      expect([before, after]).toContain(found);
      if (thrown === undefined) expect(found).toBe(after);
      else expect(thrown).toBe("MF0302");
      expect(temporary).toEqual([]);
      // Where all was written and nothing but a look at the result failed, the file is not known as ours any more.
      if (retried !== undefined) expect([partial, found, retried]).toEqual([true, after, "MF0304"]);
      expect(last).toBe(after);
    });
  });

  it("is the old or the new one, or said to be damaged, where nothing more can be written", () => {
    everywhere("full", ({ thrown, found, temporary }) => {
      if (thrown !== "MF0305") expect([before, after]).toContain(found);
      expect(temporary).toEqual([]);
    });
  });

  it.each(["dead", "torn"] as const)(
    "is the old or the new one when the process dies, unless in place (%s)",
    (kind) => {
      everywhere(kind, ({ found }) => {
        if (linked || foreign) expect([before, after]).toContain(found);
      });
    },
  );
});

describe("an output on a disk that becomes full", () => {
  it("is what it was where it cannot grow, though what is there cannot be written again either", () => {
    const { before, after, ranges } = CASES["grown in place"]!;
    const directory = mkdtempSync(join(tmpdir(), "manifold-faults-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "out");
    writeFileSync(path, before);
    const write = (): never => {
      throw Object.assign(new Error("injected"), { code: "ENOSPC" });
    };
    const file = new OutputFile(path, 0o777, { ...systemFiles, write });
    file.adopt(systemFiles.stat(path)!.fingerprint);
    expect(() => file.flush(Buffer.from(after), after.length, ranges)).toThrow("MF0302");
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});
