/**
 * Types of sections, by what an object may have them for: which it may have at all, and which hold something that is
 * linked.
 */

import { SHT } from "../elf/shdr.js";

/** Whether a relocatable object may have sections of this type: not those of linked files alone, nor unknown ones of the ELF specification's own. */
export function isObjectType(type: number): boolean {
  switch (type) {
    case SHT.HASH:
    case SHT.DYNAMIC:
    case SHT.SHLIB:
    case SHT.DYNSYM:
    case SHT.GNU_HASH:
    case SHT.GNU_LIBLIST:
    case SHT.GNU_VERDEF:
    case SHT.GNU_VERNEED:
    case SHT.GNU_VERSYM:
      return false;
    default:
      // Negative: those of applications.
      return type < 0 || type >= SHT.LOOS || (type <= SHT.SYMTAB_SHNDX && type !== 12 && type !== 13);
  }
}

/** Whether a section of an object can be part of an output: not one of the tables of the object itself. */
export function isContents(type: number): boolean {
  switch (type) {
    case SHT.NULL:
    case SHT.SYMTAB:
    case SHT.STRTAB:
    case SHT.RELA:
    case SHT.REL:
    case SHT.GROUP:
    case SHT.SYMTAB_SHNDX:
    case SHT.LLVM_ADDRSIG:
      return false;
    default:
      return true;
  }
}
