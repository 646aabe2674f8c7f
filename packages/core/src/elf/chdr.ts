/** The header at the start of a compressed section (ELF gABI, "Section Compression"). */

import { type ElfFormat, wordSize } from "./format.js";
import { readWord, writeWord } from "./word.js";

/** `ch_type`. */
export const COMPRESS = { ZLIB: 1, ZSTD: 2 } as const;

export interface Chdr {
  readonly type: number;
  /** Bytes of the section once uncompressed. */
  readonly size: number;
  readonly addralign: number;
}

/** Bytes of `ElfN_Chdr`. */
export function chdrSize(format: ElfFormat): number {
  return format.class === 32 ? 12 : 24;
}

/** Reads the compression header at `offset`; the caller has checked that `chdrSize` bytes are there. */
export function readChdr(view: DataView, offset: number, format: ElfFormat): Chdr {
  const words = offset + wordSize(format);
  return {
    type: view.getUint32(offset, format.littleEndian),
    size: readWord(view, words, format, "ch_size"),
    addralign: readWord(view, words + wordSize(format), format, "ch_addralign"),
  };
}

/** Writes `chdr` at `offset`. */
export function writeChdr(view: DataView, offset: number, format: ElfFormat, chdr: Chdr): void {
  const words = offset + wordSize(format);
  view.setUint32(offset, chdr.type, format.littleEndian);
  if (format.class === 64) view.setUint32(offset + 4, 0, format.littleEndian);
  writeWord(view, words, format, chdr.size, "ch_size");
  writeWord(view, words + wordSize(format), format, chdr.addralign, "ch_addralign");
}
