/** Writes the image of a link whose sections have their places: contents with their relocations, tables, headers. */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { badUnwindTable, noEntrySymbol, outputTooLarge, tooMany } from "../diagnostics/objects.js";
import { SHN, SHT } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { REGION_LIMIT } from "../memory/shared-region.js";
import { BUILD_ID_OFFSET, buildIdNote, computeBuildId } from "./build-id.js";
import { ehFrameHdrWithoutTable, makeEhFrameHdr } from "./eh-frame-hdr.js";
import { explainFaults } from "./explain.js";
import { store32 } from "./fields.js";
import { Mark, State } from "./globals.js";
import { nameTable, SHDR_BYTES, writeHeaders } from "./headers.js";
import type { ObjectLink } from "./object-link.js";
import type { OutputSection } from "./output-section.js";
import { type WritingThreads, writeParts } from "./parallel/write-parts.js";
import { Relocator } from "./relocate.js";
import { copySections, relocateSections } from "./section-contents.js";
import { placeUnloaded } from "./unloaded-sections.js";

/** Writes the image; `threads` take part in it. */
export function writeImage(link: ObjectLink, threads?: WritingThreads): void {
  const sections = placeUnloaded(link);
  link.sections = sections;
  const names = nameTable(sections);
  const shstrtab = sections.at(-1)!;
  shstrtab.size = names.bytes.length;
  shstrtab.room = names.bytes.length;
  const shoff = Math.ceil((shstrtab.offset + shstrtab.size) / 8) * 8;
  const size = shoff + (sections.length + 1) * SHDR_BYTES;
  if (size > REGION_LIMIT) throw new DiagnosticError(outputTooLarge(size));
  link.image = link.resident?.image(size) ?? new Uint8Array(new SharedArrayBuffer(size));
  const { image, options } = link;
  if (options.strip !== "all" && sections.length >= SHN.LORESERVE)
    throw new DiagnosticError(tooMany("sections with symbols", sections.length, SHN.LORESERVE - 1));
  const isPie = options.output === "static-pie";
  const relocator = new Relocator(image, link.table, link.globals, link.addresses, link.scan, isPie);
  const tables = (): void => writeTables(link, names.bytes);
  const { phases } = link;
  const symbols = (): void => phases.serial("symbols", tables);
  if (threads === undefined) {
    const end = phases.begin("contents", "parallel", { items: link.objects.length });
    for (const section of link.order) writeSection(link, section, relocator);
    end();
    symbols();
  } else for (const { faults, relative } of writeParts(link, threads, symbols)) relocator.add(faults, relative);
  const finished = phases.begin("finish");
  for (const { pools, offset } of link.order) for (const pool of pools) pool.merge.write(image, offset + pool.offset);
  writeFrames(link, relocator);
  for (const [section, bytes] of link.made.contents(link.addresses, relocator.relative))
    image.set(bytes, section.offset + section.extraOffset);
  writeBuildIdNote(link);
  const gnu = link.scan.plt.count > 0 || hasUnique(link);
  writeHeaders(image, {
    sections,
    nameOffsets: names.offsets,
    phdrs: link.placement.phdrs,
    entry: entryAddress(link),
    pie: isPie,
    gnu,
    shoff,
  });
  link.diagnostics.push(...explainFaults(link, relocator.faults));
  // An image that nobody gets needs no name.
  if (!link.hasErrors) identify(link);
  finished();
}

/** Writes the symbol table and the names of sections, which nothing else needs. */
function writeTables(link: ObjectLink, names: Uint8Array): void {
  const { sections, image } = link;
  const symtab = sections.find(({ name }) => name === ".symtab");
  if (symtab !== undefined) {
    const strtab = sections.find(({ name }) => name === ".strtab")!;
    link.strings = link.symtab.write(image, symtab.offset, strtab.offset, link.symbolContext);
  }
  image.set(names, sections.at(-1)!.offset);
}

/** Writes what an output section has of the inputs. */
function writeSection(link: ObjectLink, output: OutputSection, relocator: Relocator): void {
  if (output.type === SHT.NOBITS) return;
  const count = output.sections.length;
  copySections(link, output, 0, count, link.image);
  relocateSections(link, output, 0, count, relocator);
}

function writeFrames(link: ObjectLink, relocator: Relocator): void {
  const output = link.outputs.find(".eh_frame");
  if (output === undefined) return;
  for (let record = 0; record < link.ehFrame.count; record++)
    if (link.ehFrame.isWritten(record)) writeFrame(link, record, output, output.offset, relocator);
  const header = link.outputs.find(".eh_frame_hdr");
  if (header === undefined) return;
  const frames = link.image.subarray(output.offset, output.offset + output.size);
  const table = makeEhFrameHdr(frames, output.address, header.address);
  if (table === undefined) link.diagnostics.push(badUnwindTable());
  link.image.set(table ?? ehFrameHdrWithoutTable(output.address, header.address), header.offset);
}

/**
 * Writes the unwind tables of one object, which stay apart, to the first `room` bytes of the relocator's image. What is left
 * of the room belongs to the last record, where it means nothing.
 */
export function writeFramesApart(
  link: ObjectLink,
  section: number,
  output: OutputSection,
  room: number,
  relocator: Relocator,
): void {
  const { ehFrame, table } = link;
  const { image } = relocator;
  image.fill(0, 0, room);
  const [first, end] = ehFrame.range(section);
  let last = -1;
  for (let record = first; record < end; record++) {
    if (!ehFrame.isWritten(record)) continue;
    // Offsets count from the start of the output section, the image from that of the table.
    writeFrame(link, record, output, -table.sectionOffset[section]!, relocator);
    last = ehFrame.output[record]!;
  }
  if (last !== -1) store32(image, last, room - last - 4);
}

/** Writes a record of `.eh_frame`, whose section begins at `at` of the relocator's image. */
function writeFrame(link: ObjectLink, record: number, output: OutputSection, at: number, relocator: Relocator): void {
  const { ehFrame, table } = link;
  const section = ehFrame.section[record]!;
  const base = table.sectionOffset[section]!;
  const to = at + base + ehFrame.output[record]!;
  ehFrame.copy(record, relocator.image, to);
  const shift = base + ehFrame.output[record]! - ehFrame.offset[record]!;
  const object = table.sectionObject[section]!;
  const place = {
    object,
    section,
    at: at + shift,
    address: output.address + shift,
    start: to,
    end: to + ehFrame.size[record]!,
    loaded: true,
    tombstone: 0,
  };
  relocator.apply(place, ehFrame.relaFrom[record]!, ehFrame.relaEnd[record]!);
}

function entryAddress(link: ObjectLink): number {
  if (link.entry === -1) return Number(link.options.entry);
  const address = link.globals.address[link.entry]!;
  // Not a number: it is in a section that is not linked.
  if (link.globals.state[link.entry] !== State.UNDEFINED && !Number.isNaN(address)) return address;
  link.diagnostics.push(noEntrySymbol(link.options.entry));
  return link.outputs.find(".text")?.address ?? 0;
}

function hasUnique(link: ObjectLink): boolean {
  for (let name = 0; name < link.globals.count; name++)
    if (
      link.globals.marks[name]! & Mark.UNIQUE ||
      (link.globals.type[name] === STT.GNU_IFUNC && link.globals.state[name] === State.DEFINED)
    )
      return true;
  return false;
}

function writeBuildIdNote(link: ObjectLink): void {
  const section = link.outputs.find(".note.gnu.build-id");
  if (section === undefined || link.options.buildId === "none") return;
  link.image.set(buildIdNote(link.options.buildId), section.offset + section.extraOffset);
}

/** Writes the build id, which is a hash of everything else. */
function identify(link: ObjectLink): void {
  const section = link.outputs.find(".note.gnu.build-id");
  if (section === undefined || link.options.buildId === "none") return;
  link.image.set(
    computeBuildId(link.options.buildId, link.image),
    section.offset + section.extraOffset + BUILD_ID_OFFSET,
  );
}
