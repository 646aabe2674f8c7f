/** Tools that others wrote agree with what we write. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeManifest } from "../bench/generate.js";
import { link, ROOT, run, tool } from "../support/command.js";
import { sections, segments, symbols } from "../support/elf-view.js";
import { EXIT_0, HEADER, linkLines } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

const HELLO = join(ROOT, "examples/hello.ndjson");
const HELLO_FUNCTIONS = ["start", "setUpThread", "print", "greet", "listParts", "tellAnswer", "sayGoodbye"];

/** Each makes a program, and returns its path. */
const PROGRAMS: readonly (readonly [string, () => string])[] = [
  ["hello", () => link([HELLO], join(tempDir(), "hello"))],
  ["a generated program", () => generated(false)],
  ["a generated position-independent program", () => generated(true)],
  ["a program of one function", () => linkLines([HEADER, ...EXIT_0])],
  ["an object", () => linkLines([{ ...HEADER, output: "obj" }, ...EXIT_0, { var: "v", zero: 8, align: 8 }])],
];

function generated(pie: boolean): string {
  const directory = tempDir();
  const manifest = join(directory, "program.ndjson");
  writeManifest(manifest, { functions: 1500, seed: 9, pie });
  return link([manifest], join(directory, "program"));
}

describe.each(PROGRAMS)("in %s", (_, make) => {
  it("readelf finds nothing to warn of", () => {
    expect(run("readelf", ["-aW", make()])).toMatchObject({ code: 0, stderr: "" });
  });

  it("eu-elflint finds no error", () => {
    expect(run("eu-elflint", ["--gnu-ld", make()])).toMatchObject({ code: 0, stdout: "No errors\n", stderr: "" });
  });

  it("objdump finds nothing to warn of", () => {
    expect(run("objdump", ["-xdw", make()])).toMatchObject({ code: 0, stderr: "" });
  });

  it("no segment and no section can be written and executed", () => {
    const program = make();
    expect(segments(program).filter(({ flags }) => flags.includes("W") && flags.includes("E"))).toEqual([]);
    expect(sections(program).filter(({ flags }) => flags.includes("W") && flags.includes("X"))).toEqual([]);
  });

  it("sh_info of .symtab is the index of the first symbol that is not local", () => {
    const program = make();
    const table = symbols(program);
    const { info } = sections(program).find(({ type }) => type === "SYMTAB")!;
    expect(info).toBeGreaterThan(0);
    expect(table.slice(0, info).every(({ bind }) => bind === "LOCAL")).toBe(true);
    expect(table.slice(info).every(({ bind }) => bind !== "LOCAL")).toBe(true);
  });
});

describe("in hello", () => {
  const hello = (): string => link([HELLO], join(tempDir(), "hello"));

  it("objdump shows every function by name, to its last instruction", () => {
    const disassembly = tool("objdump", ["-d", "-M", "intel", "--no-show-raw-insn", hello()]);
    // Of two names for one address objdump shows the global one.
    for (const name of ["_start", ...HELLO_FUNCTIONS.slice(1)]) expect(disassembly).toContain(`<${name}>:`);
    expect(disassembly).toMatch(/call\s+[0-9a-f]+ <setUpThread>/);
    expect(disassembly).toMatch(/jmp\s+[0-9a-f]+ <print>/);
    expect(disassembly).not.toContain("(bad)");
  });

  it("nm tells navs, local, from exports, global, and code from data", () => {
    const lines = tool("nm", [hello()]).trimEnd().split("\n");
    const kinds = new Map(lines.map((line) => line.split(" ").slice(1).reverse() as [string, string]));
    for (const name of HELLO_FUNCTIONS) expect([name, kinds.get(name)]).toEqual([name, "t"]);
    expect(kinds.get("_start")).toBe("T");
    expect(kinds.get("line")).toBe("d");
    expect(kinds.get("printed")).toBe("b");
    expect(kinds.get("threadBlock")).toBe("b");
    expect(kinds.get("answer")).toBe("d");
    expect(kinds.get("steps")).toMatch(/^[rd]$/);
  });

  it("symbols have the size and type of what they name", () => {
    const table = symbols(hello());
    const named = (name: string): object => table.find((symbol) => symbol.name === name) ?? {};
    expect(named("print")).toMatchObject({ type: "FUNC", size: 20, bind: "LOCAL" });
    expect(named("_start")).toMatchObject({ type: "FUNC", size: 54, bind: "GLOBAL", visibility: "DEFAULT" });
    expect(named("line")).toMatchObject({ type: "OBJECT", size: 30 });
    expect(named("threadBlock")).toMatchObject({ type: "OBJECT", size: 64 });
    expect(named("answer")).toMatchObject({ type: "TLS", size: 4, value: 0 });
  });

  it("gdb stops at a function by its name, and goes on by one instruction", () => {
    const commands = ["break greet", "run", "info symbol $pc", "stepi", "x/i $pc", "continue"];
    const args = ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), hello()];
    const { stdout, stderr } = run("gdb", args);
    expect(`${stdout}${stderr}`).toContain("Breakpoint 1, 0x");
    expect(stdout).toMatch(/^greet in section \.text/m);
    expect(stdout).toMatch(/<greet\+7>:\s+mov\s+\$0x21,%edx/);
    expect(stdout).toContain("exited normally");
  });

  it("the stack has the size that the header asks for, and cannot be executed", () => {
    const stack = segments(hello()).find(({ type }) => type === "GNU_STACK");
    expect(stack).toMatchObject({ memorySize: 1 << 20, flags: "RW" });
  });

  it("zeros take no room in the file", () => {
    const small = linkLines([HEADER, ...EXIT_0, { var: "zeros", align: 8, zero: 8 }]);
    const large = linkLines([HEADER, ...EXIT_0, { var: "zeros", align: 8, zero: 1 << 30 }]);
    expect(tool("stat", ["-c", "%s", large])).toBe(tool("stat", ["-c", "%s", small]));
    expect(run(large, []).code).toBe(0);
  });

  it("strip leaves a program that runs", () => {
    const program = hello();
    tool("strip", [program]);
    expect(run(program, []).code).toBe(0);
  });
});
