/**
 * Programs of any number of functions in which one has exactly the same neighbours at every size: function i calls
 * function i - 1 and nothing else, and is called by function i + 1. What an update of the one in the middle costs can
 * then be compared between sizes.
 *
 * Each function counts its argument down and returns 0 when that makes it 0; else one more than the function that it
 * calls. `_start` has `caller` call the middle one with 10, and exits with what comes back.
 */

import { closeSync, openSync, writeSync } from "node:fs";
import { type Line, ndjson } from "./manifest.js";

/** One change of the program. */
export interface ChainEdit {
  readonly what: string;
  /** The declaration that goes, and the one that comes in its place; a new one comes last. */
  readonly old: Line | undefined;
  readonly line: Line | undefined;
  /** How the process ends after it. */
  readonly exit: number;
}

const HEADER: Line = { manifold: 1, target: "x86_64-linux", output: "exe" };
/** How the process ends before all edits. */
export const FIRST_EXIT = 9;

/** Functions a part. */
const PART = 10_000;

/** call caller; mov edi, eax; mov eax, 60; syscall */
const START: Line = {
  func: "start",
  code: { bytes: "e80000000089c7b83c0000000f05", relocs: [[1, "PLT32", "caller", -4]] },
};

/** All declarations, in parts of some thousand lines. */
export function* chainText(functions: number): Generator<string> {
  for (let first = 0; first < functions; first += PART) {
    const lines: Line[] = [];
    for (let i = first; i < Math.min(functions, first + PART); i++) {
      lines.push(chained(i, i - 1, 1, 0));
      if (i === middleOf(functions)) lines.push(...around(nameOf(i)));
    }
    yield ndjson(lines);
  }
}

/** Writes a manifest. */
export function writeChain(path: string, functions: number): void {
  const fd = openSync(path, "w");
  try {
    writeSync(fd, ndjson([HEADER]));
    for (const text of chainText(functions)) writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** One after the other. */
export function chainEdits(functions: number): readonly ChainEdit[] {
  const i = middleOf(functions);
  const middle = nameOf(i);
  const versions = [
    chained(i, i - 1, 1, 0),
    chained(i, i - 1, 2, 0),
    chained(i, i - 1, 3, 200),
    chained(i, i - 1, 4, 100),
    chained(i, i - 2, 4, 100),
  ] as const;
  const fresh = { func: "fresh", code: { bytes: "e800000000c3", relocs: [[1, "PLT32", middle, -4]] } };
  const exported = { export: "middle", of: middle };
  return [
    { what: "a body of the same size", old: versions[0], line: versions[1], exit: 10 },
    { what: "a body that grew, and moved", old: versions[1], line: versions[2], exit: 11 },
    { what: "a body that shrank", old: versions[2], line: versions[3], exit: 12 },
    { what: "another callee", old: versions[3], line: versions[4], exit: 12 },
    { what: "a new function", old: undefined, line: fresh, exit: 12 },
    { what: "a function that goes", old: fresh, line: undefined, exit: 12 },
    { what: "another unnamed value", old: user("01020304"), line: user("05060708"), exit: 12 },
    { what: "an export of another name", old: exported, line: { export: "centre", of: middle }, exit: 12 },
  ];
}

/** The name that a declaration is about. */
export function declaredName(line: Line): string {
  return String(line["func"] ?? line["export"]);
}

function middleOf(functions: number): number {
  return functions / 2;
}

function nameOf(i: number): string {
  return `f${String(i).padStart(7, "0")}`;
}

function around(middle: string): Line[] {
  return [
    // mov edi, 10; xor eax, eax; call middle; ret
    { func: "caller", code: { bytes: "bf0a00000031c0e800000000c3", relocs: [[8, "PLT32", middle, -4]] } },
    START,
    user("01020304"),
    { export: "_start", of: "start" },
    { export: "middle", of: middle },
  ];
}

/** A function with an unnamed value of its own: mov eax, value; ret */
function user(bytes: string): Line {
  const code = { bytes: "8b0500000000c3", relocs: [[2, "PC32", "value", -4]] };
  return { func: "user", code, refs: { value: { uav: { align: 4, bytes } } } };
}

/** dec edi; je end; call callee; add eax, constant; end: ret; padding. The first one returns at once. */
function chained(i: number, callee: number, constant: number, padding: number): Line {
  const add = `83c0${constant.toString(16).padStart(2, "0")}`;
  const bytes = `ffcf${i === 0 ? "eb" : "74"}08e800000000${add}c3${"cc".repeat(padding)}`;
  return { func: nameOf(i), code: { bytes, relocs: [[5, "PLT32", nameOf(Math.max(0, callee)), -4]] } };
}
