/**
 * The symbol table of the output: local symbols object by object, each behind its object's file symbol, then global ones
 * in the order in which the objects define them. A hidden name is local to an executable (gABI, "Symbol Visibility").
 */

import { ELF64_LE } from "../elf/format.js";
import { SHF, SHN } from "../elf/shdr.js";
import { STB, STT, STV, symSize } from "../elf/sym.js";
import type { Addresses } from "./addresses.js";
import { grown } from "./columns.js";
import { type Globals, Mark, State } from "./globals.js";
import { stringEnd } from "./input-bytes.js";
import { scanName } from "./name-hash.js";
import { type ObjectTable, SH, ST, sectionIndex, wide } from "./object-table.js";
import type { ObjectLinkOptions } from "./options.js";
import type { OutputSection } from "./output-section.js";
import type { OutputSections } from "./output-sections.js";
import { ABSOLUTE_SYMBOL } from "./scan.js";

export const SYM_BYTES: number = symSize(ELF64_LE);

/** What entries are written by. */
export interface SymbolContext {
  readonly addresses: Addresses;
  /** Names that the linker defines, and the sections that they are in. */
  readonly own: ReadonlyMap<number, OutputSection | undefined>;
  /** The output section of a name that is common storage. */
  readonly commonOf: (name: number) => OutputSection | undefined;
}

export class SymbolTable {
  /** Entries, the null symbol included, and how many of them are local. */
  count = 1;
  locals = 1;
  stringBytes = 1;
  /** Of local symbols: their numbers among all of the inputs; of global ones: -1 - name. */
  #entries: Int32Array = new Int32Array(1024);
  /** By slot: the number, among all of the inputs, of the symbol that defines it and has its name; -1 where none does. */
  #symbols: Int32Array = new Int32Array(1024);
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #outputs: OutputSections;
  readonly #options: ObjectLinkOptions;

  constructor(table: ObjectTable, globals: Globals, outputs: OutputSections, options: ObjectLinkOptions) {
    this.#table = table;
    this.#globals = globals;
    this.#outputs = outputs;
    this.#options = options;
  }

  /** Chooses the entries. `own`: names that the linker defines. */
  choose(objects: readonly number[], own: Iterable<number>): void {
    for (const object of objects)
      this.#forLocals(object, (index, length) => {
        const symbol = this.#table.symbolBase[object]! + index;
        this.#push(symbol, symbol, length);
      });
    this.#addGlobals(objects, [...own]);
  }

  /** The local symbols of an object that have entries. */
  localsOf(object: number): number[] {
    const locals: number[] = [];
    this.#forLocals(object, (index) => locals.push(index));
    return locals;
  }

  /** Calls `take` with each local symbol of an object that has an entry, and the bytes of its name. */
  #forLocals(object: number, take: (index: number, length: number) => void): void {
    const table = this.#table;
    const { words, bytes } = table.input;
    const discard = this.#options.discardLocals;
    for (
      let index = 1, at = table.symtab[object]! + ST.WORDS;
      index < table.firstGlobal[object]!;
      index++, at += ST.WORDS
    ) {
      const type = words[at + ST.INFO]! & 15;
      if (type === STT.SECTION) continue;
      const nameAt = table.strings[object]! + (words[at + ST.NAME]! >>> 0);
      if (bytes[nameAt] === 0) continue;
      const section = sectionIndex(table.shndxOf(object, index));
      if (section !== -1 && table.sectionOutput[table.sectionBase[object]! + section]! < 0) continue;
      if (section === -1 && words[at + ST.INFO]! >>> 16 === SHN.UNDEF) continue;
      if (discard === "all" && type !== STT.FILE) continue;
      // Labels of the compiler's own for pieces of merged sections are of no use to anybody.
      const isPiece =
        section !== -1 && (words[table.shdrs[object]! + section * SH.WORDS + SH.FLAGS]! & SHF.MERGE) !== 0;
      if ((discard === "temporary" || isPiece) && bytes[nameAt] === DOT && bytes[nameAt + 1] === LETTER_L) continue;
      take(index, stringEnd(bytes, nameAt) - nameAt);
    }
  }

  /** Enters global names, first those that are local to the output. */
  #addGlobals(objects: readonly number[], own: readonly number[]): void {
    const { globalOf, symbolBase, firstGlobal, symbolCount } = this.#table;
    const { object: definedBy, symbol: definedAs } = this.#globals;
    const visible = new Int32Array(this.#globals.count);
    const symbols = new Int32Array(this.#globals.count);
    let count = 0;
    const enter = (name: number, symbol: number): void => {
      if (this.isLocal(name)) this.#push(-1 - name, symbol, this.#lengthOf(name, symbol));
      else {
        visible[count] = name;
        symbols[count++] = symbol;
      }
    };
    for (const object of objects) {
      const base = symbolBase[object]!;
      const end = symbolCount[object]!;
      for (let index = firstGlobal[object]!; index < end; index++) {
        const name = globalOf[base + index]!;
        // A name is entered once, by the object that defines it, or first refers to it.
        if (name === -1 || definedBy[name] !== object || definedAs[name] !== index) continue;
        if (this.#isListed(name, object, index)) enter(name, this.#hasOwnName(name) ? base + index : -1);
      }
    }
    for (const name of own) enter(name, -1);
    this.locals = this.count;
    for (let i = 0; i < count; i++) this.#push(-1 - visible[i]!, symbols[i]!, this.#lengthOf(visible[i]!, symbols[i]!));
  }

  /** Whether the symbol that stands for a name is called so: one that is wrapped and not defined is not. */
  #hasOwnName(name: number): boolean {
    const state = this.#globals.state[name];
    return state === State.DEFINED || state === State.WEAK;
  }

  /** Bytes of a name: gone through where its definition has it, which is nearer than what is noted of it. */
  #lengthOf(name: number, symbol: number): number {
    if (symbol === -1) return this.#globals.names.lengthOf(name);
    const start = this.#stringAt(symbol);
    return scanName(this.#table.input.view, start) - start;
  }

  /** Whether a global name has an entry. */
  isListed(name: number): boolean {
    return this.#isListed(name, this.#globals.object[name]!, this.#globals.symbol[name]!);
  }

  /** `object` defines it, as its symbol `index`, or refers to it. */
  #isListed(name: number, object: number, index: number): boolean {
    const globals = this.#globals;
    const state = globals.state[name]!;
    // What was wanted strongly, and turned out not to be needed, nobody has to know.
    if (state === State.UNDEFINED) {
      const marks = globals.marks[name]!;
      return (marks & Mark.MISSING) !== 0 || (marks & (Mark.REFERENCED | Mark.STRONG_REFERENCE)) === Mark.REFERENCED;
    }
    if (state === State.COMMON) return true;
    const section = sectionIndex(this.#table.shndxOf(object, index));
    return section === -1 || this.#table.sectionOutput[this.#table.sectionBase[object]! + section]! >= 0;
  }

  /** Whether a global name has a local entry: nobody outside of the output may see it. */
  isLocal(name: number): boolean {
    const visibility = this.#globals.visibility[name];
    return this.#globals.state[name] !== State.UNDEFINED && (visibility === STV.HIDDEN || visibility === STV.INTERNAL);
  }

  /** `length`: bytes of the name. */
  #push(entry: number, symbol: number, length: number): void {
    if (this.count >= this.#entries.length) {
      this.#entries = grown(this.#entries, this.count + 1);
      this.#symbols = grown(this.#symbols, this.count + 1);
    }
    this.#symbols[this.count] = symbol;
    this.#entries[this.count++] = entry;
    this.stringBytes += length + 1;
  }

  /** By slot: of a local symbol its number among all of the inputs; of a global one -1 - name. Slot 0 has none. */
  get entries(): Int32Array {
    return this.#entries.subarray(0, this.count);
  }

  /** Writes the entries at `symtab` of the image and their names at `strtab`; returns where each name is in `.strtab`. */
  write(image: Uint8Array, symtab: number, strtab: number, context: SymbolContext): Int32Array {
    const strings = new Int32Array(this.count);
    const { bytes } = this.#table.input;
    const view = new DataView(image.buffer, image.byteOffset, image.length);
    let string = 1;
    // Names of one object's symbols mostly stand one behind the other there too: many are one copy.
    let runFrom = 0;
    let runEnd = 0;
    let runTo = 0;
    for (let slot = 1; slot < this.count; slot++) {
      const entry = this.#entries[slot]!;
      const symbol = this.#symbols[slot]!;
      strings[slot] = string;
      if (entry < 0 && symbol !== -1)
        this.#writeDefined(view, symtab + slot * SYM_BYTES, -1 - entry, symbol, string, context.addresses);
      else this.writeEntry(view, symtab + slot * SYM_BYTES, entry, string, context);
      const from = symbol === -1 ? this.nameAt(entry) : this.#stringAt(symbol);
      const length = symbol === -1 ? this.nameLength(entry) : scanName(this.#table.input.view, from) - from;
      if (from !== runEnd) {
        image.set(bytes.subarray(runFrom, runEnd), runTo);
        runFrom = from;
        runTo = strtab + string;
      }
      runEnd = from + length;
      string += length + 1;
      // With its 0 byte; what ends otherwise (`name@@version`) is the last of its run.
      if (bytes[runEnd] === 0) runEnd++;
      else {
        image.set(bytes.subarray(runFrom, runEnd), runTo);
        runFrom = 0;
        runEnd = 0;
      }
    }
    image.set(bytes.subarray(runFrom, runEnd), runTo);
    return strings;
  }

  /** Where the name of an entry begins in the inputs. */
  nameAt(entry: number): number {
    return entry < 0 ? this.#globals.names.startOf(-1 - entry) : this.#stringAt(entry);
  }

  /** Where the name of a symbol begins, by its number among all of the inputs. */
  #stringAt(symbol: number): number {
    const table = this.#table;
    const object = this.objectOf(symbol);
    const at = table.symtab[object]! + (symbol - table.symbolBase[object]!) * ST.WORDS;
    return table.strings[object]! + (table.input.words[at + ST.NAME]! >>> 0);
  }

  /** Bytes of the name of an entry. */
  nameLength(entry: number): number {
    if (entry < 0) return this.#globals.names.lengthOf(-1 - entry);
    const at = this.nameAt(entry);
    return stringEnd(this.#table.input.bytes, at) - at;
  }

  /** Writes an Elf64_Sym for `entry` at `at`, whose name is at `string` of `.strtab`. */
  writeEntry(view: DataView, at: number, entry: number, string: number, context: SymbolContext): void {
    view.setInt32(at, string, true);
    if (entry < 0) this.#writeGlobal(view, at, -1 - entry, context);
    else {
      const table = this.#table;
      const object = this.objectOf(entry);
      const index = entry - table.symbolBase[object]!;
      const info = table.infoOf(object, index);
      this.#writeDefinition(view, at, object, index, info & 0xff, (info >>> 8) & 3, context.addresses);
    }
  }

  /** Writes the entry of a name that a symbol defines. */
  #writeDefined(view: DataView, at: number, name: number, symbol: number, string: number, addresses: Addresses): void {
    view.setInt32(at, string, true);
    const object = this.objectOf(symbol);
    const index = symbol - this.#table.symbolBase[object]!;
    const { visibility } = this.#globals;
    this.#writeDefinition(view, at, object, index, this.#infoOf(name), visibility[name]!, addresses);
  }

  /** st_info of a name. */
  #infoOf(name: number): number {
    const globals = this.#globals;
    const state = globals.state[name]!;
    const isWeak =
      state === State.WEAK || (state === State.UNDEFINED && !(globals.marks[name]! & Mark.STRONG_REFERENCE));
    const isUnique = (globals.marks[name]! & Mark.UNIQUE) !== 0;
    const global = isWeak ? STB.WEAK : isUnique ? STB.GNU_UNIQUE : STB.GLOBAL;
    return ((this.isLocal(name) ? STB.LOCAL : global) << 4) | globals.type[name]!;
  }

  #writeGlobal(view: DataView, at: number, name: number, { addresses, own, commonOf }: SymbolContext): void {
    const globals = this.#globals;
    const state = globals.state[name]!;
    const visibility = globals.visibility[name]!;
    const info = this.#infoOf(name);
    if (state === State.LINKER || state === State.COMMON) {
      const section = state === State.COMMON ? commonOf(name) : own.get(name);
      const isAbsolute = globals.symbol[name] === ABSOLUTE_SYMBOL || section === undefined;
      const isTls = globals.type[name] === STT.TLS;
      const value = isTls ? globals.address[name]! - addresses.placement.tlsStart : globals.address[name]!;
      const size = state === State.COMMON ? globals.commonSize[name]! : 0;
      writeSym(view, at, info, visibility, isAbsolute ? SHN.ABS : section.index, value, size);
    } else if (state === State.UNDEFINED) writeSym(view, at, info, visibility, SHN.UNDEF, 0, 0);
    else this.#writeDefinition(view, at, globals.object[name]!, globals.symbol[name]!, info, visibility, addresses);
  }

  /** An entry for what symbol `index` of `object` defines. */
  #writeDefinition(
    view: DataView,
    at: number,
    object: number,
    index: number,
    info: number,
    visibility: number,
    addresses: Addresses,
  ): void {
    const table = this.#table;
    const { words } = table.input;
    const from = table.symtab[object]! + index * ST.WORDS;
    const shndx = table.shndxOf(object, index);
    const section = sectionIndex(shndx);
    const size = wide(words[from + ST.SIZE]!, words[from + ST.SIZE_HIGH]!);
    const value = wide(words[from + ST.VALUE]!, words[from + ST.VALUE_HIGH]!);
    if (section === -1) {
      writeSym(view, at, info, visibility, shndx, value, size);
      return;
    }
    const number = table.sectionBase[object]! + section;
    const output = this.#outputs.list[table.sectionOutput[number]!]!;
    const address = addresses.at(number, value);
    writeSym(
      view,
      at,
      info,
      visibility,
      output.index,
      (info & 15) === STT.TLS ? address - addresses.placement.tlsStart : address,
      size,
    );
  }

  objectOf(symbol: number): number {
    const { symbolBase, count } = this.#table;
    // Entries are in the order of objects: the next one is mostly the same, or a little further on.
    let object = this.#near;
    if (symbolBase[object]! > symbol) object = 0;
    while (object + 1 < count && symbolBase[object + 1]! <= symbol) object++;
    this.#near = object;
    return object;
  }
  #near = 0;
}

const DOT = 0x2e;
const LETTER_L = 0x4c;

function writeSym(
  view: DataView,
  at: number,
  info: number,
  other: number,
  shndx: number,
  value: number,
  size: number,
): void {
  view.setInt32(at + 4, info | (other << 8) | (shndx << 16), true);
  setNumber(view, at + 8, value);
  setNumber(view, at + 16, size);
}

/** Writes 64 bits; `value` is an integer of at most 53, or negative. */
function setNumber(view: DataView, at: number, value: number): void {
  const low = value | 0;
  view.setInt32(at, low, true);
  // Most are small: their upper half is that of the sign.
  view.setInt32(at + 4, low === value ? low >> 31 : Math.floor(value / 4294967296), true);
}
