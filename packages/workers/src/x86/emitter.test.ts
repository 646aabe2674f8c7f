import { describe, expect, it } from "vitest";
import { Assembler } from "./assembler.js";
import { Emitter } from "./emitter.js";
import { mnemonicId } from "./form-table.js";
import { renderOurs } from "./gnu-as.test.helper.js";
import { Prefix } from "./instruction.js";
import { Relocation } from "./layout.js";
import { registerId } from "./registers.js";

/** Emits one instruction whose operands `fill` appends. */
function emit(emitter: Emitter, mnemonic: string, fill: (instruction: Emitter["instruction"]) => void): void {
  emitter.instruction.reset(mnemonicId(mnemonic));
  fill(emitter.instruction);
  expect(emitter.emit(0, 0)).toBe(true);
}

describe("the emitter without text", () => {
  it("makes of operands set by hand the bytes that the same text makes", () => {
    const text = `
      push rbx
      mov rbx, rdi
    again:
      mov eax, DWORD PTR [rbx+rcx*4-8]
      lock add QWORD PTR [r12], 5
      cmp eax, 1000
      jne again
      movabs rdx, 0x123456789
      movsd xmm1, QWORD PTR [rsp+16]
      lea rsi, [rip+there]
      call there
      pop rbx
      ret
    `;
    const emitter = new Emitter();
    const names = Buffer.from("there");
    emitter.begin(names, 100);
    const there = emitter.symbols.intern(0, names.length, 1);
    const again = emitter.symbols.anonymous();
    const r = registerId;
    emit(emitter, "push", (i) => i.addRegister(r("rbx")));
    emit(emitter, "mov", (i) => {
      i.addRegister(r("rbx"));
      i.addRegister(r("rdi"));
    });
    emitter.define(again);
    emit(emitter, "mov", (i) => {
      i.addRegister(r("eax"));
      i.addMemory(4, r("rbx"), r("rcx"), 2).setInteger(-8);
    });
    emit(emitter, "add", (i) => {
      i.prefixes = Prefix.LOCK;
      i.addMemory(8, r("r12"), -1, 0);
      i.addImmediate().setInteger(5);
    });
    emit(emitter, "cmp", (i) => {
      i.addRegister(r("eax"));
      i.addImmediate().setInteger(1000);
    });
    emit(emitter, "jne", (i) => i.addTarget(again));
    emit(emitter, "movabs", (i) => {
      i.addRegister(r("rdx"));
      const term = i.addImmediate();
      term.low = 0x23456789;
      term.high = 1;
    });
    emit(emitter, "movsd", (i) => {
      i.addRegister(r("xmm1"));
      i.addMemory(8, r("rsp"), -1, 0).setInteger(16);
    });
    emit(emitter, "lea", (i) => {
      i.addRegister(r("rsi"));
      i.addMemory(0, r("rip"), -1, 0).symbol = there;
    });
    emit(emitter, "call", (i) => i.addTarget(there));
    emit(emitter, "pop", (i) => i.addRegister(r("rbx")));
    emit(emitter, "ret", () => {});
    expect(emitter.finish()).toBe(true);

    const { layout } = emitter;
    const fields = Array.from({ length: layout.relocationCount }, (_, i) => {
      const record = layout.relocations.subarray(i * Relocation.SIZE);
      expect([record[Relocation.NAME_START], record[Relocation.NAME_LENGTH]]).toEqual([100, 5]);
      return `${record[Relocation.OFFSET]}:${record[Relocation.TYPE]}:there+${record[Relocation.ADDEND_LOW]}`;
    });
    const bytes = Buffer.from(layout.code.subarray(0, layout.codeLength)).toString("hex");
    expect([bytes, ...fields].join(" ")).toBe(renderOurs(new Assembler(), text));
  });

  it("says what is wrong with operands that fit no form", () => {
    const emitter = new Emitter();
    emitter.begin(new Uint8Array(0), 0);
    emitter.instruction.reset(mnemonicId("add"));
    emitter.instruction.addRegister(registerId("eax"));
    emitter.instruction.addRegister(registerId("rbx"));
    expect(emitter.emit(0, 0)).toBe(false);
    expect(emitter.finish()).toBe(false);
    expect(emitter.errors.list[0]?.message).toBe("operand size mismatch for 'add'");
  });
});
