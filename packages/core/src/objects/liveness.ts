/**
 * Decides which sections of the linked objects are part of the output: all that hold contents, less what only the linker
 * reads and what was asked to be stripped; with `--gc-sections` those that can be reached from the program's roots.
 */

import { SHF, SHT } from "../elf/shdr.js";
import type { EhFrame } from "./eh-frame.js";
import { type Globals, Mark } from "./globals.js";
import { Fate, type ObjectTable, RA, SH } from "./object-table.js";
import type { ObjectLinkOptions } from "./options.js";
import { isDebugName, isIdentifier } from "./section-names.js";
import { isContents } from "./section-types.js";
import { targetSection } from "./targets.js";

export class Liveness {
  /** Some object asks for an executable stack, in so many words. */
  executableStack = false;
  /** By linked object: its `.note.gnu.property`, or undefined. */
  readonly properties: (Uint8Array | undefined)[] = [];
  /** What objects warn of: a symbol, when another object uses it. */
  readonly warnings: { readonly symbol: string; readonly text: string; readonly object: number }[] = [];
  /** Objects that ask for an executable stack. */
  readonly executable: number[] = [];
  /** Objects that do not say whether their stack is executable, which means that it is. */
  readonly silent: number[] = [];
  /** Sections that were collected, in order. */
  readonly collected: number[] = [];
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #ehFrame: EhFrame;
  readonly #options: ObjectLinkOptions;
  /** CIEs whose references were followed. */
  readonly #followed = new Set<number>();

  constructor(table: ObjectTable, globals: Globals, ehFrame: EhFrame, options: ObjectLinkOptions) {
    this.#table = table;
    this.#globals = globals;
    this.#ehFrame = ehFrame;
    this.#options = options;
  }

  /** Makes LIVE what an object brings. Throws MF0406 for unwind tables that cannot be read. */
  addObject(object: number): void {
    const table = this.#table;
    const { words, bytes } = table.input;
    const base = table.sectionBase[object]!;
    let property: Uint8Array | undefined;
    let saysStack = false;
    let hasContents = false;
    for (let index = 1, at = table.shdrs[object]! + SH.WORDS; index < table.shnum[object]!; index++, at += SH.WORDS) {
      const section = base + index;
      const type = words[at + SH.TYPE]!;
      const flags = words[at + SH.FLAGS]!;
      if (table.sectionOutput[section] !== Fate.NONE || !isContents(type) || flags & (SHF.EXCLUDE | 0)) continue;
      const nameAt = table.sectionNames[object]! + (words[at + SH.NAME]! >>> 0);
      if ((flags & SHF.ALLOC) === 0) {
        const name = table.sectionName(section);
        if (name === ".note.GNU-stack") {
          saysStack = true;
          if (flags & SHF.EXECINSTR) {
            this.executableStack = true;
            this.executable.push(object);
          }
          continue;
        }
        // Without the flag it says nothing, to GNU ld either.
        if (name === ".note.gnu.property") continue;
        if (name.startsWith(WARNING) && type !== SHT.NOBITS) {
          const start = table.contentsOf(section);
          const text = Buffer.from(bytes.slice(start, start + table.sizeOf(section)))
            .toString("utf8")
            .replace(/\0+$/, "");
          this.warnings.push({ symbol: name.slice(WARNING.length), text, object });
          continue;
        }
        if (name.startsWith(".gnu.warning") || name === ".gnu_debuglink" || name.startsWith(".gnu.lto_")) continue;
        if (this.#options.strip !== "none" && isDebugName(name)) continue;
      } else if (type === SHT.NOTE && table.sectionName(section) === ".note.gnu.property") {
        const start = table.contentsOf(section);
        property = bytes.slice(start, start + table.sizeOf(section));
        continue;
      }
      if (bytes[nameAt + 1] === E && bytes[nameAt + 2] === H && table.sectionName(section) === ".eh_frame")
        this.#ehFrame.add(section);
      table.sectionOutput[section] = Fate.LIVE;
      hasContents ||= table.sizeOf(section) > 0;
    }
    if (hasContents && !saysStack) this.silent.push(object);
    this.properties.push(property);
  }

  /** Collects what no root leads to. */
  collect(objects: readonly number[], entry: number): void {
    const table = this.#table;
    const reached = new Uint8Array(table.sections);
    const pending: number[] = [];
    const reach = (section: number): void => {
      if (section === -1 || reached[section] === 1 || table.sectionOutput[section] !== Fate.LIVE) return;
      reached[section] = 1;
      pending.push(section);
    };
    const bounds = this.#boundSections(objects);
    const frames = this.#framesByFunction();
    const groups = this.#groupsOf(objects);
    const followers = this.#followers(objects);
    for (const object of objects) {
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++) {
        if (table.sectionOutput[section] !== Fate.LIVE) continue;
        // Unwind tables follow the functions that they are about, and debug information keeps nothing.
        const isLoaded = (table.input.words[table.headerOf(section) + SH.FLAGS]! & SHF.ALLOC) !== 0;
        const isNote = table.input.words[table.headerOf(section) + SH.TYPE] === SHT.NOTE;
        if (this.#ehFrame.has(section) || !(isLoaded || isNote)) reached[section] = 1;
        else if (this.#isRoot(section)) reach(section);
      }
    }
    const reachName = (name: number): void => {
      if (name === -1 || this.#globals.object[name]! < 0) return;
      reach(targetSection(table, this.#globals, this.#globals.object[name]!, this.#globals.symbol[name]!));
    };
    reachName(entry);
    for (let name = 0; name < this.#globals.count; name++) if (this.#globals.marks[name]! & Mark.ROOT) reachName(name);
    for (let section = pending.pop(); section !== undefined; section = pending.pop()) {
      this.#follow(section, reach, bounds);
      for (const record of frames.get(section) ?? []) this.#followFrame(record, reach);
      reachAll(groups.get(section) ?? [], reach);
      for (const follower of followers.get(section) ?? []) reach(follower);
    }
    for (const object of objects) {
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++) {
        if (table.sectionOutput[section] !== Fate.LIVE || reached[section] === 1) continue;
        table.sectionOutput[section] = Fate.COLLECTED;
        this.collected.push(section);
      }
    }
  }

  /** Kept whatever refers to it: as KEEP in GNU ld's script, notes, and SHF_GNU_RETAIN. */
  #isRoot(section: number): boolean {
    const table = this.#table;
    const at = table.headerOf(section);
    const { words } = table.input;
    const flags = words[at + SH.FLAGS]!;
    if (flags & SHF.GNU_RETAIN) return true;
    if (flags & SHF.LINK_ORDER) return false;
    switch (words[at + SH.TYPE]) {
      case SHT.INIT_ARRAY:
      case SHT.FINI_ARRAY:
      case SHT.PREINIT_ARRAY:
        return true;
      case SHT.NOTE:
        return (flags & SHF.GROUP) === 0;
      default:
        return /^\.(init|fini|jcr|ctors|dtors|init_array|fini_array|preinit_array)(\.|$)/.test(
          table.sectionName(section),
        );
    }
  }

  #follow(section: number, reach: (section: number) => void, bounds: ReadonlyMap<number, number[]>): void {
    const table = this.#table;
    const { words } = table.input;
    const rela = table.relocationsOf(section);
    if (rela === -1) return;
    const object = table.sectionObject[section]!;
    const end = table.wordsEnd(rela);
    const base = table.symbolBase[object]!;
    for (let at = table.wordsOf(rela); at < end; at += RA.WORDS) {
      const symbol = words[at + RA.SYMBOL]!;
      const name = table.globalOf[base + symbol]!;
      const bound = name === -1 ? undefined : bounds.get(name);
      if (bound !== undefined) reachAll(bound, reach);
      reach(targetSection(table, this.#globals, object, symbol));
    }
  }

  /** Personality routines and tables that an FDE, and its CIE, refer to. */
  #followFrame(record: number, reach: (section: number) => void): void {
    const frame = this.#ehFrame;
    for (const one of [record, frame.cie[record]!]) {
      if (this.#followed.has(one)) continue;
      if (frame.cie[one] === -1) this.#followed.add(one);
      for (let at = frame.relaFrom[one]!; at < frame.relaEnd[one]!; at += RA.WORDS) reach(frame.targetOf(one, at));
    }
  }

  #framesByFunction(): Map<number, number[]> {
    const frames = new Map<number, number[]>();
    for (let record = 0; record < this.#ehFrame.count; record++) {
      if (this.#ehFrame.cie[record] === -1) continue;
      const section = this.#ehFrame.functionOf(record);
      if (section !== -1) append(frames, section, record);
    }
    return frames;
  }

  /** By the names `__start_X` and `__stop_X`: the sections called X, which whoever asks for their ends keeps. */
  #boundSections(objects: readonly number[]): Map<number, number[]> {
    const table = this.#table;
    const bounds = new Map<number, number[]>();
    for (const object of objects) {
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++) {
        if (table.sectionOutput[section] !== Fate.LIVE) continue;
        // Most names begin with a dot.
        if (table.input.bytes[table.sectionNameAt(section)] === DOT) continue;
        const name = table.sectionName(section);
        if (!isIdentifier(name)) continue;
        for (const prefix of ["__start_", "__stop_"]) {
          const number = this.#globals.names.findText(prefix + name);
          if (number !== -1) append(bounds, number, section);
        }
      }
    }
    return bounds;
  }

  /** By section: the others of its group, which live and die with it. */
  #groupsOf(objects: readonly number[]): Map<number, number[]> {
    const table = this.#table;
    const { words } = table.input;
    const groups = new Map<number, number[]>();
    for (const object of objects) {
      const base = table.sectionBase[object]!;
      for (let index = 1; index < table.shnum[object]!; index++) {
        const at = table.shdrs[object]! + index * SH.WORDS;
        if (words[at + SH.TYPE] !== SHT.GROUP) continue;
        const members = Array.from(table.groupMembers(base + index), (member) => base + member);
        for (const member of members) groups.set(member, members);
      }
    }
    return groups;
  }

  /** By section: those that are about it (SHF_LINK_ORDER). */
  #followers(objects: readonly number[]): Map<number, number[]> {
    const table = this.#table;
    const { words } = table.input;
    const followers = new Map<number, number[]>();
    for (const object of objects) {
      const base = table.sectionBase[object]!;
      for (let index = 1; index < table.shnum[object]!; index++) {
        const at = table.shdrs[object]! + index * SH.WORDS;
        const link = words[at + SH.LINK]! >>> 0;
        if (words[at + SH.FLAGS]! & SHF.LINK_ORDER && link > 0 && link < table.shnum[object]!)
          append(followers, base + link, base + index);
      }
    }
    return followers;
  }
}

/** Of sections that hold what is to be said to whoever uses a symbol. */
const WARNING = ".gnu.warning.";

const DOT = 0x2e;
const E = 0x65;
const H = 0x68;

/** Reaches all sections of a list that others share, and empties it: they are reached for all of them. */
function reachAll(sections: number[], reach: (section: number) => void): void {
  for (const section of sections) reach(section);
  sections.length = 0;
}

function append(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
