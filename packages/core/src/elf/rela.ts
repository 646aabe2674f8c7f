/** Relocations that carry their addend (ELF gABI, "Relocation"). */

import type { ElfFormat } from "./format.js";
import { type Rel, readRel, relSize, writeRel } from "./rel.js";
import { readSignedWord, writeSignedWord } from "./word.js";

export interface Rela extends Rel {
  /** Signed. */
  readonly addend: number;
}

/** Bytes of `ElfN_Rela`. */
export function relaSize(format: ElfFormat): number {
  return format.class === 32 ? 12 : 24;
}

/** Reads the relocation at `offset`; the caller has checked that `relaSize` bytes are there. */
export function readRela(view: DataView, offset: number, format: ElfFormat): Rela {
  return {
    ...readRel(view, offset, format),
    addend: readSignedWord(view, offset + relSize(format), format, "r_addend"),
  };
}

/** Writes `rela` at `offset`. */
export function writeRela(view: DataView, offset: number, format: ElfFormat, rela: Rela): void {
  writeRel(view, offset, format, rela);
  writeSignedWord(view, offset + relSize(format), format, rela.addend, "r_addend");
}
