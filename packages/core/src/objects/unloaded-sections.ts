/** The sections of an output that are not loaded: debug information, the symbol table, names; behind all that is. */

import { SHF, SHT } from "../elf/shdr.js";
import type { ObjectLink } from "./object-link.js";
import type { OutputSection } from "./output-section.js";
import { leaveRoom } from "./room.js";
import { SYM_BYTES } from "./symtab.js";

/** Places what is not loaded behind what is; returns all sections, numbered. */
export function placeUnloaded(link: ObjectLink): OutputSection[] {
  const sections = [...link.order];
  let offset = link.placement.loadedBytes;
  const put = (section: OutputSection): void => {
    offset = Math.ceil(offset / section.align) * section.align;
    section.offset = offset;
    offset += section.type === SHT.NOBITS ? 0 : section.room;
  };
  for (const section of sections) if (!(section.flags & SHF.ALLOC)) put(section);
  if (link.options.strip !== "all") {
    const { count, locals, stringBytes } = link.symtab;
    const symtab = plainSection(".symtab", SHT.SYMTAB, count * SYM_BYTES, 8);
    sections.push(
      Object.assign(symtab, { entsize: SYM_BYTES, link: ".strtab", info: locals }),
      plainSection(".strtab", SHT.STRTAB, stringBytes, 1),
    );
    if (link.updatable) for (const section of sections.slice(-2)) leaveRoom(section);
    put(sections.at(-2)!);
    put(sections.at(-1)!);
  }
  sections.push(plainSection(".shstrtab", SHT.STRTAB, 0, 1));
  put(sections.at(-1)!);
  sections.forEach((section, i) => {
    section.index = i + 1;
  });
  return sections;
}

function plainSection(name: string, type: number, size: number, align: number): OutputSection {
  const sections = new Int32Array(0);
  return {
    name,
    type,
    flags: 0,
    align,
    entsize: 0,
    size,
    room: size,
    top: size,
    sections,
    pools: [],
    extra: 0,
    extraAlign: 1,
    extraOffset: 0,
    address: 0,
    offset: 0,
    index: 0,
    made: true,
  };
}
