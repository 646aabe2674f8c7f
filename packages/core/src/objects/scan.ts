/**
 * Goes through the relocations of all live sections once, before anything has an address, and finds out what the linker
 * has to make for them: entries in the global offset table, entries in the procedure linkage table for IFUNCs, run-time
 * relocations of a position-independent executable; and what nobody defines.
 */

import { SHF, SHN } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { R_X86_64 } from "../elf/x86-64.js";
import { GotForm } from "../link/relax-got.js";
import { type Globals, Mark, State } from "./globals.js";
import { gotForm, isInitialExecLoad, TargetKind } from "./got-forms.js";
import { type ObjectTable, RA, ST, symbolValue } from "./object-table.js";
import type { OutputSection } from "./output-section.js";

/** A reference to a name that nothing defines. */
export interface UndefinedReference {
  readonly name: number;
  readonly object: number;
  /** Of all sections. */
  readonly section: number;
  readonly offset: number;
}

/** What an entry is for: a name, or -1 and the number of a symbol of all. */
export interface EntryKey {
  readonly name: number;
  readonly symbol: number;
}

/** Entries of a table that the linker makes, by what they are for: a global name, or a local symbol. */
export class Entries {
  readonly #byName = new Map<number, number>();
  readonly #bySymbol = new Map<number, number>();
  readonly keys: EntryKey[] = [];

  get count(): number {
    return this.keys.length;
  }

  add(name: number, symbol: number): void {
    const known = name === -1 ? this.#bySymbol.get(symbol) : this.#byName.get(name);
    if (known !== undefined) return;
    if (name === -1) this.#bySymbol.set(symbol, this.keys.length);
    else this.#byName.set(name, this.keys.length);
    this.keys.push({ name, symbol: name === -1 ? symbol : -1 });
  }

  find(name: number, symbol: number): number | undefined {
    return name === -1 ? this.#bySymbol.get(symbol) : this.#byName.get(name);
  }
}

/** A place is told at most so often for each name; how many there were in all is counted. */
const PLACES_PER_NAME = 4;

export class Scan {
  /** Entries of .got: addresses, and offsets from the thread pointer. */
  readonly got: Entries = new Entries();
  readonly gotTpoff: Entries = new Entries();
  /** Entries of .plt, for IFUNCs. */
  readonly plt: Entries = new Entries();
  readonly undefined: UndefinedReference[] = [];
  readonly undefinedCounts: Map<number, number> = new Map();
  /** Words of 64 bits in loaded sections that depend on where the program is loaded. */
  relative = 0;
  /** Something needs the address of the table itself. */
  needsGot = false;
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #pie: boolean;

  /** The image may be larger than direct addressing reaches: loads through the table keep their entries. */
  far = false;

  constructor(table: ObjectTable, globals: Globals, pie: boolean) {
    this.#table = table;
    this.#globals = globals;
    this.#pie = pie;
  }

  /** Takes the entries that another thread has found. */
  restore(saved: Readonly<Record<"got" | "gotTpoff" | "plt", readonly EntryKey[]>>): void {
    for (const which of ["got", "gotTpoff", "plt"] as const)
      for (const { name, symbol } of saved[which]) this[which].add(name, symbol);
  }

  /** Goes through the live sections of an object that are loaded: where one of a name is, all are. */
  addObject(object: number, outputs: readonly OutputSection[]): void {
    const table = this.#table;
    const base = table.sectionBase[object]!;
    const hasLocalIfunc = this.#hasLocalIfunc(object);
    const passesPlain = !this.#pie && !hasLocalIfunc && !this.#hasSpecial(object);
    for (let section = base + 1; section < base + table.shnum[object]!; section++) {
      if (table.sectionOutput[section]! < 0 || table.sectionRela[section] === 0) continue;
      if (passesPlain && table.isPlain[section] === 1) continue;
      const rela = table.relocationsOf(section);
      if ((outputs[table.sectionOutput[section]!]!.flags & SHF.ALLOC) === 0) continue;
      this.#scan(object, section, table.wordsOf(rela), table.wordsEnd(rela), hasLocalIfunc);
    }
  }

  #scan(object: number, section: number, from: number, end: number, hasLocalIfunc: boolean): void {
    const table = this.#table;
    const globals = this.#globals;
    const { words, bytes } = table.input;
    const { globalOf } = table;
    const symbolBase = table.symbolBase[object]!;
    const contents = table.contentsOf(section);
    const pie = this.#pie;
    for (let at = from; at < end; at += RA.WORDS) {
      const type = words[at + RA.TYPE]!;
      const index = words[at + RA.SYMBOL]!;
      const name = globalOf[symbolBase + index]!;
      if (name !== -1) {
        if (globals.state[name] === State.UNDEFINED && this.#isMissing(name) && type !== R_X86_64.NONE)
          this.#noteUndefined(name, object, section, words[at + RA.OFFSET]! >>> 0);
        if (globals.type[name] === STT.GNU_IFUNC && globals.state[name] !== State.UNDEFINED) this.plt.add(name, -1);
      } else if (hasLocalIfunc && this.#localType(object, index) === STT.GNU_IFUNC)
        this.plt.add(-1, symbolBase + index);
      switch (type) {
        case R_X86_64["64"]:
          if (pie && this.kindOf(object, index) === TargetKind.ADDRESS) this.relative++;
          break;
        case R_X86_64.PC32:
        case R_X86_64.PLT32:
        case R_X86_64["32"]:
        case R_X86_64["32S"]:
          break;
        case R_X86_64.GOTPCREL:
        case R_X86_64.GOTPCRELX:
        case R_X86_64.REX_GOTPCRELX: {
          const offset = words[at + RA.OFFSET]! >>> 0;
          const kind = this.kindOf(object, index);
          const value = kind === TargetKind.ABSOLUTE ? this.absoluteOf(object, index) : 0;
          const form = gotForm(bytes, contents + offset, offset, type, addendAt(words, at), kind, value, pie);
          if (form === GotForm.SLOT || (this.far && form !== GotForm.ZERO)) this.got.add(name, symbolBase + index);
          break;
        }
        case R_X86_64.GOTTPOFF: {
          const offset = words[at + RA.OFFSET]! >>> 0;
          if (!isInitialExecLoad(bytes, contents + offset, offset, addendAt(words, at)))
            this.gotTpoff.add(name, symbolBase + index);
          break;
        }
        case R_X86_64.GOT32:
        case R_X86_64.GOT64:
        case R_X86_64.GOTPCREL64:
        case R_X86_64.GOTPLT64:
          this.needsGot = true;
          this.got.add(name, symbolBase + index);
          break;
        case R_X86_64.GOTPC32:
        case R_X86_64.GOTPC64:
        case R_X86_64.GOTOFF64:
        case R_X86_64.PLTOFF64:
          this.needsGot = true;
          break;
        case R_X86_64.TLSGD:
        case R_X86_64.TLSLD:
          // The call that belongs to it goes, and with it its relocation.
          at += RA.WORDS;
          break;
        default:
          break;
      }
    }
  }

  /** What a symbol is: see `TargetKind`. */
  kindOf(object: number, index: number): number {
    const table = this.#table;
    const name = table.globalOf[table.symbolBase[object]! + index]!;
    if (name === -1) {
      const shndx = table.shndxOf(object, index);
      return index === 0 || shndx === SHN.UNDEF
        ? TargetKind.NOTHING
        : shndx === SHN.ABS
          ? TargetKind.ABSOLUTE
          : TargetKind.ADDRESS;
    }
    const state = this.#globals.state[name];
    if (state === State.UNDEFINED) return TargetKind.NOTHING;
    if (state === State.LINKER)
      return this.#globals.symbol[name] === ABSOLUTE_SYMBOL ? TargetKind.ABSOLUTE : TargetKind.ADDRESS;
    return state !== State.COMMON && this.#globals.marks[name]! & Mark.ABSOLUTE
      ? TargetKind.ABSOLUTE
      : TargetKind.ADDRESS;
  }

  /** The number that an absolute symbol is. */
  absoluteOf(object: number, index: number): number {
    const table = this.#table;
    const name = table.globalOf[table.symbolBase[object]! + index]!;
    if (name !== -1 && this.#globals.state[name] === State.LINKER) return this.#globals.address[name]!;
    const owner = name === -1 ? object : this.#globals.object[name]!;
    return symbolValue(table, owner, name === -1 ? index : this.#globals.symbol[name]!);
  }

  #isMissing(name: number): boolean {
    return (this.#globals.marks[name]! & Mark.STRONG_REFERENCE) !== 0;
  }

  #noteUndefined(name: number, object: number, section: number, offset: number): void {
    this.#globals.marks[name]! |= Mark.MISSING;
    const count = (this.undefinedCounts.get(name) ?? 0) + 1;
    this.undefinedCounts.set(name, count);
    if (count <= PLACES_PER_NAME) this.undefined.push({ name, object, section, offset });
  }

  #localType(object: number, index: number): number {
    return this.#table.input.words[this.#table.symtab[object]! + index * ST.WORDS + ST.INFO]! & 15;
  }

  /** Whether a name of an object asks for something whatever refers to it: it is missing, or an IFUNC. */
  #hasSpecial(object: number): boolean {
    const { globalOf, firstGlobal, symbolCount, symbolBase } = this.#table;
    const { state, type } = this.#globals;
    const base = symbolBase[object]!;
    for (let symbol = base + firstGlobal[object]!; symbol < base + symbolCount[object]!; symbol++) {
      const name = globalOf[symbol]!;
      if (name === -1) continue;
      if (state[name] === State.UNDEFINED ? this.#isMissing(name) : type[name] === STT.GNU_IFUNC) return true;
    }
    return false;
  }

  #hasLocalIfunc(object: number): boolean {
    for (let index = 1; index < this.#table.firstGlobal[object]!; index++)
      if (this.#localType(object, index) === STT.GNU_IFUNC) return true;
    return false;
  }
}

function addendAt(words: Int32Array, at: number): number {
  return words[at + RA.ADDEND_HIGH]! * 2 ** 32 + (words[at + RA.ADDEND]! >>> 0);
}

/** What `Globals.symbol` holds for a name of the linker's own that is a number, not an address. */
export const ABSOLUTE_SYMBOL = -2;
