/** Program headers (ELF gABI, "Program Header"). The two classes order the fields differently: see `p_flags`. */

import { type ElfFormat, wordSize } from "./format.js";
import { readWord, writeWord } from "./word.js";

/** `p_type`; the GNU values are from the Linux Standard Base and the x86-64 psABI. Range limits stand last. */
export const PT = {
  NULL: 0,
  LOAD: 1,
  DYNAMIC: 2,
  INTERP: 3,
  NOTE: 4,
  SHLIB: 5,
  PHDR: 6,
  TLS: 7,
  GNU_EH_FRAME: 0x6474e550,
  GNU_STACK: 0x6474e551,
  GNU_RELRO: 0x6474e552,
  GNU_PROPERTY: 0x6474e553,
  LOOS: 0x60000000,
  HIOS: 0x6fffffff,
  LOPROC: 0x70000000,
  HIPROC: 0x7fffffff,
} as const;

/** `p_flags`. */
export const PF = { X: 1, W: 2, R: 4, MASKOS: 0x0ff00000, MASKPROC: 0xf0000000 } as const;

export interface Phdr {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly paddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly align: number;
}

/** Bytes of `ElfN_Phdr`. */
export function phdrSize(format: ElfFormat): number {
  return format.class === 32 ? 32 : 56;
}

/** Reads the program header at `offset`; the caller has checked that `phdrSize` bytes are there. */
export function readPhdr(view: DataView, offset: number, format: ElfFormat): Phdr {
  const le = format.littleEndian;
  const word = wordSize(format);
  // p_flags follows p_type in class 64, where it fills what alignment would leave empty, and p_memsz in class 32.
  const words = offset + (format.class === 32 ? 4 : 8);
  return {
    type: view.getUint32(offset, le),
    flags: view.getUint32(offset + (format.class === 32 ? 24 : 4), le),
    offset: readWord(view, words, format, "p_offset"),
    vaddr: readWord(view, words + word, format, "p_vaddr"),
    paddr: readWord(view, words + 2 * word, format, "p_paddr"),
    filesz: readWord(view, words + 3 * word, format, "p_filesz"),
    memsz: readWord(view, words + 4 * word, format, "p_memsz"),
    align: readWord(view, offset + (format.class === 32 ? 28 : 48), format, "p_align"),
  };
}

/** Writes `phdr` at `offset`. */
export function writePhdr(view: DataView, offset: number, format: ElfFormat, phdr: Phdr): void {
  const le = format.littleEndian;
  const word = wordSize(format);
  const words = offset + (format.class === 32 ? 4 : 8);
  view.setUint32(offset, phdr.type, le);
  view.setUint32(offset + (format.class === 32 ? 24 : 4), phdr.flags, le);
  writeWord(view, words, format, phdr.offset, "p_offset");
  writeWord(view, words + word, format, phdr.vaddr, "p_vaddr");
  writeWord(view, words + 2 * word, format, phdr.paddr, "p_paddr");
  writeWord(view, words + 3 * word, format, phdr.filesz, "p_filesz");
  writeWord(view, words + 4 * word, format, phdr.memsz, "p_memsz");
  writeWord(view, offset + (format.class === 32 ? 28 : 48), format, phdr.align, "p_align");
}
