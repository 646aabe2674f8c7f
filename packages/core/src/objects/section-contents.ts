/**
 * Puts the contents of input sections into the image: copies them, and applies their relocations. Any part of an output
 * section's inputs can be done by itself, in any order: what two of them write does not overlap.
 */

import { SHF, SHT } from "../elf/shdr.js";
import { EH_FRAME, type EhFrame } from "./eh-frame.js";
import type { InputBytes } from "./input-bytes.js";
import { type ObjectTable, SH } from "./object-table.js";
import type { OutputSection } from "./output-section.js";
import type { OutputSections } from "./output-sections.js";
import type { RelocationPlace, Relocator } from "./relocate.js";

/** nop: what lies between the pieces of a code section may be run through. */
const NOP = 0x90;
/** Nobody runs through more: what is aligned further apart is zeros, which cost nothing. */
const LONGEST_NOPS = 65536;
/** Sections with less between them, the same in the object as in the image, are copied together. */
const RUN_GAP = 64;

/** What sections are written from. */
export interface Contents {
  readonly table: ObjectTable;
  readonly outputs: OutputSections;
  readonly ehFrame: EhFrame;
}

/** Copies the input sections `[first, end)` of an output section to the image, and fills what is between them. */
export function copySections(
  contents: Contents,
  output: OutputSection,
  first: number,
  end: number,
  image: Uint8Array,
): void {
  const { table } = contents;
  const { words } = table.input;
  const { sections } = output;
  // A compiler writes sections one behind the other, aligned as the linker aligns them: many are one copy.
  let runFrom = 0;
  let runEnd = 0;
  let distance = Number.NaN;
  const copy = new Copier(table.input, image);
  for (let i = first; i < end; i++) {
    const section = sections[i]!;
    if (isWrittenApart(contents, output, section)) continue;
    const header = table.headerOf(section);
    if (words[header + SH.TYPE] === SHT.NOBITS) {
      // Its zeros are no gap: what the object has at that distance is another section's.
      if (runEnd > runFrom) copy.run(runFrom, runEnd, runFrom + distance);
      runFrom = 0;
      runEnd = 0;
      distance = Number.NaN;
      continue;
    }
    const from = table.base[table.sectionObject[section]!]! + (words[header + SH.OFFSET]! >>> 0);
    const to = output.offset + table.sectionOffset[section]!;
    if (to - from !== distance || from < runEnd || from - runEnd >= RUN_GAP) {
      if (runEnd > runFrom) copy.run(runFrom, runEnd, runFrom + distance);
      runFrom = from;
      distance = to - from;
    }
    runEnd = from + (words[header + SH.SIZE]! >>> 0);
  }
  if (runEnd > runFrom) copy.run(runFrom, runEnd, runFrom + distance);
  fillGaps(contents, output, first, end, image);
}

/** From so many bytes on the native copy is sooner done than a loop: it has to make an object first. */
const NATIVE = 512;

/** Copies bytes of the inputs to an image that begins its buffer. */
class Copier {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #image: Uint8Array;
  readonly #imageWords: Int32Array;

  constructor({ bytes, words }: InputBytes, image: Uint8Array) {
    this.#bytes = bytes;
    this.#words = words;
    this.#image = image;
    this.#imageWords = new Int32Array(image.buffer, image.byteOffset, image.length >>> 2);
  }

  /** Copies bytes `[from, end)` of the inputs to `to` of the image. */
  run(from: number, end: number, to: number): void {
    if (end - from >= NATIVE || ((from | to) & 3) !== 0) {
      this.#image.set(this.#bytes.subarray(from, end), to);
      return;
    }
    const words = this.#words;
    const image = this.#imageWords;
    const last = end >>> 2;
    let word = from >>> 2;
    for (let at = to >>> 2; word < last; ) image[at++] = words[word++]!;
    for (let at = word * 4; at < end; at++) this.#image[to + at - from] = this.#bytes[at]!;
  }
}

/** Fills what is between sections, where a run may have left what the object has there. */
function fillGaps(contents: Contents, output: OutputSection, first: number, end: number, image: Uint8Array): void {
  const { table } = contents;
  const isCode = (output.flags & SHF.EXECINSTR) !== 0;
  const filler = isCode ? NOP : 0;
  let written = first === 0 ? output.offset : endOf(contents, output, first - 1);
  for (let i = first; i < end; i++) {
    const section = output.sections[i]!;
    if (isWrittenApart(contents, output, section)) continue;
    const to = output.offset + table.sectionOffset[section]!;
    const gap = to - written;
    if (gap > 0 && gap < RUN_GAP) for (let at = written; at < to; at++) image[at] = filler;
    else if (isCode && gap > 0 && gap <= LONGEST_NOPS) image.fill(NOP, written, to);
    written = to + table.sizeOf(section);
  }
}

/** Where the last of the sections up to number `index` ends that stand in the output section as they are. */
function endOf(contents: Contents, output: OutputSection, index: number): number {
  const { table } = contents;
  for (let i = index; i >= 0; i--) {
    const section = output.sections[i]!;
    if (!isWrittenApart(contents, output, section))
      return output.offset + table.sectionOffset[section]! + table.sizeOf(section);
  }
  return output.offset;
}

/** Equal pieces are written as pools, unwind tables record by record. */
function isWrittenApart({ outputs, ehFrame }: Contents, output: OutputSection, section: number): boolean {
  return outputs.poolOf[section] !== -1 || (output.name === EH_FRAME && ehFrame.has(section));
}

/** Applies the relocations of the input sections `[first, end)` of an output section, which were copied to the image. */
export function relocateSections(
  contents: Contents,
  output: OutputSection,
  first: number,
  end: number,
  relocator: Relocator,
): void {
  const { table, outputs } = contents;
  const { words } = table.input;
  const place = placeIn(output);
  for (let i = first; i < end; i++) {
    const section = output.sections[i]!;
    if (table.sectionRela[section] === 0 && !outputs.reversed.has(section)) continue;
    if (isWrittenApart(contents, output, section)) continue;
    if (words[table.headerOf(section) + SH.TYPE] === SHT.NOBITS) continue;
    place.address = output.address + table.sectionOffset[section]!;
    relocateSection(contents, section, place, output.offset + table.sectionOffset[section]!, relocator);
  }
}

/** Writes one input section to the start of the relocator's image. */
export function writeInput(contents: Contents, section: number, output: OutputSection, relocator: Relocator): void {
  const { table } = contents;
  // Of zeros: an image begins as such.
  if (table.input.words[table.headerOf(section) + SH.TYPE] === SHT.NOBITS) return;
  const from = table.contentsOf(section);
  relocator.image.set(table.input.bytes.subarray(from, from + table.sizeOf(section)), 0);
  const place = placeIn(output);
  place.address = output.address + table.sectionOffset[section]!;
  relocateSection(contents, section, place, 0, relocator);
}

function relocateSection(
  contents: Contents,
  section: number,
  place: Writable<RelocationPlace>,
  to: number,
  relocator: Relocator,
): void {
  const { table, outputs } = contents;
  const size = table.sizeOf(section);
  const before = relocator.relative.length;
  const rela = table.relocationsOf(section);
  if (rela !== -1) {
    place.object = table.sectionObject[section]!;
    place.section = section;
    place.at = to;
    place.start = to;
    place.end = to + size;
    relocator.apply(place, table.wordsOf(rela), table.wordsEnd(rela));
  }
  if (outputs.reversed.has(section)) reverseWords(relocator.image, to, size, relocator.relative, before, place.address);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** One record for all sections of an output section: there may be millions. */
function placeIn(output: OutputSection): Writable<RelocationPlace> {
  const loaded = (output.flags & SHF.ALLOC) !== 0;
  const tombstone = tombstoneOf(output.name, loaded);
  return { object: 0, section: 0, at: 0, address: 0, start: 0, end: 0, loaded, tombstone };
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
