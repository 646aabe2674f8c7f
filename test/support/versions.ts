/** Versions of a program, each of which shows which one it is when it runs. */

import fc from "fast-check";
import { run } from "./command.js";
import { HEADER, type Line, ndjson } from "./manifest.js";
import { applyEdit, arbitraryEdits, arbitraryProgram } from "./program-model/edit.js";
import { evaluate } from "./program-model/evaluate.js";
import { manifestText } from "./program-model/faults.js";
import { hash } from "./program-model/hash.js";
import { render } from "./program-model/render.js";

export interface Versions {
  /** Manifests. */
  readonly texts: readonly string[];
  /** What each prints. */
  readonly prints: readonly string[];
}

/** What a program prints as bytes of Latin 1; undefined where it does not end as it should, or cannot be started. */
export function printed(program: string): string | undefined {
  try {
    const { code, stdout } = run(program, [], { timeout: 10_000 });
    return code === 0 ? stdout : undefined;
  } catch {
    return undefined;
  }
}

/** A program of the model and what edits make of it, without those that are wrong. */
export function editedVersions(seed: number, count: number): Versions {
  let [program] = fc.sample(arbitraryProgram("exe", 1), { seed, numRuns: 1 });
  const [edits] = fc.sample(arbitraryEdits(count * 4, count * 4), { seed, numRuns: 1 });
  const texts: string[] = [];
  const prints: string[] = [];
  for (const edit of edits!) {
    const text = manifestText(render(program!)[0]!);
    const expectation = evaluate(program!);
    if (expectation.ok && !texts.includes(text) && texts.length < count) {
      texts.push(text);
      prints.push(expectation.stdout);
    }
    program = applyEdit(program!, edit).program;
  }
  return { texts, prints };
}

/**
 * Programs of many functions, of which each version changes a third, that wait for standard input, or its end; then they
 * print a sum that all functions have a part in, as eight digits in base 16 from "a" on.
 */
export function waitingVersions(functions: number, count: number): Versions {
  const versions = Array.from({ length: count }, (_, version) => waiting(functions, version));
  return { texts: versions.map(({ lines }) => ndjson(lines)), prints: versions.map(({ print }) => print) };
}

function waiting(functions: number, version: number): { lines: Line[]; print: string } {
  const names = Array.from({ length: functions }, (_, index) => `f${index}`);
  let sum = 0;
  const parts = names.map((name, index): Line => {
    const turn = Math.floor((version + index) / 3);
    const amount = hash(index, turn);
    sum = (sum + amount) >>> 0;
    const padding = "90".repeat(hash(turn, index) % 400);
    // add ebx, amount; ret
    return { func: name, code: { bytes: `${padding}81c3${hexOf(amount)}c3` } };
  });
  const start = [
    "sub rsp, 24",
    "xor eax, eax\nxor edi, edi\nmov rsi, rsp\nmov edx, 1\nsyscall", // read(0, rsp, 1)
    "xor ebx, ebx",
    ...names.map((name) => `call ${name}`),
    "mov rsi, rsp\nmov ecx, 8",
    "again: rol ebx, 4\nmov eax, ebx\nand eax, 15\nadd eax, 97\nmov byte ptr [rsi], al\ninc rsi\ndec ecx\njnz again",
    "mov eax, 1\nmov edi, 1\nmov rsi, rsp\nmov edx, 8\nsyscall", // write(1, rsp, 8)
    "mov eax, 60\nxor edi, edi\nsyscall", // exit(0)
  ];
  const print = sum
    .toString(16)
    .padStart(8, "0")
    .replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
  const main: Line[] = [
    { func: "start", code: { asm: start.join("\n") } },
    { export: "_start", of: "start" },
  ];
  return { lines: [HEADER, ...parts, ...main], print };
}

function hexOf(value: number): string {
  return Buffer.from(Uint32Array.of(value).buffer).toString("hex");
}
