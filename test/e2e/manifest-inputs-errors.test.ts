/** What is said where inputs cannot be linked: it points at the manifest wherever a line of it is at fault. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLinker, type Declaration } from "manifold";
import { beforeEach, describe, expect, it } from "vitest";
import { manifold, tool } from "../support/command.js";
import { HEADER, type Line, writeLines } from "../support/manifest.js";
import { compile, compilerFile, exiting } from "../support/mixed-programs.js";
import { tempDir } from "../support/temp-dir.js";

let directory: string;
beforeEach(() => {
  directory = tempDir();
});

/** Links a manifest of these lines, which must fail and write nothing; returns what is said, without quoted lines. */
function refused(lines: readonly Line[]): string {
  const manifest = writeLines(directory, "m.ndjson", lines);
  const output = join(directory, "program");
  const { code, stdout, stderr } = manifold(["link", "m.ndjson", "-o", "program"], { cwd: directory });
  expect({ code, stdout }, manifest).toEqual({ code: 1, stdout: "" });
  expect(existsSync(output)).toBe(false);
  return stderr.replace(/^ +\d* \|.*\n/gm, "");
}

describe("an input", () => {
  beforeEach(() => {
    mkdirSync(join(directory, "folder"));
    writeFileSync(join(directory, "source.c"), "int x;");
    writeFileSync(join(directory, "junk.o"), Buffer.from([1, 2, 3, 0, 0xff]));
    compile(directory, "good.o", "int good(void) { return 1; }");
    tool("gcc", ["-shared", "-x", "c", "source.c", "-o", "shared.so"], { cwd: directory });
    tool("sh", ["-c", "head -c 200 good.o > short.o"], { cwd: directory });
  });

  it.each([
    ["is not there", "bad.o", /^m\.ndjson:3:11: error\[MF0490\]: cannot find bad\.o\n {2}help: Check the path/m],
    ["is nearly there", "god.o", /^m\.ndjson:3:11: error\[MF0490\].*\n {2}help: Did you mean good\.o\?/m],
    ["is a directory", "folder", /^m\.ndjson:3:11: error\[MF0403\]: cannot read the input: it is a directory$/m],
    ["is source text", "source.c", /^m\.ndjson:3:11: error\[MF0484\]: .* it is source text$/m],
    ["is a manifest", "m.ndjson", /^m\.ndjson:3:11: error\[MF0484\]: .* manifest/m],
    ["is something else", "junk.o", /^m\.ndjson:3:11: error\[MF0484\]: .* neither ELF nor/m],
    ["is a shared library", "shared.so", /^m\.ndjson:3:11: error\[MF0482\]: .* shared object/m],
    ["is cut off", "short.o", /^m\.ndjson:3:11: error\[MF0405\]: /m],
    ["is reached by a detour", "folder/../source.c", /^m\.ndjson:3:11: error.*\nnote: the file is source\.c$/m],
  ])("that %s is told at its line", (_, input, expected) => {
    expect(refused(exiting("nop", { const: "c", zero: 1 }, { input }))).toMatch(expected);
  });

  it("is among all that is wrong, with what is wrong in the manifest", () => {
    const said = refused(exiting("nop", { input: "one.o" }, { input: "two.o" }, { func: "f", code: { asm: "bogus" } }));
    for (const wanted of [/:2:11: error\[MF0490\]/, /:3:11: error\[MF0490\]/, /:4:\d+: error\[MF0701\]/])
      expect(said).toMatch(wanted);
  });

  it("has a path and nothing else", () => {
    const said = refused(exiting("nop", { input: "" }, { input: 5 }, { input: "a.o", whole: true }));
    expect(said).toMatch(/:2:11: error\[MF0122\]/);
    expect(said).toMatch(/:3:10: error\[MF0106\]: a path must be a string/);
    expect(said).toMatch(/:4:17: error\[MF0102\]: unknown key "whole" in an input/);
  });

  it("is not taken into a relocatable file", () => {
    const [, ...others] = exiting("nop", { input: "good.o" });
    expect(refused([{ ...HEADER, output: "obj" }, ...others])).toMatch(
      /^m\.ndjson:2:3: error\[MF0135\]: .*"output": "obj"/,
    );
  });

  it("is not the output", () => {
    compile(directory, "program", "int f;");
    writeLines(directory, "m.ndjson", exiting("nop", { input: "program" }));
    const { code, stderr } = manifold(["link", "m.ndjson", "-o", "./program"], { cwd: directory });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("MF0303") });
  });

  it("is refused by the library, which says what takes it", async () => {
    await using linker = createLinker({ file: join(directory, "program"), target: "x86_64-linux" });
    linker.add({ input: "good.o" } as unknown as Declaration);
    const { ok, diagnostics } = await linker.flush();
    expect(ok).toBe(false);
    expect(diagnostics[0]).toMatchObject({ code: "MF0134", suggestion: expect.stringContaining("manifold link") });
  });
});

describe("between a manifest and objects", () => {
  it("an extern that nothing defines is told at its line, with the functions that want it", () => {
    compile(directory, "c.o", "int calls(void);");
    const lines = exiting("call nowhere", { input: "c.o" }, { extern: "nowhere", is: "func" });
    const said = refused(lines);
    expect(said).toMatch(/^m\.ndjson:3:12: error\[MF0450\]: undefined symbol "nowhere"$/m);
    expect(said).toMatch(/^m\.ndjson:5:10: note: referred to by "start"$/m);
    expect(said).toContain('{"input": "..."}');
  });

  it("a symbol that an object wants is told where the object wants it, and who brought the object", () => {
    compile(directory, "c.o", "int nowhere(void); int f(void) { return nowhere(); }");
    const said = refused(exiting("nop", { input: "c.o" }));
    expect(said).toMatch(/^c\.o: \.text\+0x\S+ error\[MF0450\]: undefined symbol "nowhere"$/m);
    expect(said).toMatch(/^m\.ndjson:2:11: note: it comes from this input$/m);
  });

  it("a symbol that both define is told with both places", () => {
    compile(directory, "c.o", "int f(void) { return 1; }");
    const said = refused(
      exiting("nop", { input: "c.o" }, { func: "g", code: { bytes: "c3" } }, { export: "f", of: "g" }),
    );
    expect(said).toMatch(/error\[MF0451\]: symbol "f" is defined twice$/m);
    expect(said).toMatch(/^m\.ndjson:4:12: note: defined first here$/m);
    expect(said).toMatch(/^c\.o: \.text\+0x0: note: and again here$/m);
  });

  it("a variable that is thread-local on one side only is told", () => {
    compile(directory, "c.o", "extern __thread int v; int f(void) { return v; }");
    const said = refused(exiting("nop", { input: "c.o" }, { var: "v", zero: 4 }, { export: "v", of: "v" }));
    expect(said).toMatch(/error\[MF0452\]: symbol "v" is thread-local in one object and not in another$/m);
    expect(said).toMatch(/^m\.ndjson:4:12: note: /m);
  });

  it("a relocation that does not reach is told at the declaration that holds it", () => {
    compile(directory, "c.o", "int f(void) { return 1; }");
    const far = { func: "far", code: { bytes: "eb00", relocs: [[1, "PC8", "f", 5000]] } };
    const said = refused(exiting("nop", { input: "c.o" }, { extern: "f", is: "func" }, far));
    expect(said).toMatch(
      /^m\.ndjson:4:10: error\[MF0453\]: relocation R_X86_64_PC8 against "f": .*\n {2}help: Use a wider/m,
    );
  });

  it("an absolute address in code of a position-independent program is told at its function", () => {
    compile(directory, "c.o", "int v = 1;", ["-fPIE"]);
    const code = { bytes: "48c7c000000000c3", relocs: [[3, "32S", "v", 0]] };
    const [, ...others] = exiting("nop", { input: "c.o" }, { extern: "v" }, { func: "f", code });
    expect(refused([{ ...HEADER, pie: true }, ...others])).toMatch(
      /^m\.ndjson:4:10: error\[MF0455\].*\n {2}help: A position/m,
    );
  });

  it("an entry that neither defines is an error; one that an object defines is none", () => {
    const begin = 'void begin(void) { __asm__("mov $60, %eax\\n xor %edi, %edi\\n syscall"); }';
    compile(directory, "c.o", "int f(void) { return 1; }");
    const lines = [{ ...HEADER, entry: "begin" }, { input: "c.o" }];
    expect(refused(lines)).toMatch(/error\[MF0221\]: no entry: nothing defines the symbol "begin"$/m);
    compile(directory, "begin.o", begin);
    tool("ar", ["rcs", "begin.a", "begin.o"], { cwd: directory });
    writeLines(directory, "m.ndjson", [...lines, { input: "begin.a" }]);
    expect(manifold(["link", "m.ndjson", "-o", "program"], { cwd: directory })).toMatchObject({ code: 0, stderr: "" });
  });

  it("a libc that is not there is told once for each name", () => {
    const lines = [
      HEADER,
      { input: compilerFile("crt1.o") },
      { func: "main", code: { asm: "ret" } },
      { export: "main", of: "main" },
    ];
    const said = refused(lines);
    expect(said.match(/error\[/g)).toHaveLength(1);
    expect(said).toContain("__libc_start_main");
  });

  it("--tree has nothing to show", () => {
    compile(directory, "c.o", "int f(void) { return 1; }");
    writeLines(directory, "m.ndjson", exiting("nop", { input: "c.o" }));
    const { code, stdout, stderr } = manifold(["link", "m.ndjson", "-o", "program", "--tree"], { cwd: directory });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: expect.stringContaining("MF0220") });
  });
});
