/** What compilers mean: assembly, typed values and lazy symbols, from the manifest to programs that run. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { link, ROOT, run, tool } from "../support/command.js";
import { compileToAssembly, declarationsOf } from "../support/gcc-manifest.js";
import { HEADER, type Line, linkLines, writeLines } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

const TOUR = join(ROOT, "examples/tour.json");
const tour = JSON.parse(readFileSync(TOUR, "utf8")) as Line & { declarations: Line[] };

/** A C program as gcc builds it. */
function twin(file: string, ...options: readonly string[]): string {
  const output = join(tempDir(), "twin");
  tool("gcc", ["-w", file, "-o", output, ...options]);
  return output;
}

describe("the tour example", () => {
  it("prints what its twin in C prints", () => {
    const linked = run(link([TOUR], join(tempDir(), "tour")), []);
    const expected = run(twin(join(ROOT, "examples/tour.c"), "-O1", "-lm"), []);
    expect(expected.stdout.split("\n").length).toBeGreaterThan(15);
    expect(linked).toEqual(expected);
  });

  it("runs as a position-independent executable too", () => {
    const program = linkLines([{ ...HEADER, pie: true }, ...relocatingItself(tour.declarations)]);
    expect(run(program, []).stdout).toBe(run(link([TOUR], join(tempDir(), "tour")), []).stdout);
  });

  it("links as a relocatable object with GNU ld", () => {
    const directory = tempDir();
    const object = link(
      [writeLines(directory, "tour.ndjson", [{ ...HEADER, output: "obj" }, ...tour.declarations])],
      join(directory, "tour.o"),
    );
    tool("ld", [object, "-o", join(directory, "tour")]);
    expect(run(join(directory, "tour"), []).stdout).toBe(run(link([TOUR], join(directory, "exe")), []).stdout);
  });

  it("is the same bytes with one, two and four workers, wherever its types stand", () => {
    const directory = tempDir();
    const isType = (line: Line): boolean => "type" in line && "is" in line;
    const types = tour.declarations.filter(isType);
    const rest = tour.declarations.filter((line) => !isType(line));
    const first = writeLines(directory, "first.ndjson", [HEADER, ...types, ...rest]);
    const last = writeLines(directory, "last.ndjson", [HEADER, ...rest, ...types]);
    const outputs = [first, last].flatMap((manifest) =>
      ["1", "2", "4"].map((workers) =>
        readFileSync(link([manifest], join(directory, "tour"), "--workers", workers)).toString("base64"),
      ),
    );
    expect(new Set(outputs).size).toBe(1);
  });
});

describe("functions as gcc writes them", () => {
  const source = join(ROOT, "test/fixtures/freestanding.c");
  const START: Line = { func: "start", code: { asm: "and rsp, -16\ncall main\nmov edi, eax\nmov eax, 60\nsyscall" } };
  const plain = ["-ffreestanding", "-fno-stack-protector", "-fno-tree-loop-distribute-patterns", "-fno-common"];

  it.each([
    ["-O2", "-fno-pie"],
    ["-O2", "-fPIE"],
    ["-O0", "-fno-pie"],
    ["-O3", "-fPIC"],
  ])("run the same through the manifest's assembly (%s %s)", (...options) => {
    const declarations = declarationsOf(compileToAssembly(source, ...plain, ...options));
    expect(declarations.filter((line) => "func" in line).length).toBeGreaterThan(5);
    const program = linkLines([HEADER, START, { export: "_start", of: "start" }, ...declarations]);
    const expected = run(twin(source, ...plain, ...options, "-DALONE", "-nostdlib", "-static"), []);
    expect(expected.stdout).toMatch(/^ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n/);
    expect(run(program, [])).toEqual(expected);
  });
});

describe("loads through a global offset table", () => {
  const exit = "mov edi, eax\nmov eax, 60\nsyscall";
  const program = (asm: string, ...more: readonly Line[]): string =>
    linkLines([
      HEADER,
      { func: "start", code: { asm: `${asm}\n${exit}` } },
      { export: "_start", of: "start" },
      { func: "seven", code: { asm: "mov eax, 7\nret" } },
      { var: "nine", type: "u32", init: 9 },
      ...more,
    ]);

  it.each([
    ["a mov", "mov rcx, nine@GOTPCREL[rip]\nmov eax, [rcx]", 9],
    ["a mov of a high register", "mov r13, nine@GOTPCREL[rip]\nmov eax, [r13]", 9],
    ["a call", "call [QWORD PTR seven@GOTPCREL[rip]]", 7],
    ["a jump", "lea rdx, [rip + back]\npush rdx\njmp [QWORD PTR seven@GOTPCREL[rip]]\nback:", 7],
  ])("become direct for %s", (_, asm, code) => {
    expect(run(program(asm), []).code).toBe(code);
  });

  it("give 0 for a weak extern that nothing defines", () => {
    const weak: Line = { extern: "absent", weak: true };
    expect(run(program("mov r9, absent@GOTPCREL[rip]\nlea eax, [r9 + 3]", weak), []).code).toBe(3);
  });
});

/** The tour for any address: it applies its own relocations first, and finds its thread-local contents from its start. */
function relocatingItself(declarations: readonly Line[]): Line[] {
  const edit = (line: Line): Line => {
    if (line["func"] !== "start" && line["func"] !== "setUpThread") return line;
    const { asm } = line["code"] as { asm: string };
    const edited =
      line["func"] === "start"
        ? `${RELOCATE}${asm}`
        : asm.replace("mov rsi, [rdx + 16]\n", "mov rsi, [rdx + 16]\nlea rcx, [rip + __ehdr_start]\nadd rsi, rcx\n");
    return { ...line, code: { asm: edited } };
  };
  const externs = ["_DYNAMIC", "__ehdr_start"].map((name) => ({ extern: name, is: "object", visibility: "hidden" }));
  return [...declarations.map(edit), ...externs];
}

/** DT_RELA is 7, DT_RELASZ 8; an entry of .rela.dyn has 24 bytes: place, type, addend. */
const RELOCATE = `lea r8, [rip + __ehdr_start]
lea rsi, [rip + _DYNAMIC]
tag:
lodsq
mov rdi, rax
lodsq
cmp edi, 7
cmove rdx, rax
cmp edi, 8
cmove rcx, rax
test edi, edi
jnz tag
add rdx, r8
add rcx, rdx
apply:
mov rax, [rdx]
mov rdi, [rdx + 16]
add rdi, r8
mov [r8 + rax], rdi
add rdx, 24
cmp rdx, rcx
jb apply
`;
