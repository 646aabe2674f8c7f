/** Manifests that cannot be linked: each is refused with a diagnostic that says where and what, and nothing changes. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  BAD_DECLARATIONS,
  BAD_HEADERS,
  BAD_LINKS,
  type Bad,
  code,
  NOT_JSON,
  program,
} from "../support/bad-manifests.js";
import { MANIFOLD, manifold } from "../support/command.js";
import { CODES } from "../support/diagnostic-codes.js";
import { EXIT_0, HEADER, ndjson, writeLines } from "../support/manifest.js";
import { expectRefusal, refuse } from "../support/refused.js";
import { tempDir } from "../support/temp-dir.js";

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
    const { stderr } = refuse("noEntry", [ndjson([HEADER, EXIT_0[0]!])]);
    expect(stderr).toContain("_start");
    expect(refuse("noEntry", [ndjson([{ ...HEADER, entry: "mian" }, ...EXIT_0])]).stderr).toContain("mian");
  });

  it("with a symbol that no input defines is refused", () => {
    const { stderr, manifest } = refuse("undefinedSymbol", [
      program({ extern: "elsewhere", is: "func" }) +
        `${JSON.stringify(code("e800000000", [1, "PLT32", "elsewhere", -4]))}\n`,
    ]);
    expect(stderr).toContain("elsewhere");
    expect(stderr).toContain(`${manifest}:`);
  });

  it("with two definitions of one global name is refused, and both places are told", () => {
    const second = ndjson([HEADER, { func: "other", code: { bytes: "c3" } }, { export: "_start", of: "other" }]);
    const { stderr, manifest } = refuse("duplicateExport", [ndjson([HEADER, ...EXIT_0]), second]);
    expect(stderr).toContain("_start");
    expect(stderr).toContain(`${manifest}:3:`);
    expect(stderr).toContain("1-bad.ndjson:3:");
  });

  it.each([
    ["a constant of 8 GiB", { const: "big", align: 8, zero: 2 ** 33 }],
    ["a variable of 2^52 bytes", { var: "big", align: 8, zero: 2 ** 52 }],
  ])("that has a value larger than an image can be is refused: %s", (_, declaration) => {
    expect(refuse("badSize", [program(declaration)]).stderr).toContain("4294901760");
  });

  it.each(["const", "var"])(
    "that is larger than an image can be, all in all, is refused: a %s of 3 GiB, twice",
    (kind) => {
      const lines = ["a", "b"].map((name) => JSON.stringify({ [kind]: name, zero: 3 * 2 ** 30 }));
      expect(refuse("imageTooLarge", [program(lines.join("\n"))]).stderr).toContain("4294901760");
    },
  );

  it("is refused where its base leaves no room, or is not aligned as a declaration asks", () => {
    const based = (imageBase: string, align: number): string =>
      ndjson([{ ...HEADER, imageBase }, ...EXIT_0, { var: "v", align, zero: 1 }]);
    refuse("imageBeyondAddresses", [based("0x7ffffffff000", 1)]);
    expect(refuse("baseMisaligned", [based("0x401000", 16384)]).stderr).toContain("0x404000");
  });

  it("gets all its mistakes told at once, each with its line", () => {
    const lines = [1, 2, 3].map((n) => JSON.stringify({ func: `f${n}`, code: { bytes: "abc" } }));
    const { stderr, manifest } = refuse("badHex", [program(lines.join("\n"))]);
    for (const line of [4, 5, 6]) expect(stderr).toContain(`${manifest}:${line}:`);
  });

  it("with a great many mistakes is refused at once, in few words", () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ func: `f${n}`, code: { bytes: "abc" } }));
    const { stderr } = refuse("badHex", [program(lines.join("\n"))]);
    expect(stderr).toContain(CODES.tooManyErrors);
    expect(stderr.length).toBeLessThan(100_000);
  });
});

describe("a manifest in the spelling for people", () => {
  const people = (declarations: readonly unknown[]): string =>
    JSON.stringify({ ...HEADER, declarations: [...EXIT_0, ...declarations] }, null, 2);

  it("is refused at the line and column of the mistake", () => {
    const text = people([{ const: "c", bytes: "abc" }]);
    const line = text.slice(0, text.indexOf('"abc"')).split("\n").length;
    const { stderr, manifest } = refuse("badHex", [text], "bad.json");
    expect(stderr).toContain(`${manifest}:${line}:`);
  });

  it("is refused for malformed JSON, at its line", () => {
    const { stderr, manifest } = refuse(
      "malformedJson",
      ['{\n  "manifold": 1,\n  "target" "x86_64-linux"\n}\n'],
      "bad.json",
    );
    expect(stderr).toContain(`${manifest}:3:`);
  });

  it("is refused where it is nested without end", () => {
    refuse("tooDeep", [JSON.stringify(HEADER).replace("}", `,"declarations":${"[".repeat(200_000)}`)], "bad.json");
  });

  it("is refused without declarations", () => {
    expect(refuse("missingKey", [JSON.stringify(HEADER)], "bad.json").stderr).toMatch(/declarations/);
  });
});

describe("bytes that are no manifest at all", () => {
  it.each([
    ["a program", readFileSync(process.execPath).subarray(0, 100_000), "invalidUtf8"],
    ["zeros", Buffer.alloc(100_000), "malformedJson"],
    ["one line without end", Buffer.alloc(1 << 20, "x"), "malformedJson"],
    ["spaces only", Buffer.alloc(100_000, " "), "malformedJson"],
    ["a script", readFileSync(MANIFOLD), "malformedJson"],
  ] as const)("are refused: %s", (_, bytes, code) => {
    refuse(code, [bytes]);
    refuse(code, [bytes], "bad.json");
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
        code: "MF0107",
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
  expectRefusal(outcome, "badHex");
  expect(outcome.stderr).toContain(`${broken}:2:`);
});
