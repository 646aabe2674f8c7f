/**
 * The sections of the output: what each is made of, before anything has an address. Input sections that are live are given
 * their output section by name (`section-names.ts`); mergeable ones go to pools of equal pieces; `.eh_frame` is taken apart.
 */

import { basename } from "node:path";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { malformed } from "../diagnostics/input.js";
import { SHF, SHT } from "../elf/shdr.js";
import { grown } from "./columns.js";
import type { EhFrame } from "./eh-frame.js";
import { stringEnd } from "./input-bytes.js";
import { Interner } from "./interner.js";
import { measureSection } from "./measure-section.js";
import { MergePool } from "./merge-pool.js";
import { hashName } from "./name-hash.js";
import { Fate, type ObjectTable, SH } from "./object-table.js";
import {
  addMade,
  DROPPED_FLAGS,
  emptySection,
  joinSection,
  type MadeSection,
  type OutputSection,
  type Pool,
} from "./output-section.js";
import { type Destination, destinationOf, LINKER_NAMES, prefixAt, prefixDestination } from "./section-names.js";
import { rankOf } from "./segment-class.js";

const NO_SECTIONS = new Int32Array(0);

interface Building {
  readonly section: OutputSection;
  readonly id: number;
  count: number;
  /** Some contribution is not in the order of the inputs. */
  ordered: boolean;
  /** All contributions are thread-local, or none is. */
  readonly tls: boolean;
  /** Of the input section that was joined last: another one like it changes nothing. */
  lastType: number;
  lastFlags: number;
  lastAlign: number;
  lastEntsize: number;
}

/** A destination with its output section. */
type Way = Destination & { readonly building: Building };

export class OutputSections {
  readonly list: OutputSection[] = [];
  readonly #byName = new Map<string, Building>();
  readonly #table: ObjectTable;
  /** By section: its pool among those of all output sections, or -1, and its handle there. */
  poolOf: Int32Array;
  poolHandle: Int32Array;
  readonly pools: Pool[] = [];
  readonly #orders = new Map<number, number>();
  readonly reversed: Set<number> = new Set();
  /** Bytes of all sections that are loaded, before any of them has its place. */
  loadedBytes = 0;
  /** Ways that sections go: by the number of a prefix, and of a name without one. */
  readonly #byPrefix: Way[] = [];
  readonly #destinations: Way[] = [];
  readonly #names: Interner;
  readonly #startupNames: Interner;
  readonly #poolKeys = new Map<string, number>();

  constructor(table: ObjectTable) {
    this.#table = table;
    this.poolOf = grown(NO_SECTIONS, table.sections).fill(-1);
    this.poolHandle = grown(NO_SECTIONS, table.sections);
    this.#names = new Interner(table.input);
    this.#startupNames = new Interner(table.input);
  }

  /** The number of an output section. */
  idOf(section: OutputSection): number {
    return this.#byName.get(section.name)!.id;
  }

  /** Takes the output sections of a saved session, and the places of input sections that are not in the order of inputs. */
  restore(
    list: readonly OutputSection[],
    orders: readonly (readonly [number, number])[],
    reversed: readonly number[],
  ): void {
    for (const section of list) {
      const building = this.#add(section);
      building.count = 1;
      building.ordered = true;
    }
    for (const [section, order] of orders) this.#orders.set(section, order);
    for (const section of reversed) this.reversed.add(section);
  }

  /** Places of input sections, by section, that are not in the order of inputs. */
  get orders(): ReadonlyMap<number, number> {
    return this.#orders;
  }

  /** Room for the sections of objects that came since. */
  extend(sections: number): void {
    const before = this.poolOf.length;
    this.poolOf = grown(this.poolOf, sections);
    this.poolHandle = grown(this.poolHandle, sections);
    this.poolOf.fill(-1, before);
  }

  /** Gives one LIVE section its output section, as `assign` does; returns its number. */
  assignOne(section: number): number {
    const table = this.#table;
    const at = table.headerOf(section);
    const { words } = table.input;
    const isStartup = isStartupFile(table.labels[table.sectionObject[section]!]!.file);
    const { building, order, reversed } = this.#destination(
      section,
      isStartup,
      words[at + SH.TYPE]!,
      words[at + SH.FLAGS]!,
    );
    this.#check(section, at, building, reversed);
    table.sectionOutput[section] = building.id;
    if (order !== 0) this.#orders.set(section, order);
    if (reversed) this.reversed.add(section);
    return building.id;
  }

  find(name: string): OutputSection | undefined {
    return this.#byName.get(name)?.section;
  }

  /** Adds a section of the linker's own; where inputs have one of that name, it stands behind what they bring. */
  make(made: MadeSection): OutputSection {
    const building = this.#building(made.name, made.type, made.flags, true);
    addMade(building.section, made);
    return building.section;
  }

  /**
   * Gives all LIVE sections of the objects their output sections. `merge`: equal strings and constants are linked once; else
   * only those of `.comment`, which every object brings.
   */
  assign(objects: readonly number[], ehFrame: EhFrame, merge: boolean): void {
    const table = this.#table;
    let loaded = 0;
    for (const object of objects) {
      const isStartup = isStartupFile(table.labels[object]!.file);
      const base = table.sectionBase[object]!;
      const { words } = table.input;
      const end = base + table.shnum[object]!;
      for (let section = base + 1, at = table.shdrs[object]! + SH.WORDS; section < end; section++, at += SH.WORDS) {
        if (table.sectionOutput[section] !== Fate.LIVE) continue;
        const destination = this.#destination(section, isStartup, words[at + SH.TYPE]!, words[at + SH.FLAGS]!);
        const { building } = destination;
        this.#join(section, at, building, destination.reversed);
        table.sectionOutput[section] = building.id;
        building.count++;
        if (words[at + SH.FLAGS]! & SHF.ALLOC) loaded += table.sizeAt(at);
        if (destination.order !== 0) {
          building.ordered = true;
          this.#orders.set(section, destination.order);
        }
        if (destination.reversed) this.reversed.add(section);
        if ((words[at + SH.FLAGS]! & SHF.MERGE) === 0 || ehFrame.has(section)) continue;
        if (merge || building.section.name === ".comment") this.#merge(building, section, at);
      }
    }
    this.loadedBytes = loaded;
    this.#collect(objects);
  }

  #destination(section: number, isStartup: boolean, type: number, flags: number): Way {
    const { bytes, view } = this.#table.input;
    const start = this.#table.sectionNameAt(section);
    const prefix = prefixAt(bytes, start);
    if (prefix !== -1) {
      const way = this.#byPrefix[prefix];
      if (way !== undefined) return way;
      const destination = prefixDestination(prefix);
      const building = this.#building(destination.name, type, flags & ~DROPPED_FLAGS, false);
      this.#byPrefix[prefix] = { ...destination, building };
      return this.#byPrefix[prefix]!;
    }
    const end = stringEnd(bytes, start);
    const names = isStartup ? this.#startupNames : this.#names;
    hashName(view, start, end);
    const number = names.intern(start, end) * 2 + (isStartup ? 1 : 0);
    const known = this.#destinations[number];
    if (known !== undefined) return known;
    // A character a byte: names that are no UTF-8 stay what they are.
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
    const destination = destinationOf(name, isStartup);
    if (LINKER_NAMES.has(destination.name))
      throw this.#malformed(section, "only a section of the linker's own has this name");
    const building = this.#building(destination.name, type, flags & ~DROPPED_FLAGS, false);
    this.#destinations[number] = { ...destination, building };
    return this.#destinations[number]!;
  }

  #building(name: string, type: number, flags: number, made: boolean): Building {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      known.section.flags |= flags;
      if (known.section.type === SHT.NOBITS) known.section.type = type;
      return known;
    }
    const section = emptySection(name, type, flags, made);
    return this.#add(section, (flags & SHF.TLS) !== 0);
  }

  #add(section: OutputSection, tls: boolean = (section.flags & SHF.TLS) !== 0): Building {
    const last = { lastType: -1, lastFlags: -1, lastAlign: -1, lastEntsize: -1 };
    const building = { section, id: this.list.length, count: 0, ordered: false, tls, ...last };
    this.list.push(section);
    this.#byName.set(section.name, building);
    return building;
  }

  /** Brings an input section in. Most are like the one before: then there is nothing to be done. */
  #join(section: number, at: number, building: Building, reversed: boolean): void {
    const { words } = this.#table.input;
    const type = words[at + SH.TYPE]!;
    const flags = words[at + SH.FLAGS]!;
    const align = words[at + SH.ADDRALIGN]!;
    const entsize = words[at + SH.ENTSIZE]!;
    if (
      flags === building.lastFlags &&
      type === building.lastType &&
      align === building.lastAlign &&
      entsize === building.lastEntsize &&
      !reversed
    )
      return;
    this.#check(section, at, building, reversed);
    joinSection(building.section, words, at, building.count === 0 && building.section.extra === 0);
    building.lastType = type;
    building.lastFlags = flags;
    building.lastAlign = align;
    building.lastEntsize = entsize;
  }

  /** Refuses an input section that its output section could only hold wrongly. */
  #check(section: number, at: number, building: Building, reversed: boolean): void {
    const { words } = this.#table.input;
    if (((words[at + SH.FLAGS]! & SHF.TLS) !== 0) !== building.tls)
      throw this.#malformed(section, `it is ${building.tls ? "not " : ""}thread-local, unlike others of its name`);
    if (reversed && words[at + SH.SIZE]! % 8 !== 0)
      throw this.#malformed(section, "the list of functions does not consist of words of 8 bytes");
  }

  #malformed(section: number, message: string): DiagnosticError {
    const table = this.#table;
    const label = table.labels[table.sectionObject[section]!]!;
    return new DiagnosticError(malformed({ ...label, section: table.sectionName(section) }, message));
  }

  #merge(building: Building, section: number, at: number): void {
    const table = this.#table;
    const { words } = table.input;
    const flags = words[at + SH.FLAGS]!;
    const entsize = words[at + SH.ENTSIZE]! >>> 0;
    if (!(flags & SHF.MERGE) || flags & SHF.WRITE || entsize === 0 || words[at + SH.TYPE] === SHT.NOBITS) return;
    if (table.sectionRela[section] !== 0 || table.sizeOf(section) === 0) return;
    const align = words[at + SH.ADDRALIGN]! >>> 0;
    // Each of its pieces might want as much room.
    if (words[at + SH.ENTSIZE + 1] !== 0 || align > LARGEST_MERGED_ALIGN) return;
    const isStrings = (flags & SHF.STRINGS) !== 0;
    if (isStrings && entsize !== 1 && entsize !== 2 && entsize !== 4) return;
    const key = `${building.id}:${entsize}:${isStrings}`;
    let pool = this.#poolKeys.get(key);
    if (pool === undefined) {
      pool = this.pools.length;
      this.#poolKeys.set(key, pool);
      const made = { merge: new MergePool(table.input.bytes, entsize, isStrings), offset: 0 };
      this.pools.push(made);
      building.section.pools.push(made);
    }
    const alignLog2 = 31 - Math.clz32(Math.max(1, align));
    const handle = this.pools[pool]!.merge.add(table.contentsOf(section), table.sizeOf(section), alignLog2);
    if (handle === -1) return;
    this.poolOf[section] = pool;
    this.poolHandle[section] = handle;
  }

  /** Lists the sections of each output section, in order. */
  #collect(objects: readonly number[]): void {
    const table = this.#table;
    const fill = new Int32Array(this.list.length);
    for (const { section, count } of this.#byName.values())
      section.sections = grown(NO_SECTIONS, count).subarray(0, count);
    for (const object of objects) {
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++) {
        const output = table.sectionOutput[section]!;
        if (output >= 0) this.list[output]!.sections[fill[output]!++] = section;
      }
    }
    for (const { section, ordered } of this.#byName.values()) {
      if (!ordered) continue;
      const order = (one: number): number => this.#orders.get(one) ?? 0;
      section.sections = Int32Array.from([...section.sections].sort((a, b) => order(a) - order(b)));
    }
  }

  /**
   * Gives every section its offset within its output section. What `ehFrame` holds it places itself, unless each of its
   * tables stays apart. `updatable`: room is left for what later links bring.
   */
  measure(ehFrame: EhFrame, updatable: boolean): void {
    for (const output of this.list) measureSection(output, this.#table, this.poolOf, ehFrame, updatable);
  }

  /** The sections that the output has, in the order of the image. */
  order(): OutputSection[] {
    return this.list
      .map((section, id) => ({ section, id, rank: rankOf(section) }))
      .sort((a, b) => a.rank - b.rank || a.id - b.id)
      .map(({ section }) => section);
  }
}

/** A page: what is aligned to more is for no reader of strings and constants. */
const LARGEST_MERGED_ALIGN = 4096;

/** The compiler's crtbegin.o, crtend.o and their variants (crtbeginT.o, crtendS.o). */
function isStartupFile(path: string): boolean {
  return /^crt(begin|end).?\.o$/.test(basename(path));
}
