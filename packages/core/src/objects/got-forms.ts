/**
 * Which loads through the global offset table can do without it, as far as their symbols allow it (psABI, "Optimize GOTPCRELX
 * Relocations", B.2, and "Thread-Local Storage" for initial exec). Scanning asks which form an instruction gets, to know
 * whether its symbol needs an entry; applying asks again, of the same bytes, and rewrites.
 */

import { R_X86_64 } from "../elf/x86-64.js";
import { directForm, GotForm, isGotMov } from "../link/relax-got.js";
import { isInitialExec } from "../link/relax-tls.js";

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
  if (target === TargetKind.NOTHING && type !== R_X86_64.GOTPCREL && isGotMov(bytes, at)) return GotForm.ZERO;
  // Nothing and numbers do not move with the program.
  if (target !== TargetKind.ADDRESS && (pie || value < 0 || value > NEAR)) return GotForm.SLOT;
  const form = directForm(bytes, at);
  // Calls and jumps are known as such where the compiler says so, by the newer types.
  return type === R_X86_64.GOTPCREL && form !== GotForm.LEA ? GotForm.SLOT : form;
}

/** Whether `mov x@gottpoff(%rip), %reg` or `add x@gottpoff(%rip), %reg` stands around the field at `at`. */
export function isInitialExecLoad(bytes: Uint8Array, at: number, offset: number, addend: number): boolean {
  return offset >= 3 && addend === -4 && isInitialExec(bytes, at);
}
