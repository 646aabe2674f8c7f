/**
 * The objects of a link: where their headers and tables lie in the inputs, and what the linker notes of their sections and
 * symbols. Sections and symbols of all objects are numbered through: section `i` of object `o` is number
 * `sectionBase[o] + i`, and symbols likewise.
 *
 * Header tables and symbol tables are word offsets into the inputs (`InputBytes.words`), everything else byte offsets.
 */

import type { InputLabel } from "../input/label.js";
import { hash0, hash1, hashBytes } from "../memory/hash.js";
import { grown } from "./columns.js";
import type { InputBytes } from "./input-bytes.js";

/** Words of `Elf64_Shdr`; values of 64 bits are two, the lower first. */
export const SH = {
  NAME: 0,
  TYPE: 1,
  FLAGS: 2,
  OFFSET: 6,
  SIZE: 8,
  SIZE_HIGH: 9,
  LINK: 10,
  INFO: 11,
  ADDRALIGN: 12,
  ENTSIZE: 14,
  WORDS: 16,
} as const;

/** Words of `Elf64_Sym`. INFO: the bytes st_info and st_other, then st_shndx in the upper half. */
export const ST = { NAME: 0, INFO: 1, VALUE: 2, VALUE_HIGH: 3, SIZE: 4, SIZE_HIGH: 5, WORDS: 6 } as const;

/** Words of `Elf64_Rela`. */
export const RA = { OFFSET: 0, TYPE: 2, SYMBOL: 3, ADDEND: 4, ADDEND_HIGH: 5, WORDS: 6 } as const;

/** What the sections of an object have to be gone through for; most have nothing of it. */
export const Trait = {
  /** Groups (SHT_GROUP). */
  GROUPS: 1,
  /** Sections that are called `.gnu...`: link-once sections, warnings. */
  GNU_NAMES: 2,
} as const;

/** What `sectionOutput` holds for sections that are in no output section. */
export const Fate = {
  /** Not decided, or never part of an output: tables of the object itself. */
  NONE: -1,
  /** The section belongs to a group, or is a link-once section, of which another object's is linked. */
  DISCARDED: -2,
  /** Nothing refers to it (`--gc-sections`). */
  COLLECTED: -3,
  /** Will get an output section. */
  LIVE: -4,
} as const;

export class ObjectTable {
  readonly input: InputBytes;
  readonly labels: InputLabel[] = [];
  count = 0;
  /** Offset of the file, and its size. */
  base: Float64Array = new Float64Array(64);
  size: Float64Array = new Float64Array(64);
  shdrs: Int32Array = new Int32Array(64);
  shnum: Int32Array = new Int32Array(64);
  /** What an object has that few have: see `Trait`. */
  traits: Uint8Array = new Uint8Array(64);
  /** Names of sections: where the string table begins. */
  sectionNames: Float64Array = new Float64Array(64);
  symtab: Int32Array = new Int32Array(64);
  symbolCount: Int32Array = new Int32Array(64);
  /** Of the symbols: how many are local, the null symbol included. */
  firstGlobal: Int32Array = new Int32Array(64);
  strings: Float64Array = new Float64Array(64);
  /** Word offset of the extended section indices, or 0. */
  extended: Int32Array = new Int32Array(64);
  sectionBase: Int32Array = new Int32Array(64);
  symbolBase: Int32Array = new Int32Array(64);
  /** Which input it came from, and for a member of an archive where its header stands there; else -1. */
  inputIndex: Int32Array = new Int32Array(64);
  memberOffset: Float64Array = new Float64Array(64);
  /** In a link that will be updated: a hash of the bytes as they were read, in two words. */
  hashes: Int32Array = new Int32Array(128);
  /** 1: it is part of the link; a member that was only looked at is not. */
  linked: Uint8Array = new Uint8Array(64);

  sections = 0;
  sectionObject: Int32Array = new Int32Array(1024);
  /** The object's section with its relocations, or 0. */
  sectionRela: Int32Array = new Int32Array(1024);
  /** 1: its relocations are of types that are sums of a symbol's address, and ask the linker to make nothing. */
  isPlain: Uint8Array = new Uint8Array(1024);
  /** The output section, or one of `Fate`. */
  sectionOutput: Int32Array = new Int32Array(1024);
  /** Bytes from the start of the output section. */
  sectionOffset: Float64Array = new Float64Array(1024);

  symbols = 0;
  /** In a restored session, whose objects are read when they are asked for: word INFO of every symbol. */
  savedInfo: Int32Array | undefined;
  /** The global name of a symbol, or -1 for local ones. */
  globalOf: Int32Array = new Int32Array(4096);

  constructor(input: InputBytes) {
    this.input = input;
  }

  /** Forgets all objects; the columns stay. */
  clear(): void {
    this.count = 0;
    this.sections = 0;
    this.symbols = 0;
    this.labels.length = 0;
    this.symtab.fill(0);
    this.firstGlobal.fill(0);
    this.strings.fill(0);
    this.extended.fill(0);
    this.linked.fill(0);
    this.hashes.fill(0);
    this.sectionRela.fill(0);
    this.isPlain.fill(0);
  }

  /** Adds an object with `sections` sections and `symbols` symbols; its columns are filled in by the reader. */
  add(label: InputLabel, sections: number, symbols: number): number {
    const object = this.count++;
    this.labels.push(label);
    if (this.count > this.base.length) this.#growObjects(this.count);
    this.sectionBase[object] = this.sections;
    this.symbolBase[object] = this.symbols;
    this.shnum[object] = sections;
    this.symbolCount[object] = symbols;
    this.sections += sections;
    this.symbols += symbols;
    if (this.sections > this.sectionObject.length) this.#growSections(this.sections);
    this.globalOf = grown(this.globalOf, this.symbols);
    this.sectionObject.fill(object, this.sections - sections, this.sections);
    this.sectionOutput.fill(Fate.NONE, this.sections - sections, this.sections);
    this.globalOf.fill(-1, this.symbols - symbols, this.symbols);
    return object;
  }

  /** Word offset of the header of section number `section`. */
  headerOf(section: number): number {
    const object = this.sectionObject[section]!;
    return this.shdrs[object]! + (section - this.sectionBase[object]!) * SH.WORDS;
  }

  /** Whether `[at, at + size)` of the inputs are the bytes that an object was read from. */
  isReadFrom(object: number, at: number, size: number): boolean {
    hashBytes(this.input.bytes, at, at + size);
    return hash0 === this.hashes[object * 2] && hash1 === this.hashes[object * 2 + 1];
  }

  /** The index within its object of section number `section`. */
  indexOf(section: number): number {
    return section - this.sectionBase[this.sectionObject[section]!]!;
  }

  /** Bytes of a section, in memory. */
  sizeOf(section: number): number {
    return this.sizeAt(this.headerOf(section));
  }

  /** Bytes of the section whose header is at word `at`. */
  sizeAt(at: number): number {
    const { words } = this.input;
    return wide(words[at + SH.SIZE]!, words[at + SH.SIZE_HIGH]!);
  }

  /** Where the contents of a section begin in the inputs. */
  contentsOf(section: number): number {
    const object = this.sectionObject[section]!;
    return this.base[object]! + (this.input.words[this.headerOf(section) + SH.OFFSET]! >>> 0);
  }

  /** Word offset of the contents of a section that is a table of words. */
  wordsOf(section: number): number {
    return this.contentsOf(section) / 4;
  }

  /** Word offset behind the contents of a section that is a table of words. */
  wordsEnd(section: number): number {
    return this.wordsOf(section) + (this.input.words[this.headerOf(section) + SH.SIZE]! >>> 0) / 4;
  }

  /** The number of the section with the relocations of section number `section`; -1 where it has none. */
  relocationsOf(section: number): number {
    const index = this.sectionRela[section]!;
    return index === 0 ? -1 : this.sectionBase[this.sectionObject[section]!]! + index;
  }

  /** The members of the group that section number `section` is: their indices within its object. */
  groupMembers(section: number): Int32Array {
    return this.input.words.subarray(this.wordsOf(section) + 1, this.wordsEnd(section));
  }

  /** Where the name of a section begins in the inputs; it ends before a 0 byte. */
  sectionNameAt(section: number): number {
    const object = this.sectionObject[section]!;
    return this.sectionNames[object]! + (this.input.words[this.headerOf(section) + SH.NAME]! >>> 0);
  }

  sectionName(section: number): string {
    return this.#text(this.sectionNameAt(section));
  }

  /** The name of symbol `index` of an object, as it stands there. */
  symbolName(object: number, index: number): string {
    const at = this.symtab[object]! + index * ST.WORDS;
    return this.#text(this.strings[object]! + (this.input.words[at + ST.NAME]! >>> 0));
  }

  /** Word INFO of a symbol: also where the object has not been read in this session. */
  infoOf(object: number, index: number): number {
    if (this.symtab[object] === 0 && this.savedInfo !== undefined)
      return this.savedInfo[this.symbolBase[object]! + index]!;
    return this.input.words[this.symtab[object]! + index * ST.WORDS + ST.INFO]!;
  }

  /** The index of the section that holds a symbol, or a number of `SHN` that is none. */
  shndxOf(object: number, index: number): number {
    const shndx = this.infoOf(object, index) >>> 16;
    if (shndx !== 0xffff || this.extended[object] === 0) return shndx;
    return this.input.words[this.extended[object]! + index]! | EXTENDED;
  }

  #text(start: number): string {
    const { bytes } = this.input;
    let end = start;
    while (bytes[end] !== 0) end++;
    return Buffer.from(bytes.buffer, start, end - start).toString("utf8");
  }

  #growObjects(count: number): void {
    this.base = grown(this.base, count);
    this.size = grown(this.size, count);
    this.shdrs = grown(this.shdrs, count);
    this.shnum = grown(this.shnum, count);
    this.traits = grown(this.traits, count);
    this.sectionNames = grown(this.sectionNames, count);
    this.symtab = grown(this.symtab, count);
    this.symbolCount = grown(this.symbolCount, count);
    this.firstGlobal = grown(this.firstGlobal, count);
    this.strings = grown(this.strings, count);
    this.extended = grown(this.extended, count);
    this.sectionBase = grown(this.sectionBase, count);
    this.symbolBase = grown(this.symbolBase, count);
    this.linked = grown(this.linked, count);
    this.hashes = grown(this.hashes, count * 2);
    this.inputIndex = grown(this.inputIndex, count);
    this.memberOffset = grown(this.memberOffset, count);
  }

  #growSections(count: number): void {
    this.sectionObject = grown(this.sectionObject, count);
    this.sectionRela = grown(this.sectionRela, count);
    this.isPlain = grown(this.isPlain, count);
    this.sectionOutput = grown(this.sectionOutput, count);
    this.sectionOffset = grown(this.sectionOffset, count);
  }
}

/** Marks an index that stood in the table of extended ones: it is a section's, whatever its value. */
const EXTENDED = 0x40000000;

/** The section that a result of `shndxOf` names, or -1 for undefined, absolute and common symbols. */
export function sectionIndex(shndx: number): number {
  if (shndx & EXTENDED) return shndx & ~EXTENDED;
  return shndx === 0 || shndx >= 0xff00 ? -1 : shndx;
}

/** st_value, which for an absolute symbol may be negative. */
export function symbolValue(table: ObjectTable, object: number, index: number): number {
  const { words } = table.input;
  const at = table.symtab[object]! + index * ST.WORDS;
  return wide(words[at + ST.VALUE]!, words[at + ST.VALUE_HIGH]!);
}

/**
 * The number that two words are. Nearly all are small, and small numbers are no objects for V8, as larger ones are where
 * code is not yet compiled.
 */
export function wide(low: number, high: number): number {
  return high === 0 && low >= 0 ? low : high * 2 ** 32 + (low >>> 0);
}
