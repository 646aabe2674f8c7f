/** Writes the ELF header, program headers and section headers of an output, and the names of its sections. */

import { ELFOSABI, ET, EV, writeEhdr } from "../elf/ehdr.js";
import { ELF64_LE } from "../elf/format.js";
import { EM } from "../elf/machine.js";
import { type Phdr, writePhdr } from "../elf/phdr.js";
import { SHN, writeShdr } from "../elf/shdr.js";
import type { OutputSection } from "./output-section.js";
import { EHDR_BYTES, PHDR_BYTES } from "./place.js";

export const SHDR_BYTES = 64;

/** The names of `sections` as a string table, and where in it each is. */
export function nameTable(sections: readonly OutputSection[]): {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
} {
  let text = "\0";
  const offsets = sections.map(({ name }) => {
    const at = text.length;
    text += `${name}\0`;
    return at;
  });
  return { bytes: Buffer.from(text, "latin1"), offsets };
}

export interface HeaderInput {
  readonly sections: readonly OutputSection[];
  readonly nameOffsets: readonly number[];
  readonly phdrs: readonly Phdr[];
  readonly entry: number;
  readonly pie: boolean;
  /** Some symbol is of a kind that only GNU's loader knows: an IFUNC, or GNU_UNIQUE. */
  readonly gnu: boolean;
  /** Offset of the section headers in the file. */
  readonly shoff: number;
}

export function writeHeaders(image: Uint8Array, input: HeaderInput): void {
  const { sections, phdrs, shoff } = input;
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const count = sections.length + 1;
  const indexOf = (name: string): number => sections.find((section) => section.name === name)?.index ?? 0;
  const names = indexOf(".shstrtab");
  writeEhdr(view, 0, ELF64_LE, {
    osabi: input.gnu ? ELFOSABI.GNU : ELFOSABI.NONE,
    abiversion: 0,
    type: input.pie ? ET.DYN : ET.EXEC,
    machine: EM.X86_64,
    version: EV.CURRENT,
    entry: input.entry,
    phoff: EHDR_BYTES,
    shoff,
    flags: 0,
    ehsize: EHDR_BYTES,
    phentsize: PHDR_BYTES,
    phnum: phdrs.length,
    shentsize: SHDR_BYTES,
    // gABI: numbers that do not fit stand in the first section header.
    shnum: count < SHN.LORESERVE ? count : 0,
    shstrndx: names < SHN.LORESERVE ? names : SHN.XINDEX,
  });
  phdrs.forEach((phdr, i) => {
    writePhdr(view, EHDR_BYTES + i * PHDR_BYTES, ELF64_LE, phdr);
  });
  if (count >= SHN.LORESERVE) {
    const link = names < SHN.LORESERVE ? 0 : names;
    writeShdr(view, shoff, ELF64_LE, {
      name: 0,
      type: 0,
      flags: 0,
      addr: 0,
      offset: 0,
      size: count,
      link,
      info: 0,
      addralign: 0,
      entsize: 0,
    });
  }
  sections.forEach((section, i) => {
    const { info, link } = section;
    writeShdr(view, shoff + (i + 1) * SHDR_BYTES, ELF64_LE, {
      name: input.nameOffsets[i]!,
      type: section.type,
      flags: section.flags >>> 0,
      addr: section.address,
      offset: section.offset,
      size: section.size,
      link: link === undefined ? 0 : indexOf(link),
      info: typeof info === "string" ? indexOf(info) : (info ?? 0),
      addralign: section.align,
      entsize: section.entsize,
    });
  });
}
