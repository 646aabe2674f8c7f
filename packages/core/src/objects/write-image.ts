/** Writes the image of a link whose sections have their places: contents with their relocations, tables, headers. */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { badUnwindTable, noEntrySymbol, outputTooLarge, tooMany } from "../diagnostics/objects.js";
import { SHF, SHN, SHT } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { REGION_LIMIT } from "../memory/shared-region.js";
import { BUILD_ID_OFFSET, buildIdNote, computeBuildId } from "./build-id.js";
import { ehFrameHdrWithoutTable, makeEhFrameHdr } from "./eh-frame-hdr.js";
import { explainFaults } from "./explain.js";
import { store32 } from "./fields.js";
import { Mark, State } from "./globals.js";
import { nameTable, SHDR_BYTES, writeHeaders } from "./headers.js";
import type { ObjectLink } from "./object-link.js";
import { SH } from "./object-table.js";
import type { OutputSection } from "./output-section.js";
import { type RelocationPlace, Relocator } from "./relocate.js";
import { placeUnloaded } from "./unloaded-sections.js";

/** nop: what lies between the pieces of a code section may be run through. */
const NOP = 0x90;
/** Nobody runs through more: what is aligned further apart is zeros, which cost nothing. */
const LONGEST_NOPS = 65536;

/** Writes the image. */
export function writeImage(link: ObjectLink): void {
  const sections = placeUnloaded(link);
  link.sections = sections;
  const names = nameTable(sections);
  const shstrtab = sections.at(-1)!;
  shstrtab.size = names.bytes.length;
  shstrtab.room = names.bytes.length;
  const shoff = Math.ceil((shstrtab.offset + shstrtab.size) / 8) * 8;
  const size = shoff + (sections.length + 1) * SHDR_BYTES;
  if (size > REGION_LIMIT) throw new DiagnosticError(outputTooLarge(size));
  link.image = new Uint8Array(new SharedArrayBuffer(size));
  const { image, options } = link;
  if (options.strip !== "all" && sections.length >= SHN.LORESERVE)
    throw new DiagnosticError(tooMany("sections with symbols", sections.length, SHN.LORESERVE - 1));
  const isPie = options.output === "static-pie";
  const relocator = new Relocator(image, link.table, link.globals, link.addresses, link.scan, isPie);
  for (const section of link.order) writeSection(link, section, relocator);
  writeFrames(link, relocator);
  for (const [section, bytes] of link.made.contents(link.addresses, relocator.relative))
    image.set(bytes, section.offset + section.extraOffset);
  writeBuildIdNote(link);
  const symtab = sections.find(({ name }) => name === ".symtab");
  if (symtab !== undefined) {
    const strtab = sections.find(({ name }) => name === ".strtab")!;
    link.strings = link.symtab.write(image, symtab.offset, strtab.offset, link.symbolContext);
  }
  image.set(names.bytes, shstrtab.offset);
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
}

/** Copies the input sections of an output section, and applies their relocations. */
function writeSection(link: ObjectLink, output: OutputSection, relocator: Relocator): void {
  if (output.type === SHT.NOBITS) return;
  const { table, outputs, image } = link;
  const isCode = (output.flags & SHF.EXECINSTR) !== 0;
  let written = output.offset;
  for (const section of output.sections) {
    if (outputs.poolOf[section] !== -1 || link.ehFrame.has(section)) continue;
    const to = output.offset + table.sectionOffset[section]!;
    if (isCode && to > written && to - written <= LONGEST_NOPS) image.fill(NOP, written, to);
    written = to + writeInput(link, section, output, to, relocator);
  }
  for (const pool of output.pools) pool.merge.write(image, output.offset + pool.offset);
}

/** Writes an input section to `to` of the relocator's image; returns its bytes. */
export function writeInput(
  link: ObjectLink,
  section: number,
  output: OutputSection,
  to: number,
  relocator: Relocator,
): number {
  const { table } = link;
  const { bytes, words } = table.input;
  const size = table.sizeOf(section);
  const loaded = (output.flags & SHF.ALLOC) !== 0;
  const object = table.sectionObject[section]!;
  // Of zeros: an image begins as such.
  if (words[table.headerOf(section) + SH.TYPE] === SHT.NOBITS) return size;
  const from = table.contentsOf(section);
  relocator.image.set(bytes.subarray(from, from + size), to);
  const rela = table.relocationsOf(section);
  if (rela === -1) return size;
  const place: RelocationPlace = {
    object,
    section,
    at: to,
    address: output.address + table.sectionOffset[section]!,
    start: to,
    end: to + size,
    loaded,
    tombstone: tombstoneOf(output.name, loaded),
  };
  const before = relocator.relative.length;
  relocator.apply(place, table.wordsOf(rela), table.wordsEnd(rela));
  if (link.outputs.reversed.has(section))
    reverseWords(relocator.image, to, size, relocator.relative, before, place.address);
  return size;
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

/**
 * What stands for addresses of what is not linked. Debug information of a discarded function is at address 0; lists of
 * ranges end at two zeros, and have 1. Tables of exceptions are looked up by function, and one that is gone is never.
 */
function tombstoneOf(name: string, loaded: boolean): number {
  if (!loaded) return name === ".debug_ranges" || name === ".debug_loc" ? 1 : 0;
  return name === ".gcc_except_table" ? 0 : -1;
}

/** Turns round the order of 8-byte words, and of the run-time relocations from `first` on that are in them. */
function reverseWords(
  image: Uint8Array,
  at: number,
  size: number,
  relative: number[],
  first: number,
  address: number,
): void {
  for (let low = at, high = at + size - 8; low < high; low += 8, high -= 8) {
    const word = image.slice(low, low + 8);
    image.copyWithin(low, high, high + 8);
    image.set(word, high);
  }
  for (let i = first; i < relative.length; i += 2) relative[i] = address + size - 8 - (relative[i]! - address);
}
