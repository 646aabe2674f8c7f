/**
 * Operand kinds as one-bit masks. An operand that was parsed (or built) carries every kind it can stand for; a form of
 * the instruction table carries every kind it admits; they fit where the masks meet. Sizes of general registers and of
 * memory are part of the mask; immediates get their bits once the size of the instruction is known.
 */

export const Kind = {
  R8: 0x00000001,
  R16: 0x00000002,
  R32: 0x00000004,
  R64: 0x00000008,
  M8: 0x00000010,
  M16: 0x00000020,
  M32: 0x00000040,
  M64: 0x00000080,
  M80: 0x00000100,
  M128: 0x00000200,
  XMM: 0x00000400,
  MMX: 0x00000800,
  /** Any x87 register; `ST0` marks the top one as well. */
  ST: 0x00001000,
  ST0: 0x00002000,
  /** Segment registers; `FS` and `GS` have push and pop forms of their own. */
  SREG: 0x00004000,
  FS: 0x00008000,
  GS: 0x00010000,
  CREG: 0x00020000,
  DREG: 0x00040000,
  /** The immediate 1, for shifts. */
  ONE: 0x00080000,
  /** Fits 8 bits, signed or unsigned. */
  I8: 0x00100000,
  /** Fits 8 bits that are sign-extended to the size of the instruction. */
  I8S: 0x00200000,
  I16: 0x00400000,
  I32: 0x00800000,
  /** Fits 32 bits that are sign-extended to 64. */
  I32S: 0x01000000,
  I64: 0x02000000,
  /** A place in code: label, symbol. */
  REL: 0x04000000,
  /** al, ax, eax, rax. */
  ACC: 0x08000000,
  CL: 0x10000000,
  DX: 0x20000000,
  /** Memory at an absolute address of 64 bits. */
  MOFFS: 0x40000000,
  XMM0: -0x80000000,
} as const;

const ANY_REGISTER = Kind.R8 | Kind.R16 | Kind.R32 | Kind.R64;
export const ANY_MEMORY: number = Kind.M8 | Kind.M16 | Kind.M32 | Kind.M64 | Kind.M80 | Kind.M128;
export const ANY_IMMEDIATE: number = Kind.ONE | Kind.I8 | Kind.I8S | Kind.I16 | Kind.I32 | Kind.I32S | Kind.I64;

const memoryBySize = new Int32Array(17);
memoryBySize[0] = ANY_MEMORY;
memoryBySize[1] = Kind.M8;
memoryBySize[2] = Kind.M16;
memoryBySize[4] = Kind.M32;
memoryBySize[8] = Kind.M64;
memoryBySize[10] = Kind.M80;
memoryBySize[16] = Kind.M128;

/** The kinds of memory of 1, 2, 4, 8, 10 or 16 bytes; of all sizes where `bytes` is 0. */
export function memoryKinds(bytes: number): number {
  return memoryBySize[bytes]!;
}

const sizedMemory = Kind.M8 | Kind.M16 | Kind.M32 | Kind.M64;

/** What an operand of the instruction table admits, how it is called in messages, and whether it is sized. */
export interface OperandClass {
  readonly mask: number;
  /** The operand's size is the instruction's: all such operands of a form have one size. */
  readonly sized: boolean;
  readonly label: string;
  /** The only base register that memory may have, by number. */
  readonly base?: number;
}

const sized = (mask: number, label: string): OperandClass => ({ mask, sized: true, label });
const fixed = (mask: number, label: string): OperandClass => ({ mask, sized: false, label });

/** The names of operands in the instruction table. */
export const OPERAND_CLASSES: Readonly<Record<string, OperandClass>> = {
  // Sized by the instruction: 8, 16, 32 or 64 bits, as the form allows.
  r: sized(ANY_REGISTER, "a general register"),
  rm: sized(ANY_REGISTER | sizedMemory, "a general register or memory"),
  mv: sized(sizedMemory, "memory"),
  di: { mask: sizedMemory, sized: true, label: "memory at [rdi]", base: 7 },
  si: { mask: sizedMemory, sized: true, label: "memory at [rsi]", base: 6 },
  acc: sized(Kind.ACC, "the accumulator (al, ax, eax, rax)"),
  moffs: sized(Kind.MOFFS, "memory at an absolute address"),
  imm: fixed(Kind.I8 | Kind.I16 | Kind.I32 | Kind.I32S, "an immediate"),
  // Fixed.
  imm8: fixed(Kind.I8, "an 8-bit immediate"),
  imm8s: fixed(Kind.I8S, "a signed 8-bit immediate"),
  imm16: fixed(Kind.I16, "a 16-bit immediate"),
  imm32s: fixed(Kind.I32S, "a signed 32-bit immediate"),
  imm64: fixed(Kind.I64, "a 64-bit immediate"),
  "1": fixed(Kind.ONE, "1"),
  r8: fixed(Kind.R8, "an 8-bit register"),
  r16: fixed(Kind.R16, "a 16-bit register"),
  r32: fixed(Kind.R32, "a 32-bit register"),
  r64: fixed(Kind.R64, "a 64-bit register"),
  r3264: fixed(Kind.R32 | Kind.R64, "a 32- or 64-bit register"),
  rm8: fixed(Kind.R8 | Kind.M8, "an 8-bit register or memory"),
  rm16: fixed(Kind.R16 | Kind.M16, "a 16-bit register or memory"),
  rm32: fixed(Kind.R32 | Kind.M32, "a 32-bit register or memory"),
  rm64: fixed(Kind.R64 | Kind.M64, "a 64-bit register or memory"),
  r32m8: fixed(Kind.R32 | Kind.R64 | Kind.M8, "a register or 8-bit memory"),
  r32m16: fixed(Kind.R32 | Kind.R64 | Kind.M16, "a register or 16-bit memory"),
  m: fixed(ANY_MEMORY, "memory"),
  m8: fixed(Kind.M8, "8-bit memory"),
  m16: fixed(Kind.M16, "16-bit memory"),
  m32: fixed(Kind.M32, "32-bit memory"),
  m64: fixed(Kind.M64, "64-bit memory"),
  m80: fixed(Kind.M80, "80-bit memory"),
  m128: fixed(Kind.M128, "128-bit memory"),
  xmm: fixed(Kind.XMM, "an xmm register"),
  xmm0: fixed(Kind.XMM0, "xmm0"),
  xm16: fixed(Kind.XMM | Kind.M16, "an xmm register or 16-bit memory"),
  xm32: fixed(Kind.XMM | Kind.M32, "an xmm register or 32-bit memory"),
  xm64: fixed(Kind.XMM | Kind.M64, "an xmm register or 64-bit memory"),
  xm128: fixed(Kind.XMM | Kind.M128, "an xmm register or 128-bit memory"),
  mm: fixed(Kind.MMX, "an mm register"),
  mm32: fixed(Kind.MMX | Kind.M32, "an mm register or 32-bit memory"),
  mm64: fixed(Kind.MMX | Kind.M64, "an mm register or 64-bit memory"),
  st: fixed(Kind.ST, "st(i)"),
  st0: fixed(Kind.ST0, "st"),
  sreg: fixed(Kind.SREG, "a segment register"),
  fs: fixed(Kind.FS, "fs"),
  gs: fixed(Kind.GS, "gs"),
  cr: fixed(Kind.CREG, "a control register"),
  dr: fixed(Kind.DREG, "a debug register"),
  cl: fixed(Kind.CL, "cl"),
  dx: fixed(Kind.DX, "dx"),
  rel: fixed(Kind.REL, "a label or symbol"),
};
