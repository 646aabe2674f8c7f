/**
 * Gives the sections of objects that came or changed their places: where the same section was before, if it fits, else where
 * there is room in its output section. Output sections whose order has a meaning are laid out anew.
 */

import { SHF, SHT } from "../../elf/shdr.js";
import { STT } from "../../elf/sym.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { Fate, SH, ST, sectionIndex } from "../object-table.js";
import type { OutputSection } from "../output-section.js";
import { isFree } from "../room.js";
import { leastFiller } from "./fillers.js";
import type { LinkSession } from "./link-session.js";

export class PlaceAgain {
  /** Sections of objects that are not part of the update, and moved. */
  readonly moved: Set<number> = new Set();
  /** Output sections whose free ranges are other ones than before. */
  readonly refill: Set<OutputSection> = new Set();
  /** Ranges that nothing is in any more: output, start, size. */
  readonly freed: { readonly output: OutputSection; readonly start: number; readonly size: number }[] = [];
  readonly #session: LinkSession;
  readonly #dense = new Set<number>();

  constructor(session: LinkSession) {
    this.#session = session;
  }

  /** `attached`: objects that were read, and the ones that they take the place of; all sections that stay are LIVE. */
  apply(attached: ReadonlyMap<number, number>, detached: ReadonlySet<number>): void {
    const { table, outputs } = this.#session.link;
    const kept = new Map<number, number>();
    const fresh: number[] = [];
    for (const [object, before] of attached) {
      const old = before === -1 ? new Map<number, number>() : this.#byKey(before);
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++) {
        if (table.sectionOutput[section] !== Fate.LIVE) continue;
        const isFrames = this.#session.link.ehFrame.has(section);
        const id = outputs.assignOne(section);
        const output = outputs.list[id]!;
        if (this.#isNothing(section, output)) {
          table.sectionOffset[section] = 0;
          this.#session.room[section] = 0;
          continue;
        }
        this.#requireFits(section, output);
        if (output.name === ".comment") continue;
        if (!isFree(output)) {
          this.#dense.add(id);
          continue;
        }
        fresh.push(section);
        const predecessor = old.get(this.#session.keys[section]!);
        if (predecessor === undefined || table.sectionOutput[predecessor] !== id) continue;
        if (this.#staysAt(section, predecessor, output, isFrames)) kept.set(section, predecessor);
      }
    }
    const stays = new Set(kept.values());
    for (const object of detached) this.#release(object, stays);
    for (const section of fresh) {
      const predecessor = kept.get(section);
      if (predecessor === undefined) this.#take(section);
      else {
        table.sectionOffset[section] = table.sectionOffset[predecessor]!;
        this.#session.room[section] = this.#session.room[predecessor]!;
      }
    }
    for (const id of this.#dense) this.#layOutDense(id, attached, detached);
  }

  #byKey(object: number): Map<number, number> {
    const { table } = this.#session.link;
    const byKey = new Map<number, number>();
    const base = table.sectionBase[object]!;
    for (let section = base + 1; section < base + table.shnum[object]!; section++)
      if (table.sectionOutput[section]! >= 0) byKey.set(this.#session.keys[section]!, section);
    return byKey;
  }

  /** Whether a section is empty, has no symbol in it, and belongs to an output section that is not made for its like. */
  #isNothing(section: number, output: OutputSection): boolean {
    const { table, order } = this.#session.link;
    if (order.includes(output) || this.#session.bytesOf(section) > 0) return false;
    const object = table.sectionObject[section]!;
    const { words } = table.input;
    for (let index = 1; index < table.symbolCount[object]!; index++) {
      if ((words[table.symtab[object]! + index * ST.WORDS + ST.INFO]! & 15) === STT.SECTION) continue;
      if (sectionIndex(table.shndxOf(object, index)) === section - table.sectionBase[object]!) return false;
    }
    return true;
  }

  #requireFits(section: number, output: OutputSection): void {
    const { table, order } = this.#session.link;
    const { words } = table.input;
    const at = table.headerOf(section);
    if (!order.includes(output)) throw new NeedsFullLink(`a section of a new kind, ${output.name}`);
    const align = Math.max(1, words[at + SH.ADDRALIGN]! >>> 0);
    if (align > output.align) throw new NeedsFullLink(`${output.name} becomes aligned to ${align}`);
    const kinds = SHF.ALLOC | SHF.WRITE | SHF.EXECINSTR | SHF.TLS;
    if ((words[at + SH.FLAGS]! & kinds) !== (output.flags & kinds))
      throw new NeedsFullLink(`${output.name} has other flags`);
    if (output.type === SHT.NOBITS && words[at + SH.TYPE] !== SHT.NOBITS)
      throw new NeedsFullLink(`${output.name} has contents`);
  }

  /** Whether a section can be where its predecessor was. */
  #staysAt(section: number, predecessor: number, output: OutputSection, isFrames: boolean): boolean {
    const { table } = this.#session.link;
    const size = this.#session.bytesOf(section);
    const room = this.#session.room[predecessor]!;
    const left = room - size;
    if (left < 0 || size === 0 || table.sectionOffset[predecessor]! % this.#alignOf(section) !== 0) return false;
    // What is left of unwind tables belongs to their last record.
    return left === 0 || isFrames || left >= leastFiller(output.name);
  }

  #alignOf(section: number): number {
    const { table } = this.#session.link;
    return Math.max(1, table.input.words[table.headerOf(section) + SH.ADDRALIGN]! >>> 0);
  }

  /** Gives the places of an object's sections back. */
  #release(object: number, stays: ReadonlySet<number>): void {
    const { table, outputs } = this.#session.link;
    const base = table.sectionBase[object]!;
    for (let section = base + 1; section < base + table.shnum[object]!; section++) {
      const id = table.sectionOutput[section]!;
      if (id < 0) continue;
      const output = outputs.list[id]!;
      table.sectionOutput[section] = Fate.NONE;
      if (output.name === ".comment" || stays.has(section)) continue;
      if (!isFree(output)) {
        this.#dense.add(id);
        continue;
      }
      const size = this.#session.room[section]!;
      if (size === 0) continue;
      this.#session.freeSpaceOf(id).add(table.sectionOffset[section]!, size);
      this.freed.push({ output, start: table.sectionOffset[section]!, size });
      this.refill.add(output);
    }
  }

  #take(section: number): void {
    const { table, outputs } = this.#session.link;
    const id = table.sectionOutput[section]!;
    const output = outputs.list[id]!;
    const size = this.#session.bytesOf(section);
    this.#session.room[section] = size;
    if (size === 0) {
      table.sectionOffset[section] = 0;
      return;
    }
    const align = this.#alignOf(section);
    let at = this.#session.freeSpaceOf(id).take(size, align);
    if (at === -1) {
      at = Math.ceil(output.top / align) * align;
      const endMark = output.name === ".eh_frame" ? 4 : 0;
      if (at + size + endMark > output.room) throw new NeedsFullLink(`${output.name} is full`);
      // Records follow each other without a gap.
      const gap = at - output.top;
      if (gap > 0 && gap < leastFiller(output.name)) {
        at = Math.ceil((output.top + leastFiller(output.name)) / align) * align;
        if (at + size + endMark > output.room) throw new NeedsFullLink(`${output.name} is full`);
      }
      if (at > output.top) {
        this.#session.freeSpaceOf(id).add(output.top, at - output.top);
        this.freed.push({ output, start: output.top, size: at - output.top });
        this.refill.add(output);
      }
      output.top = at + size;
      output.size = Math.max(output.size, output.top + endMark);
    } else {
      // What is left of the range needs a filler of its own size.
      this.refill.add(output);
    }
    table.sectionOffset[section] = at;
  }

  /** Puts the parts of a section in their order, without gaps but for alignment. */
  #layOutDense(id: number, attached: ReadonlyMap<number, number>, detached: ReadonlySet<number>): void {
    const { table, outputs, objects } = this.#session.link;
    const output = outputs.list[id]!;
    if (output.extra > 0) throw new NeedsFullLink(`${output.name} has changed`);
    const position = new Map(objects.map((object, i) => [object, i]));
    const parts = [...output.sections].filter(
      (section) => !detached.has(table.sectionObject[section]!) && !attached.has(table.sectionObject[section]!),
    );
    for (const object of attached.keys()) {
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++)
        if (table.sectionOutput[section] === id) parts.push(section);
    }
    const order = (section: number): number => outputs.orders.get(section) ?? 0;
    const place = (section: number): number => position.get(table.sectionObject[section]!)!;
    parts.sort((a, b) => order(a) - order(b) || place(a) - place(b) || a - b);
    let size = 0;
    for (const section of parts) {
      // What was not read in this update keeps its size and alignment, which only its bytes tell.
      this.#session.ensureRead(table.sectionObject[section]!);
      size = Math.ceil(size / this.#alignOf(section)) * this.#alignOf(section);
      if (!attached.has(table.sectionObject[section]!) && table.sectionOffset[section] !== size)
        this.moved.add(section);
      table.sectionOffset[section] = size;
      size += table.sizeOf(section);
    }
    if (size > output.room) throw new NeedsFullLink(`${output.name} is full`);
    output.sections = Int32Array.from(parts);
    if (output.type !== SHT.NOBITS && !(output.flags & SHF.TLS)) {
      if (size < output.size) this.freed.push({ output, start: size, size: output.size - size });
      output.size = size;
    }
  }
}
