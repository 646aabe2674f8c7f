/**
 * Links that are killed (SIGKILL) at random moments: what they leave is an output that can be used, or a session that is
 * not; and whatever it is, the next link gives a right output. KILL_RUNS asks for more kills, KILL_SEED for others.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { statePath } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { MANIFOLD } from "../support/command.js";
import { firstChange, firstOutput, type KillOptions, killAtRandom, runTime } from "../support/kill.js";
import { hash } from "../support/program-model/hash.js";
import { linkStored } from "../support/stored-link.js";
import { tempDir } from "../support/temp-dir.js";
import { editedVersions, printed, type Versions, waitingVersions } from "../support/versions.js";

/** Kills in all. */
const RUNS = Number(process.env["KILL_RUNS"] ?? 300);
const SEED = Number(process.env["KILL_SEED"] ?? 1);
const LOOP = fileURLToPath(new URL("../dist/support/link-loop.js", import.meta.url));
const OPTIONS = { timeout: 600_000 };
/** Files that come when a link begins to write. */
const WRITING = /\.(lock|tmp)$/;

/** How many kills left what. */
interface Left {
  /** A session that the next link took up. */
  trusted: number;
  /** One that said it was interrupted. */
  interrupted: number;
  /** None, or one of another output. */
  refused: number;
  /** An output that could not be used. */
  broken: number;
}

/** A program that changes, its output, and what kills leave of it. */
class Victim {
  readonly directory: string = tempDir();
  readonly manifest: string = join(this.directory, "program.ndjson");
  readonly output: string = join(this.directory, "program");
  readonly left: Left = { trusted: 0, interrupted: 0, refused: 0, broken: 0 };
  readonly #versions: Versions;
  #checks = 0;

  constructor(versions: Versions) {
    this.#versions = versions;
    const directory = join(this.directory, "versions");
    mkdirSync(directory);
    for (const [version, text] of versions.texts.entries()) writeFileSync(join(directory, `${version}.ndjson`), text);
    this.write(0);
  }

  get count(): number {
    return this.#versions.texts.length;
  }

  /** As an editor does that saves safely. */
  write(version: number): void {
    writeFileSync(`${this.manifest}.next`, this.#versions.texts[version]!);
    renameSync(`${this.manifest}.next`, this.manifest);
  }

  /** What the program prints, by the manifest that is there. */
  get prints(): string {
    return this.#versions.prints[this.#versions.texts.indexOf(readFileSync(this.manifest, "utf8"))]!;
  }

  isUsable(program: string): boolean {
    const print = printed(program);
    return print !== undefined && this.#versions.prints.includes(print);
  }

  /** Looks at what a kill has left, and links once more. */
  async check(): Promise<{ readonly wasUsable: boolean }> {
    const wasUsable = this.isUsable(this.output);
    const verify = this.#checks++ % 4 === 0;
    const { ok, reason, diagnostics, notes } = await linkStored([this.manifest], this.output, { verify });
    expect({ ok, diagnostics, notes }).toEqual({ ok: true, diagnostics: [], notes: [] });
    expect(printed(this.output)).toBe(this.prints);
    expect(readdirSync(this.directory).filter((name) => /\.(tmp|lock)$/.test(name))).toEqual([]);
    if (this.#checks % 4 === 2)
      expect(await linkStored([this.manifest], this.output)).toMatchObject({ reason: undefined, bytesWritten: 0 });
    const { left } = this;
    if (reason === undefined) left.trusted++;
    else if (reason.includes("interrupted")) left.interrupted++;
    else left.refused++;
    if (!wasUsable) {
      left.broken++;
      expect(reason).toBeDefined();
    }
    return { wasUsable };
  }
}

/** Numbers from 0 to 1 that look random. */
function randomNumbers(seed: number): () => number {
  let count = 0;
  return () => hash(SEED, seed, count++) / 2 ** 32;
}

describe("a process that links one version after the other", () => {
  async function killLoops(how: string, runs: number, versions: Versions, seed: number): Promise<Left> {
    const victim = new Victim(versions);
    const random = randomNumbers(seed);
    await linkStored([victim.manifest], victim.output);
    for (let run = 0; run < runs; run++) {
      const first = Math.floor(random() * victim.count);
      const moments: Omit<KillOptions, "random">[] = [
        { since: firstOutput, within: 150 },
        { since: firstChange(victim.directory, WRITING), within: 5 },
        { since: firstChange(victim.directory, WRITING), within: 5 },
      ];
      const outcome = await killAtRandom(process.execPath, [LOOP, victim.directory, how, String(first)], {
        ...moments[run % moments.length]!,
        random,
      });
      expect(outcome).toMatchObject({ killed: true, stderr: "" });
      const linked = `${victim.output}.linked`;
      if (how === "linked" && readdirSync(victim.directory).includes("program.linked"))
        expect(victim.isUsable(linked)).toBe(true);
      const { wasUsable } = await victim.check();
      rmSync(linked, { force: true });
      if (how !== "update") expect(wasUsable).toBe(true);
    }
    return victim.left;
  }

  const runs = Math.ceil(RUNS / 3);
  it("may be killed while it updates the output in place", OPTIONS, async () => {
    const [edited, waiting] = await Promise.all([
      killLoops("update", runs, editedVersions(SEED, 12), 1),
      killLoops("update", runs, waitingVersions(300, 12), 2),
    ]);
    for (const left of [edited, waiting]) {
      expect(left.trusted).toBeGreaterThan(runs / 10);
      expect(left.interrupted).toBeGreaterThan(runs / 10);
    }
  });

  it("may be killed while it updates a copy, or links in full", OPTIONS, async () => {
    const runs = Math.ceil(RUNS / 12);
    const [linked, full] = await Promise.all([
      killLoops("linked", runs, waitingVersions(300, 12), 3),
      killLoops("full", runs, editedVersions(SEED + 1, 12), 4),
    ]);
    expect(linked.interrupted).toBeGreaterThan(runs / 10);
    expect(full.refused).toBeGreaterThan(runs / 10);
  });
});

describe("manifold link --incremental", () => {
  async function killCommands(runs: number, seed: number): Promise<Left> {
    const victim = new Victim(waitingVersions(1000, 12));
    const random = randomNumbers(seed);
    const args = [MANIFOLD, "link", victim.manifest, "-o", victim.output, "--incremental"];
    const time = await runTime(process.execPath, args, { runs: 1 });
    for (let run = 0; run < runs; run++) {
      const old = victim.prints;
      const running = run % 2 === 0 ? spawn(victim.output) : undefined;
      if (running !== undefined) await once(running, "spawn");
      victim.write(Math.floor(random() * victim.count));
      const isFull = run % 5 === 0;
      if (isFull) rmSync(statePath(victim.output));
      const moment = run % 4 < 3 ? { since: firstChange(victim.directory, WRITING), within: 12 } : { within: time };
      const { killed, code } = await killAtRandom(process.execPath, args, { ...moment, random });
      expect(killed || code === 0).toBe(true);
      const { wasUsable } = await victim.check();
      if (isFull || running !== undefined) expect(wasUsable).toBe(true);
      if (running !== undefined) expect(await rest(running)).toBe(old);
    }
    return victim.left;
  }

  it("may be killed, also while the program runs", OPTIONS, async () => {
    const runs = Math.ceil(RUNS / 12);
    for (const left of await Promise.all([killCommands(runs, 5), killCommands(runs, 6)])) {
      expect(left.trusted).toBeGreaterThan(runs / 10);
      expect(left.interrupted).toBeGreaterThan(runs / 10);
      expect(left.refused).toBeGreaterThan(0);
    }
  });
});

/** What a program prints that waits for a byte. */
async function rest(running: ChildProcess): Promise<string> {
  let text = "";
  running.stdout!.setEncoding("latin1").on("data", (more: string) => {
    text += more;
  });
  running.stdin!.end("x");
  await once(running, "close");
  return text;
}
