/**
 * The sections that atoms can live in, and the segment of each. The order is the order in the file and in memory.
 * An atom's place is a section and an offset within it, so that a section that moves changes no symbol.
 */

import { SHF, SHT } from "../elf/shdr.js";
import { Decl, DeclFlag, DeclKind } from "../protocol/records.js";

/** Sections by index. HEADERS stands for the ELF header itself, at the start of the image. */
export const Section = {
  HEADERS: 0,
  RODATA: 1,
  TEXT: 2,
  TDATA: 3,
  TBSS: 4,
  DATA_REL_RO: 5,
  DYNAMIC: 6,
  DATA: 7,
  BSS: 8,
} as const;
export const SECTION_COUNT = 9;

/** What `SymField.SECTION` holds for a symbol without a place. */
export const UNDEFINED = -1;

export const SegmentKind = { R: 0, RX: 1, RW: 2 } as const;

export interface SectionInfo {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly segment: number;
}

const { ALLOC, WRITE, EXECINSTR, TLS } = SHF;

export const SECTIONS: readonly SectionInfo[] = [
  { name: "", type: SHT.NULL, flags: 0, segment: SegmentKind.R },
  { name: ".rodata", type: SHT.PROGBITS, flags: ALLOC, segment: SegmentKind.R },
  { name: ".text", type: SHT.PROGBITS, flags: ALLOC | EXECINSTR, segment: SegmentKind.RX },
  { name: ".tdata", type: SHT.PROGBITS, flags: ALLOC | WRITE | TLS, segment: SegmentKind.RW },
  { name: ".tbss", type: SHT.NOBITS, flags: ALLOC | WRITE | TLS, segment: SegmentKind.RW },
  { name: ".data.rel.ro", type: SHT.PROGBITS, flags: ALLOC | WRITE, segment: SegmentKind.RW },
  { name: ".dynamic", type: SHT.DYNAMIC, flags: ALLOC | WRITE, segment: SegmentKind.RW },
  { name: ".data", type: SHT.PROGBITS, flags: ALLOC | WRITE, segment: SegmentKind.RW },
  { name: ".bss", type: SHT.NOBITS, flags: ALLOC | WRITE, segment: SegmentKind.RW },
];

/**
 * The section of a function, constant, variable, unnamed value or lazy symbol by its flags. `relocatable`: addresses in it are not
 * final in the file, so that constants that hold some cannot be read-only from the start.
 */
export function sectionOf(flags: number, relocatable: boolean): number {
  switch (flags & DeclFlag.KIND) {
    case DeclKind.FUNC:
    case DeclKind.LAZY_CODE:
      return Section.TEXT;
    case DeclKind.VAR:
      if (flags & DeclFlag.THREADLOCAL) return flags & DeclFlag.ZERO ? Section.TBSS : Section.TDATA;
      return flags & DeclFlag.ZERO ? Section.BSS : Section.DATA;
    default:
      return relocatable && flags & DeclFlag.ABSOLUTE ? Section.DATA_REL_RO : Section.RODATA;
  }
}

export function isNobits(section: number): boolean {
  return SECTIONS[section]!.type === SHT.NOBITS;
}

/** Whether the record at `at` declares something that gets a place. */
export function hasPlace(decls: Int32Array, at: number): boolean {
  const flags = decls[at + Decl.FLAGS]!;
  return (flags & DeclFlag.KIND) <= DeclKind.VAR && !(flags & DeclFlag.DEAD);
}
