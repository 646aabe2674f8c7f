/** `"output": "obj"`: what we write, other linkers can link. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, tool } from "../support/command.js";
import { symbol, symbols } from "../support/elf-view.js";
import { HEADER, type Line, linkLines } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

/** Functions for C, that call C: triple(n) = n + twice(n); reads variables of both kinds; passes strings. */
const LIBRARY: readonly Line[] = [
  { ...HEADER, output: "obj" },
  { extern: "twice", is: "func" },
  { extern: "base", is: "object" },
  // push rbx; mov ebx, edi; call twice; add eax, ebx; add [rip + calls], 1; pop rbx; ret
  {
    func: "triple",
    code: {
      bytes: "5389fbe80000000001d8830500000000015bc3",
      relocs: [
        [4, "PLT32", "twice", -4],
        [12, "PC32", "calls", -5],
      ],
    },
  },
  { export: "triple", of: "triple" },
  { var: "calls", align: 4, bytes: "00000000" },
  { export: "calls", of: "calls" },
  // lea rax, [rip + text]; ret
  {
    func: "name",
    code: { bytes: "488d0500000000c3", relocs: [[3, "PC32", "text", -4]] },
    refs: { text: { uav: { text: "manifold\u0000" } } },
  },
  { export: "library_name", of: "name", visibility: "protected" },
  // mov eax, [rip + base]; ret
  { func: "readBase", code: { bytes: "8b0500000000c3", relocs: [[2, "PC32", "base", -4]] } },
  {
    const: "table",
    align: 8,
    bytes: "00".repeat(16),
    relocs: [
      [0, "64", "triple", 0],
      [8, "64", "readBase", 0],
    ],
  },
  { export: "table", of: "table" },
  { export: "weakly", of: "name", linkage: "weak" },
  // mov rax, fs:0; mov eax, [rax + perThread@TPOFF]; ret
  {
    func: "readThread",
    code: { bytes: "64488b0425000000008b8000000000c3", relocs: [[11, "TPOFF32", "perThread", 0]] },
  },
  { export: "read_thread", of: "readThread" },
  { var: "perThread", align: 4, bytes: "07000000", threadlocal: true },
];

const MAIN = `#include <stdio.h>
int base = 40;
int twice(int n) { return 2 * n; }
extern int triple(int), calls, read_thread(void);
extern const char *library_name(void), *weakly(void);
extern int (*const table[2])(int);
int main(void) {
  printf("%d %d %s ", triple(5), table[0](7), library_name());
  printf("%d %d %d %d\\n", table[1](0), calls, read_thread(), weakly() == library_name());
  return 0;
}
`;

describe("an object that we link", () => {
  it.each([
    ["as gcc does by default", []],
    ["as a static program", ["-static"]],
    ["without position independence", ["-no-pie"]],
    ["with all symbols bound at start", ["-Wl,-z,now", "-Wl,--gc-sections"]],
  ])("runs in a C program, linked %s", (_, flags) => {
    const directory = tempDir();
    const main = join(directory, "main.c");
    writeFileSync(main, MAIN);
    const program = join(directory, "program");
    tool("gcc", ["-o", program, main, linkLines(LIBRARY), ...flags, "-Wl,--fatal-warnings"]);
    expect(run(program, [])).toMatchObject({ code: 0, stdout: "15 21 manifold 40 2 7 1\n" });
  });

  it("keeps navs local, so that their names cannot clash with C's", () => {
    const object = linkLines(LIBRARY);
    expect(symbol(object, "readBase")).toMatchObject({ bind: "LOCAL", type: "FUNC" });
    expect(symbol(object, "library_name")).toMatchObject({ bind: "GLOBAL", visibility: "PROTECTED" });
    expect(symbol(object, "weakly")).toMatchObject({ bind: "WEAK" });
  });

  it("lets a strong definition of C win over a weak one of ours, also for our own calls", () => {
    const directory = tempDir();
    const object = linkLines([
      { ...HEADER, output: "obj" },
      { func: "fallback", code: { bytes: "b801000000c3" } }, // mov eax, 1; ret
      { export: "choose", of: "fallback", linkage: "weak" },
      { func: "main", code: { bytes: "e900000000", relocs: [[1, "PLT32", "choose", -4]] } },
      { export: "main", of: "main" },
    ]);
    const [strong, alone, both] = ["strong.c", "alone", "both"].map((name) => join(directory, name));
    writeFileSync(strong!, "int choose(void) { return 2; }\n");
    tool("gcc", ["-o", alone!, object]);
    tool("gcc", ["-o", both!, object, strong!]);
    expect([run(alone!, []).code, run(both!, []).code]).toEqual([1, 2]);
  });

  it("leaves undefined what is declared as extern, and needs no entry", () => {
    const object = linkLines(LIBRARY);
    const undefined_ = symbols(object).filter(({ section, name }) => section === "UND" && name !== "");
    expect(undefined_.map(({ name }) => name).sort()).toEqual(["base", "twice"]);
  });

  it("has no program headers and starts its sections at address 0", () => {
    const header = tool("readelf", ["-hW", linkLines(LIBRARY)]);
    expect(header).toMatch(/Type:\s+REL /);
    expect(header).toMatch(/Number of program headers:\s+0\n/);
    expect(header).toMatch(/Entry point address:\s+0x0\n/);
  });

  it("can be linked with ld -r before it is linked into a program", () => {
    const directory = tempDir();
    const [main, partial, program] = ["main.c", "partial.o", "program"].map((name) => join(directory, name));
    writeFileSync(main!, MAIN);
    tool("ld", ["-r", "-o", partial!, linkLines(LIBRARY)]);
    tool("gcc", ["-o", program!, main!, partial!]);
    expect(run(program!, []).stdout).toBe("15 21 manifold 40 2 7 1\n");
  });
});
