/**
 * Loads through the global offset table that need none, because the symbol is defined here (psABI, "Optimize
 * GOTPCRELX Relocations", section B.2): call, jmp and mov become their direct forms, of the same length.
 */

import { R_X86_64 } from "../elf/x86-64.js";

export interface Relaxed {
  /** Where the field of the new instruction lies in `bytes`. */
  readonly offset: number;
  readonly type: "PLT32" | "PC32";
}

const MODRM_RIP = 0x05;

/** SLOT: the instruction needs the table. The others name the instruction that takes its place. */
export const GotForm = { SLOT: 0, CALL: 1, JMP: 2, LEA: 3, ZERO: 4 } as const;

/** Whether `mov x@GOTPCREL(%rip), %reg` stands around the field at `at`. */
export function isGotMov(bytes: Uint8Array, at: number): boolean {
  return bytes[at - 2] === 0x8b && (bytes[at - 1]! & 0xc7) === MODRM_RIP;
}

/** The direct form of the load around the field at `at`, of a symbol that has an address. */
export function directForm(bytes: Uint8Array, at: number): number {
  if (isGotMov(bytes, at)) return GotForm.LEA;
  if (bytes[at - 2] !== 0xff) return GotForm.SLOT;
  return bytes[at - 1] === 0x15 ? GotForm.CALL : bytes[at - 1] === 0x25 ? GotForm.JMP : GotForm.SLOT;
}

/**
 * Rewrites the instruction around the field at `at` to `form`, any but SLOT; returns where its field is now, relative to where
 * it was. ZERO has none. `rex`: the instruction has a REX prefix.
 */
export function rewriteGotLoad(bytes: Uint8Array, at: number, form: number, rex: boolean): number {
  const modrm = bytes[at - 1]!;
  switch (form) {
    case GotForm.CALL:
      // call *f@GOTPCREL(%rip) → addr32 call f
      bytes[at - 2] = 0x67;
      bytes[at - 1] = 0xe8;
      return 0;
    case GotForm.JMP:
      // jmp *f@GOTPCREL(%rip) → jmp f; nop
      bytes[at - 2] = 0xe9;
      bytes.fill(0, at - 1, at + 3);
      bytes[at + 3] = 0x90;
      return -1;
    case GotForm.LEA:
      // mov x@GOTPCREL(%rip), %reg → lea x(%rip), %reg
      bytes[at - 2] = 0x8d;
      return 0;
    default:
      // mov x@GOTPCREL(%rip), %reg → mov $0, %reg: the register moves from the reg to the rm half of ModRM, its fourth
      // bit from REX.R to REX.B.
      if (rex) bytes[at - 3] = (bytes[at - 3]! & ~0x05) | ((bytes[at - 3]! >>> 2) & 1);
      bytes[at - 2] = 0xc7;
      bytes[at - 1] = 0xc0 | ((modrm >>> 3) & 7);
      bytes.fill(0, at, at + 4);
      return 0;
  }
}

/**
 * Rewrites the instruction around the relocation field at `offset` of `bytes`; `undefined`, and nothing changed, where
 * B.2 knows no direct form that is right at any address.
 */
export function relaxGotLoad(bytes: Uint8Array, offset: number): Relaxed | undefined {
  const form = directForm(bytes, offset);
  if (form === GotForm.SLOT) return undefined;
  const shift = rewriteGotLoad(bytes, offset, form, false);
  return { offset: offset + shift, type: form === GotForm.LEA ? "PC32" : "PLT32" };
}

/**
 * The same for a symbol that is weak and has no definition: `mov` loads the address 0, which no place-relative form gives
 * wherever the program is loaded. `rex`: the instruction has a REX prefix, as R_X86_64_REX_GOTPCRELX says. False, and
 * nothing changed, for other instructions. The field is gone then.
 */
export function relaxGotLoadOfNothing(bytes: Uint8Array, offset: number, rex: boolean): boolean {
  if (!isGotMov(bytes, offset)) return false;
  rewriteGotLoad(bytes, offset, GotForm.ZERO, rex);
  return true;
}

/** Whether the instruction around the field at `offset` only calls or jumps to the symbol. */
export function isGotBranch(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset - 2] === 0xff && (bytes[offset - 1] === 0x15 || bytes[offset - 1] === 0x25);
}

/** Of a field at the end of its instruction, which the processor counts from. */
const ADDEND_OF_RIP = -4;

/**
 * Rewrites the instruction around the field of a GOT relocation of `type` so that it does without the table. The field is
 * at byte `at` of `bytes`, `offset` bytes into its atom, before which nothing may be looked at. Returns the field that is
 * left, or none where the instruction loads the address 0; `undefined`, and nothing changed, where there is no such form.
 */
export function relaxLoad(
  bytes: Uint8Array,
  at: number,
  type: number,
  offset: number,
  isUndefined: boolean,
  addend: number,
): Relaxed | { readonly offset: number; readonly type: undefined } | undefined {
  const rex = type === R_X86_64.REX_GOTPCRELX;
  if (offset < (rex ? 3 : 2) || addend !== ADDEND_OF_RIP) return undefined;
  if (isUndefined && type !== R_X86_64.GOTPCREL && relaxGotLoadOfNothing(bytes, at, rex))
    return { offset: at, type: undefined };
  return relaxGotLoad(bytes, at);
}
