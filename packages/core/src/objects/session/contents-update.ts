/**
 * Writes what is in sections after an update: objects that were read as a whole, of others the sections that refer to what
 * moved, and fillers where nothing is any more.
 */

import { SHF, SHT } from "../../elf/shdr.js";
import type { ImageBytes } from "../../image/image-bytes.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { RA } from "../object-table.js";
import type { OutputSection } from "../output-section.js";
import { Relocator } from "../relocate.js";
import { writeInput } from "../section-contents.js";
import { writeFramesApart } from "../write-image.js";
import { fillerOf } from "./fillers.js";
import type { LinkSession } from "./link-session.js";
import type { PlaceAgain } from "./place-again.js";
import type { ResolveAgain } from "./resolve-again.js";

export interface ContentsCounts {
  /** Objects that were read for what refers to moved symbols. */
  others: number;
  /** Sections that were written anew in memory, and those of them whose bytes changed. */
  sections: number;
  changed: number;
}

export class ContentsUpdate {
  readonly #session: LinkSession;
  readonly #image: ImageBytes;
  readonly #counts: ContentsCounts;
  #relocator!: Relocator;
  #scratch: Uint8Array = new Uint8Array(1 << 16);

  constructor(session: LinkSession, image: ImageBytes, counts: ContentsCounts) {
    this.#session = session;
    this.#image = image;
    this.#counts = counts;
  }

  /** Overwrites what nothing is in any more, and is not used again. */
  fill(places: PlaceAgain): void {
    for (const output of places.refill) {
      if (output.type === SHT.NOBITS) continue;
      const ranges = this.#session.freeSpaceOf(this.#session.link.outputs.idOf(output)).ranges;
      for (let i = 0; i < ranges.length; i += 2) this.#fillRange(output, ranges[i]!, ranges[i + 1]! - ranges[i]!);
    }
    for (const { output, start, size } of places.freed)
      if (start >= output.size && output.type !== SHT.NOBITS) this.#image.zero(output.offset + start, size);
  }

  write(
    attached: ReadonlyMap<number, number>,
    movedSections: ReadonlySet<number>,
    moved: ReadonlySet<number>,
    resolved: ResolveAgain,
  ): void {
    const { link } = this.#session;
    const { table } = link;
    const pie = link.options.output === "static-pie";
    this.#relocator = new Relocator(this.#scratch, table, link.globals, link.addresses, link.scan, pie);
    const whole = new Set(attached.keys());
    for (const section of movedSections) whole.add(table.sectionObject[section]!);
    for (const object of whole) this.#writeObject(object, undefined);
    const symbols = new Map<number, Set<number>>();
    for (const name of moved)
      for (const [object, index] of resolved.uses.of(name)) {
        if (whole.has(object)) continue;
        const set = symbols.get(object) ?? new Set();
        symbols.set(object, set);
        set.add(index);
      }
    for (const [object, indices] of symbols) {
      this.#session.ensureRead(object);
      this.#counts.others++;
      this.#writeObject(object, indices);
    }
    if (this.#relocator.faults.length > 0) throw new NeedsFullLink("a relocation cannot be applied");
    if (this.#relocator.relative.length > 0) throw new NeedsFullLink("run-time relocations");
  }

  /** Writes the sections of an object; where `symbols` is given, those that refer to one of them. */
  #writeObject(object: number, symbols: ReadonlySet<number> | undefined): void {
    const { table, outputs, ehFrame } = this.#session.link;
    const base = table.sectionBase[object]!;
    for (let section = base + 1; section < base + table.shnum[object]!; section++) {
      const id = table.sectionOutput[section]!;
      if (id < 0) continue;
      const output = outputs.list[id]!;
      if (output.type === SHT.NOBITS || output.name === ".comment") continue;
      if (symbols !== undefined && !this.#refersTo(section, symbols)) continue;
      const size = ehFrame.has(section) ? this.#writeFrames(section, output) : this.#writeContents(section, output);
      if (size === 0) continue;
      this.#counts.sections++;
      const at = output.offset + table.sectionOffset[section]!;
      if (this.#image.rewrite(at, this.#scratch.subarray(0, size))) this.#counts.changed++;
    }
  }

  #writeContents(section: number, output: OutputSection): number {
    const { link } = this.#session;
    const size = link.table.sizeOf(section);
    this.#reserve(size);
    this.#scratch.fill(0, 0, size);
    writeInput(link, section, output, this.#relocator);
    const left = this.#session.room[section]! - size;
    if (left > 0) this.#fillRange(output, link.table.sectionOffset[section]! + size, left);
    return size;
  }

  /** Unwind tables of one object. */
  #writeFrames(section: number, output: OutputSection): number {
    const { link } = this.#session;
    const room = this.#session.room[section]!;
    this.#reserve(room);
    writeFramesApart(link, section, output, room, this.#relocator);
    return room;
  }

  #refersTo(section: number, symbols: ReadonlySet<number>): boolean {
    const { table } = this.#session.link;
    const { words } = table.input;
    const rela = table.relocationsOf(section);
    if (rela === -1) return false;
    const end = table.wordsEnd(rela);
    for (let at = table.wordsOf(rela); at < end; at += RA.WORDS) if (symbols.has(words[at + RA.SYMBOL]!)) return true;
    return false;
  }

  #fillRange(output: OutputSection, start: number, size: number): void {
    const abbreviation = this.#session.link.outputs.find(".debug_abbrev")?.extraOffset ?? 0;
    this.#image.write(
      output.offset + start,
      fillerOf(output.name, (output.flags & SHF.EXECINSTR) !== 0, size, abbreviation),
    );
  }

  #reserve(size: number): void {
    if (size <= this.#scratch.length) return;
    this.#scratch = new Uint8Array(size * 2);
    this.#relocator.image = this.#scratch;
  }
}
