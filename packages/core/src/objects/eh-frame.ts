/**
 * The unwind table of the output, made of the records of the inputs' tables: a CIE that several objects have is linked
 * once, an FDE whose function is not linked is left out.
 */

import { type Column, shareColumns } from "./columns.js";
import { EhRecords } from "./eh-records.js";
import { Fate, RA } from "./object-table.js";

/** The output section of all that is taken apart here. */
export const EH_FRAME = ".eh_frame";

/** What another thread needs of it, to tell where symbols of tables lie. */
export interface SavedFrames {
  readonly columns: Readonly<Record<string, Column>>;
  readonly ranges: readonly (readonly [section: number, range: [first: number, end: number]])[];
  readonly apart: readonly (readonly [section: number, bytes: number])[];
  readonly count: number;
  readonly bytes: number;
}

/** Tables that stay apart are multiples of this. */
const ALIGN = 8;

export class EhFrame extends EhRecords {
  /** Of tables that stay apart: bytes that are linked. */
  readonly #apart = new Map<number, number>();
  /** By record: zeros behind it, which say nothing, that are part of it. */
  readonly #padding = new Map<number, number>();
  /** Bytes of the output section, its end mark included; 0 where tables stay apart. */
  bytes = 0;
  /** FDEs that are linked. */
  fdes = 0;
  #next: Int32Array | undefined;

  /**
   * Decides which records are linked, and where: functions in sections that are not LIVE have none. `apart`: the tables of
   * each object stay together, and share no CIE with others; `output` then counts from the start of each.
   */
  layout(apart: boolean): void {
    if (apart) {
      for (const section of this.ranges.keys()) this.layoutApart(section);
      this.bytes = 0;
      return;
    }
    const cies = new Map<string, number>();
    let top = 0;
    this.fdes = 0;
    this.#next = undefined;
    const needed = this.#needed(0, this.count);
    for (let record = 0; record < this.count; record++) {
      if (needed[record] === 0) continue;
      if (this.cie[record] === -1) {
        const key = this.#keyOf(record);
        const same = cies.get(key);
        this.canonical[record] = same ?? record;
        if (same !== undefined) {
          this.output[record] = this.output[same]!;
          continue;
        }
        cies.set(key, record);
      } else this.fdes++;
      this.output[record] = top;
      top += this.size[record]!;
    }
    this.bytes = this.ranges.size === 0 ? 0 : top + 4;
  }

  /** Lays out the table of one object by itself; returns its bytes. */
  layoutApart(section: number): number {
    const [first, end] = this.ranges.get(section)!;
    const needed = this.#needed(first, end);
    let top = 0;
    let last = -1;
    for (let record = first; record < end; record++) {
      this.canonical[record] = record;
      if (needed[record - first] === 0) continue;
      if (this.cie[record] !== -1) this.fdes++;
      this.output[record] = top;
      top += this.size[record]!;
      last = record;
    }
    // Between tables there is no gap, which would end them: the last record takes what alignment leaves.
    const bytes = Math.ceil(top / ALIGN) * ALIGN;
    if (last !== -1) this.#padding.set(last, bytes - top);
    this.#apart.set(section, bytes);
    return bytes;
  }

  /** Bytes that are linked of a table that stays apart. */
  bytesOf(section: number): number {
    return this.#apart.get(section) ?? 0;
  }

  /** By record of `[first, end)`: 1 for an FDE whose function is linked, and for the CIE that it refers to. */
  #needed(first: number, end: number): Uint8Array {
    const table = this.table;
    const isLinked = (section: number): boolean =>
      section === -1 || table.sectionOutput[section]! >= 0 || table.sectionOutput[section] === Fate.LIVE;
    const needed = new Uint8Array(end - first);
    for (let record = first; record < end; record++) {
      this.output[record] = -1;
      const cie = this.cie[record]!;
      if (cie === -1 || !isLinked(this.section[record]!)) continue;
      const target = this.functionOf(record);
      // Discarded by a group, its function is in no section here; an FDE without a function's relocation is kept.
      const isOrphan = target === -1 && this.pointsNowhere(record);
      if (isOrphan || !isLinked(target)) continue;
      needed[record - first] = 1;
      needed[cie - first] = 1;
    }
    return needed;
  }

  save(): SavedFrames {
    const { count, bytes } = this;
    return { columns: shareColumns(this), ranges: [...this.ranges], apart: [...this.#apart], count, bytes };
  }

  restore({ columns, ranges, apart, count, bytes }: SavedFrames): void {
    Object.assign(this, columns, { count, bytes });
    for (const [section, range] of ranges) this.ranges.set(section, range);
    for (const [section, room] of apart) this.#apart.set(section, room);
  }

  /** Where symbols of an input table lie in the output: at the first record from there on that is linked. */
  positionOf(section: number, offset: number): number {
    const [first, end] = this.ranges.get(section)!;
    const apart = this.#apart.get(section);
    let low = first;
    for (let high = end; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.offset[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    if (apart === undefined) {
      const record = this.#nextWritten()[low]!;
      return record < this.count ? this.output[record]! : Math.max(0, this.bytes - 4);
    }
    for (let record = low; record < end; record++) if (this.isWritten(record)) return this.output[record]!;
    return apart;
  }

  /** By record: the first one from there on that is written. Kept, since a hostile object has many symbols in its table. */
  #nextWritten(): Int32Array {
    if (this.#next !== undefined) return this.#next;
    this.#next = new Int32Array(this.count + 1).fill(this.count);
    for (let record = this.count - 1; record >= 0; record--)
      this.#next[record] = this.isWritten(record) ? record : this.#next[record + 1]!;
    return this.#next;
  }

  /** Whether a record is linked itself: no equal CIE stands for it. */
  isWritten(record: number): boolean {
    return this.output[record] !== -1 && this.canonical[record] === record;
  }

  /** Copies record `record` to `at` of the image, with its CIE pointer; relocations are applied by the caller. */
  copy(record: number, image: Uint8Array, at: number): void {
    const table = this.table;
    const start = table.contentsOf(this.section[record]!) + this.offset[record]!;
    image.set(table.input.bytes.subarray(start, start + this.size[record]!), at);
    const view = new DataView(image.buffer, image.byteOffset + at);
    const padding = this.#padding.get(record);
    if (padding !== undefined) view.setUint32(0, this.size[record]! - 4 + padding, true);
    const cie = this.cie[record]!;
    if (cie === -1) return;
    const distance = this.output[record]! + 4 - this.output[cie]!;
    view.setUint32(4, distance, true);
  }

  /** Equal for CIEs that are equal, what they refer to included. */
  #keyOf(record: number): string {
    const table = this.table;
    const { bytes, words } = table.input;
    const start = table.contentsOf(this.section[record]!) + this.offset[record]!;
    let key = Buffer.from(bytes.buffer, start, this.size[record]!).toString("latin1");
    const object = table.sectionObject[this.section[record]!]!;
    for (let at = this.relaFrom[record]!; at < this.relaEnd[record]!; at += RA.WORDS) {
      const symbol = words[at + RA.SYMBOL]!;
      const name = table.globalOf[table.symbolBase[object]! + symbol]!;
      const target = name === -1 ? `${object}:${symbol}` : `g${name}`;
      key += `|${(words[at + RA.OFFSET]! >>> 0) - this.offset[record]!}:${words[at + RA.TYPE]}:${target}:${words[at + RA.ADDEND]}`;
    }
    return key;
  }
}
