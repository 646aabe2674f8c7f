/**
 * A process that links a generated manifest and updates its functions one by one, from the call to the bytes in the file:
 *
 *     node test/dist/bench/resident-updates.js session|linker MANIFEST FUNCTIONS OUTPUT UPDATES
 *
 *   session   a session in this process, emission on the same thread
 *   linker    the library's linker, with its threads
 *
 * Prints JSON: microseconds of each update, by kind, of the last round. Before it come rounds in which code is compiled.
 */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { makeControl, openManifest, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { createLinker, type Declaration } from "manifold";
import { keyOf, sharedText } from "../support/declarations.js";
import { functionName, inVersion, lineBeginning } from "./measure/generated-function.js";
import { findLines } from "./measure/lines.js";
import { MOVED, SAME_SIZE } from "./measure/resident-names.js";

/** What both can do. */
interface Updated {
  update(line: string): void;
  remove(func: string): void;
  flush(): Promise<{ readonly ok: boolean }>;
}

/** What is done in round `round`, `index` times before it, to a function. */
type Change = (to: Updated, line: string, index: number, round: number) => void;

const CHANGES: readonly (readonly [kind: string, change: Change])[] = [
  [SAME_SIZE, (to, line, _, round) => to.update(inVersion(line, (round + 1) % 2, 48 * round))],
  [MOVED, (to, line, _, round) => to.update(inVersion(line, round % 2, 48 * (round + 1)))],
  ["added", (to, line, index) => to.update(line.replace(/"func":"[^"]+"/, `"func":"fresh${index}"`))],
  ["removed", (to, _, index) => to.remove(`fresh${index}`)],
  ["nothing", () => {}],
];

const ROUNDS = 3;
/** Not one after the other. */
const STRIDE = 7919;

async function measure(to: Updated, lines: readonly string[]): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++)
    for (const [kind, change] of CHANGES) {
      const measured: number[] = [];
      times[kind] = measured;
      for (const [index, line] of lines.entries()) {
        const start = performance.now();
        change(to, line, index, round);
        const { ok } = await to.flush();
        measured.push((performance.now() - start) * 1000);
        if (!ok) throw new Error(`${kind}: not linked`);
      }
    }
  return times;
}

async function measureSession(path: string, functions: number, output: string, lines: readonly string[]) {
  const manifest = openManifest(path);
  const session = new Session({
    header: manifest.header,
    output,
    pool: new InlinePool(),
    control: makeControl(),
    incremental: true,
    expectedNames: functions,
  });
  session.addManifest(manifest, 0);
  await session.flush();
  session.prepare();
  return await measure(
    {
      update: (line) => session.updateText("edit", sharedText(`${line}\n`), 0),
      remove: (func) => session.remove(0, [keyOf("nav", func)]),
      flush: () => session.flush(),
    },
    lines,
  );
}

async function measureLinker(path: string, output: string, lines: readonly string[]) {
  await using linker = createLinker({ target: "x86_64-linux", file: output, incremental: true });
  let isHeader = true;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (!isHeader) linker.add(declaration(line));
    isHeader = false;
  }
  await linker.flush();
  return await measure(
    {
      update: (line) => linker.update(declaration(line)),
      remove: (func) => linker.remove(func),
      flush: () => linker.flush(),
    },
    lines,
  );
}

function declaration(line: string): Declaration {
  return JSON.parse(line);
}

const [kind, path, size, output, count] = process.argv.slice(2);
const [functions, updates] = [Number(size), Number(count)];
const chosen = [...new Set(Array.from({ length: updates }, (_, k) => ((functions >> 1) + k * STRIDE) % functions))];
const lines = findLines(path!, chosen.map(lineBeginning)).map(({ text }) => text);
if (!lines[0]!.includes(functionName(chosen[0]!))) throw new Error("the lines are not those of the functions");
const times =
  kind === "linker"
    ? await measureLinker(path!, output!, lines)
    : await measureSession(path!, functions, output!, lines);
console.log(JSON.stringify(times));
