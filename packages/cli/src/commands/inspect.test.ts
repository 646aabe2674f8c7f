import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiagnosticError } from "@manifold/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wrapped } from "../../../core/src/elf/toolchain.test.helper.js";
import { errorsOf } from "../import/import.test.helper.js";
import type { Inspection } from "../inspect/describe.js";
import { manifoldOutput } from "../inspect/output.test.helper.js";
import type { TreeNode } from "../inspect/tree.js";
import { run } from "./inspect.js";
import { runCaptured } from "./run-captured.test.helper.js";

let directory = "";
const at = (name: string) => join(directory, name);
const tool = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: directory, encoding: "utf8" });
const inspect = (...args: string[]) => runCaptured(() => run(args));
const inspection = async (...args: string[]) => JSON.parse((await inspect("--json", ...args)).out) as Inspection;

const SOURCE = `
int printf(const char *, ...); static int hidden[100] = { 1 }; int big[5000]; __thread int mine = 4;
int main(void) { return printf("%d", hidden[big[3]] + mine); }
`;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "manifold-inspect-"));
  writeFileSync(at("main.c"), SOURCE);
  tool("gcc", "main.c", "-o", "program", "-Wl,-soname,none", "-Wl,-rpath,/nowhere");
  tool("gcc", "-c", "-g", "-gz", "main.c", "-o", "object.o");
  writeFileSync(at("ours"), manifoldOutput());
  writeFileSync(at("many"), manifoldOutput(300));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe("an executable", () => {
  test("is described as readelf describes it", async () => {
    const found = await inspection(at("program"));
    const header = tool("readelf", "-Wh", "program");
    expect(found).toMatchObject({
      class: 64,
      byteOrder: "little",
      type: "DYN",
      machine: "X86_64",
      entrySymbol: "_start",
    });
    expect(found.positionIndependentExecutable).toBe(true);
    expect(header).toMatch(new RegExp(`Entry point address: +0x${found.entry.toString(16)}\n`));
    expect(found.needed).toEqual(["libc.so.6"]);
    expect(found.soname).toBe("none");
    expect(found.interpreter).toBe("/lib64/ld-linux-x86-64.so.2");
    expect(tool("readelf", "-Wn", "program")).toContain(`Build ID: ${found.buildId}`);
    expect(found.comments[0]).toMatch(/^GCC: /);
    const sections = tool("readelf", "-WS", "program");
    expect(sections.match(/^ +\[ *[1-9]\d*\] \S+/gm)!.map((line) => line.split(" ").at(-1))).toEqual(
      found.sections.map((section) => section.name),
    );
    expect(found.segments).toHaveLength(tool("readelf", "-Wl", "program").match(/^ {2}[A-Z_]+ +0x/gm)!.length);
  });

  test("shows as many of the largest symbols as asked for", async () => {
    const { largestSymbols, symbolCount } = await inspection("--top", "2", at("program"));
    expect(largestSymbols.map(({ name, size, section }) => [name, size, section])).toEqual([
      ["big", 20000, ".bss"],
      ["hidden", 400, ".data"],
    ]);
    expect(tool("readelf", "-Ws", "program")).toContain(`'.symtab' contains ${symbolCount + 1} entries`);
  });

  test("is laid out in lines of at most 100 columns, the numbers in columns", async () => {
    const { code, out } = await inspect(at("program"));
    const lines = out.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(out).toContain("\n  type         DYN, a position-independent executable\n");
    const table = lines.slice(lines.findIndex((line) => line.startsWith("Symbols: ")) + 1);
    const end = table[0]!.indexOf("size") + "size".length;
    expect(table.slice(1).every((line) => /^ *[\d,]+$/.test(line.slice(0, end)) && line[end] === " ")).toBe(true);
    expect(out).not.toContain("Tree:");
  });
});

test("compressed sections tell their true size", async () => {
  const { sections } = await inspection(at("object.o"));
  const info = sections.find((section) => section.name === ".debug_info")!;
  expect(info.compression!.type).toBe("ZLIB");
  expect(info.compression!.size).toBeGreaterThan(info.size);
});

test.each([
  ["elf32-little", 32, "little"],
  ["elf32-big", 32, "big"],
  ["elf64-little", 64, "little"],
  ["elf64-big", 64, "big"],
] as const)("an object of %s is read", async (format, bits, byteOrder) => {
  writeFileSync(at("wrapped.o"), wrapped("hello", format));
  const found = await inspection(at("wrapped.o"));
  expect(found).toMatchObject({ class: bits, byteOrder, type: "REL", symbolCount: 3 });
  expect(found.sections.find((section) => section.name === ".data")).toMatchObject({ size: 5, flags: "WA" });
});

describe("an output of Manifold", () => {
  test("shows its tree of nodes", async () => {
    const { out } = await inspect("--tree", at("ours"));
    const lines = out.trimEnd().split("\n");
    expect(lines.filter((line) => /segment|nav|uav|export/.test(line))).toEqual([
      " segment(GNU_STACK RW) offset=0x0 size=0x0 align=0x1",
      ` segment(LOAD R) offset=0x1000 size=0x20 align=0x1000`,
      "   uav offset=0x8 size=0x8",
      "   export(alone) offset=0x18 size=0x8",
      ` segment(LOAD RE) offset=0x2000 size=0x30 align=0x1000`,
      "   nav(helper) offset=0x0 size=0x10",
      "   nav(start) offset=0x10 size=0x18 exports=_start,main",
      ` segment(TLS R) offset=0x3000 size=0x10 align=0x8`,
      "   nav(perThread) offset=0x8 size=0x4",
    ]);
    expect(lines[0]).toBe(`file(${at("ours")}) offset=0x0 size=0x${manifoldOutput().length.toString(16)}`);
    expect(lines).toContain(" ehdr offset=0x0 size=0x40");
    expect(lines).toContain("  section(.text) offset=0x0 size=0x30 align=0x1000");
  });

  test("shows the tree below the report while it is small, and else how to get it", async () => {
    expect((await inspect(at("ours"))).out).toMatch(/\nTree: 20 nodes\n {2}file\(/);
    expect((await inspect(at("many"))).out).toMatch(
      /\nTree: 320 nodes; 'manifold inspect --tree .*many' shows them\n$/,
    );
  });

  test("has the tree in its JSON", async () => {
    const { tree } = (await inspection(at("ours"))) as Inspection & { tree: TreeNode };
    const alone = JSON.parse((await inspect("--json", "--tree", at("ours"))).out) as TreeNode;
    expect(tree).toEqual(alone);
    expect(tree.kind).toBe("file");
  });
});

describe("what cannot be inspected is a diagnostic:", () => {
  test("a file that is missing, no ELF file, truncated, or not ours where a tree is asked for", async () => {
    writeFileSync(at("truncated"), readFileSync(at("program")).subarray(0, 5000));
    const cases = [
      [["missing"], "MF0403"],
      [["main.c"], "MF0404"],
      [["truncated"], "MF0405"],
      [["program", "--tree"], "MF0440"],
    ] as const;
    for (const [[name, ...options], code] of cases) {
      const [error] = await errorsOf(run([at(name), ...options]));
      expect(error).toMatchObject({ code, place: { file: at(name) }, suggestion: expect.any(String) });
    }
  });

  test("wrong arguments exit with 2", async () => {
    for (const args of [[], ["a", "b"], ["--top", "x", "a"], ["--what", "a"]]) {
      const { code, err } = await inspect(...args);
      expect(code).toBe(2);
      expect(err).toContain("Try 'manifold inspect --help'");
    }
    expect((await inspect("--help")).code).toBe(0);
  });

  test.each(["ours", "program"])("a damaged file (%s) is shown or refused, never more", async (name) => {
    const original = readFileSync(at(name));
    const headers = Number(original.readBigUInt64LE(40));
    const position = fc.oneof(
      fc.nat(64 + 56 * 4),
      fc.integer({ min: headers, max: original.length - 1 }),
      fc.nat(original.length - 1),
    );
    const edits = fc.array(fc.tuple(position, fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255))), {
      minLength: 1,
      maxLength: 4,
    });
    const outcomes = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const bytes = Buffer.from(original);
        for (const [offset, byte] of changes) bytes[offset] = byte;
        writeFileSync(at("damaged"), bytes);
        try {
          const { code } = await inspect(at("damaged"));
          outcomes.add(code === 0);
        } catch (thrown) {
          if (!(thrown instanceof DiagnosticError)) throw thrown;
          outcomes.add(false);
        }
      }),
      { numRuns: 400 },
    );
    expect(outcomes).toEqual(new Set([true, false]));
  });
});
