/** Writes the ELF header, program headers, section headers and the section name table of a finished layout. */

import { ELFOSABI, ET, EV, ehdrSize, writeEhdr } from "../elf/ehdr.js";
import { ELF64_LE } from "../elf/format.js";
import { EM } from "../elf/machine.js";
import { phdrSize, writePhdr } from "../elf/phdr.js";
import { shdrSize, writeShdr } from "../elf/shdr.js";
import type { MappedFile } from "../image/mapped-file.js";
import type { Header } from "../manifest/header.js";
import type { Layout } from "./layout.js";

const FORMAT = ELF64_LE;

/** `entry` is an address. */
export function writeHeaders(image: MappedFile, layout: Layout, header: Header, entry: number): void {
  writeSectionHeaders(image, layout);
  if (layout.phdrs.length > 0) {
    // There may be room for more, which those of an earlier link have taken.
    const phdrs = new Uint8Array(image.nodes.size(layout.phdrNode));
    const view = new DataView(phdrs.buffer);
    layout.phdrs.forEach((phdr, index) => {
      writePhdr(view, index * phdrSize(FORMAT), FORMAT, phdr);
    });
    image.write(layout.phdrNode, 0, phdrs);
  }
  const ehdr = new Uint8Array(ehdrSize(FORMAT));
  writeEhdr(new DataView(ehdr.buffer), 0, FORMAT, {
    osabi: header.target.endsWith("-freestanding") ? ELFOSABI.STANDALONE : ELFOSABI.NONE,
    abiversion: 0,
    type: header.output === "obj" ? ET.REL : header.pie ? ET.DYN : ET.EXEC,
    machine: EM.X86_64,
    version: EV.CURRENT,
    entry,
    phoff: layout.phdrs.length > 0 ? image.fileOffset(layout.phdrNode) : 0,
    shoff: image.fileOffset(layout.shdrNode),
    flags: 0,
    ehsize: ehdrSize(FORMAT),
    phentsize: layout.phdrs.length > 0 ? phdrSize(FORMAT) : 0,
    phnum: layout.phdrs.length,
    shentsize: shdrSize(FORMAT),
    shnum: layout.placed.length + 1,
    shstrndx: layout.indexOf(".shstrtab"),
  });
  image.write(layout.ehdrNode, 0, ehdr);
}

function writeSectionHeaders(image: MappedFile, layout: Layout): void {
  const size = shdrSize(FORMAT);
  const headers = new Uint8Array((layout.placed.length + 1) * size);
  const view = new DataView(headers.buffer);
  const names: number[] = [];
  let strings = "\0";
  for (const placed of layout.placed) {
    names.push(strings.length);
    strings += `${placed.name}\0`;
  }
  layout.placed.forEach((placed, index) => {
    const { info, link } = placed;
    if (placed.inactive === true) return;
    writeShdr(view, (index + 1) * size, FORMAT, {
      ...placed.header,
      name: names[index]!,
      link: link === undefined ? 0 : layout.indexOf(link),
      info: typeof info === "string" ? layout.indexOf(info) : (info ?? 0),
    });
  });
  image.write(layout.shdrNode, 0, headers);
  image.write(layout.find(".shstrtab")!.node, 0, new TextEncoder().encode(strings));
}
