/**
 * Edits one session for long, and measures what is left behind: random edits of a random program, verified and run after
 * every thousand, and in the end compared with a full link of the same program.
 *
 *     EDITS=100000 SEED=1 OUTPUT=exe|pie|obj node test/dist/bench/soak.js
 *
 * Exits with 1 where the session is wrong, or where the file or a table of it is larger than LIMIT times a fresh one's.
 */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { headerOptions, runLinked } from "../support/program-model/build.js";
import { applyEdit, arbitraryEdit, arbitraryProgram } from "../support/program-model/edit.js";
import { evaluate } from "../support/program-model/evaluate.js";
import type { Output, Program } from "../support/program-model/program.js";
import { ResidentSession } from "../support/program-model/resident-session.js";

const EDITS = Number(process.env["EDITS"] ?? 100_000);
const SEED = Number(process.env["SEED"] ?? 1);
const OUTPUT = (process.env["OUTPUT"] ?? "exe") as Output;
const BATCH = 1000;
/** How many times as much as a fresh link takes. */
const LIMIT = 1.5;
const HEADER_EVERY = 20;
/** Edits that led to what is wrong, at most. */
const LAST = 12;

const MEASURES = ["file", "nodes", "symbols", "names", "relocations", "declarations", "slots", "strings", "entries"];

/** What the file and the tables take: bytes, records and entries; room for names as slots of the hash table. */
function sizesOf({ session, output }: ResidentSession): number[] {
  const { image, symbols, names, relocations, declarations, slots, strings, entries } = session.program!.parts;
  return [
    statSync(output).size,
    image.nodes.length,
    symbols.length,
    names.capacity,
    relocations.length,
    declarations.length,
    slots.length,
    strings.end,
    entries.reduce((sum, list) => sum + list.length, 0),
  ];
}

/** What the linker holds beside the program. */
function heldBy(session: ResidentSession): number[] {
  const { chunks, sources, arenaBytes } = session.session.held;
  return [chunks, sources, arenaBytes / 2 ** 20, process.memoryUsage().rss / 2 ** 20].map(Math.round);
}

function row(...cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(9)).join(" ");
}

async function soak(directory: string): Promise<boolean> {
  const numbers = fc.sample(arbitraryEdit(), { numRuns: EDITS, seed: SEED });
  let [program] = fc.sample(arbitraryProgram(OUTPUT, 2), { numRuns: 1, seed: SEED }) as [Program];
  const session = new ResidentSession(headerOptions(OUTPUT), join(directory, "program"));
  await session.apply(undefined, program);
  const done: string[] = [];
  let full = 0;
  let busy = 0;
  for (const [index, edit] of numbers.entries()) {
    const edited = applyEdit(program, edit, { faults: true });
    const start = performance.now();
    const { ok, codes } = await session.apply(program, edited.program);
    busy += performance.now() - start;
    program = edited.program;
    if (session.last!.reason !== undefined) full++;
    done.push(edited.description);
    if (ok !== (program.fault === undefined)) {
      console.log(`edit ${index} (${done.slice(-LAST).join("; ")}): ${codes.join(", ") || "no error"}`);
      for (const { message, place } of session.last!.diagnostics) console.log(message, place);
      return false;
    }
    if ((index + 1) % BATCH > 0) continue;
    if (!(await isRight(session, directory, program))) return false;
    if (index < BATCH || ((index + 1) / BATCH) % HEADER_EVERY === 0)
      console.log(row("edits", "us/edit", "full", ...MEASURES, "chunks", "sources", "arena MiB", "RSS MiB"));
    console.log(row(index + 1, Math.round((busy / BATCH) * 1000), full, ...sizesOf(session), ...heldBy(session)));
    busy = 0;
  }
  return compare(session, directory, { ...program, fault: undefined }, program);
}

/** Verifies the session where it can be, and runs its output. */
async function isRight(session: ResidentSession, directory: string, program: Program): Promise<boolean> {
  if (program.fault !== undefined) return true;
  const differences = await session.verify(program);
  for (const { message } of differences) console.log(message);
  const found = runLinked(program, session.output, directory);
  const isSame = isDeepStrictEqual(found, evaluate(program));
  if (!isSame) console.log(found);
  return differences.length === 0 && isSame;
}

/** Compares with a fresh link of `program`; the session is brought there from `before`. */
async function compare(
  session: ResidentSession,
  directory: string,
  program: Program,
  before: Program,
): Promise<boolean> {
  await session.apply(before, program);
  const fresh = new ResidentSession(headerOptions(OUTPUT), join(directory, "fresh"));
  await fresh.apply(undefined, program);
  const [now, then] = [sizesOf(session), sizesOf(fresh)];
  let isSmall = true;
  console.log(row("", "edited", "fresh", "times"));
  for (const [index, measure] of MEASURES.entries()) {
    const times = now[index]! / Math.max(1, then[index]!);
    console.log(row(measure, now[index]!, then[index]!, times.toFixed(2)), times > LIMIT ? " too large" : "");
    if (times > LIMIT) isSmall = false;
  }
  return isSmall;
}

const directory = mkdtempSync(join(tmpdir(), "manifold-soak-"));
try {
  if (!(await soak(directory))) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
