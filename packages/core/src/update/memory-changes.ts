/**
 * What an update changed of what a process that runs the program has in memory: code that can be written into it, and
 * what cannot. A function that is larger now mostly stands elsewhere: its old bytes are zeros in the image, but stay in
 * the process, where pointers may lead to them and threads may be inside.
 */

import { SHF } from "../elf/shdr.js";
import { ROOT } from "../image/mapped-file.js";
import { NodeKind } from "../image/node-table.js";
import { isNobits, SECTIONS, Section } from "../link/sections.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { type AtomPlace, type Change, placeOf } from "./change.js";
import { readName } from "./symbol-list.js";
import { Graph } from "./tables.js";

/** Addresses as in the file. */
export interface Extent {
  readonly address: number;
  readonly size: number;
  /** For people. */
  readonly name: string;
}

export interface MemoryChanges {
  /** Bytes of functions, of fields in other functions and of new constants: ascending and disjoint, copies. */
  readonly written: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** The former extents of functions that were overwritten where they were. */
  readonly replaced: readonly Extent[];
  /** Where functions and constants were that have gone or moved: no bytes were written there for their sake. */
  readonly left: readonly Extent[];
  /** What is in use now and was not before. */
  readonly taken: readonly Extent[];
  /** What else changed, as the beginning of a sentence; undefined where that is all. */
  readonly other: string | undefined;
}

/** `[start, end)` of the file, or of addresses. */
type Range = readonly [start: number, end: number];

/** `ranges`: what the update changed of the image, exactly; ascending and disjoint. */
export function memoryChanges(change: Change, ranges: readonly Range[]): MemoryChanges {
  return new Describer(change, ranges).describe();
}

class Describer {
  readonly #change: Change;
  readonly #ranges: readonly Range[];
  readonly #written: Range[] = [];
  readonly #replaced: Extent[] = [];
  readonly #left: Extent[] = [];
  readonly #taken: Extent[] = [];
  /** Addresses whose bytes are accounted for. */
  readonly #known: Range[] = [];
  #other: string | undefined;

  constructor(change: Change, ranges: readonly Range[]) {
    this.#change = change;
    this.#ranges = ranges;
  }

  describe(): MemoryChanges {
    this.#sections();
    for (const [symbol, before] of this.#change.before) this.#atom(symbol, before);
    this.#fields(Section.TEXT);
    this.#data();
    this.#tables();
    const { parts } = this.#change.program;
    const toFile = (address: number): number => {
      const section = this.#inSection(Section.TEXT, address) ? Section.TEXT : Section.RODATA;
      return address - this.#address(section) + parts.layout.fileOffset[section]!;
    };
    const written = union(this.#written).map(([start, end]) => {
      const at = toFile(start);
      return { address: start, bytes: parts.image.read(ROOT, at, end - start).slice() };
    });
    return { written, replaced: this.#replaced, left: this.#left, taken: this.#taken, other: this.#other };
  }

  // --- atoms ----------------------------------------------------------------------------------------------------

  #atom(symbol: number, before: AtomPlace | undefined): void {
    const after = placeOf(this.#change.program, symbol);
    const old = before && this.#extent(before);
    const now = after && this.#extent(after);
    const name = this.#nameOf(symbol);
    if ([before, after].some((place) => place !== undefined && isTls(place.section))) {
      if (JSON.stringify(before) !== JSON.stringify(after)) this.#refuse(`${name} is thread-local and changed`);
      return;
    }
    if (before !== undefined && after !== undefined && old![0] === now![0]) this.#inPlace(name, before, after);
    else {
      if (before !== undefined && !isNobits(before.section)) this.#leave(name, before.section, old!);
      if (after !== undefined) this.#take(name, after.section, now!, before !== undefined);
    }
  }

  #inPlace(name: string, before: AtomPlace, after: AtomPlace): void {
    const old = this.#extent(before);
    const now = this.#extent(after);
    if (after.section !== Section.TEXT) {
      if (before.size !== after.size) this.#refuse(`${name} has another size`);
      return;
    }
    const end = Math.max(old[1], now[1]);
    const changed = this.#rangesIn(Section.TEXT, [old[0], end]);
    this.#known.push([old[0], end]);
    if (changed.length === 0) return;
    this.#replaced.push({ address: old[0], size: before.size, name });
    if (now[1] > old[1]) this.#taken.push({ address: old[1], size: now[1] - old[1], name });
    for (const [from, to] of changed) if (from < now[1]) this.#written.push([from, Math.min(to, now[1])]);
  }

  #leave(name: string, section: number, [start, end]: Range): void {
    this.#known.push([start, end]);
    if (section === Section.TEXT || section === Section.RODATA)
      this.#left.push({ address: start, size: end - start, name });
  }

  #take(name: string, section: number, [start, end]: Range, isMoved: boolean): void {
    if (section !== Section.TEXT && (section !== Section.RODATA || isMoved)) {
      this.#refuse(`${name} in ${SECTIONS[section]!.name} ${isMoved ? "has moved" : "is new"}`);
      return;
    }
    this.#known.push([start, end]);
    this.#taken.push({ address: start, size: end - start, name });
    this.#written.push([start, end]);
  }

  /** A section that stands elsewhere in the file has changed everywhere, as far as its bytes there say. */
  #sections(): void {
    const { layout } = this.#change.program.parts;
    SECTIONS.forEach(({ name }, section) => {
      if (isNobits(section) || layout.fileOffset[section] === this.#change.fileOffsets[section]) return;
      this.#refuse(`${name} has outgrown its place in the file`);
    });
  }

  // --- the rest -------------------------------------------------------------------------------------------------

  /** What differs in functions that are otherwise the same: where they refer to what has moved. */
  #fields(section: number): void {
    for (const range of this.#rangesIn(section, this.#reach(section)))
      this.#written.push(...subtracted(range, union(this.#known)));
  }

  #data(): void {
    for (const section of [Section.RODATA, Section.DATA_REL_RO, Section.DATA, Section.TDATA]) {
      if (this.#other !== undefined || !this.#isThere(section)) continue;
      const known = union(this.#known);
      const [first] = this.#rangesIn(section, this.#reach(section)).flatMap((range) => subtracted(range, known));
      if (first !== undefined) this.#refuse(`${this.#nameAt(section, first[0])} in ${SECTIONS[section]!.name} changed`);
    }
  }

  /** The linker's own tables. The headers are read when a program starts, and not again. */
  #tables(): void {
    const { layout, image } = this.#change.program.parts;
    for (const { name, node, header } of layout.placed) {
      if ((header.flags & SHF.ALLOC) === 0 || SECTIONS.some((section) => section.name === name && name !== ".dynamic"))
        continue;
      const start = image.fileOffset(node);
      if (this.#ranges.some(([from, to]) => from < start + image.nodes.size(node) && to > start))
        this.#refuse(`${name} changed`);
    }
  }

  #refuse(reason: string): void {
    this.#other ??= reason;
  }

  // --- places ---------------------------------------------------------------------------------------------------

  #isThere(section: number): boolean {
    return this.#change.program.parts.layout.sectionNodes[section]! >= 0;
  }

  #address(section: number): number {
    const { header, layout } = this.#change.program.parts;
    return header.imageBase + layout.address[section]!;
  }

  #extent({ section, value, size }: AtomPlace): Range {
    const start = this.#address(section) + value;
    return [start, start + size];
  }

  #reach(section: number): Range {
    const { layout, image } = this.#change.program.parts;
    const start = this.#address(section);
    return [start, start + image.nodes.size(layout.sectionNodes[section]!)];
  }

  #inSection(section: number, address: number): boolean {
    const [start, end] = this.#reach(section);
    return address >= start && address < end;
  }

  /** What changed within addresses of a section, as addresses. */
  #rangesIn(section: number, [start, end]: Range): Range[] {
    const shift = this.#address(section) - this.#change.program.parts.layout.fileOffset[section]!;
    const found: Range[] = [];
    for (const [from, to] of this.#ranges) {
      const low = Math.max(from + shift, start);
      const high = Math.min(to + shift, end);
      if (low < high) found.push([low, high]);
    }
    return found;
  }

  // --- names ----------------------------------------------------------------------------------------------------

  #nameOf(symbol: number): string {
    const { program } = this.#change;
    const { symbols, image, layout } = program.parts;
    const lost = program.lostNames.get(symbol);
    if (lost !== undefined) return lost;
    const kind = kindOf(symbols.get(symbol, SymField.FLAGS));
    if (kind === SymbolKind.UAV) return "an unnamed value";
    const offset = symbols.getUnsigned(symbol, SymField.STRTAB);
    if (kind === SymbolKind.FREE || offset === 0) return "what was removed";
    const length = program.graph(symbol, Graph.NAME_LENGTH);
    return Buffer.from(readName(image, layout.table(".strtab"), offset, length)).toString("utf8");
  }

  /** The name of what is at an address. A pass over a section, for the sake of a reason. */
  #nameAt(section: number, address: number): string {
    const { image, layout } = this.#change.program.parts;
    const { nodes } = image;
    const offset = address - this.#address(section);
    for (let node = nodes.first(layout.sectionNodes[section]!); node >= 0; node = nodes.next(node))
      if (offset >= nodes.offset(node) && offset < nodes.end(node) && isAtom(nodes.kind(node)))
        return this.#nameOf(nodes.owner(node));
    return "what was removed";
  }
}

function isAtom(kind: number): boolean {
  return kind === NodeKind.NAV || kind === NodeKind.UAV;
}

function isTls(section: number): boolean {
  return section === Section.TDATA || section === Section.TBSS;
}

/** Ascending and disjoint. */
function union(ranges: readonly Range[]): Range[] {
  const merged: [number, number][] = [];
  for (const [start, end] of [...ranges].filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** What of `[start, end)` is in none of `holes`, which ascend and are disjoint. */
function subtracted([start, end]: Range, holes: readonly Range[]): Range[] {
  const left: Range[] = [];
  let at = start;
  for (const [from, to] of holes) {
    if (to <= at || from >= end) continue;
    if (from > at) left.push([at, from]);
    at = Math.max(at, to);
  }
  if (at < end) left.push([at, end]);
  return left;
}
