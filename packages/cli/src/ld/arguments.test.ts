import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Diagnostic } from "@manifold/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expandArguments, splitArguments } from "./arguments.js";
import { parseLd } from "./options.js";

let directory = "";
const at = (name: string) => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-ld-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const split = (text: string) => splitArguments(new Uint8Array(Buffer.from(text)), "x.rsp").map((each) => each.text);

function expand(...args: string[]): { texts: string[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const texts = expandArguments(args, diagnostics, 50).map(({ text }) => text);
  return { texts, diagnostics };
}

describe("the text of a response file", () => {
  test.each([
    ["a b\tc\n\nd\r\ne", ["a", "b", "c", "d", "e"]],
    ["", []],
    ["  \n ", []],
    [`'a b' "c d"`, ["a b", "c d"]],
    [`a' 'b" "c`, ["a b c"]],
    [`'"' "'"`, ['"', "'"]],
    [`'' ""`, ["", ""]],
    [String.raw`a\ b \"c\" \\`, ["a b", '"c"', "\\"]],
    [String.raw`"a\"b" 'a\'b'`, ['a"b', "a'b"]],
    ["'a\nb'", ["a\nb"]],
    ["'not closed", ["not closed"]],
    ["ends in \\", ["ends", "in", ""]],
    ["là 日本", ["là", "日本"]],
  ])("%j has the arguments %j", (text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  test("gives back what was quoted, whatever it is", () => {
    const quoted = (text: string) => text.replace(/[\s\\'"]/gu, "\\$&");
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1 })), (args) => {
        expect(split(args.map(quoted).join("\n"))).toEqual(args);
      }),
    );
  });

  test("has the arguments that GNU's tools find in it", () => {
    // `ar t` of an archive that is not there names it as it was understood.
    for (const text of [String.raw`t a\ b`, "t 'a\\'b'", 't "x y"z', String.raw`t "a\\b"`]) {
      writeFileSync(at("ar.rsp"), text);
      expect(() => execFileSync("ar", [`@${at("ar.rsp")}`], { stdio: "pipe", env: { LC_ALL: "C" } })).toThrow(
        `ar: ${split(text)[1]}: No such file`,
      );
    }
  });
});

describe("response files", () => {
  test("stand for their arguments, in place, and may name others", () => {
    writeFileSync(at("a"), `-o out @${at("b")} z.o`);
    writeFileSync(at("b"), "'x y.o'");
    expect(expand("first.o", `@${at("a")}`, `@${at("b")}`, "@")).toEqual({
      texts: ["first.o", "-o", "out", "x y.o", "z.o", "x y.o", "@"],
      diagnostics: [],
    });
  });

  test("that are not there are told, with the file that names them", () => {
    writeFileSync(at("a"), `x.o\n  @${at("none")}`);
    expect(expand(`@${at("gone")}`, `@${at("a")}`).diagnostics).toMatchObject([
      { code: "MF0511", message: `cannot read the response file ${at("gone")}: no such file or directory` },
      { code: "MF0511", place: { file: at("a"), line: 2, column: 3 } },
    ]);
    expect(expand(`@${directory}`).diagnostics[0]!.message).toMatch(/it is a directory$/);
  });

  test("that name themselves are read once", () => {
    writeFileSync(at("a"), `a.o @${at("b")}`);
    writeFileSync(at("b"), `b.o @${at("a")}`);
    const { texts, diagnostics } = expand(`@${at("a")}`);
    expect(texts).toEqual(["a.o", "b.o"]);
    expect(diagnostics).toMatchObject([{ code: "MF0512", place: { file: at("b"), line: 1, column: 5 } }]);
  });

  test("that double with each level come to an end, in one diagnostic", () => {
    for (let i = 0; i < 30; i++) writeFileSync(at(`${i}`), `@${at(`${i + 1}`)} @${at(`${i + 1}`)}`);
    writeFileSync(at("30"), "x.o");
    const { diagnostics } = expand(`@${at("0")}`);
    expect(diagnostics).toMatchObject([{ code: "MF0512" }]);
  });

  test("an input may have a name that begins with @", () => {
    const name = `@${directory}/in.o`;
    expect(expand(name).diagnostics).toHaveLength(1);
    writeFileSync(at("@in.o"), "");
    const before = process.cwd();
    process.chdir(directory);
    try {
      expect(expand("@in.o")).toEqual({ texts: ["@in.o"], diagnostics: [] });
    } finally {
      process.chdir(before);
    }
  });

  test("what is wrong in one is told with line and column", () => {
    writeFileSync(at("a"), "x.o\n-static --bogus\n");
    expect(parseLd([`@${at("a")}`]).diagnostics).toMatchObject([
      { code: "MF0501", place: { file: at("a"), line: 2, column: 9, length: 7, lineText: "-static --bogus" } },
    ]);
    writeFileSync(at("a"), "-lnone");
    expect(parseLd([`@${at("a")}`]).request.inputs[0]!.place!()).toMatchObject({ line: 1, column: 1, length: 6 });
  });

  test("of a hundred thousand arguments take no time", () => {
    writeFileSync(at("a"), Array.from({ length: 100_000 }, (_, i) => `'dir/${i}.o'`).join("\n"));
    expect(parseLd([`@${at("a")}`]).request.inputs).toHaveLength(100_000);
  });
});
