/**
 * Hostile inputs: damaged objects and archives are linked, or refused with a diagnostic; never a crash, a hang or an image
 * that is wrong. `CASES` says how many (default 3000), `SEED` which, and `CASE` runs one of them alone.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Corpus, makeCorpus, type Sample } from "./hostile-corpus.test.helper.js";
import { damageArchive, ObjectDamage, Random } from "./hostile-mutations.test.helper.js";
import { imageFaults } from "./image-check.test.helper.js";
import { linkObjects } from "./link-objects.js";
import type { InputFile, ObjectLinkOptions } from "./options.js";
import { PLAIN_OPTIONS } from "./plain-options.test.helper.js";

const CASES = Number(process.env["CASES"] ?? 3000);
const SEED = Number(process.env["SEED"] ?? 1);
const ONLY = process.env["CASE"];
/** A link of a file of some kilobytes; generous, since other tests run at the same time. */
const LIMIT_MS = 15_000;
/** A link that takes as long is taken to hang. */
const HANG_MS = 60_000;
/** One image in so many is shown to readelf as well. */
const READELF_EVERY = 25;

let corpus: Corpus;
let directory: string;

beforeAll(() => {
  corpus = makeCorpus();
  directory = mkdtempSync(join(tmpdir(), "manifold-hostile-"));
  writeFileSync(join(directory, "partner.o"), corpus.partner);
  for (const { name, bytes } of [...corpus.objects, ...corpus.archives]) writeFileSync(join(directory, name), bytes);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function input(path: string, kind: "object" | "archive" = "object", more: Partial<InputFile> = {}): InputFile {
  return { path: join(directory, path), kind, whole: false, lazy: false, group: 0, ...more };
}

function randomOptions(random: Random): ObjectLinkOptions {
  return {
    ...PLAIN_OPTIONS,
    output: random.chance(3) ? "static-pie" : "executable",
    gcSections: random.chance(3),
    strip: random.pick(["none", "none", "none", "debug", "all"]),
    discardLocals: random.pick(["none", "none", "temporary", "all"]),
    buildId: random.chance(8) ? "sha1" : "none",
    relro: !random.chance(4),
    allowMultipleDefinition: !random.chance(8),
    unresolved: random.chance(8) ? "error" : "ignore",
    merge: !random.chance(5),
    separateCode: random.chance(2),
  };
}

/**
 * Watches a number that changes with each case. Where it stands still, the process ends and says which case it was: nothing
 * else could tell, since the thread that links does not come back.
 */
function watch(current: Int32Array<SharedArrayBuffer>): Worker {
  const code = `
    const { workerData: [current, seed, limit] } = require("node:worker_threads");
    let before = -1;
    setInterval(() => {
      if (Atomics.load(current, 0) === before) {
        require("node:fs").writeSync(2, "case " + before + " of seed " + seed + " hangs\\n");
        process.kill(process.pid, "SIGKILL");
      }
      before = Atomics.load(current, 0);
    }, limit);`;
  return new Worker(code, { eval: true, workerData: [current, SEED, HANG_MS] });
}

interface Case {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly inputs: readonly InputFile[];
  readonly options: ObjectLinkOptions;
}

function makeCase(number: number): Case {
  const random = new Random(SEED * 1_000_003 + number);
  const options = randomOptions(random);
  const isArchive = random.chance(6);
  const sample: Sample = random.pick(isArchive ? corpus.archives : corpus.objects);
  const { bytes, what } = isArchive
    ? damageArchive(sample.bytes, random)
    : new ObjectDamage(sample.bytes, random).run();
  const damaged = isArchive
    ? input("damaged.a", "archive", { whole: random.chance(3) })
    : input("damaged.o", "object", { lazy: random.chance(10) });
  const inputs = random.chance(2) ? [input("partner.o"), damaged] : [damaged, input("partner.o")];
  // Another object brings groups, strings and common storage of the same names.
  if (random.chance(3)) inputs.splice(random.below(3), 0, input(random.pick(corpus.objects).name));
  return { what: `case ${number} of seed ${SEED}: ${sample.name}: ${what}`, bytes, inputs, options };
}

test("every sample is linked while nothing is damaged", () => {
  for (const output of ["executable", "static-pie"] as const)
    for (const gcSections of [false, true])
      for (const { name } of [...corpus.objects, ...corpus.archives]) {
        const sample = input(name, name.endsWith(".a") ? "archive" : "object");
        const result = linkObjects([input("partner.o"), sample], { ...PLAIN_OPTIONS, output, gcSections });
        const errors = result.diagnostics.filter(({ severity }) => severity === "error");
        // What is compiled for a fixed address, or with a larger code model than the linker's, is refused as it should.
        if (output === "executable") expect([name, errors]).toEqual([name, []]);
        if (result.image !== undefined) expect([name, imageFaults(result.image)]).toEqual([name, []]);
        if (result.image !== undefined) expect([name, readelfWarnings(result.image)]).toEqual([name, []]);
      }
});

test("a damaged input is linked to a sound image, or refused with a diagnostic", async () => {
  const outcomes = { linked: 0, refused: 0, slowest: 0 };
  const failures: string[] = [];
  const codes = new Map<string, number>();
  const numbers = ONLY === undefined ? Array.from({ length: CASES }, (_, i) => i) : [Number(ONLY)];
  const current = new Int32Array(new SharedArrayBuffer(4));
  const watcher = watch(current);
  for (const number of numbers) {
    Atomics.store(current, 0, number);
    const { what, bytes, inputs, options } = makeCase(number);
    writeFileSync(inputs.find(({ path }) => path.includes("damaged"))!.path, bytes);
    const start = performance.now();
    try {
      const result = linkObjects(inputs, options);
      const milliseconds = performance.now() - start;
      outcomes.slowest = Math.max(outcomes.slowest, milliseconds);
      // An alignment of 2^30 bytes makes an image of as many, to be hashed for its build id.
      if (milliseconds > LIMIT_MS + (result.image?.length ?? 0) / 1e5)
        failures.push(`${what}\n  took ${Math.round(milliseconds)} ms`);
      const errors = result.diagnostics.filter(({ severity }) => severity === "error");
      for (const { code } of result.diagnostics) codes.set(code, (codes.get(code) ?? 0) + 1);
      if (ONLY !== undefined) console.log(what, options, result.diagnostics);
      if (result.image === undefined) {
        outcomes.refused++;
        if (errors.length === 0) failures.push(`${what}\n  no image, and no error`);
        continue;
      }
      outcomes.linked++;
      const faults = imageFaults(result.image);
      if (faults.length === 0 && outcomes.linked % READELF_EVERY === 0) faults.push(...readelfWarnings(result.image));
      if (faults.length > 0) failures.push(`${what}\n  ${faults.slice(0, 4).join("\n  ")}`);
      if (number % 50 === 0) result.map();
    } catch (cause) {
      failures.push(`${what}\n  ${(cause as Error).stack}`);
    }
  }
  await watcher.terminate();
  if (process.env["CASES"] !== undefined || ONLY !== undefined)
    console.log(outcomes, Object.fromEntries([...codes].sort()), `${failures.length} failures`);
  expect(failures.slice(0, Number(process.env["SHOW"] ?? 5)).join("\n")).toBe("");
  if (ONLY !== undefined) return;
  expect(outcomes.linked).toBeGreaterThan(CASES / 10);
  expect(outcomes.refused).toBeGreaterThan(CASES / 10);
}, 3_600_000);

/** What readelf has to say of an image. The contents of notes, and names in them, are the inputs' own. */
function readelfWarnings(image: Uint8Array): string[] {
  if (image.length > 1 << 22) return [];
  const path = join(directory, "image");
  writeFileSync(path, image);
  const { stderr } = spawnSync("readelf", ["-aW", path], { encoding: "utf8", maxBuffer: 1 << 28 });
  return stderr.split("\n").filter((line) => line !== "" && !/note|namesize/i.test(line));
}
