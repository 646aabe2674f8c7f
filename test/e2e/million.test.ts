/** The largest program that the project promises to link: a million functions, which check their own link. */

import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeManifest } from "../bench/generate.js";
import { manifold, run } from "../support/command.js";
import { tempDir } from "../support/temp-dir.js";

const FUNCTIONS = 1_000_000;
/** What manifest and program take together, and as much again. */
const SPACE_NEEDED = 3 * 2 ** 30;
/** A machine that is busy with other things takes a multiple of the half minute that this needs. */
const TIMEOUT_MS = 300_000;

it(
  "a program of 1,000,000 functions links and computes the right checksum",
  () => {
    const { bavail, bsize } = statfsSync(tmpdir());
    const free = bavail * bsize;
    if (free < SPACE_NEEDED) throw new Error(`${tmpdir()} has ${free} bytes free; this test needs ${SPACE_NEEDED}`);
    const directory = tempDir();
    const [manifest, output] = ["program.ndjson", "program"].map((name) => join(directory, name)) as [string, string];
    const clock = [performance.now()];
    const checksum = writeManifest(manifest, { functions: FUNCTIONS, seed: FUNCTIONS });
    clock.push(performance.now());
    const linked = manifold(["link", manifest, "-o", output], { timeout: TIMEOUT_MS });
    clock.push(performance.now());
    expect(linked).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    const printed = `checksum ${checksum.toString(16).padStart(8, "0")}\n`;
    expect(run(output, [])).toMatchObject({ code: 0, signal: null, stdout: printed });
    clock.push(performance.now());
    const [generating, linking, running] = clock.slice(1).map((end, k) => ((end - clock[k]!) / 1000).toFixed(1));
    console.log(`1,000,000 functions: generated in ${generating} s, linked in ${linking} s, run in ${running} s`);
  },
  TIMEOUT_MS,
);
