/**
 * How each relocation type of x86-64 is computed, checked and written (System V ABI, AMD64 supplement, "Relocation").
 *
 * S: address of the target; A: addend; P: address of the place; Z: size of the target; T: end of the thread-local block.
 */

import { R_X86_64, type X8664RelocationName } from "../elf/x86-64.js";

/**
 * What the value is made of. GOT, GOT_TLS: an address or a thread-local offset, loaded from the global offset table; an
 * executable has none, the instruction is rewritten to do without. KEPT: only relocatable output can have it.
 */
export const Formula = { NONE: 0, ABSOLUTE: 1, RELATIVE: 2, TLS: 3, SIZE: 4, GOT: 5, GOT_TLS: 6, KEPT: 7 } as const;

/** What values the field can hold: ANY is wide enough for all, EITHER takes signed and unsigned ones. */
export const Range = { ANY: 0, SIGNED: 1, UNSIGNED: 2, EITHER: 3 } as const;

/** A row a type: name, width in bytes, formula, range. Values of x86-64 may be any multiple of one byte: see ALIGN. */
const ROWS: readonly (readonly [X8664RelocationName, number, number, number])[] = [
  ["8", 1, Formula.ABSOLUTE, Range.EITHER],
  ["16", 2, Formula.ABSOLUTE, Range.EITHER],
  ["32", 4, Formula.ABSOLUTE, Range.UNSIGNED],
  ["32S", 4, Formula.ABSOLUTE, Range.SIGNED],
  ["64", 8, Formula.ABSOLUTE, Range.ANY],
  ["PC8", 1, Formula.RELATIVE, Range.SIGNED],
  ["PC16", 2, Formula.RELATIVE, Range.SIGNED],
  ["PC32", 4, Formula.RELATIVE, Range.SIGNED],
  ["PC64", 8, Formula.RELATIVE, Range.ANY],
  // Without a procedure linkage table L is S.
  ["PLT32", 4, Formula.RELATIVE, Range.SIGNED],
  ["TPOFF32", 4, Formula.TLS, Range.SIGNED],
  ["TPOFF64", 8, Formula.TLS, Range.ANY],
  ["SIZE32", 4, Formula.SIZE, Range.UNSIGNED],
  ["SIZE64", 8, Formula.SIZE, Range.ANY],
  ["GOTPCREL", 4, Formula.GOT, Range.SIGNED],
  ["GOTPCRELX", 4, Formula.GOT, Range.SIGNED],
  ["REX_GOTPCRELX", 4, Formula.GOT, Range.SIGNED],
  ["GOTTPOFF", 4, Formula.GOT_TLS, Range.SIGNED],
  ["TLSGD", 4, Formula.KEPT, Range.SIGNED],
  ["TLSLD", 4, Formula.KEPT, Range.SIGNED],
  ["DTPOFF32", 4, Formula.KEPT, Range.SIGNED],
  ["DTPOFF64", 8, Formula.KEPT, Range.ANY],
  ["GOTPC32_TLSDESC", 4, Formula.KEPT, Range.SIGNED],
  ["GOT32", 4, Formula.KEPT, Range.SIGNED],
  ["GOTOFF64", 8, Formula.KEPT, Range.ANY],
  ["GOT64", 8, Formula.KEPT, Range.ANY],
  ["GOTPCREL64", 8, Formula.KEPT, Range.ANY],
  ["GOTPC32", 4, Formula.KEPT, Range.SIGNED],
  ["GOTPC64", 8, Formula.KEPT, Range.ANY],
  ["GOTPLT64", 8, Formula.KEPT, Range.ANY],
  ["PLTOFF64", 8, Formula.KEPT, Range.ANY],
];

const TYPES = 64;
export const WIDTH: Uint8Array = new Uint8Array(TYPES);
export const FORMULA: Uint8Array = new Uint8Array(TYPES);
export const RANGE: Uint8Array = new Uint8Array(TYPES);
/** What the value of a type must be a multiple of, in bytes: machines with instructions of fixed size ask for more. */
export const ALIGN: Uint8Array = new Uint8Array(TYPES).fill(1);
/** The least and the greatest value that the field of a type takes; beyond 2^53 a sum may have been rounded. */
const LEAST = new Float64Array(TYPES).fill(Number.MIN_SAFE_INTEGER);
const GREATEST = new Float64Array(TYPES).fill(Number.MAX_SAFE_INTEGER);

for (const [name, width, formula, range] of ROWS) {
  const type = R_X86_64[name];
  WIDTH[type] = width;
  FORMULA[type] = formula;
  RANGE[type] = range;
  if (range === Range.ANY) continue;
  LEAST[type] = range === Range.UNSIGNED ? 0 : -(2 ** (width * 8 - 1));
  GREATEST[type] = (range === Range.SIGNED ? 2 ** (width * 8 - 1) : 2 ** (width * 8)) - 1;
}

/** Whether `value` fits the field of a relocation of `type`. */
export function fits(type: number, value: number): boolean {
  return value >= LEAST[type]! && value <= GREATEST[type]!;
}
