/** Manifests that cannot be linked: each is refused with a diagnostic that says where and what, and nothing changes. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MANIFOLD, manifold } from "../support/command.js";
import type { CodeName } from "../support/diagnostic-codes.js";
import { EXIT_0, HEADER, type Line, ndjson, writeLines } from "../support/manifest.js";
import { expectRefusal, refuse } from "../support/refused.js";
import { tempDir } from "../support/temp-dir.js";

/** A good program of which the fourth line is `line`. */
function program(line: Line | string): string {
  return `${ndjson([HEADER, ...EXIT_0])}${typeof line === "string" ? line : JSON.stringify(line)}\n`;
}

interface Bad {
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

const code = (bytes: string, ...relocs: readonly unknown[]): Line => ({ func: "f", code: { bytes, relocs } });

const NOT_JSON: Record<string, Bad> = {
  "malformed JSON": bad('{"func": "f", "code": }', "manifest"),
  "a missing bracket": bad('{"const": "c", "bytes": "00", "relocs": [[0, "8", "start", 0]}', "manifest"),
  "a line that is no object": bad("[1, 2]", "manifest"),
  "two objects on a line": bad('{"var": "a", "zero": 1} {"var": "b", "zero": 1}', "manifest"),
  "a truncated last line": { ...bad("", "manifest"), manifest: `${program("").trimEnd()}\n{"func": "f", "code": {"by` },
  "a string that does not end": bad('{"const": "c', "manifest"),
  "a control character in a string": bad('{"const": "a\u0001b", "bytes": "00"}', "manifest"),
  "an unknown escape": bad('{"const": "\\q", "bytes": "00"}', "manifest"),
  "nesting without end": bad(`{"const": "c", "init": ${"[".repeat(200_000)}`, "manifest"),
  "nesting that ends": bad(`{"const": "c", "x": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`, "manifest"),
  "invalid UTF-8": {
    manifest: Buffer.concat([
      Buffer.from(program("").trimEnd()),
      Buffer.from('\n{"const": "\xff\xfe", "bytes": "00"}\n', "latin1"),
    ]),
    line: 4,
    code: "manifest",
    says: [/UTF-8/i],
  },
};

const BAD_HEADERS: Record<string, Bad> = {
  "an empty file": { manifest: "", line: 1, code: "manifest" },
  "a missing header": { manifest: ndjson(EXIT_0), line: 1, code: "manifest", says: [/header|manifold/] },
  "a wrong version": {
    manifest: ndjson([{ ...HEADER, manifold: 2 }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["2"],
  },
  "a version that is no number": {
    manifest: ndjson([{ ...HEADER, manifold: "1" }, ...EXIT_0]),
    line: 1,
    code: "manifest",
  },
  "no target": { manifest: ndjson([{ manifold: 1 }, ...EXIT_0]), line: 1, code: "manifest", says: ["target"] },
  "an unknown target": {
    manifest: ndjson([{ ...HEADER, target: "pdp11-unix" }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["pdp11-unix", "x86_64-linux"],
  },
  "an unknown key in the header": {
    manifest: ndjson([{ ...HEADER, outptu: "exe" }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["outptu", "output"],
  },
  "an unknown output": {
    manifest: ndjson([{ ...HEADER, output: "com" }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["com"],
  },
  "an image base that is no number": {
    manifest: ndjson([{ ...HEADER, imageBase: "4 MiB" }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["imageBase"],
  },
  "an image base that is not aligned to pages": {
    manifest: ndjson([{ ...HEADER, imageBase: 0x400010 }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["imageBase"],
  },
  "an image base beyond what a number holds": {
    manifest: ndjson([{ ...HEADER, imageBase: "0xffffffffffff0000" }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["imageBase"],
  },
  "a stack of negative size": {
    manifest: ndjson([{ ...HEADER, stackSize: -1 }, ...EXIT_0]),
    line: 1,
    code: "manifest",
    says: ["stackSize"],
  },
  "a header that is given twice": { manifest: ndjson([HEADER, HEADER, ...EXIT_0]), line: 2, code: "manifest" },
};

const BAD_DECLARATIONS: Record<string, Bad> = {
  "an unknown kind": bad({ function: "f", code: { bytes: "c3" } }, "manifest", "function", "func"),
  "an unknown key": bad({ func: "f", code: { bytes: "c3" }, algin: 16 }, "manifest", "algin", "align"),
  "an unknown key in code": bad({ func: "f", code: { bites: "c3" } }, "manifest", "bites"),
  "an empty object": bad({}, "manifest"),
  "a name that is no string": bad({ func: 7, code: { bytes: "c3" } }, "manifest"),
  "an empty name": bad({ var: "", zero: 4 }, "manifest"),
  "a name with a zero in it": bad({ var: "a\u0000b", zero: 4 }, "manifest"),
  "code that is no object": bad({ func: "f", code: "c3" }, "manifest", "code"),
  "a function without code": bad({ func: "f" }, "manifest", "code"),
  "a variable without contents": bad({ var: "v" }, "manifest", "v"),
  "two kinds of contents": bad({ const: "c", bytes: "00", text: "0" }, "manifest"),
  "a thread-local constant": bad({ const: "c", bytes: "00", threadlocal: true }, "manifest", "threadlocal"),
  "an odd number of hexadecimal digits": bad(code("c3c"), "manifest"),
  "a letter that is no hexadecimal digit": bad(code("c3zz"), "manifest"),
  "bad base64": bad({ const: "c", bytes: "base64:A===" }, "manifest"),
  "a letter that is not of base64": bad({ const: "c", bytes: "base64:AA*A" }, "manifest"),
  "a size that is no whole number": bad({ var: "v", zero: 1.5 }, "manifest", "zero"),
  "a negative size": bad({ var: "v", zero: -1 }, "manifest", "zero"),
  "a size beyond what a number holds": bad('{"var": "v", "zero": 9007199254740993}', "manifest", "zero"),
  "an alignment that is no power of two": bad({ var: "v", align: 12, zero: 4 }, "manifest", "12"),
  "an alignment of zero": bad({ var: "v", align: 0, zero: 4 }, "manifest"),
  "an absurd alignment": bad({ var: "v", align: 2 ** 45, zero: 4 }, "manifest"),
  "an unknown relocation type": bad(code("e800000000", [1, "PLT23", "start", -4]), "manifest", "PLT23", "PLT32"),
  "a relocation of three items": bad(code("e800000000", [1, "PLT32", "start"]), "manifest"),
  "relocations that are no array": bad({ func: "f", code: { bytes: "c3", relocs: {} } }, "manifest", "relocs"),
  "a relocation at a negative offset": bad(code("e800000000", [-1, "PLT32", "start", -4]), "manifest"),
  "a relocation that begins behind its function": bad(code("e800000000", [6, "PLT32", "start", -4]), "manifest", "f"),
  "a relocation that ends behind its function": bad(code("e800000000", [2, "PLT32", "start", -4]), "manifest", "f"),
  "a relocation far behind its function": bad(code("e800000000", [2 ** 40, "PLT32", "start", -4]), "manifest", "f"),
  "an addend beyond what a number holds": bad(
    '{"const": "c", "bytes": "0000000000000000", "relocs": [[0, "64", "start", 9007199254740993]]}',
    "manifest",
  ),
  "an extern of an unknown kind": bad({ extern: "e", is: "function" }, "manifest", "function"),
  "an unknown visibility": bad({ export: "x", of: "start", visibility: "secret" }, "manifest", "secret"),
  "a ref of an unknown kind": bad({ func: "f", code: { bytes: "c3" }, refs: { r: { constant: 1 } } }, "manifest"),
};

const BAD_LINKS: Record<string, Bad> = {
  "a name that is declared twice": bad({ var: "start", zero: 4 }, "any", "start"),
  "an export that is declared twice": bad({ export: "_start", of: "start" }, "any", "_start"),
  "a target that nothing declares": bad(code("e800000000", [1, "PLT32", "printf", -4]), "any", "printf", "f"),
  "a target that is misspelt": bad(
    code("e800000000", [1, "PLT32", "strat", -4]),
    "any",
    "strat",
    /did you mean.*start/i,
  ),
  "an export of what nothing declares": bad({ export: "x", of: "strat" }, "any", "strat", /did you mean.*start/i),
  "a place inside what nothing declares": bad(
    {
      func: "f",
      code: { bytes: "e800000000", relocs: [[1, "PC32", "r", 0]] },
      refs: { r: { nav: "strat", offset: 1 } },
    },
    "any",
    "strat",
  ),
};

/** Expects a refusal that names the file and the line, with a column, and says what it must. */
function expectDiagnostic({ manifest, line, code, says }: Bad): void {
  const { manifest: path, stderr } = refuse(code, [manifest]);
  expect(stderr).toContain(`${path}:${line}:`);
  expect(stderr.slice(stderr.indexOf(`${path}:${line}:`) + `${path}:${line}:`.length)).toMatch(/^[1-9]\d*\b/);
  for (const part of says ?? []) expect(stderr).toMatch(part);
}

describe.each([
  ["is not JSON in UTF-8", NOT_JSON],
  ["has a header that cannot be used", BAD_HEADERS],
  ["has a declaration that cannot be used", BAD_DECLARATIONS],
  ["contradicts itself", BAD_LINKS],
])("a manifest that %s", (_, cases) => {
  it.each(Object.entries(cases))("is refused, at its line, for %s", (_what, badManifest) => {
    expectDiagnostic(badManifest);
  });
});

describe("a program", () => {
  it("that exports no entry is refused, and the name that is missing is told", () => {
    const { stderr } = refuse("any", [ndjson([HEADER, EXIT_0[0]!])]);
    expect(stderr).toContain("_start");
    expect(refuse("any", [ndjson([{ ...HEADER, entry: "mian" }, ...EXIT_0])]).stderr).toContain("mian");
  });

  it("with a symbol that no input defines is refused", () => {
    const { stderr, manifest } = refuse("any", [
      program({ extern: "elsewhere", is: "func" }) +
        `${JSON.stringify(code("e800000000", [1, "PLT32", "elsewhere", -4]))}\n`,
    ]);
    expect(stderr).toContain("elsewhere");
    expect(stderr).toContain(`${manifest}:`);
  });

  it("with two definitions of one global name is refused, and both places are told", () => {
    const second = ndjson([HEADER, { func: "other", code: { bytes: "c3" } }, { export: "_start", of: "other" }]);
    const { stderr, manifest } = refuse("any", [ndjson([HEADER, ...EXIT_0]), second]);
    expect(stderr).toContain("_start");
    expect(stderr).toContain(`${manifest}:3:`);
    expect(stderr).toContain("1-bad.ndjson:3:");
  });

  it.each([
    ["a constant of 8 GiB", { const: "big", align: 8, zero: 2 ** 33 }],
    ["a variable of 2^52 bytes", { var: "big", align: 8, zero: 2 ** 52 }],
  ])("that is larger than an image can be is refused: %s", (_, declaration) => {
    expect(refuse("any", [program(declaration)]).stderr).toMatch(/big|large|limit/);
  });

  it("gets all its mistakes told at once, each with its line", () => {
    const lines = [1, 2, 3].map((n) => JSON.stringify({ func: `f${n}`, code: { bytes: "abc" } }));
    const { stderr, manifest } = refuse("manifest", [program(lines.join("\n"))]);
    for (const line of [4, 5, 6]) expect(stderr).toContain(`${manifest}:${line}:`);
  });

  it("with a great many mistakes is refused at once, in few words", () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ func: `f${n}`, code: { bytes: "abc" } }));
    expect(refuse("manifest", [program(lines.join("\n"))]).stderr.length).toBeLessThan(100_000);
  });
});

describe("a manifest in the spelling for people", () => {
  const people = (declarations: readonly unknown[]): string =>
    JSON.stringify({ ...HEADER, declarations: [...EXIT_0, ...declarations] }, null, 2);

  it("is refused at the line and column of the mistake", () => {
    const text = people([{ const: "c", bytes: "abc" }]);
    const line = text.slice(0, text.indexOf('"abc"')).split("\n").length;
    const { stderr, manifest } = refuse("manifest", [text], "bad.json");
    expect(stderr).toContain(`${manifest}:${line}:`);
  });

  it("is refused for malformed JSON, at its line", () => {
    const { stderr, manifest } = refuse(
      "manifest",
      ['{\n  "manifold": 1,\n  "target" "x86_64-linux"\n}\n'],
      "bad.json",
    );
    expect(stderr).toContain(`${manifest}:3:`);
  });

  it("is refused without declarations", () => {
    expect(refuse("manifest", [JSON.stringify(HEADER)], "bad.json").stderr).toMatch(/declarations/);
  });
});

describe("bytes that are no manifest at all", () => {
  it.each([
    ["a program", readFileSync(process.execPath).subarray(0, 100_000)],
    ["zeros", Buffer.alloc(100_000)],
    ["one line without end", Buffer.alloc(1 << 20, "x")],
    ["line ends only", Buffer.alloc(100_000, "\n")],
    ["a script", readFileSync(MANIFOLD)],
  ])("are refused: %s", (_, bytes) => {
    refuse("manifest", [bytes]);
    refuse("manifest", [bytes], "bad.json");
  });
});

describe("with --json", () => {
  it("diagnostics come as JSON on standard output, with code, severity, message and place", () => {
    const directory = tempDir();
    const manifest = writeLines(directory, "bad.ndjson", [HEADER, ...EXIT_0, { func: "f", code: { bytes: "abc" } }]);
    const { code: exitCode, stdout } = manifold(["link", manifest, "-o", join(directory, "program"), "--json"]);
    expect(exitCode).toBe(1);
    const parsed: unknown = JSON.parse(stdout);
    const { diagnostics } = (Array.isArray(parsed) ? { diagnostics: parsed } : parsed) as { diagnostics: unknown[] };
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: expect.stringMatching(/^MF01\d\d$/),
        severity: "error",
        message: expect.any(String),
        place: expect.objectContaining({ file: manifest, line: 4, column: expect.any(Number) }),
      }),
    ]);
  });

  it("a link that succeeds prints JSON too", () => {
    const directory = tempDir();
    const manifest = writeLines(directory, "good.ndjson", [HEADER, ...EXIT_0]);
    const outcome = manifold(["link", manifest, "-o", join(directory, "program"), "--json"]);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(() => JSON.parse(outcome.stdout)).not.toThrow();
  });
});

it("a manifest is refused the same way when it is one of several", () => {
  const directory = tempDir();
  const good = writeLines(directory, "good.ndjson", [HEADER, ...EXIT_0]);
  const broken = writeLines(directory, "broken.ndjson", [HEADER, { func: "f", code: { bytes: "abc" } }]);
  const outcome = manifold(["link", good, broken, "-o", join(directory, "program")]);
  expectRefusal(outcome, "manifest");
  expect(outcome.stderr).toContain(`${broken}:2:`);
});
