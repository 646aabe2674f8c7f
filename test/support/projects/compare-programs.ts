/** Compares a program that we linked with what GNU ld made of the same inputs: what it does, its names, its lines. */

import { run, tool } from "../command.js";
import { symbols } from "../elf-view.js";

/** What the linker itself defines: where it lies, and whether it is there where nothing asks for it, is left to it. */
const LINKER_DEFINED = new RegExp(
  `^(${[
    "_?(end|edata|etext)",
    "__(bss_start|ehdr_start|executable_start)",
    "_GLOBAL_OFFSET_TABLE_|_PROCEDURE_LINKAGE_TABLE_|_DYNAMIC|_TLS_MODULE_BASE_|__GNU_EH_FRAME_HDR",
    "__(rela_iplt|(preinit|init|fini)_array)_(start|end)",
    "__(start|stop)_.*",
  ].join("|")})$`,
);

/** Symbols of sections that GNU ld leaves out, as they are empty or for itself; other linkers keep them. */
const OF_NO_SECTION = /^(__TMC_LIST__|__TMC_END__|__evoke_link_warning_.*)$/;

/** Runs a program; all it does that can be seen, as one text. */
export function behaviour(program: string): string {
  const { code, signal, stdout, stderr } = run(program, [], { timeout: 20_000 });
  return `${stdout}${stderr}ended with ${code ?? signal}\n`;
}

/** The first line that differs, in both. */
export function firstDifference(expected: string, actual: string): string {
  const left = expected.split("\n");
  const right = actual.split("\n");
  const line = left.findIndex((text, index) => text !== right[index]);
  const at = line === -1 ? left.length : line;
  return `line ${at + 1}: expected ${JSON.stringify(left[at])}, got ${JSON.stringify(right[at])}`;
}

/** Symbols, each as its type letter and its name, that only one of the two programs defines. */
export function symbolDifferences(gnu: string, own: string): string[] {
  const expected = definedSymbols(gnu);
  const actual = definedSymbols(own);
  const missing = subtract(expected, actual);
  const extra = subtract(actual, expected);
  if (missing.length + extra.length === 0) return [];
  // A hidden symbol is local once it is linked; GNU ld leaves it global in static executables.
  const hidden = new Set(
    symbols(gnu)
      .filter(({ visibility }) => visibility !== "DEFAULT")
      .map(({ name }) => name),
  );
  const counts = (list: readonly string[], name: string): number => list.filter((line) => nameOf(line) === name).length;
  const matters = (line: string): boolean => {
    const name = nameOf(line);
    return !hidden.has(name) || counts(missing, name) !== counts(extra, name);
  };
  return [
    ...missing.filter(matters).map((line) => `missing: ${line}`),
    ...extra.filter(matters).map((line) => `unexpected: ${line}`),
  ];
}

/** The functions of one program, with the source lines they begin at. */
export function sourceLines(program: string): string[] {
  const functions = tool("nm", ["--defined-only", program])
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ") as [string, string, string])
    .filter(([, type]) => /^[tw]$/i.test(type));
  const lines = tool("addr2line", ["-e", program, ...functions.map(([address]) => address)])
    .trimEnd()
    .split("\n");
  return functions
    .map(([, , name], index) => `${name} ${lines[index]!.replace(/ \(discriminator.*/, "")}`)
    .filter((line) => /:[1-9]\d*$/.test(line))
    .sort();
}

function definedSymbols(program: string): string[] {
  return tool("nm", ["--defined-only", program])
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(17))
    .filter((line) => !LINKER_DEFINED.test(nameOf(line)) && !OF_NO_SECTION.test(nameOf(line)))
    .sort();
}

function nameOf(line: string): string {
  return line.slice(2);
}

/** What is in the sorted list `from` and, as often, not in `less`. */
function subtract(from: readonly string[], less: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of less) counts.set(line, (counts.get(line) ?? 0) + 1);
  return from.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}
