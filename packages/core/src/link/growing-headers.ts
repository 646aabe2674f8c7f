/** The headers of a growing layout: what says where its sections and segments are at the moment. */

import { ELF64_LE } from "../elf/format.js";
import { PF, type Phdr, PT, phdrSize } from "../elf/phdr.js";
import { relaSize } from "../elf/rela.js";
import { SHF, SHT } from "../elf/shdr.js";
import { symSize } from "../elf/sym.js";
import { dynamicSections } from "./dynamic.js";
import type { GrowingLayout, TableSizes } from "./growing-layout.js";
import type { ExtraSection, Placed } from "./layout.js";
import { UNLOADED_SECTIONS } from "./relocatable.js";
import { isNobits, SECTIONS, Section } from "./sections.js";

const FORMAT = ELF64_LE;
const PAGE = 4096;
const SEGMENT_FLAGS = [PF.R, PF.R | PF.X, PF.R | PF.W];
const RELA_BYTES = relaSize(FORMAT);

/** The linker's own sections, in the order of their headers; those of the program come behind the loaded ones. */
export function extraSections(grown: GrowingLayout, sizes: TableSizes): ExtraSection[] {
  const loaded = grown.mode === "pie" ? dynamicSections(Math.max(1, sizes.rela[0]!)) : [];
  const rela = grown.mode === "object" ? grown.sections().filter((section) => !isNobits(section)) : [];
  return [
    ...loaded.map((extra) => (extra.name === ".rela.dyn" ? { ...extra, size: sizes.rela[0]! * RELA_BYTES } : extra)),
    ...rela.map((section) => relaSection(section, sizes.rela[section]!)),
    UNLOADED_SECTIONS.comment,
    ...(grown.mode === "object" ? [UNLOADED_SECTIONS.stack] : []),
    {
      name: ".symtab",
      type: SHT.SYMTAB,
      flags: 0,
      size: sizes.symbols * symSize(FORMAT),
      alignLog2: 3,
      entsize: symSize(FORMAT),
      link: ".strtab",
      info: sizes.locals,
    },
    strings(".strtab", sizes.stringBytes),
    strings(".shstrtab", grown.hasTable(".shstrtab") ? grown.image.nodes.size(grown.table(".shstrtab")) : 0),
  ];
}

/** All section headers, in order; notes the index of each section that atoms can be in. */
export function sectionHeaders(grown: GrowingLayout, sizes: TableSizes): Placed[] {
  const extras = extraSections(grown, sizes);
  const loaded = extras.filter(({ flags }) => flags & SHF.ALLOC).map((extra) => placeExtra(grown, extra));
  const others = extras.filter(({ flags }) => !(flags & SHF.ALLOC)).map((extra) => placeExtra(grown, extra));
  const sections = grown.sections();
  sections.forEach((section, index) => {
    grown.shndx[section] = loaded.length + index + 1;
  });
  const placed = sections.map((section) => ({
    ...placeSection(grown, section),
    inactive: grown.mode !== "object" && !grown.present(section),
  }));
  return [...loaded.map((one) => ({ ...one, inactive: one.header.size === 0 })), ...placed, ...others];
}

function placeExtra(
  grown: GrowingLayout,
  { name, type, flags, size, alignLog2, entsize, link, info }: ExtraSection,
): Placed {
  const node = grown.table(name);
  const offset = grown.image.fileOffset(node);
  const isLoaded = (flags & SHF.ALLOC) !== 0;
  const address = name === ".rela.dyn" ? grown.addressOf(node) : offset;
  const addr = isLoaded ? grown.header.imageBase + address : 0;
  return {
    name,
    node,
    header: { type, flags, addr, offset, size, addralign: 2 ** alignLog2, entsize },
    ...(link === undefined ? {} : { link }),
    ...(info === undefined ? {} : { info }),
  };
}

function placeSection(grown: GrowingLayout, section: number): Placed {
  const { name, type, flags } = SECTIONS[section]!;
  const isDynamic = section === Section.DYNAMIC;
  return {
    name,
    node: grown.sectionNodes[section]!,
    header: {
      type,
      flags,
      addr: grown.mode === "object" ? 0 : grown.header.imageBase + grown.address[section]!,
      offset: grown.fileOffset[section]!,
      size: grown.size[section]!,
      addralign: 2 ** grown.alignLog2[section]!,
      entsize: isDynamic ? 16 : 0,
    },
    ...(isDynamic ? { link: ".dynstr" } : {}),
  };
}

/** All program headers, in order. */
export function programHeaders(grown: GrowingLayout, sizes: TableSizes): Phdr[] {
  const phdrs: Phdr[] = [];
  const image = grown.image;
  const base = grown.header.imageBase;
  const add = (
    type: number,
    flags: number,
    offset: number,
    address: number,
    filesz: number,
    memsz: number,
    align: number,
  ): void => {
    phdrs.push({ type, flags, offset, vaddr: base + address, paddr: base + address, filesz, memsz, align });
  };
  const load = (flags: number, node: number, offset: number, filesz: number, memsz: number, align: number): void => {
    if (memsz > 0) add(PT.LOAD, flags, offset, grown.addressOf(node), filesz, memsz, align);
  };
  add(PT.PHDR, PF.R, 0, 0, 0, 0, 8);
  const headSize = image.nodes.size(grown.head);
  load(PF.R, grown.head, 0, headSize, headSize, PAGE);
  if (grown.mode === "pie") {
    const rela = grown.table(".rela.dyn");
    const size = sizes.rela[0]! * RELA_BYTES;
    load(PF.R, rela, image.fileOffset(rela), size, size, PAGE);
  }
  for (const section of grown.sections()) {
    if (section === Section.TBSS) continue;
    const size = grown.size[section]!;
    const align = Math.max(PAGE, 2 ** grown.alignLog2[section]!);
    const flags = SEGMENT_FLAGS[SECTIONS[section]!.segment]!;
    load(flags, grown.sectionNodes[section]!, grown.fileOffset[section]!, isNobits(section) ? 0 : size, size, align);
  }
  if (grown.mode === "pie") {
    const size = grown.size[Section.DYNAMIC]!;
    add(PT.DYNAMIC, PF.R | PF.W, grown.fileOffset[Section.DYNAMIC]!, grown.address[Section.DYNAMIC]!, size, size, 8);
  }
  if (grown.present(Section.TDATA) || grown.present(Section.TBSS)) {
    const first = grown.present(Section.TDATA) ? Section.TDATA : Section.TBSS;
    const filesz = grown.present(Section.TDATA) ? grown.size[Section.TDATA]! : 0;
    const memsz = grown.present(Section.TBSS) ? grown.tlsOffset[Section.TBSS]! + grown.size[Section.TBSS]! : filesz;
    const aligns = [Section.TDATA, Section.TBSS].map((at) => (grown.present(at) ? grown.alignLog2[at]! : 0));
    add(PT.TLS, PF.R, grown.fileOffset[first]!, grown.address[first]!, filesz, memsz, 2 ** Math.max(...aligns));
  }
  phdrs.push({
    type: PT.GNU_STACK,
    flags: PF.R | PF.W,
    offset: 0,
    vaddr: 0,
    paddr: 0,
    filesz: 0,
    memsz: grown.header.stackSize,
    align: 16,
  });
  const phdrOffset = image.fileOffset(grown.phdrNode);
  const size = phdrs.length * phdrSize(FORMAT);
  phdrs[0] = {
    type: PT.PHDR,
    flags: PF.R,
    offset: phdrOffset,
    vaddr: base + phdrOffset,
    paddr: base + phdrOffset,
    filesz: size,
    memsz: size,
    align: 8,
  };
  return phdrs;
}

export function relaName(section: number): string {
  return `.rela${SECTIONS[section]!.name}`;
}

function relaSection(section: number, count: number): ExtraSection {
  return {
    name: relaName(section),
    type: SHT.RELA,
    flags: SHF.INFO_LINK,
    size: count * RELA_BYTES,
    alignLog2: 3,
    entsize: RELA_BYTES,
    link: ".symtab",
    info: SECTIONS[section]!.name,
  };
}

function strings(name: string, size: number): ExtraSection {
  return { name, type: SHT.STRTAB, flags: 0, size, alignLog2: 0, entsize: 0 };
}
