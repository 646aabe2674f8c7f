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

/**
 * Rewrites the instruction around the relocation field at `offset` of `bytes`; `undefined`, and nothing changed, where
 * B.2 knows no direct form that is right at any address.
 */
export function relaxGotLoad(bytes: Uint8Array, offset: number): Relaxed | undefined {
  const opcode = bytes[offset - 2];
  const modrm = bytes[offset - 1];
  if (opcode === undefined || modrm === undefined) return undefined;
  if (opcode === 0xff && modrm === 0x15) {
    // call *f@GOTPCREL(%rip) → addr32 call f
    bytes.set([0x67, 0xe8], offset - 2);
    return { offset, type: "PLT32" };
  }
  if (opcode === 0xff && modrm === 0x25) {
    // jmp *f@GOTPCREL(%rip) → jmp f; nop
    bytes.set([0xe9, 0, 0, 0, 0, 0x90], offset - 2);
    return { offset: offset - 1, type: "PLT32" };
  }
  if (opcode === 0x8b && (modrm & 0xc7) === MODRM_RIP) {
    // mov x@GOTPCREL(%rip), %reg → lea x(%rip), %reg
    bytes[offset - 2] = 0x8d;
    return { offset, type: "PC32" };
  }
  return undefined;
}

/**
 * The same for a symbol that is weak and has no definition: `mov` loads the address 0, which no place-relative form gives
 * wherever the program is loaded. `rex`: the instruction has a REX prefix, as R_X86_64_REX_GOTPCRELX says. False, and
 * nothing changed, for other instructions. The field is gone then.
 */
export function relaxGotLoadOfNothing(bytes: Uint8Array, offset: number, rex: boolean): boolean {
  const modrm = bytes[offset - 1]!;
  if (bytes[offset - 2] !== 0x8b || (modrm & 0xc7) !== MODRM_RIP) return false;
  // mov x@GOTPCREL(%rip), %reg → mov $0, %reg: the register moves from the reg to the rm half of ModRM.
  if (rex) bytes[offset - 3] = (bytes[offset - 3]! & ~0x05) | ((bytes[offset - 3]! >>> 2) & 1);
  bytes.set([0xc7, 0xc0 | ((modrm >>> 3) & 7), 0, 0, 0, 0], offset - 2);
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
