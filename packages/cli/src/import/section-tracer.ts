/**
 * Follows control through one section of code. Where it leaves for another section, the caller's `enter` hears of it;
 * where anything is not as code should be, the trace gets a problem, and nothing of it is relied upon.
 */

import { STT, symType } from "@manifold/core";
import type { Decoder, Instruction } from "iced-x86";
import { type CodeTrace, type FieldUse, FLAG } from "./code-trace.js";
import { FIXUP_TYPES } from "./fixup-types.js";
import type { Fixup, InputSection } from "./model.js";

export type Iced = typeof import("iced-x86");

export class SectionTracer {
  readonly #iced: Iced;
  readonly #section: InputSection;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder: Decoder;
  readonly #instruction: Instruction;
  readonly #fixupAt: ReadonlyMap<number, Fixup>;
  /** Where functions say that they end: a call that ends there does not return. */
  readonly #ends: ReadonlySet<number>;
  readonly #enter: (section: InputSection, offset: number) => void;
  readonly #trace: CodeTrace;

  constructor(iced: Iced, section: InputSection, enter: (section: InputSection, offset: number) => void) {
    this.#iced = iced;
    this.#section = section;
    this.#bytes = section.bytes!;
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    this.#decoder = new iced.Decoder(64, this.#bytes, iced.DecoderOptions.None);
    this.#instruction = new iced.Instruction();
    this.#fixupAt = new Map(section.fixups.map((fixup) => [fixup.offset, fixup]));
    const functions = section.symbols.filter(({ sym }) => symType(sym.info) === STT.FUNC && sym.size > 0);
    this.#ends = new Set(functions.map(({ sym }) => sym.value + sym.size));
    this.#enter = enter;
    // One more than bytes: control may flow off the end.
    this.#trace = { flags: new Uint8Array(section.size + 1), uses: new Map(), internal: [], problem: undefined };
  }

  free(): void {
    this.#decoder.free();
    this.#instruction.free();
  }

  /** Decodes from `offset` until control leaves or arrives where it has been. */
  follow(offset: number): void {
    const { flags } = this.#trace;
    if (offset < 0 || offset >= this.#bytes.length) {
      this.#fail(`control goes to ${hex(offset)}, outside the section`);
      return;
    }
    let at = offset;
    while (this.#trace.problem === undefined && at < this.#bytes.length && (flags[at]! & FLAG.START) === 0) {
      if ((flags[at]! & FLAG.INSIDE) !== 0) {
        this.#fail(`control goes into the middle of an instruction at ${hex(at)}`);
        return;
      }
      const next = this.#instructionAt(at);
      if (next === undefined) return;
      flags[next]! |= FLAG.FLOWED_INTO;
      at = next;
    }
  }

  /** Enters what nothing has reached of functions; false where there is none left. */
  enterUnreached(): boolean {
    if (this.#trace.problem !== undefined) return false;
    let entered = false;
    for (const [start, end] of this.#unreached()) {
      if (this.#isPadding(start, end) || !this.#isInFunction(start)) continue;
      this.#enter(this.#section, start);
      entered = true;
    }
    return entered;
  }

  finish(): CodeTrace {
    for (const [start, end] of this.#unreached()) {
      if (this.#isPadding(start, end)) continue;
      this.#fail(`what the bytes from ${hex(start)} to ${hex(end)} are is not known`);
      break;
    }
    if (this.#trace.uses.size !== this.#section.fixups.length) {
      this.#fail("a relocation does not lie on an operand of an instruction");
    }
    return this.#trace;
  }

  /** Decodes one instruction; the offset that control goes on to by itself, if it does. */
  #instructionAt(at: number): number | undefined {
    const { FlowControl } = this.#iced;
    const instruction = this.#instruction;
    this.#decoder.position = at;
    this.#decoder.decodeOut(instruction);
    const end = at + instruction.length;
    if (instruction.isInvalid || end > this.#bytes.length) {
      this.#fail(`no instruction begins at ${hex(at)}`);
      return undefined;
    }
    this.#mark(at, end);
    this.#fields(at, end);
    switch (instruction.flowControl) {
      case FlowControl.UnconditionalBranch:
      case FlowControl.IndirectBranch:
      case FlowControl.Return:
      case FlowControl.Exception:
        return undefined;
      case FlowControl.Call:
      case FlowControl.IndirectCall:
        return this.#ends.has(end) ? undefined : end;
      default:
        return end;
    }
  }

  #mark(at: number, end: number): void {
    const { flags } = this.#trace;
    flags[at]! |= FLAG.START;
    for (let i = at + 1; i < end; i++) {
      if ((flags[i]! & FLAG.START) !== 0) this.#fail(`instructions overlap at ${hex(i)}`);
      flags[i]! |= FLAG.INSIDE;
    }
  }

  /** Notes what displacement and immediate are for, and where they lead. */
  #fields(at: number, end: number): void {
    const constants = this.#decoder.getConstantOffsets(this.#instruction);
    if (constants.hasDisplacement) {
      const offset = at + constants.displacementOffset;
      const use: FieldUse = { ...this.#memoryUse(), end };
      this.#field(offset, constants.displacementSize, use, this.#instruction.isIpRelMemoryOperand);
    }
    if (constants.hasImmediate) {
      const isBranch = this.#isNearBranch();
      const use: FieldUse = { kind: isBranch ? "branch" : "address", size: 0, end };
      this.#field(at + constants.immediateOffset, constants.immediateSize, use, isBranch);
    }
    constants.free();
  }

  #field(offset: number, width: number, use: FieldUse, countsFromEnd: boolean): void {
    const fixup = this.#fixupAt.get(offset);
    if (fixup === undefined) {
      if (countsFromEnd) this.#internalReference(offset, width, use);
      return;
    }
    const kind = FIXUP_TYPES[fixup.type];
    // A mismatch leaves the fixup without a use, and that is noticed at the end.
    if (kind.width !== width || kind.pcRelative !== countsFromEnd) return;
    this.#trace.uses.set(fixup, use);
    const { target } = fixup;
    if (use.kind !== "branch" || target.kind !== "spot") return;
    this.#enter(target.section, target.value + fixup.addend + (use.end - offset));
  }

  #internalReference(offset: number, width: number, use: FieldUse): void {
    const displacement =
      width === 4
        ? this.#view.getInt32(offset, true)
        : width === 2
          ? this.#view.getInt16(offset, true)
          : this.#view.getInt8(offset);
    const target = use.end + displacement;
    this.#trace.internal.push({ ...use, offset, width, target });
    if (use.kind === "branch") this.#enter(this.#section, target);
    else if (use.kind === "access")
      this.#fail(`the instruction that ends at ${hex(use.end)} reads data among the code`);
    else if (target < 0 || target > this.#bytes.length)
      this.#fail(`an address lies outside the section at ${hex(offset)}`);
  }

  #memoryUse(): Omit<FieldUse, "end"> {
    const { MemorySizeExt, Register } = this.#iced;
    const { memorySize, memoryBase, memoryIndex } = this.#instruction;
    const size = MemorySizeExt.size(memorySize);
    const direct = memoryBase === Register.None || this.#instruction.isIpRelMemoryOperand;
    const certain = size > 0 && direct && memoryIndex === Register.None && !this.#isPrefetch();
    return certain ? { kind: "access", size } : { kind: "address", size: 0 };
  }

  /** May name any address: it has no effect that the program could see. */
  #isPrefetch(): boolean {
    return this.#iced.Mnemonic[this.#instruction.mnemonic]!.startsWith("Prefetch");
  }

  #isNearBranch(): boolean {
    const { OpKind } = this.#iced;
    const kind = this.#instruction.op0Kind;
    return kind === OpKind.NearBranch64 || kind === OpKind.NearBranch32 || kind === OpKind.NearBranch16;
  }

  *#unreached(): Generator<readonly [start: number, end: number]> {
    const { flags } = this.#trace;
    const reached = (i: number) => (flags[i]! & (FLAG.START | FLAG.INSIDE)) !== 0;
    for (let start = 0; start < this.#bytes.length; start++) {
      if (reached(start)) continue;
      let end = start + 1;
      while (end < this.#bytes.length && !reached(end)) end++;
      yield [start, end];
      start = end;
    }
  }

  /** Zeros, int3 and instructions that do nothing. */
  #isPadding(start: number, end: number): boolean {
    for (let at = start; at < end; ) {
      if (this.#bytes[at] === 0x00 || this.#bytes[at] === 0xcc) {
        at++;
        continue;
      }
      this.#decoder.position = at;
      this.#decoder.decodeOut(this.#instruction);
      if (this.#instruction.mnemonic !== this.#iced.Mnemonic.Nop) return false;
      at += this.#instruction.length;
      if (at > end) return false;
    }
    return true;
  }

  #isInFunction(offset: number): boolean {
    return this.#section.symbols.some(
      ({ sym }) => symType(sym.info) === STT.FUNC && sym.value <= offset && offset < sym.value + sym.size,
    );
  }

  #fail(problem: string): void {
    this.#trace.problem ??= problem;
  }
}

function hex(offset: number): string {
  return offset < 0 ? `-0x${(-offset).toString(16)}` : `0x${offset.toString(16)}`;
}
