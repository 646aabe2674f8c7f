/** Symbol table entries (ELF gABI, "Symbol Table"). The two classes order the fields differently. */

import { type ElfFormat, wordSize } from "./format.js";
import { SHN } from "./shdr.js";
import { readSignedWord, readWord, writeSignedWord, writeWord } from "./word.js";

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
  /** An absolute symbol of class 64 is a constant, and negative where its top bit is set. */
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

/** Assemblers keep `.set X, -4` as an absolute symbol; read unsigned it would be beyond what a Number holds. */
function isConstant(format: ElfFormat, shndx: number): boolean {
  return format.class === 64 && shndx === SHN.ABS;
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
  const shndx = view.getUint16(info + 2, le);
  const read = isConstant(format, shndx) ? readSignedWord : readWord;
  return {
    name: view.getUint32(offset, le),
    value: read(view, value, format, "st_value"),
    size: readWord(view, value + wordSize(format), format, "st_size"),
    info: view.getUint8(info),
    other: view.getUint8(info + 1),
    shndx,
  };
}

/** Writes `sym` at `offset`. */
export function writeSym(view: DataView, offset: number, format: ElfFormat, sym: Sym): void {
  const le = format.littleEndian;
  const value = offset + (format.class === 32 ? 4 : 8);
  const info = offset + (format.class === 32 ? 12 : 4);
  view.setUint32(offset, sym.name, le);
  const write = isConstant(format, sym.shndx) ? writeSignedWord : writeWord;
  write(view, value, format, sym.value, "st_value");
  writeWord(view, value + wordSize(format), format, sym.size, "st_size");
  view.setUint8(info, sym.info);
  view.setUint8(info + 1, sym.other);
  view.setUint16(info + 2, sym.shndx, le);
}
