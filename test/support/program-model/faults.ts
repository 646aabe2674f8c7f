/** Programs that are wrong in one known way: what must be in the manifest, and the code of the one diagnostic. */

import type { CodeName } from "../diagnostic-codes.js";
import type { Line } from "../manifest.js";
import { choose } from "./hash.js";
import type { Output } from "./program.js";

export interface Fault {
  readonly code: CodeName;
  /** Only in the first manifest. */
  readonly first?: true;
  /**
   * Only the text of a manifest can be wrong so: the library replaces a declaration by another of the same name, and
   * writes no malformed JSON.
   */
  readonly textual?: true;
  /** Of executables only. */
  readonly final?: true;
  /** Makes the declarations of a manifest wrong. */
  apply(lines: readonly Line[], salt: number): Line[];
}

const OF = ["bytes", "asm"] as const;

/** Names that no program of the model has. */
const ABSENT = "bad_absent";

/** A line with this key is its value, as it stands. */
const RAW = "raw";

/** NDJSON, which may be malformed. */
export function manifestText(lines: readonly Line[]): string {
  return lines.map((line) => `${typeof line[RAW] === "string" ? line[RAW] : JSON.stringify(line)}\n`).join("");
}

export const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  undeclaredName: { code: "undeclaredName", apply: (lines, salt) => inserted(lines, salt, [caller(ABSENT, salt)]) },
  undefinedSymbol: {
    code: "undefinedSymbol",
    final: true,
    apply: (lines, salt) => inserted(lines, salt, [{ extern: ABSENT, is: "func" }, caller(ABSENT, salt)]),
  },
  duplicateExport: {
    code: "duplicateExport",
    first: true,
    textual: true,
    apply: (lines) => [...lines, { export: "rt_print", of: "main" }],
  },
  duplicateName: {
    code: "duplicateName",
    first: true,
    textual: true,
    apply: (lines, salt) => [...lines, choose([{ func: "main", code: { bytes: "c3" } }, { extern: "main" }], salt)],
  },
  exportOfNothing: { code: "undeclaredName", apply: (lines) => [...lines, { export: "bad_export", of: ABSENT }] },
  noEntry: {
    code: "noEntry",
    first: true,
    final: true,
    apply: (lines) => lines.filter(({ export: name }) => name !== "_start"),
  },
  unknownKey: {
    code: "unknownKey",
    apply: (lines, salt) => inserted(lines, salt, [{ var: "bad_data", zero: 4, alignment: 4 }]),
  },
  badHex: { code: "badHex", apply: (lines, salt) => inserted(lines, salt, [{ const: "bad_data", bytes: "0g" }]) },
  unknownRelocation: {
    code: "unknownRelocation",
    apply: (lines, salt) =>
      inserted(lines, salt, [{ func: "bad_func", code: { bytes: "e800000000", relocs: [[1, "PLT33", "main", -4]] } }]),
  },
  offsetOutside: {
    code: "offsetOutside",
    first: true,
    apply: (lines, salt) =>
      inserted(lines, salt, [
        { func: "bad_func", code: { asm: "lea rax, [rip + it]\nret" }, refs: { it: { nav: "rt_line", offset: 10 } } },
      ]),
  },
  assembly: {
    code: "assemblyError",
    apply: (lines, salt) => inserted(lines, salt, [{ func: "bad_func", code: { asm: "moov eax, 1" } }]),
  },
  functionBroken: { code: "assemblyError", first: true, apply: broken },
  malformedJson: {
    code: "malformedJson",
    textual: true,
    apply: (lines, salt) => inserted(lines, salt, [{ [RAW]: '{"func": "bad_func", "code": }' }]),
  },
};

export type FaultKind =
  | "undeclaredName"
  | "undefinedSymbol"
  | "duplicateExport"
  | "duplicateName"
  | "exportOfNothing"
  | "noEntry"
  | "unknownKey"
  | "badHex"
  | "unknownRelocation"
  | "offsetOutside"
  | "assembly"
  | "functionBroken"
  | "malformedJson";

/** The faults that a program of this output can have; `textual`: also those that only text can have. */
export function faultsOf(output: Output, textual: boolean): FaultKind[] {
  return (Object.keys(FAULTS) as FaultKind[]).filter(
    (kind) => (textual || FAULTS[kind].textual !== true) && (output !== "obj" || FAULTS[kind].final !== true),
  );
}

/** Makes a function wrong that was right before. */
function broken(lines: readonly Line[], salt: number): Line[] {
  const functions = lines.filter((line) => "func" in line);
  const chosen = choose(functions, salt);
  return lines.map((line) => (line === chosen ? { func: line["func"], code: { asm: "mov eax, [" } } : line));
}

function caller(name: string, salt: number): Line {
  if (choose(OF, salt >>> 8) === "asm") return { func: "bad_func", code: { asm: `call ${name}\nret` } };
  return { func: "bad_func", code: { bytes: "e800000000c3", relocs: [[1, "PLT32", name, -4]] } };
}

/** `more` in one place among `lines`. */
function inserted(lines: readonly Line[], salt: number, more: readonly Line[]): Line[] {
  const at = salt % (lines.length + 1);
  return [...lines.slice(0, at), ...more, ...lines.slice(at)];
}
