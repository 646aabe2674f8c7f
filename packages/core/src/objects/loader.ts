/**
 * Decides which objects a link consists of, as GNU ld does: inputs in their order; of an archive those members that
 * define what is undefined at that point, searched again while new ones come; the archives of a group likewise, all
 * together. In the end all archives are searched once more, for what a later input has asked of an earlier one: there
 * GNU ld gives up.
 */

import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.js";
import { inputUnreadable } from "../diagnostics/input.js";
import { SHN } from "../elf/shdr.js";
import { STB } from "../elf/sym.js";
import { brokenArchive } from "../input/archive-header.js";
import { ArchiveIndex, type ArchiveMemberPlace } from "../input/archive-index.js";
import type { InputLabel } from "../input/label.js";
import { hash0, hash1, hash2, hashSet } from "../memory/hash.js";
import type { Phase } from "../phases/phase.js";
import type { Comdat } from "./comdat.js";
import { type Globals, State } from "./globals.js";
import { readFileBytes } from "./input-files.js";
import { hashName, sameName, scanName, viewOf } from "./name-hash.js";
import { type ObjectTable, ST } from "./object-table.js";
import type { InputFile } from "./options.js";
import type { EnteredObject, ObjectSource } from "./parallel/read-ahead.js";
import { readHashedObject, readObject } from "./read-object.js";

/** Something that is linked when a name it defines is wanted: an archive, or an object between `--start-lib` and `--end-lib`. */
interface Library {
  /** Names and their hashes, three lanes each, by entry of the index, and the member that defines each. */
  readonly view: DataView;
  readonly starts: Float64Array | Int32Array;
  readonly ends: Float64Array | Int32Array;
  readonly hashes: Int32Array;
  readonly members: Float64Array;
  /** Makes an object of a member: its number in the table. */
  readonly read: (member: number) => number;
  readonly objects: Map<number, number>;
}

export class Loader {
  /** Objects that are linked, in their order. */
  readonly linked: number[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #updatable: boolean;
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #comdat: Comdat;
  /** The name that GCC defines in objects that hold nothing but its intermediate language. */
  readonly #slim: number;
  readonly #libraries: Library[] = [];
  /** The input that is being read. */
  #input = 0;
  readonly #archives: ArchiveIndex[] = [];

  /** Milliseconds in which this thread read and checked objects, in their turn. */
  #reading = 0;
  readonly #ahead: ObjectSource | undefined;

  /** `ahead`: where objects come from that are `isReadAhead`. */
  constructor(
    table: ObjectTable,
    globals: Globals,
    comdat: Comdat,
    updatable: boolean,
    ahead: ObjectSource | undefined,
  ) {
    this.#ahead = ahead;
    this.#updatable = updatable;
    this.#table = table;
    this.#globals = globals;
    this.#comdat = comdat;
    this.#slim = globals.named("__gnu_lto_slim");
  }

  /** Loads everything. What is wrong with one input does not keep others from being read: see `diagnostics`. */
  load(inputs: readonly InputFile[]): void {
    try {
      for (let at = 0; at < inputs.length; ) {
        const { group } = inputs[at]!;
        const libraries: Library[] = [];
        do {
          this.#input = at;
          const library = this.#guard(() => this.#open(inputs[at]!));
          at++;
          if (library === undefined) continue;
          libraries.push(library);
          if (group !== 0) this.#search(library);
        } while (group !== 0 && inputs[at]?.group === group);
        this.#searchAll(libraries);
        this.#libraries.push(...libraries);
      }
      this.#searchAll(this.#libraries);
    } finally {
      for (const archive of this.#archives) archive.close();
    }
  }

  #guard<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof DiagnosticError)) throw cause;
      this.diagnostics.push(...cause.diagnostics);
      return undefined;
    }
  }

  #open(input: InputFile): Library | undefined {
    const { path, kind, whole, lazy, contents } = input;
    if (kind === "object") {
      if (this.#ahead !== undefined && isReadAhead(input) && this.#takeAhead(this.#ahead, path)) return undefined;
      const object = contents === undefined ? this.#readFile(path, { file: path }) : this.#readBytes(path, contents);
      if (lazy) return this.#libraryOf([[0, object]]);
      this.#link(object);
      return undefined;
    }
    const archive = ArchiveIndex.open(path);
    this.#archives.push(archive);
    if (whole) {
      for (const member of archive.members())
        this.#guard(() => this.#link(this.#readMember(archive, member, this.#input)));
      return undefined;
    }
    if (!archive.hasIndex) {
      const members = archive.members();
      return this.#libraryOf(members.map((member, index) => [index, this.#readMember(archive, member, this.#input)]));
    }
    const { names, nameStart, nameEnd: ends, memberOf, symbolCount } = archive;
    const number = this.#input;
    // An index that points into members could make many large ones of a few bytes.
    let left = archive.thin ? Number.POSITIVE_INFINITY : archive.size;
    const hashes = new Int32Array(symbolCount * 3);
    const view = viewOf(names);
    for (let i = 0; i < symbolCount; i++) {
      hashName(view, nameStart[i]!, ends[i]!);
      keepHash(hashes, i);
    }
    return {
      view,
      starts: nameStart,
      ends,
      hashes,
      members: memberOf,
      read: (member) => {
        const place = archive.member(member);
        left -= place.size;
        if (left < 0) throw brokenArchive({ file: path }, member, "members overlap");
        return this.#readMember(archive, place, number);
      },
      objects: new Map(),
    };
  }

  /** Objects that were read, as a library: `objects` are pairs of a member and its object. */
  #libraryOf(objects: readonly (readonly [member: number, object: number])[]): Library {
    const table = this.#table;
    const starts: number[] = [];
    const ends: number[] = [];
    const hashes: number[] = [];
    const members: number[] = [];
    for (const [member, object] of objects) {
      const { view, words } = table.input;
      for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
        const at = table.symtab[object]! + index * ST.WORDS;
        if (table.shndxOf(object, index) === SHN.UNDEF || ((words[at + ST.INFO]! >>> 4) & 15) === STB.LOCAL) continue;
        const start = table.strings[object]! + (words[at + ST.NAME]! >>> 0);
        starts.push(start);
        ends.push(scanName(view, start));
        hashes.push(hash0, hash1, hash2);
        members.push(member);
      }
    }
    const byMember = new Map(objects);
    const { input } = table;
    return {
      get view() {
        return input.view;
      },
      starts: Float64Array.from(starts),
      ends: Float64Array.from(ends),
      hashes: Int32Array.from(hashes),
      members: Float64Array.from(members),
      read: (member) => byMember.get(member)!,
      objects: new Map(),
    };
  }

  #searchAll(libraries: readonly Library[]): void {
    for (let before = -1; before !== this.linked.length; ) {
      before = this.linked.length;
      for (const library of libraries) this.#search(library);
    }
  }

  /** Links what a library has of that which is wanted, until it has no more. */
  #search(library: Library): void {
    const { hashes, members, objects } = library;
    const count = hashes.length / 3;
    for (let before = -1; before !== this.linked.length; ) {
      before = this.linked.length;
      for (let i = 0; i < count; i++) {
        hashSet(hashes[i * 3]!, hashes[i * 3 + 1]!, hashes[i * 3 + 2]!);
        const name = this.#globals.find();
        if (name === -1 || this.#globals.state[name]! === State.DEFINED) continue;
        const isCommon = this.#globals.state[name] === State.COMMON;
        if (!isCommon && !this.#globals.isWanted(name)) continue;
        const member = members[i]!;
        if (this.#isLinked(objects.get(member))) continue;
        // A member that cannot be read is asked for once.
        if (objects.get(member) === -1) continue;
        const object = objects.get(member) ?? this.#guard(() => library.read(member)) ?? -1;
        objects.set(member, object);
        if (object === -1) continue;
        // Common storage is filled from a member that defines it, not from one that has it common as well.
        if (this.#isLinked(object) || (isCommon && !this.#defines(object, library, i))) continue;
        this.#guard(() => this.#link(object));
      }
    }
  }

  #isLinked(object: number | undefined): boolean {
    return object !== undefined && object !== -1 && this.#table.linked[object] === 1;
  }

  /** Whether an object has a strong definition of a library's name number `entry`. */
  #defines(object: number, library: Library, entry: number): boolean {
    const table = this.#table;
    const { view, words } = table.input;
    const from = library.starts[entry]!;
    const length = library.ends[entry]! - from;
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
      const at = table.symtab[object]! + index * ST.WORDS;
      const shndx = table.shndxOf(object, index);
      if (shndx === SHN.UNDEF || shndx === SHN.COMMON || ((words[at + ST.INFO]! >>> 4) & 15) !== STB.GLOBAL) continue;
      const start = table.strings[object]! + (words[at + ST.NAME]! >>> 0);
      if (scanName(view, start) - start === length && sameName(view, start, library.view, from, length)) return true;
    }
    return false;
  }

  /** Links an object that another thread has read; false where it could not be read. */
  #takeAhead(ahead: ObjectSource, path: string): boolean {
    const entered = ahead.take(this.#table, { file: path });
    if (entered === undefined) return false;
    this.#table.inputIndex[entered.object] = this.#input;
    this.#table.memberOffset[entered.object] = -1;
    this.#link(entered.object, entered);
    return true;
  }

  #link(object: number, known?: EnteredObject): void {
    const table = this.#table;
    table.linked[object] = 1;
    this.linked.push(object);
    this.#comdat.addObject(object);
    this.#globals.addObject(object, known?.words, known?.names);
    if (this.#globals.object[this.#slim] !== object) return;
    const reason = "it holds no machine code, only input for link-time optimisation: compile with -ffat-lto-objects";
    throw new DiagnosticError(inputUnreadable(table.labels[object]!, reason));
  }

  /**
   * Where the time went since `start`. Reading and finding out who defines what alternate; they are told as if one had
   * come after the other.
   */
  phases(start: number): readonly Phase[] {
    const end = performance.now();
    const ahead = this.#ahead?.times();
    const read = this.#reading + (ahead?.busy ?? 0);
    const resolve = end - start - read - (ahead?.waited ?? 0);
    const whole = { name: "read", thread: 0, start, end };
    const phases: Phase[] = [
      { ...whole, kind: "parallel", items: ahead?.count ?? 1, waited: resolve },
      { name: "resolve", thread: 0, start: end - resolve, end, kind: "serial" },
    ];
    if (ahead !== undefined) phases.push({ ...whole, kind: "share", items: ahead.own, waited: end - start - read });
    return phases;
  }

  /** Reads an object, and notes where it came from. */
  #read(label: InputLabel, at: number, size: number, input: number, member: number): number {
    const table = this.#table;
    const object = (this.#updatable ? readHashedObject : readObject)(table, label, at, size);
    table.inputIndex[object] = input;
    table.memberOffset[object] = member;
    return object;
  }

  #readFile(path: string, label: InputLabel): number {
    return this.#timed(() => {
      const [at, size] = readFileBytes(this.#table.input, path);
      return this.#read(label, at, size, this.#input, -1);
    });
  }

  #timed(read: () => number): number {
    const start = performance.now();
    try {
      return read();
    } finally {
      this.#reading += performance.now() - start;
    }
  }

  #readBytes(path: string, contents: Uint8Array): number {
    return this.#read({ file: path }, this.#table.input.add(contents), contents.length, this.#input, -1);
  }

  #readMember(archive: ArchiveIndex, member: ArchiveMemberPlace, source: number): number {
    const { input } = this.#table;
    return this.#timed(() => {
      const at = input.reserve(member.size);
      archive.readMember(member, input.bytes.subarray(at, at + member.size));
      return this.#read({ file: archive.path, member: member.name }, at, member.size, source, member.headerOffset);
    });
  }
}

/** Whether other threads read an input before its turn has come. */
export function isReadAhead({ kind, lazy, contents }: InputFile): boolean {
  return kind === "object" && !lazy && contents === undefined;
}

/** Keeps the hash that was made just now as the `i`-th of `hashes`. */
function keepHash(hashes: Int32Array, i: number): void {
  hashes[i * 3] = hash0;
  hashes[i * 3 + 1] = hash1;
  hashes[i * 3 + 2] = hash2;
}

/** What an object is called in lists: `path` or `path(member)`. */
export function objectText(table: ObjectTable, object: number): string {
  const { file, member } = table.labels[object]!;
  return member === undefined ? file : `${file}(${member})`;
}
