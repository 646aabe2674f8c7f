import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { locate } from "./errors.js";
import { allSamples, seeded } from "./form-samples.test.helper.js";

const assembler = new Assembler();

/** The errors of a text: `line:column 'range' message | expected | suggestion`. */
function errorsOf(text: string): string[] {
  const source = Buffer.from(text);
  expect(assembler.assemble(source, 0, source.length)).toBe(false);
  return assembler.errors.map((error) => {
    const { line, column } = locate(source, error.offset);
    const range = source.toString("utf8", error.offset, error.offset + error.length);
    return [`${line}:${column} '${range}' ${error.message}`, error.expected ?? "-", error.suggestion ?? "-"].join(
      " | ",
    );
  });
}

describe("assembly errors", () => {
  it("suggest the nearest mnemonic", () => {
    expect(errorsOf("nop\n  mvo eax, 1")).toEqual(["2:3 'mvo' unknown instruction 'mvo' | - | mov"]);
    expect(errorsOf("jumpp x")).toEqual(["1:1 'jumpp' unknown instruction 'jumpp' | - | jmp"]);
    expect(errorsOf(".lnog 5")).toEqual(["1:1 '.lnog' unknown directive '.lnog' | - | .long"]);
    expect(errorsOf("call x@GOTPCRE")).toEqual(["1:8 'GOTPCRE' unknown modifier '@gotpcre' | - | gotpcrel"]);
  });

  it("say what was expected in place of an operand that does not fit", () => {
    expect(errorsOf("movss xmm0, eax")).toEqual([
      "1:13 'eax' operand 2 of 'movss' does not fit | an xmm register or 32-bit memory | -",
    ]);
    expect(errorsOf("mov 5, eax")).toEqual([
      expect.stringMatching(/^1:5 '5' operand 1 of 'mov' does not fit \| a general register or memory/),
    ]);
    expect(errorsOf("call 5")).toEqual([
      "1:6 '5' operand 1 of 'call' does not fit | a label or symbol or a general register or memory | -",
    ]);
  });

  it("say how many operands an instruction takes", () => {
    expect(errorsOf("add eax")).toEqual(["1:1 'add eax' 'add' does not take 1 operand | 2 operands | -"]);
    expect(errorsOf("imul")).toEqual(["1:1 'imul' 'imul' does not take 0 operands | 1, 2 or 3 operands | -"]);
  });

  it("tell immediates that are out of range", () => {
    expect(errorsOf("add al, 256")).toEqual([expect.stringMatching(/^1:9 '256' immediate out of range for 'add' \|/)]);
    expect(errorsOf("shl eax, 300")).toHaveLength(1);
    expect(errorsOf("cmp rax, 0x80000000")).toHaveLength(1);
    expect(errorsOf("mov ax, 65536")).toHaveLength(1);
    expect(errorsOf(".byte 256")).toEqual(["1:7 '256' value does not fit 8 bits | - | -"]);
    expect(errorsOf("mov rax, 99999999999999999999999")[0]).toContain("malformed number");
  });

  it("tell operand sizes that differ, are missing or do not exist", () => {
    expect(errorsOf("add eax, rbx")[0]).toBe(
      "1:1 'add eax, rbx' operand size mismatch for 'add' | operands of one size | -",
    );
    expect(errorsOf("mov [rax], 1")[0]).toContain("ambiguous operand size for 'mov'");
    expect(errorsOf("fld [rax]")[0]).toContain("ambiguous operand size for 'fld'");
    expect(errorsOf("bswap ax")[0]).toContain("'bswap' does not take operands of 16 bits | operands of 32 or 64 bits");
    expect(errorsOf("mov ah, r8b")[0]).toContain("REX prefix");
  });

  it("tell labels that are missing or defined twice", () => {
    expect(errorsOf("jmp 1f")).toEqual(["1:5 '1f' unknown label '1f' | - | -"]);
    expect(errorsOf("jmp 1b")).toEqual(["1:5 '1b' unknown label '1b' | - | -"]);
    expect(errorsOf("a: nop\na: nop")).toEqual(["2:1 'a' label 'a' is defined twice | - | -"]);
  });

  it("offer the nearest label for a name that the linker does not know", () => {
    const source = Buffer.from(".Lloop: dec eax\njne .Lloup");
    expect(assembler.assemble(source, 0, source.length)).toBe(true);
    expect(assembler.unknownName(0)).toEqual({
      message: "unknown label '.Lloup'",
      offset: 20,
      length: 6,
      suggestion: ".Lloop",
    });
  });

  it("point at what stands behind the end of a statement", () => {
    expect(errorsOf("ret 4 foo")[0]).toBe("1:7 'foo' unexpected text | the end of the statement | -");
    expect(errorsOf("mov eax, ebx ecx")).toHaveLength(1);
    expect(errorsOf("nop ]")).toHaveLength(1);
  });

  it("tell addresses that do not exist", () => {
    expect(errorsOf("mov eax, [rax*3]")[0]).toContain("no such factor of an index | 1, 2, 4 or 8");
    expect(errorsOf("mov eax, [rax+ebx]")[0]).toContain("cannot be part of the address");
    expect(errorsOf("mov eax, [rax+rbx+rcx]")[0]).toContain("too many registers");
    expect(errorsOf("mov eax, [rsp*2]")[0]).toContain("rsp cannot be an index");
    expect(errorsOf("mov eax, [rip+rax]")[0]).toContain("rip takes no index");
    expect(errorsOf("mov eax, [rax-rbx]")[0]).toContain("cannot stand here");
    expect(errorsOf("mov eax, [rax+0x80000000]")[0]).toContain("displacement out of range");
    expect(errorsOf("mov [rax], [rbx]")[0]).toContain("a second memory operand");
    expect(errorsOf("mov eax, [rax")[0]).toContain("malformed expression");
    expect(errorsOf("mov eax, rip")[0]).toContain("instruction pointer");
  });

  it("tell string instructions whose memory is elsewhere", () => {
    expect(errorsOf("movsb BYTE PTR [rsi], BYTE PTR [rdi]")[0]).toBe(
      "1:7 'BYTE PTR [rsi]' a string instruction does not work there | [rdi], in the segment es | -",
    );
    expect(errorsOf("stosd fs:[rdi], eax")[0]).toContain("does not work there");
    expect(errorsOf("lodsb al, [rsi+1]")[0]).toContain("does not work there");
    expect(errorsOf("movs [rdi], [rsi]")[0]).toContain("ambiguous operand size");
  });

  it("tell prefixes that do not belong", () => {
    expect(errorsOf("lock mov [rax], eax")[0]).toContain("cannot be locked");
    expect(errorsOf("lock cmp [rax], eax")[0]).toContain("cannot be locked");
    expect(errorsOf("lock add eax, [rax]")[0]).toContain("cannot be locked");
    expect(errorsOf("rep add eax, 1")[0]).toContain("does not take 'rep'");
    expect(errorsOf("notrack nop")[0]).toContain("does not take 'notrack'");
  });

  it("tell short branches that do not reach", () => {
    expect(errorsOf("loop .L1\n.skip 200\n.L1:")[0]).toContain(
      "short branch out of range: the target is 200 bytes away",
    );
  });

  it("refuse other sections and sizes beyond reason", () => {
    expect(errorsOf(".section .rodata\n.long 1")[0]).toContain("one section");
    expect(errorsOf("ret\n.section .rodatas\n")[0]).toContain("one section");
    expect(errorsOf("ret\n.section .init_array\n")[0]).toContain("one section");
    expect(errorsOf(".data")[0]).toContain("one section");
    expect(errorsOf(".skip 99999999999")[0]).toContain("a constant from 0 to");
    expect(errorsOf(`${".skip 60000000\n".repeat(2)}`)[0]).toContain("larger than");
    expect(errorsOf(".p2align 40")[0]).toContain("a constant from 0 to 16");
    expect(errorsOf(".balign 12")[0]).toContain("alignment out of range");
  });

  it("tell branches and differences that no field holds", () => {
    expect(errorsOf("jmp a-b")[0]).toContain("operand 1 of 'jmp' does not fit");
    expect(errorsOf("jmp a+0x100000000")[0]).toContain("displacement out of range");
    expect(errorsOf("jmp a@gotoff")[0]).toContain("no relocation for '@gotoff'");
    expect(errorsOf("a: .skip 300\nb: .byte b-a")[0]).toContain("value does not fit 8 bits");
    expect(errorsOf(".long 5-a")[0]).toContain("the linker cannot compute this");
    expect(errorsOf("jmp a@GOTPCREL")[0]).toContain("no relocation for '@gotpcrel'");
    expect(errorsOf("a: mov rax, a@GOTPCREL[rip]")[0]).toContain("local to the function");
  });

  it("end in reasonable time where every branch pushes the next out of reach", () => {
    const count = 20_000;
    const lines = Array.from({ length: count }, (_, i) => `jmp .L${Math.min(i + 62, count)}\n.L${i}:`);
    const source = Buffer.from(`${lines.join("\n")}\n.skip 4\n.L${count}: ret`);
    expect(assembler.assemble(source, 0, source.length)).toBe(true);
  }, 10_000);

  it("continue at the next statement, up to eight", () => {
    expect(errorsOf("foo\nnop\nbar; baz\nadd eax").map((error) => error.slice(0, 3))).toEqual([
      "1:1",
      "3:1",
      "3:6",
      "4:1",
    ]);
    expect(errorsOf("foo\n".repeat(50))).toHaveLength(8);
  });

  it("never crash, hang or point outside the text, whatever the bytes", () => {
    const lines = allSamples(seeded(5), 1);
    const piece = fc.oneof(
      fc.constantFrom(...lines),
      fc.constantFrom(
        "1:",
        "jmp 1f",
        ".L1:",
        "jne .L1",
        ".long .L1-.",
        "(",
        "[",
        "]",
        '"',
        "/*",
        "*/",
        "'",
        "OFFSET",
        "@",
        "-",
        "\\",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom("\n", " ", ",", ""), (pieces, separator) => {
        const source = Buffer.from(pieces.join(separator));
        if (assembler.assemble(source, 0, source.length)) return;
        expect(assembler.errors.length).toBeGreaterThan(0);
        for (const error of assembler.errors) {
          expect(error.offset).toBeGreaterThanOrEqual(0);
          expect(error.offset).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});
