/**
 * Incremental links whose calls into the file system fail, one after the other: what each leaves behind, and what the next
 * link makes of it.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IncrementalResult } from "@manifold/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultyFiles, type FAULT_KINDS as Kinds } from "../../packages/core/src/image/faulty-files.test.helper.js";
import { runLinked } from "../support/program-model/build.js";
import { applyEdit, arbitraryEdits, arbitraryProgram } from "../support/program-model/edit.js";
import { evaluate } from "../support/program-model/evaluate.js";
import { manifestText } from "../support/program-model/faults.js";
import type { Program } from "../support/program-model/program.js";
import { render } from "../support/program-model/render.js";
import { linkStored } from "../support/stored-link.js";
import { restore, type Snapshot, snapshot } from "../support/stored-snapshot.js";
import { tempDir } from "../support/temp-dir.js";

type Kind = (typeof Kinds)[number];

/** Faults that a process survives, and those that it does not. */
const PASSING: readonly Kind[] = ["error", "short", "full"];
const DEADLY: readonly Kind[] = ["dead", "torn"];
const CHANGES_FILES: readonly string[] = ["open", "write", "truncate", "copy", "chmod", "rename", "unlink"];
const ADDS_BYTES: readonly string[] = ["open", "write", "truncate", "copy"];
/** Of the calls that read, one in so many is made to fail: they are all alike. */
const READS = 5;

/** Whether a fault of that kind at that call is worth a try: another one in the same file means the same. */
function isTried(kind: Kind, name: string, at: number): boolean {
  if (kind === "short" || kind === "torn") return name === "write";
  if (kind === "full") return ADDS_BYTES.includes(name);
  if (kind === "dead") return CHANGES_FILES.includes(name);
  return name !== "read" || at % READS === 0;
}

/** Programs of which each is an edit of the one before. */
function programsOf(seed: number, edits: number): Program[] {
  const [first] = fc.sample(arbitraryProgram("exe", 1), { seed, numRuns: 1 });
  const [list] = fc.sample(arbitraryEdits(edits, edits), { seed, numRuns: 1 });
  const programs = [first!];
  for (const edit of list!) programs.push(applyEdit(programs.at(-1)!, edit).program);
  return programs;
}

/** A place for one output and its manifest. */
class Place {
  readonly #directory: string;
  readonly #files: string;
  readonly output: string;
  readonly manifest: string;

  constructor() {
    this.#directory = tempDir();
    this.#files = join(this.#directory, "files");
    this.output = join(this.#files, "program");
    this.manifest = join(this.#files, "program.ndjson");
  }

  /** Makes it what it was; with `other` the output has a second name. */
  reset(before: Snapshot, program: Program, other?: string): void {
    rmSync(this.#files, { recursive: true, force: true });
    mkdirSync(this.#files);
    restore(this.output, before, other);
    this.write(program);
  }

  write(program: Program): void {
    writeFileSync(this.manifest, manifestText(render(program)[0]!));
  }

  /** That the output does what the model says. */
  expectRuns(program: Program): void {
    expect(runLinked(program, this.output, this.#directory)).toEqual(evaluate(program));
  }

  get temporaries(): string[] {
    return readdirSync(this.#files).filter((name) => name.endsWith(".tmp"));
  }
}

interface Scene {
  /** The programs that are linked before, one after the other; where there are none, the output is another's. */
  readonly before: readonly Program[];
  readonly program: Program;
  /** The output has two names. */
  readonly linked: boolean;
}

/** What a disturbed link came to, and the one after it. */
interface Attempt {
  readonly name: string;
  /** Undefined where the process did not survive. */
  readonly result: IncrementalResult | undefined;
  /** Why the next link was a full one. */
  readonly reason: string | undefined;
}

/** Disturbs the link of a scene in every way of these kinds; what came of it is right by then. */
async function disturb({ before, program, linked }: Scene, kinds: readonly Kind[]): Promise<Attempt[]> {
  const place = new Place();
  place.reset({ output: Buffer.from("another's"), state: undefined }, program);
  for (const each of before) {
    place.write(each);
    expect(await linkStored([place.manifest], place.output)).toMatchObject({ ok: true });
  }
  const base = snapshot(place.output);
  const other = linked ? `${place.output}-linked` : undefined;

  const undisturbed = new FaultyFiles();
  place.reset(base, program, other);
  const { reason } = await linkStored([place.manifest], place.output, { files: undisturbed.files });
  expect(reason === undefined).toBe(before.length > 0);
  place.expectRuns(program);

  const attempts: Attempt[] = [];
  for (const kind of kinds) {
    for (const [at, name] of undisturbed.log.entries()) {
      if (!isTried(kind, name, at)) continue;
      place.reset(base, program, other);
      const faulty = new FaultyFiles({ at, kind });
      const isDeadly = DEADLY.includes(kind);
      try {
        const result = await linkStored([place.manifest], place.output, { files: faulty.files }).catch((cause) => {
          if (!isDeadly) throw cause;
          return undefined;
        });
        faulty.release();
        if (!isDeadly) {
          if (result!.ok) place.expectRuns(program);
          else if (!isDamage(result!)) expect(readFileSync(place.output).equals(base.output!)).toBe(true);
          if (name !== "unlink") expect(place.temporaries).toEqual([]);
        }
        if (other !== undefined) expect(readFileSync(other).equals(base.output!)).toBe(true);
        const next = await linkStored([place.manifest], place.output, { verify: attempts.length % 2 === 0 });
        expect(next).toMatchObject({ ok: true, diagnostics: [], notes: [] });
        place.expectRuns(program);
        expect(await linkStored([place.manifest], place.output)).toMatchObject({ reason: undefined, bytesWritten: 0 });
        if (result !== undefined && isDamage(result)) expect(next.reason).toContain("interrupted");
        attempts.push({ name, result, reason: next.reason });
      } catch (cause) {
        throw new Error(`${kind} at call ${at}, ${name}: ${(cause as Error).message}`, { cause });
      }
    }
  }
  return attempts;
}

/** Whether a link says that it has damaged the output. */
function isDamage({ diagnostics }: IncrementalResult): boolean {
  return diagnostics.some(({ code }) => code === "MF0305");
}

const [A, B, C, D] = programsOf(7, 3) as [Program, Program, Program, Program];
const UPDATES: Readonly<Record<string, Scene>> = {
  "an update": { before: [A], program: B, linked: false },
  "an update after others": { before: [A, B, C], program: D, linked: false },
  "an update of an output with two names": { before: [A], program: B, linked: true },
};
const FIRST: Scene = { before: [], program: A, linked: false };

function count(attempts: readonly Attempt[], is: (attempt: Attempt) => boolean): number {
  return attempts.filter(is).length;
}

describe.each(Object.entries(UPDATES))("%s", (_, scene) => {
  it("that is disturbed ends with the new output all the same, linked in full, unless the disk is full", async () => {
    const attempts = await disturb(scene, PASSING);
    expect(attempts.length).toBeGreaterThan(50);
    const failed = attempts.filter(({ result }) => !result!.ok);
    expect(failed.length).toBeGreaterThan(0);
    for (const { result } of failed) {
      const codes = result!.diagnostics.map(({ code }) => code);
      expect(codes).toEqual(isDamage(result!) ? ["MF0305", "MF0302"] : ["MF0302"]);
    }
    expect(count(attempts, ({ result }) => result!.ok && result!.reason !== undefined)).toBeGreaterThan(20);
    // The state is trusted where all is well after all, and not where it is not known to be.
    expect(count(attempts, ({ reason }) => reason === undefined)).toBeGreaterThan(20);
    expect(count(attempts, ({ reason }) => reason !== undefined)).toBeGreaterThan(5);
  });

  it("that dies is taken up by the next link", async () => {
    const attempts = await disturb(scene, DEADLY);
    expect(attempts.length).toBeGreaterThan(25);
    expect(count(attempts, ({ reason }) => reason?.includes("interrupted") === true)).toBeGreaterThan(15);
    expect(count(attempts, ({ reason }) => reason === undefined)).toBeGreaterThan(0);
  });
});

describe("a first link", () => {
  it("that is disturbed leaves what was there, or the new output", async () => {
    const attempts = await disturb(FIRST, PASSING);
    expect(attempts.length).toBeGreaterThan(25);
    expect(count(attempts, ({ result }) => !result!.ok)).toBeGreaterThan(3);
    // The output was there, and what failed was saving the session.
    expect(count(attempts, ({ result }) => result!.notes.length > 0)).toBeGreaterThan(10);
  });

  it("that dies is taken up by the next link", async () => {
    const attempts = await disturb(FIRST, DEADLY);
    expect(attempts.length).toBeGreaterThan(25);
    expect(count(attempts, ({ reason }) => reason !== undefined)).toBeGreaterThan(20);
  });
});
