/**
 * Measures updates, from the call to the bytes in the file, in programs of 1,000 to 1,000,000 functions:
 *
 *   session   a session in this process, emission on the same thread
 *   linker    the library's linker, with its threads
 *   command   `manifold link --incremental`, with and without `--changed`, against a Node that does nothing
 *
 *     node test/dist/bench/updates.js [N ...] [--updates U] [--runs R] [--only session|linker|command]
 *
 * Each program is updated in a process of its own. Small programs are linked in full now and then, to give space back.
 */

import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeControl, makeHeader, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { createLinker, type Declaration } from "manifold";
import { chainFunction, chainText, writeChain } from "../support/chain-program.js";
import { keyOf, sharedText } from "../support/declarations.js";
import { type Line, ndjson } from "../support/manifest.js";

const COMMAND = fileURLToPath(new URL("../../../packages/cli/bin/manifold.js", import.meta.url));
const SIZES = [1_000, 10_000, 100_000, 1_000_000];
/** Not one after the other. */
const STRIDE = 7919;

/** What all three can do. */
interface Updated {
  update(line: Line): void;
  remove(func: string): void;
  flush(): Promise<{ readonly ok: boolean }>;
}

type Kind = readonly [what: string, change: (to: Updated, index: number, i: number, round: number) => void];

/** What is done in round `round`, `index` times before it, to function `i`. */
const KINDS: readonly Kind[] = [
  ["same size", (to, index, i, round) => to.update(chainFunction(i, constant(index + round), 100 * round))],
  ["moved", (to, index, i, round) => to.update(chainFunction(i, constant(index), 100 * (round + 1)))],
  ["added", (to, index, i) => to.update({ ...chainFunction(i, 1, 0), func: `fresh${index}` })],
  ["removed", (to, index) => to.remove(`fresh${index}`)],
  ["nothing", () => {}],
];
/** In the first, code is compiled. */
const ROUNDS = 3;

interface Times {
  readonly first: number;
  readonly median: number;
  readonly p99: number;
}

/** By round, of each kind. */
async function measure(to: Updated, functions: number, updates: number): Promise<Times[][]> {
  const rounds: Times[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const all: Times[] = [];
    for (const [what, change] of KINDS) {
      const times: number[] = [];
      for (let index = 0; index < updates; index++) {
        const i = 1 + (((functions >> 1) + index * STRIDE) % (functions - 1));
        const start = performance.now();
        change(to, index, i, round);
        const { ok } = await to.flush();
        times.push((performance.now() - start) * 1000);
        if (!ok) throw new Error(`${what}: not linked`);
      }
      const first = times[0]!;
      times.sort((a, b) => a - b);
      all.push({ first, median: times[updates >> 1]!, p99: times[Math.ceil(updates * 0.99) - 1]! });
    }
    rounds.push(all);
  }
  return rounds;
}

function constant(index: number): number {
  return 2 + ((index * 3) % 100);
}

async function measureSession(output: string, functions: number, updates: number): Promise<Times[][]> {
  const session = new Session({
    header: makeHeader({ target: "x86_64-linux" }),
    output,
    pool: new InlinePool(),
    control: makeControl(),
    incremental: true,
    expectedNames: functions,
  });
  session.addText("program", sharedText(...chainText(functions)), 0);
  await session.flush();
  session.prepare();
  const to: Updated = {
    update: (line) => session.updateText("edit", sharedText(ndjson([line])), 0),
    remove: (func) => session.remove(0, [keyOf("nav", func)]),
    flush: () => session.flush(),
  };
  return measure(to, functions, updates);
}

async function measureLinker(output: string, functions: number, updates: number): Promise<Times[][]> {
  await using linker = createLinker({ target: "x86_64-linux", file: output, incremental: true });
  for (const text of chainText(functions))
    linker.add(
      ...text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Declaration),
    );
  await linker.flush();
  const to: Updated = {
    update: (line) => linker.update(line as unknown as Declaration),
    remove: (func) => linker.remove(func),
    flush: () => linker.flush(),
  };
  return await measure(to, functions, updates);
}

// --- the command --------------------------------------------------------------------------------------------------

/** A manifest in which one function changes in place. */
class Manifest {
  readonly path: string;
  readonly name: string;
  readonly #i: number;
  readonly #at: number;
  #constant = 1;

  constructor(path: string, functions: number) {
    writeChain(path, functions);
    this.path = path;
    this.#i = functions >> 2;
    this.name = String(chainFunction(this.#i, 1, 0)["func"]);
    this.#at = readFileSync(path).indexOf(`{"func":"${this.name}"`);
  }

  change(): void {
    this.#constant = 1 + (this.#constant % 100);
    const fd = openSync(this.path, "r+");
    writeSync(fd, ndjson([chainFunction(this.#i, this.#constant, 0)]), this.#at);
    closeSync(fd);
  }
}

function run(args: readonly string[]): number {
  const env = { ...process.env };
  // Where it is set, every start of Node reads all certificates first.
  delete env["NODE_EXTRA_CA_CERTS"];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

/** Medians of commands that take turns. */
function measureCommands(directory: string, functions: number, runs: number): number[] {
  const manifest = new Manifest(join(directory, "program.ndjson"), functions);
  const link = [COMMAND, "link", manifest.path, "-o", join(directory, "program"), "--incremental"];
  run(link);
  const times: number[][] = [[], [], [], []];
  for (let turn = 0; turn < runs; turn++) {
    times[0]!.push(run(["-e", "0"]));
    times[1]!.push(run(link));
    manifest.change();
    times[2]!.push(run([...link, "--changed", manifest.name]));
    manifest.change();
    times[3]!.push(run(link));
  }
  return times.map((column) => column.sort((a, b) => a - b)[runs >> 1]!);
}

// --- tables -------------------------------------------------------------------------------------------------------

function row(cells: readonly (string | number)[]): void {
  const [first, ...others] = cells;
  console.log([String(first).padEnd(10), ...others.map((cell) => String(cell).padStart(26))].join(" "));
}

/** The times of a process of its own. */
function child(kind: string, functions: number, updates: number): Times[][] {
  const args = [import.meta.filename, String(functions), "--updates", String(updates), "--child", kind];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const { values, positionals } = parseArgs({
  options: {
    updates: { type: "string", default: "500" },
    runs: { type: "string", default: "11" },
    only: { type: "string" },
    child: { type: "string" },
  },
  allowPositionals: true,
});
const sizes = positionals.length > 0 ? positionals.map(Number) : SIZES;
const updates = Number(values.updates);
const directory = mkdtempSync(join(tmpdir(), "manifold-updates-"));
try {
  if (values.child !== undefined) {
    const measured = values.child === "linker" ? measureLinker : measureSession;
    console.log(JSON.stringify(await measured(join(directory, "program"), sizes[0]!, updates)));
  } else {
    console.log(`${cpus()[0]?.model ?? "?"}, ${availableParallelism()} processors, Node ${process.version}`);
    for (const kind of ["session", "linker"]) {
      if ((values.only ?? kind) !== kind) continue;
      console.log(`\n${kind}: microseconds, median / 99th percentile of ${updates} updates after as many of all kinds`);
      console.log("(the very first, median of the first round)");
      row(["functions", ...KINDS.map(([what]) => what)]);
      for (const functions of sizes) {
        const rounds = child(kind, functions, updates);
        const cells = KINDS.map((_, at) => {
          const [cold, warm] = [rounds[0]![at]!, rounds[ROUNDS - 1]![at]!];
          const numbers = [warm.median, warm.p99, cold.first, cold.median].map(Math.round);
          return `${numbers[0]} / ${numbers[1]} (${numbers[2]}, ${numbers[3]})`;
        });
        row([functions, ...cells]);
      }
    }
    if ((values.only ?? "command") === "command") {
      console.log("\ncommand: milliseconds, medians of commands that take turns");
      row(["functions", "node -e 0", "nothing changed", "--changed NAME", "one changed"]);
      for (const functions of sizes)
        row([functions, ...measureCommands(directory, functions, Number(values.runs)).map((ms) => ms.toFixed(1))]);
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
