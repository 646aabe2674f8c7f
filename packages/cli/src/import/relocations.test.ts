import { describe, expect, test } from "vitest";
import { errorsOf, importAssembly, importSources } from "./import.test.helper.js";

const FUNCTION = (body: string) => `.text\n.globl f\n.type f, @function\nf:\n${body}\nret\n.size f, .-f\n`;
const DATA = ".data\n.globl x\n.type x, @object\nx: .quad 1\n.size x, 8\n";
const TLS =
  '.section .tdata,"awT"\n.globl x, y\n.type x, @object\nx: .quad 1\n.size x, 8\n.type y, @object\ny: .quad 2\n.size y, 8\n';

describe("loads through the GOT", () => {
  test("of what is defined become direct, as psABI B.2 says", async () => {
    const { nav } = await importAssembly(
      FUNCTION("mov x@GOTPCREL(%rip), %r9\nmov x@GOTPCREL(%rip), %ecx\ncall *f@GOTPCREL(%rip)\njmp *f@GOTPCREL(%rip)") +
        DATA,
    );
    expect(nav("f").code).toEqual({
      // lea, lea, addr32 call, jmp and nop, ret
      bytes: "4c8d0d00000000" + "8d0d00000000" + "67e800000000" + "e90000000090" + "c3",
      relocs: [
        [3, "PC32", "x", -4],
        [9, "PC32", "x", -4],
        [15, "PLT32", "f", -4],
        [20, "PLT32", "f", -4],
      ],
    });
  });

  test("stay where there is no direct form, and where the symbol is elsewhere", async () => {
    const { nav, declarations } = await importAssembly(
      `${FUNCTION("cmp x@GOTPCREL(%rip), %rax\nmov far@GOTPCREL(%rip), %rax\ncall *near@GOTPCREL(%rip)")}${DATA}`,
    );
    expect(nav("f").code!.relocs).toEqual([
      [3, "GOTPCREL", "x", -4],
      [10, "GOTPCREL", "far", -4],
      [16, "PLT32", "near", -4],
    ]);
    expect(declarations.slice(-2)).toEqual([
      { extern: "far", is: "object" },
      { extern: "near", is: "func" },
    ]);
  });
});

describe("thread-local storage becomes local exec:", () => {
  test("general dynamic, by call and through the GOT", async () => {
    const sequence = (call: string) => `data16 lea x@tlsgd(%rip), %rdi\n${call}`;
    const direct = sequence(".value 0x6666\nrex64 call __tls_get_addr@PLT");
    const indirect = sequence("data16 rex64 call *__tls_get_addr@GOTPCREL(%rip)");
    const { nav, declarations } = await importAssembly(TLS + FUNCTION(`${direct}\n${indirect}`));
    const loadAndAdd = "64488b042500000000" + "488d8000000000";
    expect(nav("f").code).toEqual({
      bytes: `${loadAndAdd}${loadAndAdd}c3`,
      relocs: [
        [12, "TPOFF32", "x", 0],
        [28, "TPOFF32", "x", 0],
      ],
    });
    expect(declarations.some((each) => each.extern !== undefined)).toBe(false);
  });

  test("local dynamic", async () => {
    const code = "lea x@tlsld(%rip), %rdi\ncall __tls_get_addr@PLT\nlea y@dtpoff(%rax), %rcx\nmov x@dtpoff(%rax), %edx";
    const { nav } = await importAssembly(TLS + FUNCTION(code));
    expect(nav("f").code).toEqual({
      bytes: "66666664488b042500000000" + "488d8800000000" + "8b9000000000" + "c3",
      relocs: [
        [15, "TPOFF32", "y", 0],
        [21, "TPOFF32", "x", 0],
      ],
    });
  });

  test("initial exec", async () => {
    const { nav } = await importAssembly(TLS + FUNCTION("mov y@gottpoff(%rip), %r10\nadd x@gottpoff(%rip), %rsp"));
    expect(nav("f").code).toEqual({
      bytes: "49c7c200000000" + "4881c400000000" + "c3",
      relocs: [
        [3, "TPOFF32", "y", 0],
        [10, "TPOFF32", "x", 0],
      ],
    });
  });

  test("anything but the prescribed sequences is refused", async () => {
    const errors = await errorsOf(importAssembly(TLS + FUNCTION("lea x@tlsgd(%rip), %rsi\nor x@gottpoff(%rip), %rax")));
    expect(errors).toMatchObject([
      { code: "MF0427", place: { file: "a.o", section: ".text", offset: 3, symbol: "x" } },
      { code: "MF0427", place: { file: "a.o", section: ".text", offset: 10, symbol: "x" } },
    ]);
  });
});

describe("absolute symbols", () => {
  test("become the constants that they are", async () => {
    const source = `.globl big\n.set big, 0x12345678\n.set small, 77\n${FUNCTION("movabs $big+1, %rax\nmov $small, %rax")}.data\n.long big\n`;
    const { nav } = await importAssembly(source);
    expect(nav("f").code).toEqual({ bytes: "48b87956341200000000" + "48c7c04d000000" + "c3" });
    expect(nav("a.o:.data").bytes).toBe("78563412");
  });

  test("are refused where the value depends on the place, or does not fit", async () => {
    const source = `.globl big\n.set big, 0x123456789\n${FUNCTION("call 0x1000\n")}.data\n.reloc ., R_X86_64_32, big\n.long 0\n`;
    expect(await errorsOf(importAssembly(source))).toMatchObject([
      { code: "MF0425", place: { section: ".text", offset: 1 } },
      { code: "MF0428", place: { section: ".data", offset: 0 } },
    ]);
  });
});

describe("what a manifest cannot express is refused, with symbol, section, offset and remedy:", () => {
  const cases: readonly [string, string, Record<string, unknown>, string][] = [
    [
      "constructors",
      "MF0422",
      { section: ".init_array", offset: 0, symbol: "setUp" },
      `.local setUp\n.type setUp, @function\nsetUp: ret\n.section .init_array,"aw"\n.quad setUp\n`,
    ],
    [
      "indirect functions",
      "MF0423",
      { section: ".text", offset: 1, symbol: "pick" },
      `${FUNCTION("")}.globl pick\n.type pick, @gnu_indirect_function\npick: ret\n`,
    ],
    [
      "addresses relative to the GOT",
      "MF0421",
      { section: ".text", offset: 2, symbol: "x" },
      `${DATA}${FUNCTION("movabs $x@GOTOFF, %rax")}`,
    ],
    [
      "what lies between two symbols of a section",
      "MF0426",
      { section: ".text", offset: 3, symbol: "__start_set" },
      `.section set,"aw"\n.long 1\n${FUNCTION("lea __start_set(%rip), %rax")}`,
    ],
    [
      "references to what is left out",
      "MF0424",
      { section: ".text", offset: 3 },
      `.section .eh_frame,"a"\n.Lhere: .long 0\n${FUNCTION("lea .Lhere(%rip), %rax")}`,
    ],
  ];
  test.each(cases)("%s", async (_, code, place, source) => {
    const errors = await errorsOf(importAssembly(source));
    expect(errors).toMatchObject([{ code, severity: "error", place, suggestion: expect.any(String) }]);
    expect(errors[0]!.place!.file).toBe("a.o");
  });

  test("two strong definitions, with both places", async () => {
    const errors = await errorsOf(importSources(["int x = 1;", "int y = 2, x = 2;"]));
    expect(errors).toMatchObject([
      {
        code: "MF0420",
        message: "x is defined twice",
        place: { file: "b.o", section: ".data", offset: 4 },
        notes: [{ place: { file: "a.o", section: ".data", offset: 0 } }],
      },
    ]);
  });
});
