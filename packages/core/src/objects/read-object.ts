/**
 * Reads a relocatable object into the table: checks everything that later code relies on, and straightens what is
 * unusual, so that there is one form of everything behind it: tables lie at multiples of eight, debug sections are not
 * compressed, relocations have addends (SHT_RELA).
 *
 * Behind it holds: section contents lie within the file; names end; every symbol's section exists and the symbol lies in
 * it; every relocation has its symbol and its place begins within its section; a section has one table of relocations.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { malformed, notElf, outsideFile, unsupportedInput } from "../diagnostics/input.js";
import { ET } from "../elf/ehdr.js";
import { EM } from "../elf/machine.js";
import { nameOrHex } from "../elf/names.js";
import { SHF, SHT } from "../elf/shdr.js";
import { decompressSection } from "../input/decompress.js";
import type { InputLabel } from "../input/label.js";
import { WIDTH } from "../link/x86-64.js";
import { type ObjectTable, RA, SH, ST, sectionIndex } from "./object-table.js";

const EHDR_BYTES = 64;
const SHDR_BYTES = 64;
/** No section is larger than user space is. */
const MAX_SIZE_HIGH = 0x8000;
/** Addresses are multiples of at most this: 2^30 bytes. */
const MAX_ALIGN_LOG2 = 30;

/** Reads the object `[at, at + size)` of the inputs, `at` a multiple of 8. Throws MF0404 to MF0407, and those of `decompressSection`. */
export function readObject(table: ObjectTable, label: InputLabel, at: number, size: number): number {
  return new Reader(table, label, at, size).read();
}

class Reader {
  readonly #table: ObjectTable;
  readonly #label: InputLabel;
  readonly #at: number;
  readonly #size: number;
  #shdrs = 0;
  #shnum = 0;
  #names = 0;
  #namesSize = 0;

  constructor(table: ObjectTable, label: InputLabel, at: number, size: number) {
    this.#table = table;
    this.#label = label;
    this.#at = at;
    this.#size = size;
  }

  read(): number {
    this.#identify();
    const shstrndx = this.#headerTable();
    this.#sectionNames(shstrndx);
    const symtab = this.#sections();
    const table = this.#table;
    const symbols = symtab === 0 ? 0 : this.#word(symtab, SH.SIZE) / (ST.WORDS * 4);
    const object = table.add(this.#label, this.#shnum, symbols);
    table.base[object] = this.#at;
    table.size[object] = this.#size;
    table.shdrs[object] = this.#shdrs;
    table.sectionNames[object] = this.#names;
    if (symtab !== 0) this.#symbols(object, symtab);
    this.#straighten(object);
    this.#relocations(object, symtab, symbols);
    this.#extendedAndGroups(object, symtab, symbols);
    if (symtab !== 0) this.#checkSymbols(object, symbols);
    return object;
  }

  #identify(): void {
    const { bytes } = this.#table.input;
    const at = this.#at;
    if (
      this.#size < 4 ||
      bytes[at] !== 0x7f ||
      bytes[at + 1] !== 0x45 ||
      bytes[at + 2] !== 0x4c ||
      bytes[at + 3] !== 0x46
    )
      throw new DiagnosticError(notElf(this.#label, "it does not start with \\x7fELF"));
    if (this.#size < EHDR_BYTES)
      throw new DiagnosticError(outsideFile(this.#label, "the file header", EHDR_BYTES, this.#size));
    const view = new DataView(bytes.buffer, at, EHDR_BYTES);
    const little = bytes[at + 5] === 1;
    const type = view.getUint16(16, little);
    const machine = view.getUint16(18, little);
    if (bytes[at + 4] !== 2 || !little || machine !== EM.X86_64) {
      const order = little ? "little" : "big";
      throw this.#unsupported(
        `for ${nameOrHex(EM, machine)}, ${bytes[at + 4] === 1 ? 32 : 64}-bit, ${order} endian`,
        "64-bit X86_64",
      );
    }
    if (type !== ET.REL) throw this.#unsupported(`of type ${nameOrHex(ET, type)}`, "a relocatable object (REL)");
  }

  /** Finds the section headers; returns the index of the section with their names. */
  #headerTable(): number {
    const { input } = this.#table;
    const view = new DataView(input.bytes.buffer, this.#at, EHDR_BYTES);
    const low = view.getUint32(40, true);
    if (view.getUint32(44, true) !== 0) throw this.#outside("the section header table", Number.MAX_SAFE_INTEGER);
    let shnum = view.getUint16(60, true);
    let shstrndx = view.getUint16(62, true);
    if (low === 0) {
      // No sections: nothing to link, and nothing wrong. An empty table stands for the null section.
      this.#shdrs = input.add(new Uint8Array(SHDR_BYTES)) / 4;
      this.#shnum = 1;
      return 0;
    }
    if (view.getUint16(58, true) !== SHDR_BYTES) throw this.#malformed("e_shentsize is not 64");
    this.#require("the section header table", low, SHDR_BYTES);
    const first = this.#aligned(low, SHDR_BYTES) / 4;
    if (shnum === 0) {
      shnum = input.words[first + SH.SIZE]!;
      if (shnum <= 0 || input.words[first + SH.SIZE_HIGH] !== 0)
        throw this.#malformed("the number of sections is not sensible");
    }
    if (shstrndx === 0xffff) shstrndx = input.words[first + SH.LINK]! >>> 0;
    this.#require("the section header table", low, shnum * SHDR_BYTES);
    this.#shdrs = this.#aligned(low, shnum * SHDR_BYTES) / 4;
    this.#shnum = shnum;
    return shstrndx;
  }

  /** Where `size` bytes at `offset` of the file are read as words: there, or in a copy at a multiple of eight. */
  #aligned(offset: number, size: number): number {
    const { input } = this.#table;
    if (offset % 8 === 0) return this.#at + offset;
    const copy = input.reserve(size);
    input.bytes.copyWithin(copy, this.#at + offset, this.#at + offset + size);
    return copy;
  }

  #sectionNames(shstrndx: number): void {
    if (shstrndx === 0) {
      this.#names = this.#table.input.add(new Uint8Array(1));
      this.#namesSize = 1;
      return;
    }
    if (shstrndx >= this.#shnum) throw this.#malformed(`e_shstrndx is ${shstrndx}; there is no such section`);
    const [start, size] = this.#stringTable(shstrndx);
    this.#names = start;
    this.#namesSize = size;
  }

  /** Offset in the inputs and size of a string table, which ends with a 0 byte. */
  #stringTable(index: number): [start: number, size: number] {
    const { input } = this.#table;
    const size = this.#word(index, SH.SIZE);
    const offset = this.#word(index, SH.OFFSET);
    if (this.#word(index, SH.TYPE) !== SHT.STRTAB)
      throw this.#malformed(`section ${index} is no string table, and is used as one`);
    if (this.#word(index, SH.SIZE_HIGH) !== 0 || this.#word(index, SH.OFFSET + 1) !== 0)
      throw this.#outside(`section ${index}`, 2 ** 32);
    this.#require(`section ${index}`, offset, size);
    const start = this.#at + offset;
    if (size === 0) return [input.add(new Uint8Array(1)), 1];
    if (input.bytes[start + size - 1] !== 0)
      throw this.#malformed(`the string table ${index} does not end with a 0 byte`);
    return [start, size];
  }

  /** Checks all headers; returns the index of the symbol table, or 0. */
  #sections(): number {
    const { words } = this.#table.input;
    let symtab = 0;
    let total = 0;
    for (let index = 1, at = this.#shdrs + SH.WORDS; index < this.#shnum; index++, at += SH.WORDS) {
      const type = words[at + SH.TYPE]!;
      if (words[at + SH.NAME]! >>> 0 >= this.#namesSize)
        throw this.#malformed(`the name of section ${index} is outside of the name table`);
      if (type === SHT.NULL) continue;
      const align = words[at + SH.ADDRALIGN]! >>> 0;
      if ((align & (align - 1)) !== 0 || align > 2 ** MAX_ALIGN_LOG2 || words[at + SH.ADDRALIGN + 1] !== 0)
        throw this.#malformed(`the alignment of section ${index} is not a power of two below 2^${MAX_ALIGN_LOG2}`);
      if (words[at + SH.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
        throw this.#malformed(`section ${index} is larger than any address space`);
      if (type === SHT.NOBITS) continue;
      const size = words[at + SH.SIZE]! >>> 0;
      const offset = words[at + SH.OFFSET]! >>> 0;
      if (words[at + SH.SIZE_HIGH] !== 0 || words[at + SH.OFFSET + 1] !== 0)
        throw this.#outside(`section ${index}`, 2 ** 32);
      this.#require(`section ${index}`, offset, size);
      total += size;
      if (type !== SHT.SYMTAB) continue;
      if (symtab !== 0) throw this.#malformed("there are two symbol tables");
      symtab = index;
      if (words[at + SH.ENTSIZE] !== ST.WORDS * 4 || size % (ST.WORDS * 4) !== 0)
        throw this.#malformed("the symbol table does not consist of entries of 24 bytes");
    }
    // Sections that share bytes would let a small file stand for an enormous amount of work.
    if (total > this.#size) throw this.#malformed("the sections overlap");
    return symtab;
  }

  #symbols(object: number, symtab: number): void {
    const table = this.#table;
    const count = table.symbolCount[object]!;
    const first = this.#word(symtab, SH.INFO);
    const link = this.#word(symtab, SH.LINK);
    if (first > count || (first === 0 && count > 0))
      throw this.#malformed(`sh_info of the symbol table is ${first} of ${count} symbols`);
    if (link === 0 || link >= this.#shnum)
      throw this.#malformed(`the symbol table names section ${link} for its strings`);
    const [strings, size] = this.#stringTable(link);
    const start = this.#aligned(this.#word(symtab, SH.OFFSET), this.#word(symtab, SH.SIZE)) / 4;
    table.symtab[object] = start;
    table.firstGlobal[object] = first;
    table.strings[object] = strings;
    table.extended[object] = 0;
    const { words } = table.input;
    for (let index = 0, at = start; index < count; index++, at += ST.WORDS)
      if (words[at + ST.NAME]! >>> 0 >= size)
        throw this.#malformed(`the name of symbol ${index} is outside of the string table`);
  }

  /** Uncompresses sections, and gives relocations without addends those that stand in their places. */
  #straighten(object: number): void {
    const table = this.#table;
    for (let index = 1; index < this.#shnum; index++) {
      const { words } = table.input;
      const at = this.#shdrs + index * SH.WORDS;
      const type = words[at + SH.TYPE]!;
      if (type === SHT.NULL || type === SHT.NOBITS) continue;
      if (words[at + SH.FLAGS]! & SHF.COMPRESSED) this.#decompress(object, index);
      else if (type === SHT.REL) this.#addAddends(object, index);
      else if (
        (type === SHT.RELA || type === SHT.SYMTAB_SHNDX || type === SHT.GROUP) &&
        this.#word(index, SH.OFFSET) % 8 !== 0
      )
        this.#moveContents(index, this.#aligned(this.#word(index, SH.OFFSET), this.#word(index, SH.SIZE)));
    }
  }

  /** Says in the header that the contents are at `at` of the inputs. */
  #moveContents(index: number, at: number): void {
    // Copies lie behind the file they come from: offsets from its start stay positive.
    this.#table.input.words[this.#shdrs + index * SH.WORDS + SH.OFFSET] = at - this.#at;
  }

  #decompress(object: number, index: number): void {
    const table = this.#table;
    const section = table.sectionBase[object]! + index;
    const start = table.contentsOf(section);
    // A copy: node:zlib takes no views of shared memory.
    const packed = table.input.bytes.slice(start, start + table.sizeOf(section));
    const contents = decompressSection(packed, this.#label, table.sectionName(section));
    const at = table.input.add(contents);
    const { words } = table.input;
    const header = this.#shdrs + index * SH.WORDS;
    this.#moveContents(index, at);
    words[header + SH.SIZE] = contents.length;
    words[header + SH.FLAGS] = words[header + SH.FLAGS]! & ~SHF.COMPRESSED;
    // Elf64_Chdr: type, reserved, size, alignment.
    words[header + SH.ADDRALIGN] = Math.max(1, new DataView(packed.buffer, packed.byteOffset).getUint8(16));
  }

  #addAddends(object: number, index: number): void {
    const table = this.#table;
    const { input } = table;
    const size = this.#word(index, SH.SIZE);
    const target = this.#word(index, SH.INFO);
    if (this.#word(index, SH.ENTSIZE) !== 16 || size % 16 !== 0)
      throw this.#malformed(`the relocations of section ${index} are not entries of 16 bytes`);
    if (target === 0 || target >= this.#shnum)
      throw this.#malformed(`section ${index} relocates section ${target}, which is not there`);
    const count = size / 16;
    const source = this.#aligned(this.#word(index, SH.OFFSET), size) / 4;
    const at = input.reserve(count * RA.WORDS * 4) / 4;
    const { words, bytes } = input;
    const section = table.sectionBase[object]! + target;
    const isNobits = this.#word(target, SH.TYPE) === SHT.NOBITS;
    const targetSize = isNobits ? 0 : table.sizeOf(section);
    const contents = table.contentsOf(section);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      const to = at + i * RA.WORDS;
      for (let word = 0; word < 4; word++) words[to + word] = words[source + i * 4 + word]!;
      const offset = words[to + RA.OFFSET]! >>> 0;
      const width = WIDTH[words[to + RA.TYPE]!] ?? 0;
      if (words[to + RA.OFFSET + 1] !== 0 || offset + width > targetSize)
        throw this.#malformed(`relocation ${i} of section ${index} lies outside of its section`);
      const place = contents + offset;
      const low =
        width === 8 || width === 4
          ? view.getInt32(place, true)
          : width === 2
            ? view.getInt16(place, true)
            : width === 1
              ? view.getInt8(place)
              : 0;
      words[to + RA.ADDEND] = low;
      words[to + RA.ADDEND_HIGH] = width === 8 ? view.getInt32(place + 4, true) : low >> 31;
    }
    const header = this.#shdrs + index * SH.WORDS;
    this.#moveContents(index, at * 4);
    words[header + SH.TYPE] = SHT.RELA;
    words[header + SH.SIZE] = count * RA.WORDS * 4;
    words[header + SH.ENTSIZE] = RA.WORDS * 4;
  }

  #relocations(object: number, symtab: number, symbols: number): void {
    const table = this.#table;
    const { words } = table.input;
    const base = table.sectionBase[object]!;
    for (let index = 1; index < this.#shnum; index++) {
      const at = this.#shdrs + index * SH.WORDS;
      if (words[at + SH.TYPE] !== SHT.RELA) continue;
      const size = words[at + SH.SIZE]! >>> 0;
      const target = words[at + SH.INFO]! >>> 0;
      if (target === 0 || target >= this.#shnum || target === index)
        throw this.#malformed(`section ${index} relocates section ${target}, which is not there`);
      if (words[at + SH.ENTSIZE] !== RA.WORDS * 4 || size % (RA.WORDS * 4) !== 0)
        throw this.#malformed(`the relocations of section ${index} are not entries of 24 bytes`);
      if (size === 0) continue;
      if (words[at + SH.LINK] !== symtab)
        throw this.#malformed(`the relocations of section ${index} do not refer to the symbol table`);
      if (table.sectionRela[base + target] !== 0)
        throw this.#malformed(`section ${target} has two tables of relocations`);
      table.sectionRela[base + target] = index;
      const isNobits = words[this.#shdrs + target * SH.WORDS + SH.TYPE] === SHT.NOBITS;
      const limit = isNobits ? 0 : words[this.#shdrs + target * SH.WORDS + SH.SIZE]! >>> 0;
      const from = (this.#at + (words[at + SH.OFFSET]! >>> 0)) / 4;
      for (let rela = from; rela < from + size / 4; rela += RA.WORDS) {
        const offset = words[rela + RA.OFFSET]! >>> 0;
        const width = WIDTH[words[rela + RA.TYPE]! & 63]!;
        if (words[rela + RA.SYMBOL]! >>> 0 >= symbols)
          throw this.#malformed(`a relocation of section ${target} has no symbol`);
        if (words[rela + RA.OFFSET + 1] !== 0 || offset + width > limit)
          throw this.#malformed(`a relocation lies outside of section ${target}`);
      }
    }
  }

  #extendedAndGroups(object: number, symtab: number, symbols: number): void {
    const table = this.#table;
    const { words } = table.input;
    for (let index = 1; index < this.#shnum; index++) {
      const at = this.#shdrs + index * SH.WORDS;
      const type = words[at + SH.TYPE];
      if (type !== SHT.SYMTAB_SHNDX && type !== SHT.GROUP) continue;
      const size = words[at + SH.SIZE]! >>> 0;
      const from = (this.#at + (words[at + SH.OFFSET]! >>> 0)) / 4;
      if (type === SHT.SYMTAB_SHNDX) {
        if (words[at + SH.LINK] !== symtab) continue;
        if (size < symbols * 4) throw this.#malformed("the extended section indices are fewer than the symbols");
        table.extended[object] = from;
        continue;
      }
      if (size < 4 || size % 4 !== 0) throw this.#malformed(`the group in section ${index} is no list of words`);
      if (symtab === 0 || words[at + SH.INFO]! >>> 0 >= symbols)
        throw this.#malformed(`the group in section ${index} has no signature`);
      for (let member = from + 1; member < from + size / 4; member++)
        if (words[member]! >>> 0 >= this.#shnum || words[member] === 0 || words[member] === index)
          throw this.#malformed(`the group in section ${index} has a member that is not there`);
    }
  }

  #checkSymbols(object: number, symbols: number): void {
    const table = this.#table;
    const { words } = table.input;
    for (let index = 1; index < symbols; index++) {
      const section = sectionIndex(table.shndxOf(object, index));
      if (section === -1) continue;
      const at = table.symtab[object]! + index * ST.WORDS;
      if (section >= this.#shnum) throw this.#malformed(`symbol ${index} is in section ${section}, which is not there`);
      const value = (words[at + ST.VALUE_HIGH]! >>> 0) * 2 ** 32 + (words[at + ST.VALUE]! >>> 0);
      if (value > table.sizeOf(table.sectionBase[object]! + section)) {
        // The assembler's own symbols of sections that were emptied by objcopy may stay; nobody can refer to them rightly.
        throw this.#malformed(`symbol ${table.symbolName(object, index)} lies beyond its section`);
      }
      if (words[at + ST.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
        throw this.#malformed(`symbol ${table.symbolName(object, index)} is larger than any address space`);
    }
  }

  #word(section: number, field: number): number {
    return this.#table.input.words[this.#shdrs + section * SH.WORDS + field]! >>> 0;
  }

  #require(what: string, offset: number, size: number): void {
    if (offset + size > this.#size) throw this.#outside(what, offset + size);
  }

  #outside(what: string, end: number): DiagnosticError {
    return new DiagnosticError(outsideFile(this.#label, what, end, this.#size));
  }

  #malformed(message: string): DiagnosticError {
    return new DiagnosticError(malformed(this.#label, message));
  }

  #unsupported(found: string, wanted: string): DiagnosticError {
    return new DiagnosticError(unsupportedInput(this.#label, found, wanted));
  }
}

/** Whether a section of an object can be part of an output: not one of the tables of the object itself. */
export function isContents(type: number): boolean {
  switch (type) {
    case SHT.NULL:
    case SHT.SYMTAB:
    case SHT.STRTAB:
    case SHT.RELA:
    case SHT.REL:
    case SHT.GROUP:
    case SHT.SYMTAB_SHNDX:
    case SHT.LLVM_ADDRSIG:
      return false;
    default:
      return true;
  }
}
