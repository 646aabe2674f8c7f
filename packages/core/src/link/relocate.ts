/**
 * The value of one relocation: what the fields of `x86-64.ts` come to for a place and a target. The same for a cold link,
 * whose workers go through all of them, and for an update, which applies a few.
 */

import { R_X86_64 } from "../elf/x86-64.js";
import type { ApplyPlan } from "./apply.js";
import { Section, UNDEFINED } from "./sections.js";
import { ALIGN, FORMULA, Formula, fits, WIDTH } from "./x86-64.js";

export const Misapplied = {
  OVERFLOW: 0,
  NOT_TLS: 1,
  TLS: 2,
  IN_PIE: 3,
  MISALIGNED: 4,
  NEEDS_TABLE: 5,
  KEPT: 6,
  NOTHING_IN_PIE: 7,
} as const;

/** No failure: the value is `relocated`. */
export const APPLIED = -1;
/** No failure: the value is `relocated`, and depends on where the program is loaded. */
export const APPLIED_DYNAMIC = -2;
/** A load through the global offset table, of an address or a thread-local offset: the instruction is to be rewritten. */
export const LOADS_ADDRESS = -3;
export const LOADS_TLS_OFFSET = -4;

/** The value that `relocate` found; with a failure, what the diagnostic shows. */
export let relocated = 0;

/** The address of a symbol's place, or 0 without one: `section` and bytes from its start. */
export function addressOf(plan: ApplyPlan, section: number, value: number): number {
  return section === UNDEFINED ? 0 : plan.base + plan.address[section]! + value;
}

/** Bytes from the thread pointer to a thread-local place. */
export function tlsOffsetOf(plan: ApplyPlan, section: number, value: number): number {
  return plan.tlsOffset[section]! + value - plan.tlsSize;
}

export function isTlsSection(section: number): boolean {
  return section === Section.TDATA || section === Section.TBSS;
}

/**
 * Computes a relocation of `type` at address `place`, which is in `placeSection`, against the place `targetValue` bytes into
 * `targetSection`, or UNDEFINED, of a symbol of `targetSize` bytes. Returns one of the above, or a number of `Misapplied`.
 */
export function relocate(
  plan: ApplyPlan,
  type: number,
  placeSection: number,
  place: number,
  targetSection: number,
  targetValue: number,
  targetSize: number,
  addend: number,
): number {
  const isUndefined = targetSection === UNDEFINED;
  const isTls = isTlsSection(targetSection);
  const address = isUndefined ? 0 : plan.base + plan.address[targetSection]! + targetValue;
  let outcome: number = APPLIED;
  relocated = address;
  switch (FORMULA[type]!) {
    case Formula.RELATIVE:
      if (isTls) return Misapplied.TLS;
      // Nothing is at address 0 relative to wherever the program is loaded. A call there is never made: it is let be.
      if (plan.mode === "pie" && isUndefined && type !== R_X86_64.PLT32) return Misapplied.NOTHING_IN_PIE;
      relocated = address + addend - place;
      break;
    case Formula.ABSOLUTE:
      if (isTls) return Misapplied.TLS;
      if (plan.mode === "pie" && !isUndefined) {
        if (type !== R_X86_64["64"] || placeSection === Section.TEXT) return Misapplied.IN_PIE;
        outcome = APPLIED_DYNAMIC;
      }
      relocated = address + addend;
      break;
    case Formula.TLS:
      if (!isTls) return Misapplied.NOT_TLS;
      relocated = tlsOffsetOf(plan, targetSection, targetValue) + addend;
      break;
    case Formula.SIZE:
      relocated = targetSize + addend;
      break;
    case Formula.GOT:
      return isTls ? Misapplied.TLS : LOADS_ADDRESS;
    case Formula.GOT_TLS:
      return isTls ? LOADS_TLS_OFFSET : Misapplied.NOT_TLS;
    default:
      return Misapplied.KEPT;
  }
  if (!fits(type, relocated)) return Misapplied.OVERFLOW;
  if (ALIGN[type]! > 1 && relocated % ALIGN[type]! !== 0) return Misapplied.MISALIGNED;
  return outcome;
}

/** Writes a field of `type` at byte `at`, little-endian. */
export function storeField(view: DataView, at: number, type: number, value: number): void {
  const width = WIDTH[type]!;
  if (width === 4) view.setInt32(at, value, true);
  else if (width === 8) {
    view.setInt32(at, value, true);
    view.setInt32(at + 4, Math.floor(value / 4294967296), true);
  } else if (width === 2) view.setInt16(at, value, true);
  else view.setInt8(at, value);
}

/** Writes an Elf64_Rela at byte `at`. */
export function storeRela(
  view: DataView,
  at: number,
  offset: number,
  symbol: number,
  type: number,
  addend: number,
): void {
  view.setInt32(at, offset, true);
  view.setInt32(at + 4, Math.floor(offset / 4294967296), true);
  view.setInt32(at + 8, type, true);
  view.setInt32(at + 12, symbol, true);
  view.setInt32(at + 16, addend, true);
  view.setInt32(at + 20, Math.floor(addend / 4294967296), true);
}

/** Writes an Elf64_Sym at byte `at`. */
export function storeSymbol(
  view: DataView,
  at: number,
  name: number,
  info: number,
  visibility: number,
  shndx: number,
  value: number,
  size: number,
): void {
  view.setInt32(at, name, true);
  view.setInt8(at + 4, info);
  view.setInt8(at + 5, visibility);
  view.setInt16(at + 6, shndx, true);
  view.setInt32(at + 8, value, true);
  view.setInt32(at + 12, Math.floor(value / 4294967296), true);
  view.setInt32(at + 16, size, true);
  view.setInt32(at + 20, 0, true);
}
