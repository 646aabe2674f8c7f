/** Symbol table entries (ELF gABI, "Symbol Table"). The two classes order the fields differently. */

import { type ElfFormat, wordSize } from "./format.js";
import { readWord, writeWord } from "./word.js";

/** Low half of `st_info`. */
export const STT = {
  NOTYPE: 0,
  OBJECT: 1,
  FUNC: 2,
  SECTION: 3,
  FILE: 4,
  COMMON: 5,
  TLS: 6,
  GNU_IFUNC: 10,
  LOOS: 10,
  HIOS: 12,
  LOPROC: 13,
  HIPROC: 15,
} as const;

/** High half of `st_info`. */
export const STB = {
  LOCAL: 0,
  GLOBAL: 1,
  WEAK: 2,
  GNU_UNIQUE: 10,
  LOOS: 10,
  HIOS: 12,
  LOPROC: 13,
  HIPROC: 15,
} as const;

/** Low two bits of `st_other`. */
export const STV = { DEFAULT: 0, INTERNAL: 1, HIDDEN: 2, PROTECTED: 3 } as const;

export interface Sym {
  readonly name: number;
  readonly value: number;
  readonly size: number;
  /** Binding and type: see `symInfo`, `symBind`, `symType`. */
  readonly info: number;
  /** Visibility: see `symVisibility`. */
  readonly other: number;
  readonly shndx: number;
}

export function symInfo(bind: number, type: number): number {
  return (bind << 4) | (type & 0xf);
}

export function symBind(info: number): number {
  return info >>> 4;
}

export function symType(info: number): number {
  return info & 0xf;
}

export function symVisibility(other: number): number {
  return other & 3;
}

/** Bytes of `ElfN_Sym`. */
export function symSize(format: ElfFormat): number {
  return format.class === 32 ? 16 : 24;
}

/** Reads the symbol at `offset`; the caller has checked that `symSize` bytes are there. */
export function readSym(view: DataView, offset: number, format: ElfFormat): Sym {
  const le = format.littleEndian;
  // Class 32: name, value, size, info, other, shndx. Class 64: name, info, other, shndx, value, size.
  const value = offset + (format.class === 32 ? 4 : 8);
  const info = offset + (format.class === 32 ? 12 : 4);
  return {
    name: view.getUint32(offset, le),
    value: readWord(view, value, format, "st_value"),
    size: readWord(view, value + wordSize(format), format, "st_size"),
    info: view.getUint8(info),
    other: view.getUint8(info + 1),
    shndx: view.getUint16(info + 2, le),
  };
}

/** Writes `sym` at `offset`. */
export function writeSym(view: DataView, offset: number, format: ElfFormat, sym: Sym): void {
  const le = format.littleEndian;
  const value = offset + (format.class === 32 ? 4 : 8);
  const info = offset + (format.class === 32 ? 12 : 4);
  view.setUint32(offset, sym.name, le);
  writeWord(view, value, format, sym.value, "st_value");
  writeWord(view, value + wordSize(format), format, sym.size, "st_size");
  view.setUint8(info, sym.info);
  view.setUint8(info + 1, sym.other);
  view.setUint16(info + 2, sym.shndx, le);
}
