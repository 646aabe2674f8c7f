/** What only a relocatable file has: a .rela section beside each section that has relocations (gABI, "Relocation"). */

import { ELF64_LE } from "../elf/format.js";
import { relaSize } from "../elf/rela.js";
import { SHF, SHT } from "../elf/shdr.js";
import { Chunk, type ChunkTable } from "../protocol/chunk-table.js";
import { VERSION } from "../version.js";
import type { ExtraSection } from "./layout.js";
import { forEachAtom } from "./resolve.js";
import { SECTION_COUNT, SECTIONS } from "./sections.js";
import { type LinkBuffers, LinkTables } from "./shared-link.js";
import { SymField } from "./symbol-table.js";

const RELA_BYTES = relaSize(ELF64_LE);

export const COMMENT: Uint8Array = new TextEncoder().encode(`Manifold ${VERSION}\0`);

export const UNLOADED_SECTIONS: { readonly comment: ExtraSection; readonly stack: ExtraSection } = {
  comment: {
    name: ".comment",
    type: SHT.PROGBITS,
    flags: SHF.MERGE | SHF.STRINGS,
    size: COMMENT.length,
    alignLog2: 0,
    entsize: 1,
  },
  /** Says that the code needs no executable stack. */
  stack: { name: ".note.GNU-stack", type: SHT.PROGBITS, flags: 0, size: 0, alignLog2: 0, entsize: 0 },
};

/** Counts relocations by section; every chunk's record learns how many come before its own. */
export function countRela(buffers: LinkBuffers, chunks: ChunkTable): Int32Array {
  const tables = new LinkTables(buffers);
  const counts = new Int32Array(SECTION_COUNT);
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    for (let section = 0; section < SECTION_COUNT; section++) chunks.set(chunk, Chunk.RELA + section, counts[section]!);
    forEachAtom(tables, chunk, (symbol, _flags, _blob, _reloc, relocCount) => {
      counts[tables.symbols.get(symbol, SymField.SECTION)]! += relocCount;
    });
  }
  return counts;
}

/** The .rela sections for `counts` relocations by section. */
export function relaSections(counts: Int32Array): ExtraSection[] {
  const sections: ExtraSection[] = [];
  counts.forEach((count, section) => {
    if (count === 0) return;
    const name = SECTIONS[section]!.name;
    sections.push({
      name: `.rela${name}`,
      type: SHT.RELA,
      flags: SHF.INFO_LINK,
      size: count * RELA_BYTES,
      alignLog2: 3,
      entsize: RELA_BYTES,
      link: ".symtab",
      info: name,
    });
  });
  return sections;
}
