/** Section headers (ELF gABI, "Section Header" and "Special Sections"). */

import { type ElfFormat, wordSize } from "./format.js";
import { readWord, writeWord } from "./word.js";

/** Section indices with a meaning of their own (gABI, "Special Section Indexes"). */
export const SHN = {
  UNDEF: 0,
  ABS: 0xfff1,
  COMMON: 0xfff2,
  /** x86-64 psABI: a common block that may lie beyond 2 GiB. */
  X86_64_LCOMMON: 0xff02,
  /** The index stands in a section of type SYMTAB_SHNDX (symbols) or in section 0 (`e_shstrndx`). */
  XINDEX: 0xffff,
  LORESERVE: 0xff00,
  HIRESERVE: 0xffff,
} as const;

/** `sh_type`. Range limits stand last. */
export const SHT = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  HASH: 5,
  DYNAMIC: 6,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  SHLIB: 10,
  DYNSYM: 11,
  INIT_ARRAY: 14,
  FINI_ARRAY: 15,
  PREINIT_ARRAY: 16,
  GROUP: 17,
  SYMTAB_SHNDX: 18,
  RELR: 19,
  LLVM_ADDRSIG: 0x6fff4c03,
  GNU_ATTRIBUTES: 0x6ffffff5,
  GNU_HASH: 0x6ffffff6,
  GNU_LIBLIST: 0x6ffffff7,
  GNU_VERDEF: 0x6ffffffd,
  GNU_VERNEED: 0x6ffffffe,
  GNU_VERSYM: 0x6fffffff,
  /** x86-64 psABI: `.eh_frame`. The number means something else to other machines. */
  X86_64_UNWIND: 0x70000001,
  LOOS: 0x60000000,
  HIOS: 0x6fffffff,
  LOPROC: 0x70000000,
  HIPROC: 0x7fffffff,
  LOUSER: 0x80000000,
  HIUSER: 0xffffffff,
} as const;

/** `sh_flags`. All known flags lie in the low 32 bits. */
export const SHF = {
  WRITE: 0x1,
  ALLOC: 0x2,
  EXECINSTR: 0x4,
  MERGE: 0x10,
  STRINGS: 0x20,
  INFO_LINK: 0x40,
  LINK_ORDER: 0x80,
  OS_NONCONFORMING: 0x100,
  GROUP: 0x200,
  TLS: 0x400,
  COMPRESSED: 0x800,
  GNU_RETAIN: 0x200000,
  GNU_MBIND: 0x1000000,
  /** x86-64 psABI: may lie beyond 2 GiB. */
  X86_64_LARGE: 0x10000000,
  EXCLUDE: 0x80000000,
  MASKOS: 0x0ff00000,
  MASKPROC: 0xf0000000,
} as const;

/** First word of a section of type GROUP. */
export const GRP = { COMDAT: 1, MASKOS: 0x0ff00000, MASKPROC: 0xf0000000 } as const;

export interface Shdr {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly addr: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addralign: number;
  readonly entsize: number;
}

/** Bytes of `ElfN_Shdr`. */
export function shdrSize(format: ElfFormat): number {
  return format.class === 32 ? 40 : 64;
}

/** Reads the section header at `offset`; the caller has checked that `shdrSize` bytes are there. */
export function readShdr(view: DataView, offset: number, format: ElfFormat): Shdr {
  const le = format.littleEndian;
  const word = wordSize(format);
  const middle = offset + 8 + 4 * word;
  return {
    name: view.getUint32(offset, le),
    type: view.getUint32(offset + 4, le),
    flags: readWord(view, offset + 8, format, "sh_flags"),
    addr: readWord(view, offset + 8 + word, format, "sh_addr"),
    offset: readWord(view, offset + 8 + 2 * word, format, "sh_offset"),
    size: readWord(view, offset + 8 + 3 * word, format, "sh_size"),
    link: view.getUint32(middle, le),
    info: view.getUint32(middle + 4, le),
    addralign: readWord(view, middle + 8, format, "sh_addralign"),
    entsize: readWord(view, middle + 8 + word, format, "sh_entsize"),
  };
}

/** Writes `shdr` at `offset`. */
export function writeShdr(view: DataView, offset: number, format: ElfFormat, shdr: Shdr): void {
  const le = format.littleEndian;
  const word = wordSize(format);
  const middle = offset + 8 + 4 * word;
  view.setUint32(offset, shdr.name, le);
  view.setUint32(offset + 4, shdr.type, le);
  writeWord(view, offset + 8, format, shdr.flags, "sh_flags");
  writeWord(view, offset + 8 + word, format, shdr.addr, "sh_addr");
  writeWord(view, offset + 8 + 2 * word, format, shdr.offset, "sh_offset");
  writeWord(view, offset + 8 + 3 * word, format, shdr.size, "sh_size");
  view.setUint32(middle, shdr.link, le);
  view.setUint32(middle + 4, shdr.info, le);
  writeWord(view, middle + 8, format, shdr.addralign, "sh_addralign");
  writeWord(view, middle + 8 + word, format, shdr.entsize, "sh_entsize");
}
