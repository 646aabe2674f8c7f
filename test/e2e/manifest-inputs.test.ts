/**
 * Manifests that declare objects and archives: functions and data of either side refer to the other's, in programs of
 * their own and in whole C programs.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { link, manifold, run, tool } from "../support/command.js";
import { HEADER, type Line, writeLines } from "../support/manifest.js";
import { compile, compilerFile, cProgramInputs, exiting } from "../support/mixed-programs.js";
import { tempDir } from "../support/temp-dir.js";

/** Links these lines in `directory`, with the other manifests there, and returns the program's exit code. */
function exitCode(directory: string, lines: readonly Line[], ...others: readonly string[]): number | null {
  const manifest = writeLines(directory, "program.ndjson", lines);
  return run(link([manifest, ...others], join(directory, "program")), []).code;
}

/** A program of these lines and libc; returns what it prints. */
function printed(lines: readonly Line[], kind: "static" | "static-pie" = "static", ...libraries: string[]): string {
  const directory = tempDir();
  const header = { ...HEADER, pie: kind === "static-pie" };
  const manifest = writeLines(directory, "program.ndjson", [header, ...lines, ...cProgramInputs(kind, libraries)]);
  const program = link([manifest], join(directory, "program"));
  const { code, stdout, stderr } = run(program, []);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(tool("readelf", ["-hW", program])).toContain(kind === "static" ? "EXEC (" : "DYN (");
  return stdout;
}

/** `main`, which does this and returns 0. */
function main(asm: string, uavs: Readonly<Record<string, string>> = {}): Line[] {
  const refs = Object.fromEntries(Object.entries(uavs).map(([name, text]) => [name, { uav: { text: `${text}\0` } }]));
  return [
    { func: "main", code: { asm: `sub rsp, 8\n${asm}\nxor eax, eax\nadd rsp, 8\nret` }, refs },
    { export: "main", of: "main" },
    { extern: "printf", is: "func" },
  ];
}

describe("a manifest with inputs", () => {
  it("calls a function of an object, which calls one of its own", () => {
    const directory = tempDir();
    compile(directory, "c.o", "int triple(int); int call_back(int x) { return triple(x) + 1; }");
    const lines = exiting(
      "mov edi, 7\ncall call_back",
      { input: "c.o" },
      { extern: "call_back", is: "func" },
      { func: "triple", code: { asm: "lea eax, [rdi + rdi*2]\nret" } },
      { export: "triple", of: "triple" },
    );
    expect(exitCode(directory, lines)).toBe(22);
  });

  it("shares data with objects, by addresses in data as well", () => {
    const directory = tempDir();
    const source = `
      extern int ours; extern int *const our_table[]; int theirs = 30;
      int *their_pointer = &ours; int zeros[4];
      int sum(void) { zeros[3] = 5; return ours + *our_table[0] + *our_table[1] + *their_pointer; }`;
    compile(directory, "c.o", source);
    const lines = exiting(
      "call sum\nmov rcx, qword ptr [rip + their_pointer]\nadd eax, dword ptr [rcx]\nadd eax, dword ptr [rip + zeros + 12]",
      { input: "c.o" },
      { extern: "sum", is: "func" },
      { extern: "theirs", is: "object" },
      { extern: "their_pointer", is: "object" },
      { extern: "zeros", is: "object" },
      { var: "ours", bytes: "04000000", align: 4 },
      { export: "ours", of: "ours" },
      {
        const: "table",
        align: 8,
        bytes: "00".repeat(16),
        relocs: [
          [0, "64", "ours", 0],
          [8, "64", "theirs", 0],
        ],
      },
      { export: "our_table", of: "table" },
    );
    expect(exitCode(directory, lines)).toBe(4 + 4 + 30 + 4 + 4 + 5);
  });

  it("gives way to strong symbols of objects, and takes the place of weak ones", () => {
    const directory = tempDir();
    const source = `
      int both(void) { return 1; } __attribute__((weak)) int given(void) { return 2; }
      __attribute__((weak)) int nobody(void); int sum(void) { return both() + given() * 10 + (nobody ? 100 : 0); }`;
    compile(directory, "c.o", source);
    const lines = exiting(
      "call sum\nmov rcx, qword ptr [rip + maybe]\nadd eax, ecx",
      { func: "one", code: { asm: "mov eax, 7\nret" } },
      { export: "both", of: "one", linkage: "weak" },
      { func: "two", code: { asm: "mov eax, 3\nret" } },
      { export: "given", of: "two" },
      { extern: "sum", is: "func" },
      { extern: "nowhere", is: "object", weak: true },
      { const: "maybe", align: 8, bytes: "00".repeat(8), relocs: [[0, "64", "nowhere", 0]] },
      { input: "c.o" },
    );
    expect(exitCode(directory, lines)).toBe(31);
  });

  it("uses zlib without anything else", () => {
    const directory = tempDir();
    const lines = exiting(
      "xor edi, edi\nlea rsi, [rip + text]\nmov edx, 9\ncall crc32\nmov ecx, eax\nxor eax, eax\ncmp ecx, 0xcbf43926\nsete al",
      { extern: "crc32", is: "func" },
      { const: "text", text: "123456789" },
      { input: compilerFile("libz.a") },
    );
    expect(exitCode(directory, lines)).toBe(1);
  });

  it("finds what archives need in each other, however they are ordered, and links no member that nothing needs", () => {
    const directory = tempDir();
    compile(directory, "a.o", "int b(void); int a(void) { return b() + 1; } int deep(void) { return 40; }");
    compile(directory, "b.o", "int deep(void); int b(void) { return deep() + 1; }");
    compile(directory, "c.o", "int gone(void); int unused(void) { return gone(); }");
    tool("ar", ["rcs", "first.a", "b.o", "c.o"], { cwd: directory });
    tool("ar", ["rcs", "second.a", "a.o"], { cwd: directory });
    const lines = exiting("call a", { input: "first.a" }, { input: "second.a" }, { extern: "a", is: "func" });
    expect(exitCode(directory, lines)).toBe(42);
  });

  it("follows a linker script that stands for a library", () => {
    const directory = tempDir();
    compile(directory, "a.o", "int a(void) { return 9; }");
    tool("ar", ["rcs", "real.a", "a.o"], { cwd: directory });
    writeFileSync(join(directory, "liba.a"), `/* GNU ld script */ GROUP(${join(directory, "real.a")})\n`);
    const lines = exiting("call a", { input: "liba.a" }, { extern: "a", is: "func" });
    expect(exitCode(directory, lines)).toBe(9);
  });

  it("may be one of several, each with inputs of its own beside it; what is declared twice is linked once", () => {
    const directory = tempDir();
    mkdirSync(join(directory, "sub"));
    compile(directory, "c.o", "int one(void) { return 1; }");
    compile(join(directory, "sub"), "c.o", "int two(void) { return 2; }");
    const other = writeLines(join(directory, "sub"), "other.ndjson", [
      HEADER,
      { input: "c.o" },
      { input: "../c.o" },
      { input: "./c.o" },
      { extern: "one", is: "func" },
      { extern: "two", is: "func" },
      { func: "sum", code: { asm: "push rbx\ncall one\nmov ebx, eax\ncall two\nadd eax, ebx\npop rbx\nret" } },
      { export: "sum", of: "sum" },
    ]);
    const lines = exiting("call sum", { extern: "sum", is: "func" }, { input: "c.o" });
    expect(exitCode(directory, lines, other)).toBe(3);
  });

  it("may be spelled for people, with inputs among types and what has them", () => {
    const directory = tempDir();
    compile(
      directory,
      "c.o",
      "extern const int values[3]; int sum(void) { return values[0] + values[1] + values[2]; }",
    );
    const { manifold: version, target } = HEADER;
    const [, ...declarations] = exiting(
      "call sum",
      { const: "values", type: "Three", init: [1, 2, 4] },
      { input: "c.o" },
      { type: "Three", is: { array: "i32", len: 3 } },
      { export: "values", of: "values" },
      { extern: "sum", is: "func" },
    );
    const manifest = join(directory, "program.json");
    writeFileSync(manifest, JSON.stringify({ manifold: version, target, declarations }, null, 2));
    expect(run(link([manifest], join(directory, "program")), []).code).toBe(7);
  });

  it("makes the same file with any number of workers", () => {
    const directory = tempDir();
    compile(directory, "c.o", "int f(void) { return 5; }");
    const others = Array.from({ length: 3000 }, (_, i) => ({ func: `f${i}`, code: { bytes: "c3" } }));
    const lines = exiting("call f", ...others, { input: "c.o" }, { extern: "f", is: "func" });
    const manifest = writeLines(directory, "program.ndjson", lines);
    const one = link([manifest], join(directory, "one"));
    const two = link([manifest], join(directory, "two"), "--workers", "2");
    expect(tool("cmp", [one, two])).toBe("");
    expect(run(one, []).code).toBe(5);
  });
});

describe("a C program whose main is in a manifest", () => {
  const CRC =
    "xor edi, edi\nlea rsi, [rip + digits]\nmov edx, 9\ncall crc32\nmov esi, eax\nlea rdi, [rip + format]\nxor eax, eax\ncall printf";

  it.each(["static", "static-pie"] as const)("prints through libc what zlib computes (%s)", (kind) => {
    const lines = [...main(CRC, { digits: "123456789", format: "%08x\n" }), { extern: "crc32", is: "func" }];
    expect(printed(lines, kind, compilerFile("libz.a"))).toBe("cbf43926\n");
  });

  it.each(["static", "static-pie"] as const)("has thread-local variables on both sides (%s)", (kind) => {
    const directory = tempDir();
    const flags = kind === "static" ? ["-O1", "-fno-pie"] : ["-O1", "-fPIE"];
    const source =
      "extern __thread int ours; __thread int theirs = 5; __thread int zeros; int sum(void) { return ours * 100 + theirs * 10 + zeros; }";
    const object = compile(directory, "c.o", source, flags);
    const asm = `mov dword ptr fs:[theirs@tpoff], 6
      mov rax, qword ptr [rip + zeros@gottpoff]
      mov dword ptr fs:[rax], 7
      call sum\nmov esi, eax\nlea rdi, [rip + format]\nxor eax, eax\ncall printf`;
    const lines = [
      ...main(asm, { format: "%d\n" }),
      { extern: "sum", is: "func" },
      { extern: "theirs", is: "tls" },
      { extern: "zeros", is: "tls" },
      { var: "ours", bytes: "04000000", align: 4, threadlocal: true },
      { export: "ours", of: "ours" },
      { input: object },
    ];
    expect(printed(lines, kind)).toBe("467\n");
  });

  it("takes addresses of libc's functions and data into its own data, also where it is position-independent", () => {
    const asm = `mov rdi, qword ptr [rip + table + 8]
      mov rdi, qword ptr [rdi]
      lea rsi, [rip + format]
      mov edx, 3
      xor eax, eax
      call qword ptr [rip + table]`;
    const table = {
      const: "table",
      align: 8,
      bytes: "00".repeat(16),
      relocs: [
        [0, "64", "fprintf", 0],
        [8, "64", "stdout", 0],
      ],
    };
    const lines = [...main(asm, { format: "%d\n" }), table, { extern: "fprintf" }, { extern: "stdout" }];
    expect(printed(lines)).toBe("3\n");
    expect(printed(lines, "static-pie")).toBe("3\n");
  });

  it("sorts with qsort, which calls the manifest back", () => {
    const asm = `lea rdi, [rip + numbers]\nmov esi, 4\nmov edx, 4\nlea rcx, [rip + compare]\ncall qsort
      lea rdi, [rip + format]\nmov esi, dword ptr [rip + numbers]\nmov edx, dword ptr [rip + numbers + 12]\nxor eax, eax\ncall printf`;
    const lines = [
      ...main(asm, { format: "%d %d\n" }),
      { extern: "qsort", is: "func" },
      { func: "compare", code: { asm: "mov eax, dword ptr [rdi]\nsub eax, dword ptr [rsi]\nret" } },
      { var: "numbers", align: 4, bytes: "09000000020000000700000004000000" },
    ];
    expect(printed(lines)).toBe("2 9\n");
  });
});

describe("what other tools see of such a program", () => {
  it("is a well-formed file with the symbols of both sides", () => {
    const directory = tempDir();
    compile(directory, "c.o", "int f(void) { return 5; }");
    const manifest = writeLines(
      directory,
      "program.ndjson",
      exiting("call f", { input: "c.o" }, { extern: "f", is: "func" }),
    );
    const program = link([manifest], join(directory, "program"));
    const symbols = tool("nm", [program]);
    for (const name of ["T _start", "T f", "t start"]) expect(symbols).toMatch(new RegExp(` ${name}$`, "m"));
    expect(run("readelf", ["-aW", program]).stderr).toBe("");
    expect(tool("readelf", ["-hW", program])).toMatch(/Entry point address: +0x1001010\n/);
    expect(run("eu-elflint", ["--gnu-ld", "-q", program]).stdout).toBe("");
  });

  it("leaves nothing beside the output", () => {
    const directory = tempDir();
    compile(directory, "c.o", "int f(void) { return 5; }");
    const manifest = writeLines(
      directory,
      "p.ndjson",
      exiting("call f", { input: "c.o" }, { extern: "f", is: "func" }),
    );
    const { code, stdout } = manifold(["link", manifest, "-o", join(directory, "p"), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, objects: 1, counts: { declarations: 4 }, diagnostics: [] });
    expect(tool("ls", [directory]).trim().split("\n").sort()).toEqual(["c.o", "c.o.c", "p", "p.ndjson"]);
  });
});
