/** Entries of the dynamic section (ELF gABI, "Dynamic Section"). */

import { type ElfFormat, wordSize } from "./format.js";
import { readSignedWord, readWord, writeSignedWord, writeWord } from "./word.js";

/** `d_tag`; the GNU values are those of glibc's loader. */
export const DT = {
  NULL: 0,
  NEEDED: 1,
  PLTRELSZ: 2,
  PLTGOT: 3,
  HASH: 4,
  STRTAB: 5,
  SYMTAB: 6,
  RELA: 7,
  RELASZ: 8,
  RELAENT: 9,
  STRSZ: 10,
  SYMENT: 11,
  INIT: 12,
  FINI: 13,
  SONAME: 14,
  RPATH: 15,
  SYMBOLIC: 16,
  REL: 17,
  RELSZ: 18,
  RELENT: 19,
  PLTREL: 20,
  DEBUG: 21,
  TEXTREL: 22,
  JMPREL: 23,
  BIND_NOW: 24,
  INIT_ARRAY: 25,
  FINI_ARRAY: 26,
  INIT_ARRAYSZ: 27,
  FINI_ARRAYSZ: 28,
  RUNPATH: 29,
  FLAGS: 30,
  PREINIT_ARRAY: 32,
  PREINIT_ARRAYSZ: 33,
  SYMTAB_SHNDX: 34,
  RELRSZ: 35,
  RELR: 36,
  RELRENT: 37,
  GNU_HASH: 0x6ffffef5,
  VERSYM: 0x6ffffff0,
  RELACOUNT: 0x6ffffff9,
  RELCOUNT: 0x6ffffffa,
  FLAGS_1: 0x6ffffffb,
  VERDEF: 0x6ffffffc,
  VERDEFNUM: 0x6ffffffd,
  VERNEED: 0x6ffffffe,
  VERNEEDNUM: 0x6fffffff,
} as const;

/** Value of `DT_FLAGS`. */
export const DF = { ORIGIN: 1, SYMBOLIC: 2, TEXTREL: 4, BIND_NOW: 8, STATIC_TLS: 16 } as const;

/** Value of `DT_FLAGS_1`. */
export const DF_1 = {
  NOW: 0x1,
  GLOBAL: 0x2,
  GROUP: 0x4,
  NODELETE: 0x8,
  LOADFLTR: 0x10,
  INITFIRST: 0x20,
  NOOPEN: 0x40,
  ORIGIN: 0x80,
  DIRECT: 0x100,
  INTERPOSE: 0x400,
  NODEFLIB: 0x800,
  NODUMP: 0x1000,
  PIE: 0x8000000,
} as const;

export interface Dyn {
  readonly tag: number;
  /** `d_val` or `d_ptr`, as the tag says. */
  readonly value: number;
}

/** Bytes of `ElfN_Dyn`. */
export function dynSize(format: ElfFormat): number {
  return format.class === 32 ? 8 : 16;
}

/** Reads the entry at `offset`; the caller has checked that `dynSize` bytes are there. */
export function readDyn(view: DataView, offset: number, format: ElfFormat): Dyn {
  return {
    tag: readSignedWord(view, offset, format, "d_tag"),
    value: readWord(view, offset + wordSize(format), format, "d_val"),
  };
}

/** Writes `dyn` at `offset`. */
export function writeDyn(view: DataView, offset: number, format: ElfFormat, dyn: Dyn): void {
  writeSignedWord(view, offset, format, dyn.tag, "d_tag");
  writeWord(view, offset + wordSize(format), format, dyn.value, "d_val");
}
