/** Manifests with one mistake each, by what is wrong with them. */

import type { CodeName } from "./diagnostic-codes.js";
import { EXIT_0, HEADER, type Line, ndjson } from "./manifest.js";

/** A good program of which the fourth line is `line`. */
export function program(line: Line | string): string {
  return `${ndjson([HEADER, ...EXIT_0])}${typeof line === "string" ? line : JSON.stringify(line)}\n`;
}

export interface Bad {
  readonly manifest: string | Uint8Array;
  /** The line that the diagnostic must point at. */
  readonly line: number;
  readonly code: CodeName;
  /** What it must mention. */
  readonly says?: readonly (string | RegExp)[];
}

const bad = (line: Line | string, code: CodeName, ...says: readonly (string | RegExp)[]): Bad => ({
  manifest: program(line),
  line: 4,
  code,
  says,
});

export const code = (bytes: string, ...relocs: readonly unknown[]): Line => ({ func: "f", code: { bytes, relocs } });

export const NOT_JSON: Readonly<Record<string, Bad>> = {
  "malformed JSON": bad('{"func": "f", "code": }', "malformedJson"),
  "a missing bracket": bad('{"const": "c", "bytes": "00", "relocs": [[0, "8", "start", 0]}', "malformedJson"),
  "a line that is no object": bad("[1, 2]", "wrongType"),
  "two objects on a line": bad('{"var": "a", "zero": 1} {"var": "b", "zero": 1}', "malformedJson"),
  "a truncated last line": {
    ...bad("", "malformedJson"),
    manifest: `${program("").trimEnd()}\n{"func": "f", "code": {"by`,
  },
  "a string that does not end": bad('{"const": "c', "malformedJson"),
  "a control character in a string": bad('{"const": "a\u0001b", "bytes": "00"}', "malformedJson"),
  "an unknown escape": bad('{"const": "\\q", "bytes": "00"}', "malformedJson"),
  "nesting without end": bad(`{"const": "c", "init": ${"[".repeat(200_000)}`, "tooDeep"),
  "nesting that ends": bad(`{"const": "c", "x": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`, "unknownKey"),
  "invalid UTF-8": {
    manifest: Buffer.concat([
      Buffer.from(program("").trimEnd()),
      Buffer.from('\n{"const": "\xff\xfe", "bytes": "00"}\n', "latin1"),
    ]),
    line: 4,
    code: "invalidUtf8",
    says: [/UTF-8/i],
  },
};

export const BAD_HEADERS: Readonly<Record<string, Bad>> = {
  "an empty file": { manifest: "", line: 1, code: "headerMissing" },
  "a missing header": { manifest: ndjson(EXIT_0), line: 1, code: "headerMissing", says: [/header|manifold/] },
  "a wrong version": {
    manifest: ndjson([{ ...HEADER, manifold: 2 }, ...EXIT_0]),
    line: 1,
    code: "wrongVersion",
    says: ["2"],
  },
  "a version that is no number": {
    manifest: ndjson([{ ...HEADER, manifold: "1" }, ...EXIT_0]),
    line: 1,
    code: "wrongType",
  },
  "no target": { manifest: ndjson([{ manifold: 1 }, ...EXIT_0]), line: 1, code: "missingKey", says: ["target"] },
  "an unknown target": {
    manifest: ndjson([{ ...HEADER, target: "pdp11-unix" }, ...EXIT_0]),
    line: 1,
    code: "unknownValue",
    says: ["pdp11-unix", "x86_64-linux"],
  },
  "an unknown key in the header": {
    manifest: ndjson([{ ...HEADER, outptu: "exe" }, ...EXIT_0]),
    line: 1,
    code: "unknownKey",
    says: ["outptu", "output"],
  },
  "an unknown output": {
    manifest: ndjson([{ ...HEADER, output: "com" }, ...EXIT_0]),
    line: 1,
    code: "unknownValue",
    says: ["com"],
  },
  "an image base that is no number": {
    manifest: ndjson([{ ...HEADER, imageBase: "4 MiB" }, ...EXIT_0]),
    line: 1,
    code: "notBase",
    says: ["imageBase"],
  },
  "an image base that is not aligned to pages": {
    manifest: ndjson([{ ...HEADER, imageBase: 0x400010 }, ...EXIT_0]),
    line: 1,
    code: "notBase",
    says: ["imageBase"],
  },
  "an image base beyond what a number holds": {
    manifest: ndjson([{ ...HEADER, imageBase: "0xffffffffffff0000" }, ...EXIT_0]),
    line: 1,
    code: "notBase",
    says: ["imageBase"],
  },
  "a stack of negative size": {
    manifest: ndjson([{ ...HEADER, stackSize: -1 }, ...EXIT_0]),
    line: 1,
    code: "badSize",
    says: ["stackSize"],
  },
  "a header that is given twice": { manifest: ndjson([HEADER, HEADER, ...EXIT_0]), line: 2, code: "unknownKind" },
};

export const BAD_DECLARATIONS: Readonly<Record<string, Bad>> = {
  "an unknown kind": bad({ function: "f", code: { bytes: "c3" } }, "unknownKind", "function", "func"),
  "an unknown key": bad({ func: "f", code: { bytes: "c3" }, algin: 16 }, "unknownKey", "algin", "align"),
  "an unknown key in code": bad({ func: "f", code: { bites: "c3" } }, "unknownKey", "bites"),
  "an empty object": bad({}, "missingKey"),
  "a name that is no string": bad({ func: 7, code: { bytes: "c3" } }, "wrongType"),
  "an empty name": bad({ var: "", zero: 4 }, "emptyName"),
  "a name with a zero in it": bad({ var: "a\u0000b", zero: 4 }, "emptyName"),
  "code that is no object": bad({ func: "f", code: "c3" }, "wrongType", "code"),
  "a function without code": bad({ func: "f" }, "missingKey", "code"),
  "a variable without contents": bad({ var: "v" }, "contentsCount", "v"),
  "two kinds of contents": bad({ const: "c", bytes: "00", text: "0" }, "contentsCount"),
  "a thread-local constant": bad({ const: "c", bytes: "00", threadlocal: true }, "tlsConst", "threadlocal"),
  "an odd number of hexadecimal digits": bad(code("c3c"), "badHex"),
  "a letter that is no hexadecimal digit": bad(code("c3zz"), "badHex"),
  "bad base64": bad({ const: "c", bytes: "base64:A===" }, "badBase64"),
  "a letter that is not of base64": bad({ const: "c", bytes: "base64:AA*A" }, "badBase64"),
  "a size that is no whole number": bad({ var: "v", zero: 1.5 }, "notANumber", "zero"),
  "a negative size": bad({ var: "v", zero: -1 }, "badSize", "zero"),
  "a size beyond what a number holds": bad('{"var": "v", "zero": 9007199254740993}', "notANumber", "zero"),
  "an alignment that is no power of two": bad({ var: "v", align: 12, zero: 4 }, "badAlignment", "12"),
  "an alignment of zero": bad({ var: "v", align: 0, zero: 4 }, "badAlignment"),
  "an absurd alignment": bad({ var: "v", align: 2 ** 45, zero: 4 }, "badAlignment"),
  "an unknown relocation type": bad(
    code("e800000000", [1, "PLT23", "start", -4]),
    "unknownRelocation",
    "PLT23",
    "PLT32",
  ),
  "a relocation of three items": bad(code("e800000000", [1, "PLT32", "start"]), "wrongType"),
  "relocations that are no array": bad({ func: "f", code: { bytes: "c3", relocs: {} } }, "wrongType", "relocs"),
  "a relocation at a negative offset": bad(code("e800000000", [-1, "PLT32", "start", -4]), "badSize"),
  "a relocation that begins behind its function": bad(
    code("e800000000", [6, "PLT32", "start", -4]),
    "relocationOutside",
    "f",
  ),
  "a relocation that ends behind its function": bad(
    code("e800000000", [2, "PLT32", "start", -4]),
    "relocationOutside",
    "f",
  ),
  "a relocation far behind its function": bad(code("e800000000", [2 ** 40, "PLT32", "start", -4]), "badSize", "f"),
  "an addend beyond what a number holds": bad(
    '{"const": "c", "bytes": "0000000000000000", "relocs": [[0, "64", "start", 9007199254740993]]}',
    "notANumber",
  ),
  "an extern of an unknown kind": bad({ extern: "e", is: "function" }, "unknownValue", "function"),
  "an unknown visibility": bad({ export: "x", of: "start", visibility: "secret" }, "unknownValue", "secret"),
  "a key that is given twice": bad('{"var": "v", "zero": 1, "align": 8, "align": 8}', "duplicateKey", "align"),
  "a type of relocation that no static link has": bad(
    code("e800000000", [1, "COPY", "start", 0]),
    "unsupportedRelocation",
  ),
  "a relocation in zeros": bad({ var: "v", zero: 8, relocs: [[0, "64", "start", 0]] }, "relocationInZeros"),
  "an unnamed value with a place beside it": bad(
    { func: "f", code: { bytes: "c3" }, refs: { r: { uav: { text: "" }, nav: "start" } } },
    "notOfUav",
    "nav",
  ),
  "an unnamed value with an offset": bad(
    { func: "f", code: { bytes: "c3" }, refs: { r: { offset: 1, uav: { text: "ab" } } } },
    "notOfUav",
    "offset",
  ),
  "an offset within a declaration that is negative": bad(
    { func: "f", code: { bytes: "c3" }, refs: { r: { nav: "start", offset: -1 } } },
    "badSize",
  ),
  "an instruction that is none": bad({ func: "f", code: { asm: "nop\nmvo eax, 1" } }, "assemblyError", "mvo", "mov"),
  "code of both kinds": bad({ func: "f", code: { asm: "ret", bytes: "c3" } }, "codeCount", "asm", "bytes"),
  "a lazy symbol without a type": bad(
    { func: "f", code: { asm: "ret" }, refs: { r: { lazy: "code" } } },
    "missingKey",
    "type",
  ),
  "a ref of an unknown kind": bad({ func: "f", code: { bytes: "c3" }, refs: { r: { constant: 1 } } }, "unknownKey"),
};

export const BAD_LINKS: Readonly<Record<string, Bad>> = {
  "a name that is declared twice": bad({ var: "start", zero: 4 }, "duplicateName", "start"),
  "an export that is declared twice": bad({ export: "_start", of: "start" }, "duplicateExport", "_start"),
  "a target that nothing declares": bad(
    code("e800000000", [1, "PLT32", "printf", -4]),
    "undeclaredName",
    "printf",
    "f",
  ),
  "a target that is misspelt": bad(
    code("e800000000", [1, "PLT32", "strat", -4]),
    "undeclaredName",
    "strat",
    /did you mean.*start/i,
  ),
  "an export of what nothing declares": bad(
    { export: "x", of: "strat" },
    "undeclaredName",
    "strat",
    /did you mean.*start/i,
  ),
  "a place behind the end of what is declared": bad(
    {
      func: "f",
      code: { bytes: "e800000000", relocs: [[1, "PC32", "r", 0]] },
      refs: { r: { nav: "start", offset: 10 } },
    },
    "offsetOutside",
    "start",
  ),
  "an export of itself": bad({ export: "x", of: "x" }, "undeclaredName", "x"),
  "a place inside what nothing declares": bad(
    {
      func: "f",
      code: { bytes: "e800000000", relocs: [[1, "PC32", "r", 0]] },
      refs: { r: { nav: "strat", offset: 1 } },
    },
    "undeclaredName",
    "strat",
  ),
};
