/** Relocations whose addend stands in the place itself (ELF gABI, "Relocation"), and `r_info` of both kinds. */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { fieldOverflow } from "../diagnostics/input.js";
import type { ElfFormat } from "./format.js";
import { readWord, writeWord } from "./word.js";

export interface Rel {
  readonly offset: number;
  /** Index into the symbol table. */
  readonly sym: number;
  /** The machine's relocation type. */
  readonly type: number;
}

/** Bytes of `ElfN_Rel`. */
export function relSize(format: ElfFormat): number {
  return format.class === 32 ? 8 : 16;
}

/** Reads the relocation at `offset`; the caller has checked that `relSize` bytes are there. */
export function readRel(view: DataView, offset: number, format: ElfFormat): Rel {
  const le = format.littleEndian;
  const place = readWord(view, offset, format, "r_offset");
  if (format.class === 32) {
    const info = view.getUint32(offset + 4, le);
    return { offset: place, sym: info >>> 8, type: info & 0xff };
  }
  // r_info is one 64-bit word, symbol above type; MIPS64 alone packs it otherwise.
  return {
    offset: place,
    sym: view.getUint32(offset + (le ? 12 : 8), le),
    type: view.getUint32(offset + (le ? 8 : 12), le),
  };
}

/** Writes `rel` at `offset`; throws MF0402 where symbol or type do not fit class 32. */
export function writeRel(view: DataView, offset: number, format: ElfFormat, rel: Rel): void {
  const le = format.littleEndian;
  writeWord(view, offset, format, rel.offset, "r_offset");
  if (format.class === 32) {
    if (rel.sym > 0xffffff || rel.type > 0xff) {
      throw new DiagnosticError(fieldOverflow("r_info", rel.sym * 256 + rel.type, 32));
    }
    view.setUint32(offset + 4, ((rel.sym << 8) | rel.type) >>> 0, le);
    return;
  }
  view.setUint32(offset + (le ? 12 : 8), rel.sym, le);
  view.setUint32(offset + (le ? 8 : 12), rel.type, le);
}
