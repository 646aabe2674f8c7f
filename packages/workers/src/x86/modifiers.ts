/** The operand modifiers (`sym@NAME`) and the relocation types of the x86-64 psABI that they ask for. */

import { R_X86_64 } from "@manifold/core";

/**
 * One row per modifier: its name in lower case, and the type it makes of a field of 4 and of 8 bytes (NONE where the
 * psABI has no such relocation). The row's index, from 1, is the modifier's id; 0 means no modifier.
 */
export const MODIFIERS: readonly (readonly [name: string, field4: number, field8: number])[] = [
  ["plt", R_X86_64.PLT32, R_X86_64.NONE],
  ["gotpcrel", R_X86_64.GOTPCREL, R_X86_64.NONE],
  ["tpoff", R_X86_64.TPOFF32, R_X86_64.TPOFF64],
  ["gottpoff", R_X86_64.GOTTPOFF, R_X86_64.NONE],
  ["tlsgd", R_X86_64.TLSGD, R_X86_64.NONE],
  ["tlsld", R_X86_64.TLSLD, R_X86_64.NONE],
  ["dtpoff", R_X86_64.DTPOFF32, R_X86_64.DTPOFF64],
  ["got", R_X86_64.GOT32, R_X86_64.NONE],
  ["gotoff", R_X86_64.NONE, R_X86_64.GOTOFF64],
  ["size", R_X86_64.SIZE32, R_X86_64.SIZE64],
  ["tlsdesc", R_X86_64.GOTPC32_TLSDESC, R_X86_64.NONE],
  ["tlscall", R_X86_64.TLSDESC_CALL, R_X86_64.NONE],
];

/** Modifier ids that the encoder treats apart. */
export const Modifier = { NONE: 0, PLT: 1, GOTPCREL: 2 } as const;
