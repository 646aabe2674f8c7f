/**
 * Fields as wide as the class: Addr, Off, Xword/Word and their signed kin. A 64-bit field is two 32-bit words, turned
 * into an exact Number; what lies beyond 2^53 is a diagnostic, never a rounded value. All other structure fields are
 * 8, 16 or 32 bits and need no more than DataView.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { fieldNotExact, fieldOverflow } from "../diagnostics/input.js";
import type { ElfFormat } from "./format.js";

const TWO_32 = 2 ** 32;

/** Reads an unsigned word. `field` is the specification's name for it and appears in the diagnostic (MF0401). */
export function readWord(view: DataView, offset: number, format: ElfFormat, field: string): number {
  if (format.class === 32) return view.getUint32(offset, format.littleEndian);
  const low = view.getUint32(offset + (format.littleEndian ? 0 : 4), format.littleEndian);
  const high = view.getUint32(offset + (format.littleEndian ? 4 : 0), format.littleEndian);
  return exact(high * TWO_32 + low, field, offset);
}

/** Reads a signed word (`r_addend`, `d_tag`). */
export function readSignedWord(view: DataView, offset: number, format: ElfFormat, field: string): number {
  if (format.class === 32) return view.getInt32(offset, format.littleEndian);
  const low = view.getUint32(offset + (format.littleEndian ? 0 : 4), format.littleEndian);
  const high = view.getInt32(offset + (format.littleEndian ? 4 : 0), format.littleEndian);
  return exact(high * TWO_32 + low, field, offset);
}

/** Writes an unsigned word; throws MF0402 where the value does not fit the class. */
export function writeWord(view: DataView, offset: number, format: ElfFormat, value: number, field: string): void {
  const limit = format.class === 32 ? TWO_32 - 1 : Number.MAX_SAFE_INTEGER;
  if (!(Number.isSafeInteger(value) && value >= 0 && value <= limit)) {
    throw new DiagnosticError(fieldOverflow(field, value, format.class));
  }
  put(view, offset, format, value);
}

/** Writes a signed word, negative values as two's complement; throws MF0402 where it does not fit the class. */
export function writeSignedWord(view: DataView, offset: number, format: ElfFormat, value: number, field: string): void {
  const fits = format.class === 32 ? value >= -(2 ** 31) && value < 2 ** 31 : true;
  if (!(Number.isSafeInteger(value) && fits)) throw new DiagnosticError(fieldOverflow(field, value, format.class));
  put(view, offset, format, value);
}

function put(view: DataView, offset: number, format: ElfFormat, value: number): void {
  const low = value >>> 0;
  if (format.class === 32) {
    view.setUint32(offset, low, format.littleEndian);
    return;
  }
  // Rounding down makes the high word of a negative number that of its two's complement.
  const high = Math.floor(value / TWO_32) >>> 0;
  view.setUint32(offset + (format.littleEndian ? 0 : 4), low, format.littleEndian);
  view.setUint32(offset + (format.littleEndian ? 4 : 0), high, format.littleEndian);
}

function exact(value: number, field: string, offset: number): number {
  // Both neighbours of the limit are sums of the two words without rounding, so the test cannot be fooled.
  if (!Number.isSafeInteger(value)) throw new DiagnosticError(fieldNotExact(field, offset));
  return value;
}
