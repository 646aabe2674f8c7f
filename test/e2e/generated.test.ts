/** Large programs that check their own link: they run, and their bytes depend on nothing but the manifest. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeManifest } from "../bench/generate.js";
import { link, run } from "../support/command.js";
import { tempDir } from "../support/temp-dir.js";

/** Writes a manifest into a new directory; returns its path and what the program must print. */
function generate(functions: number, pie: boolean): { manifest: string; output: string; prints: string } {
  const directory = tempDir();
  const manifest = join(directory, "program.ndjson");
  const checksum = writeManifest(manifest, { functions, seed: functions, pie });
  return { manifest, output: join(directory, "program"), prints: `checksum ${hex(checksum)}\n` };
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

describe("a generated program", () => {
  it.each([
    [1, false],
    [1_000, false],
    [1_000, true],
    [10_000, false],
    [10_000, true],
    [100_000, false],
    [100_000, true],
  ])("of %i functions links and computes the right checksum (pie: %s)", (functions, pie) => {
    const { manifest, output, prints } = generate(functions, pie);
    expect(run(link([manifest], output), [])).toMatchObject({ code: 0, signal: null, stdout: prints });
  });

  it.each([false, true])("has the same bytes with 1, 2 and 4 workers (pie: %s)", (pie) => {
    const { manifest, output } = generate(10_000, pie);
    const hashes = ["1", "2", "4"].map((workers) =>
      sha256(link([manifest], `${output}${workers}`, "--workers", workers)),
    );
    expect(new Set(hashes).size).toBe(1);
  });

  it("has the same bytes ten times in a row", () => {
    const { manifest, output } = generate(2_000, false);
    const hashes = Array.from({ length: 10 }, () => sha256(link([manifest], output)));
    expect(new Set(hashes).size).toBe(1);
  });

  it("has the same bytes whatever the directory and the output are called", () => {
    const first = generate(1_000, false);
    const second = generate(1_000, false);
    expect(sha256(link([second.manifest], `${second.output}-by-another-name`))).toBe(
      sha256(link([first.manifest], first.output)),
    );
  });
});
