/**
 * The records of unwind tables (`.eh_frame`; LSB Core, "Exception Frames"), taken apart from the tables of inputs: where
 * each is, which CIE it refers to, which relocations and which function it has.
 *
 * Records are numbered through in the order of the inputs; an FDE comes behind the CIE that it refers to.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { malformed } from "../diagnostics/input.js";
import { SHF, SHT } from "../elf/shdr.js";
import { WIDTH } from "../link/x86-64.js";
import { grown } from "./columns.js";
import type { Globals } from "./globals.js";
import { type ObjectTable, RA, SH } from "./object-table.js";
import { targetSection } from "./targets.js";

/** Where the address of the function stands in an FDE: behind its length and its CIE pointer. */
const PC_BEGIN = 8;

export class EhRecords {
  protected readonly table: ObjectTable;
  readonly #globals: Globals;
  /** By section that was taken apart: its first record, and the one behind its last. */
  protected readonly ranges: Map<number, [first: number, end: number]> = new Map();
  count = 0;
  section: Int32Array = new Int32Array(256);
  /** Offset in the input section, and size, in bytes. */
  offset: Int32Array = new Int32Array(256);
  size: Int32Array = new Int32Array(256);
  /** Of an FDE: the record of its CIE. Of a CIE: -1. */
  cie: Int32Array = new Int32Array(256);
  /** Its relocations: word offsets into the inputs. */
  relaFrom: Int32Array = new Int32Array(256);
  relaEnd: Int32Array = new Int32Array(256);
  /** Offset in the output section; -1: not linked. Of a CIE that is equal to an earlier one: that one's. */
  output: Int32Array = new Int32Array(256);
  /** Of the CIE that is linked. */
  protected canonical: Int32Array = new Int32Array(256);

  constructor(table: ObjectTable, globals: Globals) {
    this.table = table;
    this.#globals = globals;
  }

  has(section: number): boolean {
    return this.ranges.has(section);
  }

  get sections(): Iterable<number> {
    return this.ranges.keys();
  }

  range(section: number): readonly [first: number, end: number] {
    return this.ranges.get(section)!;
  }

  /** Takes apart the input section number `section`. Throws MF0406. */
  add(section: number): void {
    const table = this.table;
    const { bytes, words } = table.input;
    const start = table.contentsOf(section);
    const limit = table.sizeOf(section);
    const type = words[table.headerOf(section) + SH.TYPE];
    const isLoaded = (words[table.headerOf(section) + SH.FLAGS]! & SHF.ALLOC) !== 0;
    if (!isLoaded || (type !== SHT.PROGBITS && type !== SHT.X86_64_UNWIND))
      throw this.#malformed(section, 0, "unwind tables that are not loaded, or of another type");
    const view = new DataView(bytes.buffer, 0, bytes.length);
    const first = this.count;
    const relas = this.#relocations(section);
    let rela = 0;
    const at = new Map<number, number>();
    for (let offset = 0; offset < limit; ) {
      const length = offset + 4 <= limit ? view.getUint32(start + offset, true) : 1;
      if (length === 0) {
        // Zero ends the table. What follows would be for nobody: only padding may.
        if (bytes.subarray(start + offset, start + limit).some((byte) => byte !== 0))
          throw this.#malformed(section, offset, "records stand behind the end of the table");
        break;
      }
      if (length === 0xffffffff)
        throw this.#malformed(section, offset, "a record in the 64-bit format, which no compiler writes");
      const size = length + 4;
      if (length < 4 || offset + size > limit)
        throw this.#malformed(section, offset, "a record ends behind the section");
      const pointer = view.getUint32(start + offset + 4, true);
      const record = this.#push();
      at.set(offset, record);
      this.section[record] = section;
      this.offset[record] = offset;
      this.size[record] = size;
      this.output[record] = -1;
      this.canonical[record] = record;
      if (pointer === 0) this.cie[record] = -1;
      else {
        const cie = at.get(offset + 4 - pointer);
        if (cie === undefined || this.cie[cie] !== -1)
          throw this.#malformed(section, offset, "the CIE of an FDE is not where it says");
        if (size < PC_BEGIN + 8) throw this.#malformed(section, offset, "an FDE is too short");
        this.cie[record] = cie;
      }
      while (rela < relas.length && words[relas[rela]! + RA.OFFSET]! >>> 0 < offset) rela++;
      const from = rela;
      while (rela < relas.length && words[relas[rela]! + RA.OFFSET]! >>> 0 < offset + size) {
        const place = words[relas[rela]! + RA.OFFSET]! >>> 0;
        const width = WIDTH[words[relas[rela]! + RA.TYPE]! & 63]!;
        // Records move apart, and the linker writes length and CIE pointer.
        if (width > 0 && (place < offset + PC_BEGIN || place + width > offset + size))
          throw this.#malformed(section, place, "a relocation is not within the fields of a record");
        rela++;
      }
      this.relaFrom[record] = from === rela ? 0 : relas[from]!;
      this.relaEnd[record] = from === rela ? 0 : relas[rela - 1]! + RA.WORDS;
      offset += size;
    }
    this.ranges.set(section, [first, this.count]);
  }

  /** Word offsets of a section's relocations; they are in the order of their places, moved so where they were not. */
  #relocations(section: number): number[] {
    const table = this.table;
    const { words } = table.input;
    const rela = table.relocationsOf(section);
    if (rela === -1) return [];
    const from = table.wordsOf(rela);
    const count = (table.wordsEnd(rela) - from) / RA.WORDS;
    const places = Array.from({ length: count }, (_, i) => from + i * RA.WORDS);
    const isSorted = places.every(
      (at, i) => i === 0 || words[at + RA.OFFSET]! >>> 0 >= words[places[i - 1]! + RA.OFFSET]! >>> 0,
    );
    if (isSorted) return places;
    const sorted = places
      .map((at) => words.slice(at, at + RA.WORDS))
      .sort((a, b) => (a[RA.OFFSET]! >>> 0) - (b[RA.OFFSET]! >>> 0));
    for (const [i, rela] of sorted.entries()) words.set(rela, places[i]!);
    return places;
  }

  /** The section that holds an FDE's function; -1 where that cannot be told. */
  functionOf(record: number): number {
    const { words } = this.table.input;
    for (let at = this.relaFrom[record]!; at < this.relaEnd[record]!; at += RA.WORDS)
      if (words[at + RA.OFFSET]! >>> 0 === this.offset[record]! + PC_BEGIN) return this.targetOf(record, at);
    return -1;
  }

  /** The section that a record's relocation at word `at` refers to. */
  targetOf(record: number, at: number): number {
    const object = this.table.sectionObject[this.section[record]!]!;
    return targetSection(this.table, this.#globals, object, this.table.input.words[at + RA.SYMBOL]!);
  }

  /** Whether the function of an FDE is a symbol that no section holds: it was discarded, or never was. */
  protected pointsNowhere(record: number): boolean {
    const { words } = this.table.input;
    for (let at = this.relaFrom[record]!; at < this.relaEnd[record]!; at += RA.WORDS)
      if (words[at + RA.OFFSET]! >>> 0 === this.offset[record]! + PC_BEGIN) return true;
    return false;
  }

  #push(): number {
    const record = this.count++;
    if (this.count > this.section.length) {
      this.section = grown(this.section, this.count);
      this.offset = grown(this.offset, this.count);
      this.size = grown(this.size, this.count);
      this.cie = grown(this.cie, this.count);
      this.relaFrom = grown(this.relaFrom, this.count);
      this.relaEnd = grown(this.relaEnd, this.count);
      this.output = grown(this.output, this.count);
      this.canonical = grown(this.canonical, this.count);
    }
    return record;
  }

  #malformed(section: number, offset: number, message: string): DiagnosticError {
    const label = this.table.labels[this.table.sectionObject[section]!]!;
    return new DiagnosticError(malformed({ ...label, section: this.table.sectionName(section), offset }, message));
  }
}
