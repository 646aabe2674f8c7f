/** The ELF header (ELF gABI, "ELF Header"). */

import { type ElfFormat, wordSize } from "./format.js";
import { readWord, writeWord } from "./word.js";

/** Indices into `e_ident`. */
export const EI = { CLASS: 4, DATA: 5, VERSION: 6, OSABI: 7, ABIVERSION: 8, PAD: 9, NIDENT: 16 } as const;

export const ELFMAG: readonly number[] = [0x7f, 0x45, 0x4c, 0x46];

export const ELFCLASS = { NONE: 0, "32": 1, "64": 2 } as const;

export const ELFDATA = { NONE: 0, "2LSB": 1, "2MSB": 2 } as const;

export const EV = { NONE: 0, CURRENT: 1 } as const;

/** `e_ident[EI_OSABI]`. Values from 64 up belong to the machine. */
export const ELFOSABI = {
  NONE: 0,
  HPUX: 1,
  NETBSD: 2,
  GNU: 3,
  SOLARIS: 6,
  AIX: 7,
  IRIX: 8,
  FREEBSD: 9,
  TRU64: 10,
  MODESTO: 11,
  OPENBSD: 12,
  OPENVMS: 13,
  NSK: 14,
  AROS: 15,
  FENIXOS: 16,
  CLOUDABI: 17,
  OPENVOS: 18,
  STANDALONE: 255,
} as const;

/** `e_type`. */
export const ET = {
  NONE: 0,
  REL: 1,
  EXEC: 2,
  DYN: 3,
  CORE: 4,
  LOOS: 0xfe00,
  HIOS: 0xfeff,
  LOPROC: 0xff00,
  HIPROC: 0xffff,
} as const;

/** `e_phnum` when the count stands in `sh_info` of section 0. */
export const PN_XNUM = 0xffff;

export interface Ehdr {
  readonly osabi: number;
  readonly abiversion: number;
  readonly type: number;
  readonly machine: number;
  readonly version: number;
  readonly entry: number;
  readonly phoff: number;
  readonly shoff: number;
  readonly flags: number;
  readonly ehsize: number;
  readonly phentsize: number;
  readonly phnum: number;
  readonly shentsize: number;
  readonly shnum: number;
  readonly shstrndx: number;
}

/** Bytes of `ElfN_Ehdr`. */
export function ehdrSize(format: ElfFormat): number {
  return format.class === 32 ? 52 : 64;
}

/**
 * Reads the header at `offset`; the caller has checked that `ehdrSize` bytes are there and taken `format` from
 * `e_ident`.
 */
export function readEhdr(view: DataView, offset: number, format: ElfFormat): Ehdr {
  const le = format.littleEndian;
  const word = wordSize(format);
  const tail = offset + 24 + 3 * word;
  return {
    osabi: view.getUint8(offset + EI.OSABI),
    abiversion: view.getUint8(offset + EI.ABIVERSION),
    type: view.getUint16(offset + 16, le),
    machine: view.getUint16(offset + 18, le),
    version: view.getUint32(offset + 20, le),
    entry: readWord(view, offset + 24, format, "e_entry"),
    phoff: readWord(view, offset + 24 + word, format, "e_phoff"),
    shoff: readWord(view, offset + 24 + 2 * word, format, "e_shoff"),
    flags: view.getUint32(tail, le),
    ehsize: view.getUint16(tail + 4, le),
    phentsize: view.getUint16(tail + 6, le),
    phnum: view.getUint16(tail + 8, le),
    shentsize: view.getUint16(tail + 10, le),
    shnum: view.getUint16(tail + 12, le),
    shstrndx: view.getUint16(tail + 14, le),
  };
}

/** Writes the header with the whole of `e_ident`, which follows from `format`, `osabi` and `abiversion`. */
export function writeEhdr(view: DataView, offset: number, format: ElfFormat, ehdr: Ehdr): void {
  const le = format.littleEndian;
  const word = wordSize(format);
  const tail = offset + 24 + 3 * word;
  for (let i = 0; i < EI.NIDENT; i++) view.setUint8(offset + i, ELFMAG[i] ?? 0);
  view.setUint8(offset + EI.CLASS, format.class === 32 ? ELFCLASS[32] : ELFCLASS[64]);
  view.setUint8(offset + EI.DATA, le ? ELFDATA["2LSB"] : ELFDATA["2MSB"]);
  view.setUint8(offset + EI.VERSION, EV.CURRENT);
  view.setUint8(offset + EI.OSABI, ehdr.osabi);
  view.setUint8(offset + EI.ABIVERSION, ehdr.abiversion);
  view.setUint16(offset + 16, ehdr.type, le);
  view.setUint16(offset + 18, ehdr.machine, le);
  view.setUint32(offset + 20, ehdr.version, le);
  writeWord(view, offset + 24, format, ehdr.entry, "e_entry");
  writeWord(view, offset + 24 + word, format, ehdr.phoff, "e_phoff");
  writeWord(view, offset + 24 + 2 * word, format, ehdr.shoff, "e_shoff");
  view.setUint32(tail, ehdr.flags, le);
  view.setUint16(tail + 4, ehdr.ehsize, le);
  view.setUint16(tail + 6, ehdr.phentsize, le);
  view.setUint16(tail + 8, ehdr.phnum, le);
  view.setUint16(tail + 10, ehdr.shentsize, le);
  view.setUint16(tail + 12, ehdr.shnum, le);
  view.setUint16(tail + 14, ehdr.shstrndx, le);
}
