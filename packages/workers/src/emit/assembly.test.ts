import { alignOf, ChunkStatus, Decl, R_X86_64, Ref, RefKind, Reloc } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { Emitted } from "./emitted.test.helper.js";

const func = (asm: string, more: object = {}): object => ({ func: "f", code: { asm }, ...more });
const relocsOf = (emitted: Emitted): number[][] =>
  emitted.relocs.map((reloc) => [reloc[Reloc.OFFSET]!, reloc[Reloc.TYPE]!, reloc[Reloc.ADDEND_LOW]!]);

describe("a function's assembly", () => {
  it("becomes its code and relocations", () => {
    const emitted = new Emitted([func("push rbx\ncall g\nlea rax, [rip + table + 8]\npop rbx\nret")]);
    expect(emitted.messages).toEqual([]);
    expect(emitted.hex("decls")).toBe("53e800000000488d05000000005bc3");
    expect(relocsOf(emitted)).toEqual([
      [2, R_X86_64.PLT32, -4],
      [9, R_X86_64.PC32, 4],
    ]);
  });

  it("is the same whether it has escapes or not", () => {
    const spelled = ["mov eax, 1; call g; ret", "mov eax, 1\ncall g\nret", "mov\teax, 1\ncall g\nret"].map((asm) =>
      func(asm),
    );
    const escaped = '{"func": "f", "code": {"asm": "mov\\u0020eax, \\u0031\\ncal\\u006c g\\nret"}}';
    const all = [...spelled.map((one) => new Emitted([one])), new Emitted(escaped)];
    expect(new Set(all.map((emitted) => `${emitted.hex("decls")} ${relocsOf(emitted)}`)).size).toBe(1);
    expect(all[0]!.hex("decls")).toBe("b801000000e800000000c3");
  });

  it("is aligned as what stands in it asks for, at least as the declaration says", () => {
    const aligned = (declaration: object): number => alignOf(new Emitted([declaration]).decls[0]![Decl.FLAGS]!);
    expect(aligned(func("ret"))).toBe(4);
    expect(aligned(func(".p2align 6\nnop\n.p2align 6\nret"))).toBe(6);
    expect(aligned(func(".p2align 3\nret", { align: 32 }))).toBe(5);
  });

  it("refers to names that refs binds, and to itself for the addresses of its labels", () => {
    const refs = { f: { uav: { text: "not the function" } } };
    const emitted = new Emitted([func("lea rax, [rip + f]\nhere:\nret\n.quad here", { refs })]);
    expect(emitted.messages).toEqual([]);
    const [byName, own] = emitted.relocs.map((reloc) => emitted.refs[reloc[Reloc.REF]!]!);
    expect(byName![Ref.KIND]).toBe(RefKind.UAV);
    expect(own![Ref.KIND]).toBe(RefKind.NAME);
    const name = Buffer.from(emitted.text).toString(
      "utf8",
      own![Ref.SOURCE]!,
      own![Ref.SOURCE]! + own![Ref.SOURCE_LENGTH]!,
    );
    expect(name).toBe("f");
    expect(relocsOf(emitted)[1]).toEqual([8, R_X86_64["64"], 7]);
  });

  it("knows where in the manifest each name stands", () => {
    const emitted = new Emitted([func('nop\n\tcall "g"\n\tjmp h\n')]);
    const names = emitted.refs.map((ref) =>
      Buffer.from(emitted.text).toString("utf8", ref[Ref.SOURCE]!, ref[Ref.SOURCE]! + ref[Ref.SOURCE_LENGTH]!),
    );
    expect(names).toEqual(["g", "h"]);
  });

  it("is refused with each mistake at its place, in the manifest and in the assembly", () => {
    const emitted = new Emitted([func("nop\n\tmvo eax, 1\nret"), { func: "g", code: { asm: "mov eax, xmm3" } }]);
    expect(emitted.chunks.status(0)).toBe(ChunkStatus.FAILED);
    expect(emitted.blamed).toEqual([
      ["mvo", "MF0701 assembly, line 2, column 2: unknown instruction 'mvo'"],
      [
        "xmm3",
        expect.stringMatching(/^MF0701 assembly, line 1, column 10: operand 2 of 'mov' does not fit; expected /),
      ],
    ]);
    expect(emitted.emitter.blamed[0]!.diagnostic).toMatchObject({
      suggestion: 'Did you mean "mov"?',
      place: { lineText: "\tmvo eax, 1", lineTextColumn: 2, length: 3 },
    });
  });

  it.each([
    [{ asm: "ret", bytes: "c3" }, '"bytes" and "asm" are given'],
    [{ asm: "ret", relocs: [] }, '"relocs" and "asm" are given'],
    [{ relocs: [] }, '"relocs" are given'],
    [{}, "none is given"],
  ])("stands alone as the code of a function: %j is refused", (code, message) => {
    expect(new Emitted([{ func: "f", code }]).messages.join()).toContain(message);
  });

  it("is refused where it asks for what no manifest can express", () => {
    expect(new Emitted([func("call [rax + x@tlscall]")]).blamed).toEqual([
      [expect.stringContaining("x@tlscall"), expect.stringMatching(/^MF0112 .*TLSDESC_CALL/)],
    ]);
  });
});
