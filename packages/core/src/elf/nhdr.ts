/**
 * Headers of notes (ELF gABI, "Note Section"). Name and descriptor follow, each padded to the alignment of the
 * section or segment (4 where that is less); the header is three 32-bit words in both classes, as every producer does.
 */

import type { ElfFormat } from "./format.js";

/** `n_type` of notes named "GNU". */
export const NT = {
  GNU_ABI_TAG: 1,
  GNU_HWCAP: 2,
  GNU_BUILD_ID: 3,
  GNU_GOLD_VERSION: 4,
  GNU_PROPERTY_TYPE_0: 5,
} as const;

/** Bytes of `Elf_Nhdr`. */
export const NHDR_SIZE = 12;

export interface Nhdr {
  /** Bytes of the name, its terminating zero included, padding not. */
  readonly namesz: number;
  readonly descsz: number;
  readonly type: number;
}

/** Reads the note header at `offset`; the caller has checked that `NHDR_SIZE` bytes are there. */
export function readNhdr(view: DataView, offset: number, format: ElfFormat): Nhdr {
  return {
    namesz: view.getUint32(offset, format.littleEndian),
    descsz: view.getUint32(offset + 4, format.littleEndian),
    type: view.getUint32(offset + 8, format.littleEndian),
  };
}

/** Writes `nhdr` at `offset`. */
export function writeNhdr(view: DataView, offset: number, format: ElfFormat, nhdr: Nhdr): void {
  view.setUint32(offset, nhdr.namesz, format.littleEndian);
  view.setUint32(offset + 4, nhdr.descsz, format.littleEndian);
  view.setUint32(offset + 8, nhdr.type, format.littleEndian);
}
