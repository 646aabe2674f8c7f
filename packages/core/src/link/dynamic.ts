/**
 * What a static position-independent executable holds besides its sections, for its own start code to relocate it:
 * .dynamic and .rela.dyn, and the empty dynamic symbol table that tools expect beside them (gABI, "Dynamic Section").
 */

import { DF_1, DT, dynSize, writeDyn } from "../elf/dyn.js";
import { ELF64_LE } from "../elf/format.js";
import { relaSize } from "../elf/rela.js";
import { SHF, SHT } from "../elf/shdr.js";
import { symSize } from "../elf/sym.js";
import { R_X86_64 } from "../elf/x86-64.js";
import type { MappedFile } from "../image/mapped-file.js";
import { Chunk, ChunkStatus, type ChunkTable } from "../protocol/chunk-table.js";
import { DeclFlag, Ref, Reloc } from "../protocol/records.js";
import type { ExtraSection, Layout } from "./layout.js";
import { forEachAtom } from "./resolve.js";
import { Section, UNDEFINED } from "./sections.js";
import { type LinkBuffers, LinkTables } from "./shared-link.js";
import { SymField } from "./symbol-table.js";

const FORMAT = ELF64_LE;
/** nbucket 1, nchain 1, one empty bucket, one chain. */
const HASH_WORDS = [1, 1, 0, 0];

/** Counts the 64-bit addresses that depend on where the program is loaded; every chunk learns how many come before its own. */
export function countDynamic(buffers: LinkBuffers, chunks: ChunkTable): number {
  const tables = new LinkTables(buffers);
  let total = 0;
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    if (chunks.status(chunk) !== ChunkStatus.EMITTED) continue;
    chunks.set(chunk, Chunk.DYNAMIC_BASE, total);
    const words = tables.arenaWords[chunks.get(chunk, Chunk.SLOT)]!;
    const relocs = chunks.getUnsigned(chunk, Chunk.RELOCS) / 4;
    const refs = chunks.getUnsigned(chunk, Chunk.REFS) / 4;
    forEachAtom(tables, chunk, (_symbol, flags, _blob, reloc, relocCount) => {
      if (!(flags & DeclFlag.ABSOLUTE)) return;
      for (let index = reloc; index < reloc + relocCount; index++) {
        const at = relocs + index * Reloc.WORDS;
        if (words[at + Reloc.TYPE] !== R_X86_64["64"]) continue;
        const target = words[refs + words[at + Reloc.REF]! * Ref.WORDS + Ref.SYMBOL]!;
        if (tables.symbols.get(target, SymField.SECTION) !== UNDEFINED) total++;
      }
    });
    chunks.set(chunk, Chunk.DYNAMIC, total - chunks.get(chunk, Chunk.DYNAMIC_BASE));
  }
  return total;
}

/** Bytes of .dynamic. */
export const DYNAMIC_BYTES: number = 11 * dynSize(FORMAT);

/** The read-only sections, for `relocations` entries in .rela.dyn. */
export function dynamicSections(relocations: number): ExtraSection[] {
  const rela = {
    name: ".rela.dyn",
    type: SHT.RELA,
    flags: SHF.ALLOC,
    size: relocations * relaSize(FORMAT),
    alignLog2: 3,
    entsize: relaSize(FORMAT),
    link: ".dynsym",
  };
  return [
    {
      name: ".hash",
      type: SHT.HASH,
      flags: SHF.ALLOC,
      size: HASH_WORDS.length * 4,
      alignLog2: 3,
      entsize: 4,
      link: ".dynsym",
    },
    {
      name: ".dynsym",
      type: SHT.DYNSYM,
      flags: SHF.ALLOC,
      size: symSize(FORMAT),
      alignLog2: 3,
      entsize: symSize(FORMAT),
      link: ".dynstr",
      info: 1,
    },
    { name: ".dynstr", type: SHT.STRTAB, flags: SHF.ALLOC, size: 1, alignLog2: 0, entsize: 0 },
    ...(relocations === 0 ? [] : [rela]),
  ];
}

/** Writes .hash and .dynamic; the rest is zero, or written by workers. */
export function writeDynamic(image: MappedFile, layout: Layout, dynamicNode: number): void {
  const hash = layout.find(".hash")!;
  const dynsym = layout.find(".dynsym")!;
  const dynstr = layout.find(".dynstr")!;
  const rela = layout.find(".rela.dyn");
  image.write(hash.node, 0, new Uint8Array(Int32Array.from(HASH_WORDS).buffer));
  const entries: [tag: number, value: number][] = [
    [DT.HASH, hash.address],
    [DT.STRTAB, dynstr.address],
    [DT.SYMTAB, dynsym.address],
    [DT.STRSZ, dynstr.size],
    [DT.SYMENT, symSize(FORMAT)],
  ];
  if (rela !== undefined) {
    entries.push(
      [DT.RELA, rela.address],
      [DT.RELASZ, rela.size],
      [DT.RELAENT, relaSize(FORMAT)],
      [DT.RELACOUNT, rela.size / relaSize(FORMAT)],
    );
  }
  entries.push([DT.FLAGS_1, DF_1.PIE], [DT.NULL, 0]);
  const bytes = new Uint8Array(entries.length * dynSize(FORMAT));
  const view = new DataView(bytes.buffer);
  entries.forEach(([tag, value], index) => {
    writeDyn(view, index * dynSize(FORMAT), FORMAT, { tag, value });
  });
  image.write(dynamicNode, 0, bytes);
}

/** Whether a layout has a dynamic section. */
export function isDynamic(layout: Layout): boolean {
  return layout.present(Section.DYNAMIC);
}
