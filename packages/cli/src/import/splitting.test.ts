import { describe, expect, test } from "vitest";
import { importAssembly, importSources } from "./import.test.helper.js";

/** A function of assembly with type and size. */
function fn(name: string, body: string, binding: "globl" | "local" = "globl"): string {
  return `.text\n.${binding} ${name}\n.type ${name}, @function\n${name}:\n${body}\n.size ${name}, .-${name}\n`;
}

/** A static object of data. */
function object(name: string, contents: string, section = ".data"): string {
  return `${section}\n.type ${name}, @object\n${name}: ${contents}\n.size ${name}, .-${name}\n`;
}

const VARIABLES = object("first", ".long 1") + object("second", ".long 2") + object("third", ".quad 3");

describe("references to local symbols, which the assembler turns into section and offset", () => {
  test("end with the instruction, whatever immediate follows the field", async () => {
    const { nav } = await importAssembly(
      VARIABLES +
        fn("f", "addl $1, second(%rip)\nmovl $99999, first(%rip)\nmovw $7, second(%rip)\nincq third(%rip)\nret"),
    );
    expect(nav("f").code!.relocs).toEqual([
      [2, "PC32", "second", -5],
      [9, "PC32", "first", -8],
      [20, "PC32", "second", -6],
      [29, "PC32", "third", -4],
    ]);
  });

  test("are absolute as they stand", async () => {
    const { nav } = await importAssembly(VARIABLES + fn("f", "addl $1, second\nmov third, %rax\nret"));
    expect(nav("f").code!.relocs).toEqual([
      [3, "32S", "second", 0],
      [12, "32S", "third", 0],
    ]);
  });

  test("keep data whole where an address is taken: it may be that of a neighbour's end", async () => {
    const { navs, nav, warnings } = await importAssembly(
      VARIABLES + fn("f", "lea second(%rip), %rax\nincl first(%rip)\nret"),
    );
    expect(navs).toEqual(["f", "a.o:.data"]);
    expect(nav("f")).toMatchObject({
      code: {
        relocs: [
          [3, "PC32", "a.o:.data+0x4", -4],
          [9, "PC32", "a.o:.data", -4],
        ],
      },
      refs: { "a.o:.data+0x4": { nav: "a.o:.data", offset: 4 } },
    });
    expect(warnings).toMatchObject([{ code: "MF0430", severity: "warning", place: { section: ".data" } }]);
  });

  test("keep data whole where an index may lead anywhere", async () => {
    const { navs } = await importAssembly(VARIABLES + fn("f", "mov first-4(,%rdi,4), %eax\nret"));
    expect(navs).toEqual(["f", "a.o:.data"]);
  });

  test("keep data whole where other data points into it", async () => {
    const { navs } = await importAssembly(`${VARIABLES}${object("p", ".quad second", '.section .data.p,"aw"')}`);
    expect(navs).toEqual(["a.o:.data", "p"]);
  });

  test("may lead outside of a section's only object", async () => {
    const { nav } = await importAssembly(object("table", ".long 1,2,3") + fn("f", "mov table-400(,%rdi,4), %eax\nret"));
    expect(nav("f").code!.relocs).toEqual([[3, "32S", "table", -400]]);
  });

  test("unite what one instruction reads", async () => {
    const { navs } = await importAssembly(VARIABLES + fn("f", "mov first(%rip), %rax\nret"));
    expect(navs).toEqual(["f", "first", "third"]);
  });
});

describe("data", () => {
  test("that globals name is taken apart, whatever is done with the globals", async () => {
    const source = "int a[3] = { 1 }; int b[3] = { 2 }; int *f(int i) { return i ? a - i : b + 3; }";
    const { navs } = await importSources([source], ["-O1", "-fPIE"]);
    expect(navs).toEqual(["f", "b", "a"]);
  });

  test("with a label that has no size stays whole", async () => {
    const { navs } = await importAssembly(`${VARIABLES}.globl end\nend:\n`);
    expect(navs).toEqual(["a.o:.data"]);
  });

  test("in a section of a special name stays whole", async () => {
    const { navs, warnings } = await importSources([
      '__attribute__((section("set"))) int a = 1; __attribute__((section("set"))) int b = 2;',
    ]);
    expect(navs).toEqual(["a.o:set"]);
    expect(warnings.map(({ code, place }) => [code, place?.symbol])).toEqual([
      ["MF0430", undefined],
      ["MF0431", "b"],
    ]);
  });

  test("that no symbol covers is a nav of its own, unless it is padding", async () => {
    const source = `${object("a", ".long 1")}.balign 8\n.quad 77\n${object("b", ".quad 2")}`;
    const { navs, nav } = await importAssembly(source);
    expect(navs).toEqual(["a", "a.o:.data+0x4", "b"]);
    expect(nav("a.o:.data+0x4")).toMatchObject({ bytes: "000000004d00000000000000", align: 4 });
    const padded = await importAssembly(`${object("a", ".long 1")}.balign 64\n${object("b", ".quad 2")}`);
    expect(padded.navs).toEqual(["a", "b"]);
  });
});

describe("switch tables of position-independent code", () => {
  const table = (name: string, cases: readonly string[]) =>
    `.section .rodata\n.balign 4\n${name}:\n${cases.map((each) => `.long ${each} - ${name}\n`).join("")}`;
  const dispatcher = (name: string) =>
    fn(
      name,
      `lea .L${name}(%rip), %rdx\nmovslq (%rdx,%rdi,4), %rax\nadd %rdx, %rax\njmp *%rax
       .L${name}1: mov $1, %eax\nret\n.L${name}2: mov $2, %eax\nret\n.L${name}3: mov $3, %eax\nret`,
    );

  test("lead into the function that uses them, also where another table follows", async () => {
    const source =
      dispatcher("f") +
      dispatcher("g") +
      table(".Lf", [".Lf1", ".Lf2", ".Lf3", ".Lf1"]) +
      table(".Lg", [".Lg3", ".Lg1", ".Lg2"]);
    const { navs, nav } = await importAssembly(source);
    expect(navs).toEqual(["f", "g", "a.o:.rodata"]);
    // lea 7, movslq 4, add 3, jmp 2: the first case is at 16, each case takes 6.
    expect(nav("a.o:.rodata").relocs).toEqual([
      [0, "PC32", "f+0x10", 0],
      [4, "PC32", "f+0x16", 4],
      [8, "PC32", "f+0x1c", 8],
      [12, "PC32", "f+0x10", 12],
      [16, "PC32", "g+0x1c", 0],
      [20, "PC32", "g+0x10", 4],
      [24, "PC32", "g+0x16", 8],
    ]);
    expect(nav("a.o:.rodata").refs!["g+0x1c"]).toEqual({ nav: "g", offset: 28 });
  });

  test("are told from distances that mean themselves", async () => {
    const source = `${fn("f", "lea .Ltable(%rip), %rax\nret", "local")}${fn("g", "ret", "local")}${fn("h", "ret", "local")}
      .section .rodata\n.Ltable:\n.long f - .\n.long g - .\n.long h - .\n`;
    const { nav } = await importAssembly(source);
    expect(nav("a.o:.rodata").relocs).toEqual([
      [0, "PC32", "f", 0],
      [4, "PC32", "g", 0],
      [8, "PC32", "h", 0],
    ]);
  });

  test("that neither reading explains keep the code whole", async () => {
    const source = `${fn("f", "ret")}${fn("g", "nop\n.Lin: nop\nret")}.section .rodata\n.long .Lin - .\n`;
    const { navs, warnings } = await importAssembly(source);
    expect(navs).toEqual(["a.o:.text", "a.o:.rodata"]);
    expect(warnings[0]!.message).toContain("what .rodata+0x0 refers to in it is not certain");
  });
});

describe("code", () => {
  test("calls within a section, which assemblers resolve, get relocations where they leave a function", async () => {
    const { nav } = await importSources(
      ["static int g(int x) { return x + 1; } int f(int x) { return g(x) + g(2); }"],
      ["-O0", "-fno-pic"],
    );
    const relocs = nav("f").code!.relocs!;
    expect(relocs.map(([, type, target, addend]) => [type, target, addend])).toEqual([
      ["PLT32", "g", -4],
      ["PLT32", "g", -4],
    ]);
    const fields = relocs.map(([offset]) => nav("f").code!.bytes.slice(2 * offset, 2 * offset + 8));
    expect(fields).toEqual(["00000000", "00000000"]);
  });

  test("addresses taken within a section get relocations too", async () => {
    const { nav } = await importAssembly(fn("f", "lea g(%rip), %rax\nret") + fn("g", "ret", "local"));
    expect(nav("f").code!.relocs).toEqual([[3, "PC32", "g", -4]]);
  });

  test("that control falls into stays with what it falls from", async () => {
    const { navs, declarations } = await importAssembly(fn("f", "nop") + fn("g", "ret") + fn("h", "ret"));
    expect(navs).toEqual(["f", "h"]);
    expect(declarations).toContainEqual({ func: "f", align: 1, code: { bytes: "90c3" } });
  });

  test("that ends with a call does not fall into what follows", async () => {
    const { navs } = await importAssembly(fn("f", "call abort") + fn("g", "ret"));
    expect(navs).toEqual(["f", "g"]);
  });

  test("that branches too short to be relocated connect stays together", async () => {
    const { navs } = await importAssembly(fn("f", "jmp 1f") + fn("g", "1: ret") + fn("h", "ret"));
    expect(navs).toEqual(["f", "h"]);
  });

  test("is cut at global labels without a type, and not where two labels meet", async () => {
    const source =
      ".globl _start, helper, helper_end, last\n_start: call helper\nhlt\njmp _start\nhelper: ret\nhelper_end:\nlast: ret\n";
    const { navs } = await importAssembly(source);
    expect(navs).toEqual(["_start", "helper"]);
  });

  test("loses the padding between functions, and nothing else", async () => {
    const source = `${fn("f", "ret")}.balign 16\n${fn("g", "ret")}.balign 16, 0xcc\n${fn("h", "nop\nret")}.balign 32, 0\n`;
    const { declarations } = await importAssembly(source);
    const code = declarations.filter((each) => each.func !== undefined).map((each) => each.code!.bytes);
    expect(code).toEqual(["c3", "c3", "90c3"]);
  });

  test.each([
    ["data that is read", "f: mov 1f(%rip), %eax\nret\n1: .long 5"],
    ["data whose address is taken", 'f: lea 1f(%rip), %rax\nret\n1: .ascii "no code"'],
    ["bytes that nothing reaches", "f: ret\n.long 0x12345678"],
    ["jumps into instructions", "f: je 1f\n.byte 0xf0\n1: cmpxchg %ecx, (%rdx)\nje f+3\nret"],
  ])("with %s stays whole", async (_, body) => {
    const source = `.globl f, g\n${body}\ng: ret\n`;
    const { navs, warnings } = await importAssembly(source);
    expect(navs).toEqual(["a.o:.text"]);
    expect(warnings[0]).toMatchObject({ code: "MF0430", place: { file: "a.o", section: ".text" } });
  });

  test("of C++ is taken apart in spite of landing pads that only exception tables name", async () => {
    const { navs, warnings } = await importSources(
      [
        `void g(void); void cleanup(int *); int h(int x) { return x; }
         int f(void) { __attribute__((cleanup(cleanup))) int x = 1; g(); return h(x); }
         int k(void) { return 2; }`,
      ],
      ["-O0", "-fexceptions"],
    );
    expect(navs).toEqual(expect.arrayContaining(["h", "f", "k"]));
    expect(warnings.map((warning) => warning.code)).toEqual(["MF0432"]);
  });
});
