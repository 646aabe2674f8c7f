/**
 * The registers of x86-64 as values, one constant each under the name that assembly gives it. `st(0)` to `st(7)`, control
 * and debug registers are made by functions.
 */

import { registerId } from "../x86/registers.js";

/** What a register is for; instructions take registers by class. */
export type RegisterClass = "general" | "xmm" | "mmx" | "x87" | "segment" | "control" | "debug" | "pointer";

export class Register<Class extends RegisterClass = RegisterClass> {
  readonly name: string;
  readonly class: Class;
  /** The assembler's number of it. */
  readonly id: number;
  /** Of x87 registers: how deep in the stack, else 0. */
  readonly depth: number;

  constructor(name: string, registerClass: Class, id: number, depth = 0) {
    this.name = name;
    this.class = registerClass;
    this.id = id;
    this.depth = depth;
  }

  toString(): string {
    return this.name;
  }
}

/** al to r15, of 8, 16, 32 or 64 bits. */
export type GeneralRegister = Register<"general">;
export type XmmRegister = Register<"xmm">;
export type MmxRegister = Register<"mmx">;
export type X87Register = Register<"x87">;
export type SegmentRegister = Register<"segment">;
export type ControlRegister = Register<"control">;
export type DebugRegister = Register<"debug">;
/** rip and eip, which are bases of addresses only. */
export type InstructionPointer = Register<"pointer">;

const make = <Class extends RegisterClass>(name: string, registerClass: Class): Register<Class> =>
  new Register(name, registerClass, registerId(name));

/** The x87 register `depth` below the top of the stack: `st(0)` to `st(7)`. */
export function st(depth: number): X87Register {
  if (!(Number.isInteger(depth) && depth >= 0 && depth < 8))
    throw new RangeError(`st(${depth}): there are st(0) to st(7)`);
  return new Register(`st(${depth})`, "x87", registerId("st"), depth);
}

/** The control register `number`: `cr(0)` to `cr(15)`. */
export function cr(number: number): ControlRegister {
  return numbered("cr", "control", number);
}

/** The debug register `number`: `dr(0)` to `dr(15)`. */
export function dr(number: number): DebugRegister {
  return numbered("dr", "debug", number);
}

function numbered<Class extends RegisterClass>(prefix: string, registerClass: Class, number: number): Register<Class> {
  const id = registerId(`${prefix}${number}`);
  if (id === -1) throw new RangeError(`${prefix}(${number}): there are ${prefix}(0) to ${prefix}(15)`);
  return new Register(`${prefix}${number}`, registerClass, id);
}

// 8 bits
export const al: GeneralRegister = make("al", "general");
export const cl: GeneralRegister = make("cl", "general");
export const dl: GeneralRegister = make("dl", "general");
export const bl: GeneralRegister = make("bl", "general");
export const spl: GeneralRegister = make("spl", "general");
export const bpl: GeneralRegister = make("bpl", "general");
export const sil: GeneralRegister = make("sil", "general");
export const dil: GeneralRegister = make("dil", "general");
export const r8b: GeneralRegister = make("r8b", "general");
export const r9b: GeneralRegister = make("r9b", "general");
export const r10b: GeneralRegister = make("r10b", "general");
export const r11b: GeneralRegister = make("r11b", "general");
export const r12b: GeneralRegister = make("r12b", "general");
export const r13b: GeneralRegister = make("r13b", "general");
export const r14b: GeneralRegister = make("r14b", "general");
export const r15b: GeneralRegister = make("r15b", "general");
export const ah: GeneralRegister = make("ah", "general");
export const ch: GeneralRegister = make("ch", "general");
export const dh: GeneralRegister = make("dh", "general");
export const bh: GeneralRegister = make("bh", "general");

// 16 bits
export const ax: GeneralRegister = make("ax", "general");
export const cx: GeneralRegister = make("cx", "general");
export const dx: GeneralRegister = make("dx", "general");
export const bx: GeneralRegister = make("bx", "general");
export const sp: GeneralRegister = make("sp", "general");
export const bp: GeneralRegister = make("bp", "general");
export const si: GeneralRegister = make("si", "general");
export const di: GeneralRegister = make("di", "general");
export const r8w: GeneralRegister = make("r8w", "general");
export const r9w: GeneralRegister = make("r9w", "general");
export const r10w: GeneralRegister = make("r10w", "general");
export const r11w: GeneralRegister = make("r11w", "general");
export const r12w: GeneralRegister = make("r12w", "general");
export const r13w: GeneralRegister = make("r13w", "general");
export const r14w: GeneralRegister = make("r14w", "general");
export const r15w: GeneralRegister = make("r15w", "general");

// 32 bits
export const eax: GeneralRegister = make("eax", "general");
export const ecx: GeneralRegister = make("ecx", "general");
export const edx: GeneralRegister = make("edx", "general");
export const ebx: GeneralRegister = make("ebx", "general");
export const esp: GeneralRegister = make("esp", "general");
export const ebp: GeneralRegister = make("ebp", "general");
export const esi: GeneralRegister = make("esi", "general");
export const edi: GeneralRegister = make("edi", "general");
export const r8d: GeneralRegister = make("r8d", "general");
export const r9d: GeneralRegister = make("r9d", "general");
export const r10d: GeneralRegister = make("r10d", "general");
export const r11d: GeneralRegister = make("r11d", "general");
export const r12d: GeneralRegister = make("r12d", "general");
export const r13d: GeneralRegister = make("r13d", "general");
export const r14d: GeneralRegister = make("r14d", "general");
export const r15d: GeneralRegister = make("r15d", "general");

// 64 bits
export const rax: GeneralRegister = make("rax", "general");
export const rcx: GeneralRegister = make("rcx", "general");
export const rdx: GeneralRegister = make("rdx", "general");
export const rbx: GeneralRegister = make("rbx", "general");
export const rsp: GeneralRegister = make("rsp", "general");
export const rbp: GeneralRegister = make("rbp", "general");
export const rsi: GeneralRegister = make("rsi", "general");
export const rdi: GeneralRegister = make("rdi", "general");
export const r8: GeneralRegister = make("r8", "general");
export const r9: GeneralRegister = make("r9", "general");
export const r10: GeneralRegister = make("r10", "general");
export const r11: GeneralRegister = make("r11", "general");
export const r12: GeneralRegister = make("r12", "general");
export const r13: GeneralRegister = make("r13", "general");
export const r14: GeneralRegister = make("r14", "general");
export const r15: GeneralRegister = make("r15", "general");

// 128 bits
export const xmm0: XmmRegister = make("xmm0", "xmm");
export const xmm1: XmmRegister = make("xmm1", "xmm");
export const xmm2: XmmRegister = make("xmm2", "xmm");
export const xmm3: XmmRegister = make("xmm3", "xmm");
export const xmm4: XmmRegister = make("xmm4", "xmm");
export const xmm5: XmmRegister = make("xmm5", "xmm");
export const xmm6: XmmRegister = make("xmm6", "xmm");
export const xmm7: XmmRegister = make("xmm7", "xmm");
export const xmm8: XmmRegister = make("xmm8", "xmm");
export const xmm9: XmmRegister = make("xmm9", "xmm");
export const xmm10: XmmRegister = make("xmm10", "xmm");
export const xmm11: XmmRegister = make("xmm11", "xmm");
export const xmm12: XmmRegister = make("xmm12", "xmm");
export const xmm13: XmmRegister = make("xmm13", "xmm");
export const xmm14: XmmRegister = make("xmm14", "xmm");
export const xmm15: XmmRegister = make("xmm15", "xmm");

// MMX
export const mm0: MmxRegister = make("mm0", "mmx");
export const mm1: MmxRegister = make("mm1", "mmx");
export const mm2: MmxRegister = make("mm2", "mmx");
export const mm3: MmxRegister = make("mm3", "mmx");
export const mm4: MmxRegister = make("mm4", "mmx");
export const mm5: MmxRegister = make("mm5", "mmx");
export const mm6: MmxRegister = make("mm6", "mmx");
export const mm7: MmxRegister = make("mm7", "mmx");

// segments
export const es: SegmentRegister = make("es", "segment");
export const cs: SegmentRegister = make("cs", "segment");
export const ss: SegmentRegister = make("ss", "segment");
export const ds: SegmentRegister = make("ds", "segment");
export const fs: SegmentRegister = make("fs", "segment");
export const gs: SegmentRegister = make("gs", "segment");

// instruction pointer
export const rip: InstructionPointer = make("rip", "pointer");
export const eip: InstructionPointer = make("eip", "pointer");
