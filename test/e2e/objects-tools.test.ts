/** Tools that read programs find in Manifold's what they find in GNU ld's. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { comments, expectAgreement, expectToolsAgree } from "../support/agreement.js";
import { run, tool } from "../support/command.js";
import { sections, symbols } from "../support/elf-view.js";
import {
  compile,
  compileWith,
  FIXTURES,
  linkWith,
  MODES,
  type Mode,
  OTHER_LINKER,
  type Program,
  parts,
} from "../support/gcc-link.js";
import { tempDir } from "../support/temp-dir.js";

const SOURCE = readFileSync(join(FIXTURES, "debug.cc"), "utf8").split("\n");
const HEADER = readFileSync(join(FIXTURES, "debug.h"), "utf8").split("\n");
const lineOf = (text: string, lines = SOURCE): number => lines.findIndex((line) => line.includes(text)) + 1;

const debugProgram = (mode: Mode, ...flags: readonly string[]): Program => ({
  inputs: parts("debug.cc", 2, "-O0", "-g", ...flags),
  driver: "g++",
  mode,
});

/** What gdb prints for these commands, without what differs from run to run, or with where a program lies. */
function gdb(program: string, ...commands: readonly string[]): string {
  const args = ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), program];
  const { stdout, stderr } = run("gdb", args, { timeout: 60_000 });
  return `${stdout}${stderr}`
    .replace(/0x[0-9a-f]+/g, "0x")
    .replace(/process \d+/g, "process")
    .replaceAll(program, "program");
}

describe.each(MODES)("%s", (mode) => {
  it("gdb walks back through C++ frames from where an exception is thrown", () => {
    const { gnu, ours } = expectAgreement(debugProgram(mode));
    const commands = [
      "break __cxa_throw",
      "run",
      "bt",
      "up 2",
      "print level",
      "frame function main",
      "print first",
      "print box",
    ];
    const told = gdb(ours, ...commands);
    expect(told).toBe(gdb(gnu, ...commands));
    expect(told.match(/in deep::recurse \(level=\d, word=\.\.\.\) at/g)).toHaveLength(5);
    expect(told).toMatch(/in catcher \(level=3\) at .*debug\.cc:\d+/);
    expect(told).toMatch(new RegExp(`main \\(\\) at .*debug\\.cc:${lineOf("catcher(3)")}`));
  });

  it("gdb steps by line, into an inline function of a header and out of it", () => {
    const { gnu, ours } = expectAgreement(debugProgram(mode));
    const steps = [
      "break main",
      "run",
      "next",
      "next",
      "step",
      "next",
      "print doubled",
      "finish",
      "next",
      "print second",
    ];
    const told = gdb(ours, ...steps);
    expect(told).toBe(gdb(gnu, ...steps));
    expect(told).toMatch(new RegExp(`main \\(\\) at .*debug\\.cc:${lineOf("Box<int> box")}\\n`));
    expect(told).toMatch(new RegExp(`shared_inline \\(value=42\\) at .*debug\\.h:${lineOf("2 * value", HEADER)}\\n`));
    expect(told).toContain("$1 = 84");
  });

  it("gdb knows one place of a function that two files have, and each file's own variable", () => {
    const { gnu, ours } = expectAgreement(debugProgram(mode));
    const commands = ["break shared_inline", "info breakpoints", "print 'debug.cc'::file_static", "info line catcher"];
    const told = gdb(ours, ...commands, "info address main", "ptype deep::Error", "whatis catcher");
    expect(told).toBe(gdb(gnu, ...commands, "info address main", "ptype deep::Error", "whatis catcher"));
    expect(told).toContain("Breakpoint 1 at 0x: file ");
    expect(told).not.toContain("locations");
  });

  it("gdb steps by line where debug sections are compressed, in the objects, the output or both", () => {
    const compressed = debugProgram(mode, "-gz");
    for (const program of [
      compressed,
      { ...compressed, inputs: [...compressed.inputs, "-gz"] },
      debugProgram(mode, "-gdwarf-4"),
    ]) {
      const { gnu, ours } = expectAgreement(program);
      const commands = ["break catcher", "run", "bt", "step", "info source", "list"];
      const told = gdb(ours, ...commands);
      expect(told).toBe(gdb(gnu, ...commands));
      expect(told).toMatch(new RegExp(`catcher \\(level=3\\) at .*debug\\.cc:${lineOf("deep::recurse(level, ")}\\n`));
    }
  });

  it("gdb reads what clang writes", () => {
    const inputs = [0, 1].map((part) => compileWith("clang++", "debug.cc", "-O0", "-g", `-DPART=${part}`));
    const { gnu, ours } = expectAgreement({ inputs, driver: "g++", mode });
    const commands = ["break __cxa_throw", "run", "bt", "up 6", "next", "next", "info locals"];
    expect(gdb(ours, ...commands)).toBe(gdb(gnu, ...commands));
  });

  it("the table of lines is the same but for addresses, and warns of nothing", () => {
    const { gnu, ours } = expectAgreement(debugProgram(mode, "-ffunction-sections"));
    const lines = (path: string): string[] => {
      const { stdout, stderr } = run("readelf", ["--debug-dump=decodedline", "-W", path]);
      expect(stderr).toBe("");
      // The address comes after the number of the line; GNU ld gives lines of functions that went those of the others.
      return stdout
        .split("\n")
        .map((line) => line.replace(/^(\S+ +(?:\d+|-)) +(0x)?[0-9a-f]+/, "$1").replace(/ +/g, " "));
    };
    const rows = lines(ours).slice(1);
    expect(rows).toEqual(lines(gnu).slice(1));
    expect(rows.join("\n")).toContain("debug.h");
  });

  it.each(["info", "abbrev", "aranges"])(
    "section .debug_%s is the same but for addresses, and warns of nothing",
    (name) => {
      const { gnu, ours } = expectAgreement(debugProgram(mode));
      const entries = (path: string): string[] => {
        const { stdout, stderr } = run("readelf", [`--debug-dump=${name}`, "-W", path]);
        expect(stderr).toBe("");
        return stdout
          .replaceAll(path, "")
          .split("\n")
          .filter((line) => !/^ +[0-9a-f]{16} [0-9a-f]{16} *$/.test(line))
          .map((line) => line.replace(/(DW_AT_(low_pc|high_pc|entry_pc|ranges|location|stmt_list)|DW_OP_addr).*/, "$1"))
          .map((line) => line.replace(/offset: 0x[0-9a-f]+/, "offset"));
      };
      expect(entries(ours)).toEqual(entries(gnu));
    },
  );

  it("addr2line names function and line of every function with a line", () => {
    const { gnu, ours } = expectAgreement(debugProgram(mode, "-ffunction-sections"));
    const places = (path: string): string => {
      const names = [
        "main",
        "_ZN4deep7recurseEiRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
        "_Z13shared_inlinei",
      ];
      const addresses = names.map((name) =>
        symbols(path)
          .find((found) => found.name === name)!
          .value.toString(16),
      );
      return tool("addr2line", ["-fCe", path, ...addresses]);
    };
    expect(places(ours)).toBe(places(gnu));
    expect(places(ours)).toMatch(new RegExp(`main\\n.*debug\\.cc:${lineOf("int main()")}\\n`));
  });

  it("objdump disassembles every function of the program itself to the same instructions", () => {
    const { gnu, ours } = expectAgreement({ inputs: parts("locals.c", 3), mode });
    const code = (path: string): string[] => {
      const functions = ["main", "helper", "part1", "part2"].map((name) => `--disassemble=${name}`);
      const lines = functions.flatMap((flag) => tool("objdump", ["-d", "--no-show-raw-insn", flag, path]).split("\n"));
      const instructions = lines.filter((line) => /^ +[0-9a-f]+:/.test(line));
      return instructions.map((line) => line.replace(/^ +[0-9a-f]+:|#.*|<.*>|\b(0x)?[0-9a-f]{4,}\b/g, "").trim());
    };
    expect(code(ours)).toEqual(code(gnu));
    expect(code(ours).length).toBeGreaterThan(50);
  });
});

describe("the output", () => {
  const cxx = (): Program => ({ inputs: [compile("cxx-main.cc"), compile("cxx-part.cc")], driver: "g++" });

  it.skipIf(OTHER_LINKER)("names Manifold and its version in .comment beside the compilers", () => {
    const mixed = {
      inputs: [
        compile("locals.c", "-DPART=0"),
        ...[1, 2].map((part) => compileWith("clang", "locals.c", "-fPIE", `-DPART=${part}`)),
      ],
    };
    const texts = comments(linkWith("manifold", mixed));
    expect(texts).toEqual([
      expect.stringMatching(/^Debian clang version /),
      expect.stringMatching(/^GCC: \(Debian /),
      expect.stringMatching(/^Manifold \d+\.\d+\.\d+/),
    ]);
  });

  it("is read by nm, size, strings, eu-nm, eu-size and eu-readelf without complaint", () => {
    const { gnu, ours } = expectAgreement(cxx());
    const readers = [
      ["nm", "-C"],
      ["nm", "-n"],
      ["size", "-A"],
      ["strings"],
      ["eu-nm"],
      ["eu-size"],
      ["eu-readelf", "-a"],
      ["objdump", "-xtr"],
    ];
    for (const [reader, ...flags] of readers) {
      const { code, stderr } = run(reader!, [...flags, ours]);
      const reference = run(reader!, [...flags, gnu]);
      expect({ reader, code, stderr: stderr.replaceAll(ours, "") }).toEqual({
        reader,
        code: reference.code,
        stderr: reference.stderr.replaceAll(gnu, ""),
      });
    }
  });

  it("has symbols that lie in their sections, functions in code, the local ones first", () => {
    const path = linkWith("manifold", cxx());
    const table = sections(path);
    const inside = symbols(path).filter(
      ({ type, section }) => /^\d+$/.test(section) && ["FUNC", "IFUNC", "OBJECT"].includes(type),
    );
    const outside = inside.filter(({ value, size, section }) => {
      const { address, size: room } = table[Number(section)]!;
      return value < address || value + size > address + room;
    });
    expect(outside.map(({ name }) => name)).toEqual([]);
    const functions = inside.filter(({ type }) => type !== "OBJECT");
    expect(functions.filter(({ section }) => !table[Number(section)]!.flags.includes("X"))).toEqual([]);
    const all = symbols(path);
    const { info } = table.find(({ name }) => name === ".symtab")!;
    expect(all.findIndex(({ bind }) => bind !== "LOCAL")).toBe(info);
    expect(all.findLastIndex(({ bind }) => bind === "LOCAL")).toBe(info - 1);
  });

  it("names each file before its local symbols", () => {
    const path = linkWith("manifold", { inputs: parts("locals.c", 3) });
    const locals = symbols(path).filter(({ bind, type }) => bind === "LOCAL" && type !== "SECTION");
    const fileOf = (index: number): string | undefined =>
      locals.slice(0, index).findLast(({ type }) => type === "FILE")?.name;
    const places = locals.flatMap(({ name }, index) => (name === "helper" ? [fileOf(index)] : []));
    expect(places).toEqual(["locals.c", "locals.c", "locals.c"]);
  });

  it.each(MODES)("with %s runs after strip and objcopy, which leave the tools content", (mode) => {
    const directory = tempDir();
    const gnu = linkWith("gnu", { ...cxx(), mode });
    const ours = linkWith("manifold", { ...cxx(), mode });
    const { stdout } = run(ours, []);
    const treatments: (readonly string[])[] = [
      ["strip"],
      ["strip", "--strip-debug"],
      ["strip", "--strip-unneeded"],
      ["objcopy"],
      ["objcopy", "--remove-section=.comment", "--add-section=.added=/etc/hostname"],
      ["objcopy", "--only-keep-debug"],
      ["eu-strip"],
    ];
    for (const [index, [program, ...flags]] of treatments.entries()) {
      const output = join(directory, `${index}`);
      const { code, stderr } = run(program!, [
        ...flags,
        ...(program === "objcopy" ? [ours, output] : ["-o", output, ours]),
      ]);
      expect({ program, flags, code, stderr }).toEqual({ program, flags, code: 0, stderr: "" });
      expect(run("readelf", ["-SlW", output]).stderr).toBe("");
      if (!flags.includes("--only-keep-debug")) expect(run(output, [])).toMatchObject({ code: 0, stdout });
    }
    tool("objcopy", [gnu, join(directory, "gnu")]);
    if (mode === "-static") expectToolsAgree(join(directory, "gnu"), join(directory, "3"));
  });

  it("can be debugged with its debug information in a file of its own", () => {
    const directory = tempDir();
    const path = linkWith("manifold", debugProgram("-static"), join(directory, "program"));
    tool("objcopy", ["--only-keep-debug", path, `${path}.debug`]);
    tool("strip", ["--strip-debug", "-o", `${path}.stripped`, path]);
    tool("objcopy", [`--add-gnu-debuglink=${path}.debug`, `${path}.stripped`], { cwd: directory });
    expect(gdb(`${path}.stripped`, "break catcher", "run", "bt")).toMatch(/catcher \(level=3\) at .*debug\.cc:\d+/);
  });
});
