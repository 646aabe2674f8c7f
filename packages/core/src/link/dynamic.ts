/**
 * What a static position-independent executable holds besides its sections, for its own start code to relocate it:
 * .dynamic and .rela.dyn, and the empty dynamic symbol table that tools expect beside them (gABI, "Dynamic Section").
 */

import { DF_1, DT, dynSize, writeDyn } from "../elf/dyn.js";
import { ELF64_LE } from "../elf/format.js";
import { relaSize } from "../elf/rela.js";
import { SHF, SHT } from "../elf/shdr.js";
import { symSize } from "../elf/sym.js";
import type { MappedFile } from "../image/mapped-file.js";
import type { ExtraSection, Layout } from "./layout.js";
import { Section } from "./sections.js";

const FORMAT = ELF64_LE;
/** nbucket 1, nchain 1, one empty bucket, one chain. */
const HASH_WORDS = [1, 1, 0, 0];

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
