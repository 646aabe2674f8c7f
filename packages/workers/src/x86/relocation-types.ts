/**
 * The relocation types of the x86-64 psABI (table 4.9) that the assembler emits, by their numbers, and the operand
 * modifiers (`sym@NAME`) that ask for them.
 */

export const Reloc = {
  NONE: 0,
  ABS64: 1,
  PC32: 2,
  GOT32: 3,
  PLT32: 4,
  GOTPCREL: 9,
  ABS32: 10,
  ABS32S: 11,
  ABS16: 12,
  PC16: 13,
  ABS8: 14,
  PC8: 15,
  DTPOFF64: 17,
  TPOFF64: 18,
  TLSGD: 19,
  TLSLD: 20,
  DTPOFF32: 21,
  GOTTPOFF: 22,
  TPOFF32: 23,
  PC64: 24,
  GOTOFF64: 25,
  SIZE32: 32,
  SIZE64: 33,
  GOTPC32_TLSDESC: 34,
  TLSDESC_CALL: 35,
  GOTPCRELX: 41,
  REX_GOTPCRELX: 42,
} as const;

/**
 * One row per modifier: its name in lower case, and the type it makes of a field of 4 and of 8 bytes (NONE where the
 * psABI has no such relocation). The row's index, from 1, is the modifier's id; 0 means no modifier.
 */
export const MODIFIERS: readonly (readonly [name: string, field4: number, field8: number])[] = [
  ["plt", Reloc.PLT32, Reloc.NONE],
  ["gotpcrel", Reloc.GOTPCREL, Reloc.NONE],
  ["tpoff", Reloc.TPOFF32, Reloc.TPOFF64],
  ["gottpoff", Reloc.GOTTPOFF, Reloc.NONE],
  ["tlsgd", Reloc.TLSGD, Reloc.NONE],
  ["tlsld", Reloc.TLSLD, Reloc.NONE],
  ["dtpoff", Reloc.DTPOFF32, Reloc.DTPOFF64],
  ["got", Reloc.GOT32, Reloc.NONE],
  ["gotoff", Reloc.NONE, Reloc.GOTOFF64],
  ["size", Reloc.SIZE32, Reloc.SIZE64],
  ["tlsdesc", Reloc.GOTPC32_TLSDESC, Reloc.NONE],
  ["tlscall", Reloc.TLSDESC_CALL, Reloc.NONE],
];

/** Modifier ids that the encoder treats apart. */
export const Modifier = { NONE: 0, PLT: 1, GOTPCREL: 2 } as const;

/** The psABI's name of a type less its `R_X86_64_`, as manifests spell it; undefined for a type we never emit. */
export function relocationName(type: number): string | undefined {
  for (const [name, value] of Object.entries(Reloc)) {
    if (value === type) return name.replace(/^ABS(?=\d)/, "");
  }
  return undefined;
}
