/**
 * Which loads through the global offset table can do without it, and their rewriting in place (psABI, "Optimize GOTPCRELX
 * Relocations", B.2, and "Thread-Local Storage" for initial exec). Scanning asks which form an instruction gets, to know
 * whether its symbol needs an entry; applying asks again, of the same bytes, and rewrites.
 */

import { R_X86_64 } from "../elf/x86-64.js";

/** SLOT: the instruction stays, and loads from the table. The others name the instruction that takes its place. */
export const GotForm = { SLOT: 0, CALL: 1, JMP: 2, LEA: 3, ZERO: 4 } as const;

/** What the symbol is: an address in the image, a number, or nothing (weak, and not defined). */
export const TargetKind = { ADDRESS: 0, ABSOLUTE: 1, NOTHING: 2 } as const;

/** Absolute values as far from the image as this are out of reach of it. */
const NEAR = 2 ** 30;

/** The form of a load whose field of `type` is at `at` of `bytes`, `offset` bytes into its section, and whose addend is `addend`. */
export function gotForm(
  bytes: Uint8Array,
  at: number,
  offset: number,
  type: number,
  addend: number,
  target: number,
  value: number,
  pie: boolean,
): number {
  const isRex = type === R_X86_64.REX_GOTPCRELX;
  if (addend !== -4 || offset < (isRex ? 3 : 2)) return GotForm.SLOT;
  const opcode = bytes[at - 2]!;
  const modrm = bytes[at - 1]!;
  const isMov = opcode === 0x8b && (modrm & 0xc7) === 0x05;
  if (target === TargetKind.NOTHING && isMov && type !== R_X86_64.GOTPCREL) return GotForm.ZERO;
  // Nothing and numbers do not move with the program.
  if (target !== TargetKind.ADDRESS && (pie || value < 0 || value > NEAR)) return GotForm.SLOT;
  if (isMov) return GotForm.LEA;
  if (opcode !== 0xff || type === R_X86_64.GOTPCREL) return GotForm.SLOT;
  return modrm === 0x15 ? GotForm.CALL : modrm === 0x25 ? GotForm.JMP : GotForm.SLOT;
}

/** Rewrites the instruction; returns where its field is now, relative to where it was. The field's value is `S - 4 - P`. ZERO has none. */
export function rewriteGotLoad(bytes: Uint8Array, at: number, form: number, type: number): number {
  const modrm = bytes[at - 1]!;
  if (form === GotForm.CALL) {
    bytes[at - 2] = 0x67;
    bytes[at - 1] = 0xe8;
    return 0;
  }
  if (form === GotForm.JMP) {
    bytes[at - 2] = 0xe9;
    bytes[at + 3] = 0x90;
    return -1;
  }
  if (form === GotForm.LEA) {
    bytes[at - 2] = 0x8d;
    return 0;
  }
  // mov $0, %reg: the register moves from the reg to the rm half of ModRM, its fourth bit from REX.R to REX.B.
  if (type === R_X86_64.REX_GOTPCRELX) bytes[at - 3] = (bytes[at - 3]! & ~0x05) | ((bytes[at - 3]! >>> 2) & 1);
  bytes[at - 2] = 0xc7;
  bytes[at - 1] = 0xc0 | ((modrm >>> 3) & 7);
  bytes.fill(0, at, at + 4);
  return 0;
}

/** Whether `mov x@gottpoff(%rip), %reg` or `add x@gottpoff(%rip), %reg` stands around the field at `at`. */
export function isInitialExecLoad(bytes: Uint8Array, at: number, offset: number, addend: number): boolean {
  if (offset < 3 || addend !== -4) return false;
  const rex = bytes[at - 3]!;
  const opcode = bytes[at - 2]!;
  return (rex === 0x48 || rex === 0x4c) && (opcode === 0x8b || opcode === 0x03) && (bytes[at - 1]! & 0xc7) === 0x05;
}

/** Makes an immediate of it: the field takes the offset from the thread pointer. */
export function rewriteInitialExec(bytes: Uint8Array, at: number): void {
  bytes[at - 3] = bytes[at - 3] === 0x4c ? 0x49 : 0x48;
  bytes[at - 2] = bytes[at - 2] === 0x8b ? 0xc7 : 0x81;
  bytes[at - 1] = 0xc0 | ((bytes[at - 1]! >>> 3) & 7);
}
