import { type Diagnostic, DiagnosticError } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { recordsOfCalls } from "./emitted.test.helper.js";
import type { Func } from "./func-builder.js";
import type { Mnemonic } from "./instructions.js";
import { byte, dword, ptr, qword } from "./memory.js";
import { type Label, type Modifier, type Ref, symbol } from "./places.js";
import { RecordsBuilder } from "./records-builder.js";
import { ah, al, cr, eax, ecx, es, type GeneralRegister, r8b, rax, rbx, rip, rsp, st } from "./registers.js";

/** The diagnostics of what a call throws. */
function thrown(call: () => void): readonly Diagnostic[] {
  try {
    call();
  } catch (cause) {
    expect(cause).toBeInstanceOf(DiagnosticError);
    return (cause as DiagnosticError).diagnostics;
  }
  return [];
}

/** What is wrong with a function `f`. */
function wrong(build: (f: Func) => void): readonly Diagnostic[] {
  return thrown(() => new RecordsBuilder("test", 0, 4).func("f", {}, build));
}

describe("an instruction that does not exist", () => {
  it.each<[title: string, build: (f: Func) => void, message: string]>([
    [
      "operands of two sizes",
      (f) => f.add(eax, rbx),
      "add eax, rbx: operand size mismatch for 'add'; expected operands of one size",
    ],
    ["an immediate out of range", (f) => f.mov(al, 300), "mov al, 300: immediate out of range for 'mov'"],
    ["memory of unknown size", (f) => f.inc(ptr(rax, 8)), "inc [rax+8]: ambiguous operand size for 'inc'"],
    ["an operand too few", (f) => f.op("add", eax), "add eax: 'add' does not take 1 operand"],
    ["an operand too many", (f) => f.op("add", eax, eax, eax, eax), "no instruction takes 4 operands"],
    ["a name that is none", (f) => f.op("frob" as Mnemonic), 'there is no instruction "frob"'],
    [
      "a prefix it does not take",
      (f) => f.lock.mov(qword(rsp), rax),
      "lock mov qword ptr [rsp], rax: 'mov' cannot be locked",
    ],
    ["two memory operands", (f) => f.mov(dword(rax), dword(rbx)), "a second memory operand"],
    ["a high byte beside REX", (f) => f.mov(r8b, ah), "mov r8b, ah: ah, bh, ch and dh cannot be used"],
    ["a modifier without relocation", (f) => f.call(symbol("x", { modifier: "tlsgd" })), "no relocation for '@tlsgd'"],
    ["the instruction pointer", (f) => f.op("push", rip as never), "rip is no operand"],
    ["nothing that it knows", (f) => f.op("push", {} as never), "is no operand"],
  ])("throws at the call: %s", (_, build, message) => {
    let after = false;
    const [diagnostic] = wrong((f) => {
      build(f);
      after = true;
    });
    expect(diagnostic?.message).toContain(message);
    expect(diagnostic?.place).toEqual({ symbol: "f" });
    expect(after).toBe(false);
  });

  it.each<[title: string, make: () => unknown, message: string]>([
    ["a stack pointer as index", () => qword(rax, { index: rsp, scale: 2 }), "[rax+rsp*2]: rsp cannot be an index"],
    ["registers of two sizes", () => byte(rax, { index: ecx }), "base and index differ in size"],
    ["a register of another class", () => byte(es as unknown as GeneralRegister), "this register is no address"],
    ["a factor", () => byte(rax, { index: rbx, scale: 3 as never }), "cannot be multiplied by 3"],
    ["rip with an index", () => byte(rip, { index: rbx }), "rip takes no index"],
    ["rip as index", () => byte(rax, { index: rip as never }), "rip cannot be an index"],
    ["a displacement beyond 32 bits", () => byte(rax, 2 ** 31), "displacement out of range"],
    ["half a byte", () => byte(rax, 0.5), "0.5 is no whole number"],
    ["a constant beyond 64 bits", () => byte(2n ** 64n), "does not fit 64 bits"],
    ["an unknown modifier", () => symbol("x", { modifier: "up" as Modifier }), 'there is no modifier "up"'],
    ["an offset beyond 32 bits", () => symbol("x", { offset: 2 ** 31 }), "no integer of 32 bits"],
  ])("throws where an operand cannot be: %s", (_, make, message) => {
    expect(thrown(make)[0]?.message).toContain(message);
  });

  it("throws for registers that there are none of", () => {
    expect(() => st(8)).toThrow(RangeError);
    expect(() => cr(16)).toThrow(RangeError);
  });
});

describe("a label", () => {
  it("has to be placed where it is used, and once", () => {
    expect(wrong((f) => f.jmp(f.label("end")))[0]?.message).toBe("unknown label 'end'");
    expect(wrong((f) => f.place(f.place()))[0]?.message).toBe("label 'label 0' is defined twice");
    expect(wrong((f) => void f.label())).toEqual([]);
  });

  it("belongs to its function, as references do to their declaration", () => {
    const builder = new RecordsBuilder("test", 0, 4);
    let label: Label | undefined;
    let ref: Ref | undefined;
    builder.func("first", {}, (f) => {
      label = f.place();
      ref = f.ref({ nav: "first" });
    });
    expect(thrown(() => builder.func("f", {}, (f) => f.jmp(label!)))[0]?.message).toContain("another function");
    expect(thrown(() => builder.func("f", {}, (f) => void f.place(label)))[0]?.message).toContain("another function");
    expect(thrown(() => builder.func("f", {}, (f) => f.jmp(ref!)))[0]?.message).toContain("`ref`");
  });

  it("is in reach of a short branch or the function is refused", () => {
    const [diagnostic] = wrong((f) => {
      const start = f.place();
      f.bytes(new Uint8Array(200));
      f.loop(start);
    });
    expect(diagnostic).toMatchObject({ code: "MF0702", place: { symbol: "f" } });
    expect(diagnostic?.message).toContain("short branch out of range: the target is -202 bytes away");
  });

  it("takes no modifier, and is nothing that data refers to", () => {
    expect(wrong((f) => f.call(symbol(f.place(), { modifier: "plt" })))[0]?.message).toContain("local to the function");
    expect(wrong((f) => void f.ref({ uav: { data: (d) => d.pointer(f.label("here")) } }))[0]?.message).toContain(
      "data refers to names and references, not to here",
    );
  });
});

describe("a declaration that fails", () => {
  it("leaves nothing behind", () => {
    const build = (f: Func): void => {
      f.call("g");
      f.ret();
    };
    const clean = recordsOfCalls((builder) => builder.func("good", {}, build));
    const after = recordsOfCalls((builder) => {
      const failing = (): void =>
        builder.func("bad", {}, (f) => {
          f.lea(rax, f.ref({ uav: { text: "lost", relocs: [[0, "32", "lost"]] } }));
          f.call("h");
          throw new Error("the compiler's own");
        });
      expect(failing).toThrow("the compiler's own");
      builder.func("good", {}, build);
    });
    expect(after).toEqual(clean);
  });

  it("fails also where the compiler caught what was wrong", () => {
    const [diagnostic] = wrong((f) => {
      expect(thrown(() => f.add(eax, rbx))).toHaveLength(1);
      f.ret();
    });
    expect(diagnostic?.message).toContain("operand size mismatch");
  });

  it("is one that begins inside another, goes on behind its end, or waits", () => {
    const builder = new RecordsBuilder("test", 0, 4);
    let kept: Func | undefined;
    builder.func("first", {}, (f) => {
      kept = f;
    });
    expect(thrown(() => kept!.ret())[0]).toMatchObject({ code: "MF0703" });
    expect(thrown(() => builder.func("f", {}, () => builder.func("g", {}, () => {})))[0]?.message).toBe(
      '"g" begins before "f" has ended',
    );
    expect(thrown(() => builder.func("f", {}, async () => {}))[0]?.message).toContain("synchronous");
  });

  it.each<[title: string, call: (builder: RecordsBuilder) => void, code: string]>([
    ["no name", (b) => b.func("", {}, (f) => f.ret()), "MF0122"],
    ["an alignment that is no power of two", (b) => b.data("d", { align: 3 }, { text: "x" }), "MF0109"],
    ["contents given twice", (b) => b.data("d", {}, { text: "x", zero: 1 } as never), "MF0116"],
    ["a negative number of zeros", (b) => b.data("d", {}, { zero: -1 }), "MF0110"],
    ["a relocation outside", (b) => b.data("d", {}, { text: "abc", relocs: [[0, "32", "x"]] }), "MF0113"],
    ["a relocation in zeros", (b) => b.data("d", {}, { data: (d) => d.zero(8).relocationAt(0, "64", "x") }), "MF0114"],
    [
      "a relocation that data cannot have",
      (b) => b.data("d", {}, { data: (d) => d.relocation("COPY", "x") }),
      "MF0112",
    ],
    ["a thread-local constant", (b) => b.data("d", { threadlocal: true, writable: false }, { zero: 1 }), "MF0125"],
    ["an integer out of range", (b) => b.data("d", {}, { data: (d) => d.u8(256) }), "MF0703"],
    ["a negative unsigned integer", (b) => b.data("d", {}, { data: (d) => d.u64(-1) }), "MF0703"],
    ["a signed integer out of range", (b) => b.data("d", {}, { data: (d) => d.i64(2n ** 63n) }), "MF0703"],
    ["an inexact addend", (b) => b.data("d", {}, { data: (d) => d.pointer("x", 0.5) }), "MF0703"],
    ["an offset that is negative", (b) => b.export("e", { nav: "n", offset: -1 }, {}), "MF0110"],
    ["an unknown word", (b) => b.extern("e", { is: "method" as never }), "MF0121"],
  ])("throws at the call, with the manifest's diagnostic where there is one: %s", (_, call, code) => {
    expect(thrown(() => call(new RecordsBuilder("test", 0, 4)))[0]?.code).toBe(code);
  });
});
