/** Brings the sections that the linker makes up to date, and the headers. */

import { ELFOSABI } from "../../elf/ehdr.js";
import type { ImageBytes } from "../../image/image-bytes.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { makeEhFrameHdr } from "../eh-frame-hdr.js";
import { State } from "../globals.js";
import { nameTable, SHDR_BYTES, writeHeaders } from "../headers.js";
import { pltSizes } from "../made-sections.js";
import { EHDR_BYTES, PHDR_BYTES } from "../place.js";
import type { LinkSession } from "./link-session.js";

/** Offset of e_shoff in the ELF header. */
const E_SHOFF = 40;
const EI_OSABI = 7;

/** Sections of the linker's own that follow the number of IFUNCs. */
export function resizeMade(session: LinkSession): void {
  const { outputs, scan } = session.link;
  const resize = (name: string, bytes: number): void => {
    const output = outputs.find(name);
    if (output === undefined) throw new NeedsFullLink("the first IFUNC");
    if (output.extra === bytes) return;
    if (output.extraOffset + bytes > output.room) throw new NeedsFullLink(`${name} is full`);
    Object.assign(output, { extra: bytes, size: output.extraOffset + bytes, top: output.extraOffset + bytes });
  };
  if (scan.plt.count === 0) return;
  const { plt, gotPlt, rela } = pltSizes(scan.plt.count);
  resize(".plt", plt);
  resize(".got.plt", gotPlt);
  resize(".rela.plt", rela);
}

/** Writes what they contain. */
export function writeMade(session: LinkSession, image: ImageBytes): void {
  const { link } = session;
  for (const { name, symbol } of [...link.scan.plt.keys, ...link.scan.got.keys, ...link.scan.gotTpoff.keys]) {
    const object = name === -1 ? link.symtab.objectOf(symbol) : link.globals.object[name]!;
    if (object >= 0) session.ensureRead(object);
  }
  for (const [section, bytes] of link.made.contents(link.addresses, []))
    if (section.name !== ".comment") image.rewrite(section.offset + section.extraOffset, bytes);
  const frames = link.outputs.find(".eh_frame");
  const header = link.outputs.find(".eh_frame_hdr");
  if (frames === undefined || header === undefined) return;
  const table = makeEhFrameHdr(image.read(frames.offset, frames.size), frames.address, header.address);
  if (table === undefined || table.length > header.room) throw new NeedsFullLink(".eh_frame_hdr is full");
  Object.assign(header, { size: table.length, extra: table.length, top: table.length });
  image.rewrite(header.offset, table);
}

/** Writes the headers of the file, its segments and its sections; all have their sizes and places. */
export function updateHeaders(session: LinkSession, image: ImageBytes): void {
  const { link } = session;
  const { globals } = link;
  const shstrtab = link.sections.at(-1)!;
  const { offsets } = nameTable(link.sections);
  const shoff = Math.ceil((shstrtab.offset + shstrtab.size) / 8) * 8;
  const headers = (link.sections.length + 1) * SHDR_BYTES;
  const entry = globals.names.findText(link.options.entry);
  const isDefined = entry !== -1 && globals.state[entry] !== State.UNDEFINED;
  const address = isDefined ? globals.address[entry]! : Number(link.options.entry);
  if (Number.isNaN(address)) throw new NeedsFullLink("the entry is not defined");
  const gnu = image.read(EI_OSABI, 1)[0] === ELFOSABI.GNU;
  // Those at the end of the file are made right behind those at its start.
  const head = EHDR_BYTES + link.placement.phdrs.length * PHDR_BYTES;
  const both = new Uint8Array(head + headers);
  const { sections } = link;
  writeHeaders(both, {
    sections,
    nameOffsets: offsets,
    phdrs: link.placement.phdrs,
    entry: address,
    pie: false,
    gnu,
    shoff: head,
  });
  new DataView(both.buffer).setUint32(E_SHOFF, shoff, true);
  image.write(0, both.subarray(0, head));
  image.write(shoff, both.subarray(head));
}
