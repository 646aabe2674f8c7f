/**
 * Reads a relocatable object into the table: checks everything that later code relies on, and straightens what is
 * unusual, so that there is one form of everything behind it: tables lie at multiples of eight, debug sections are not
 * compressed, relocations have addends (SHT_RELA).
 *
 * Behind it holds: section contents lie within the file, none over another; names end; local symbols come first, every
 * symbol's section exists, has contents, and the symbol lies in it; every relocation has its symbol, which is defined
 * where it is local, and its field lies within its section; a section has one table of relocations.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { malformed, notElf, outsideFile, unsupportedInput } from "../diagnostics/input.js";
import { EI, ET, EV } from "../elf/ehdr.js";
import { EM } from "../elf/machine.js";
import { nameOrHex } from "../elf/names.js";
import { GRP, SHF, SHN, SHT } from "../elf/shdr.js";
import { STB, STT } from "../elf/sym.js";
import { decompressSection, isOldCompressed, readCompressed } from "../input/decompress.js";
import type { InputLabel } from "../input/label.js";
import { WIDTH } from "../link/x86-64.js";
import { stringEnd, textOf } from "./input-bytes.js";
import { type ObjectTable, RA, SH, ST } from "./object-table.js";

const EHDR_BYTES = 64;
const SHDR_BYTES = 64;
/** No section is larger than user space is. */
const MAX_SIZE_HIGH = 0x8000;
/** Addresses are multiples of at most this: 2^30 bytes. */
const MAX_ALIGN_LOG2 = 30;
/** Names may share bytes, so a hostile file could spell out megabytes for each; real ones have no more than this. */
const NAME_BYTES_PER_BYTE = 16;
const LETTER_Z = 0x7a;
/** The high word of a number that is exact: less than 2^53. */
const EXACT_HIGH = 2 ** 21;

/** Reads the object `[at, at + size)` of the inputs, `at` a multiple of 8. Throws MF0404 to MF0407, and those of `decompressSection`. */
export function readObject(table: ObjectTable, label: InputLabel, at: number, size: number): number {
  return new Reader(table, label, at, size).read();
}

class Reader {
  readonly #table: ObjectTable;
  readonly #label: InputLabel;
  readonly #at: number;
  readonly #size: number;
  /** The section headers: offset in the file, and where they are read as words. */
  #headersAt = 0;
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
    if (bytes[at + EI.VERSION] !== EV.CURRENT || view.getUint32(20, true) !== EV.CURRENT)
      throw this.#malformed("the version of the format is not 1");
    if (type !== ET.REL) throw this.#unsupported(`of type ${nameOrHex(ET, type)}`, "a relocatable object (REL)");
  }

  /** Finds the section headers; returns the index of the section with their names. */
  #headerTable(): number {
    const { input } = this.#table;
    const view = new DataView(input.bytes.buffer, this.#at, EHDR_BYTES);
    const low = view.getUint32(40, true);
    if (view.getUint32(44, true) !== 0) throw this.#outside("the section header table", Number.MAX_SAFE_INTEGER);
    this.#headersAt = low;
    let shnum = view.getUint16(60, true);
    let shstrndx = view.getUint16(62, true);
    if (low === 0) {
      if (shnum !== 0) throw this.#malformed(`there are ${shnum} sections, and no table of them`);
      // No sections: nothing to link, and nothing wrong. An empty table stands for the null section.
      this.#shdrs = input.add(new Uint8Array(SHDR_BYTES)) / 4;
      this.#headersAt = EHDR_BYTES;
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
    const { words, bytes } = this.#table.input;
    const extents = new Extents(this.#shnum);
    let symtab = 0;
    const nameLimit = this.#size * NAME_BYTES_PER_BYTE;
    const mayShare = this.#shnum * this.#namesSize > nameLimit;
    let nameBytes = 0;
    for (let index = 1, at = this.#shdrs + SH.WORDS; index < this.#shnum; index++, at += SH.WORDS) {
      const type = words[at + SH.TYPE]!;
      const name = words[at + SH.NAME]! >>> 0;
      if (name >= this.#namesSize) throw this.#malformed(`the name of section ${index} is outside of the name table`);
      if (type === SHT.NULL) continue;
      if (mayShare) nameBytes += stringEnd(bytes, this.#names + name) - this.#names - name;
      if (nameBytes > nameLimit) throw this.#malformed("names of sections overlap beyond reason");
      if (!isObjectType(type)) throw this.#malformed(`section ${index} is of type ${nameOrHex(SHT, type >>> 0)}`);
      const align = words[at + SH.ADDRALIGN]! >>> 0;
      if (!isAlignment(align) || words[at + SH.ADDRALIGN + 1] !== 0)
        throw this.#malformed(`the alignment of section ${index} is no power of two up to 2^${MAX_ALIGN_LOG2}`);
      if (words[at + SH.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
        throw this.#malformed(`section ${index} is larger than any address space`);
      if ((words[at + SH.FLAGS]! & (SHF.TLS | SHF.ALLOC)) === SHF.TLS)
        throw this.#malformed(`section ${index} is thread-local, and not loaded`);
      if (words[at + SH.LINK]! >>> 0 >= this.#shnum)
        throw this.#malformed(`section ${index} refers to section ${words[at + SH.LINK]! >>> 0}, which is not there`);
      if (type === SHT.NOBITS) continue;
      const size = words[at + SH.SIZE]! >>> 0;
      const offset = words[at + SH.OFFSET]! >>> 0;
      if (words[at + SH.SIZE_HIGH] !== 0 || words[at + SH.OFFSET + 1] !== 0)
        throw this.#outside(`section ${index}`, 2 ** 32);
      this.#require(`section ${index}`, offset, size);
      extents.add(offset, size);
      if (type !== SHT.SYMTAB) continue;
      if (symtab !== 0) throw this.#malformed("there are two symbol tables");
      symtab = index;
      if (words[at + SH.ENTSIZE] !== ST.WORDS * 4 || size % (ST.WORDS * 4) !== 0)
        throw this.#malformed("the symbol table does not consist of entries of 24 bytes");
    }
    // Sections that share bytes would let a small file stand for an enormous amount of work, and one that is a table be
    // read as something else after it was checked.
    extents.add(0, EHDR_BYTES);
    extents.add(this.#headersAt, this.#shnum * SHDR_BYTES);
    if (extents.overlap()) throw this.#malformed("sections overlap each other, or the headers");
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
    const nameLimit = this.#size * NAME_BYTES_PER_BYTE;
    if (count * size <= nameLimit) return;
    const ends = latestEnds(words, strings, size);
    let nameBytes = 0;
    for (let index = 0, at = start; index < count; index++, at += ST.WORDS) {
      const name = words[at + ST.NAME]! >>> 0;
      nameBytes += ends[((strings + name) >>> 6) - (strings >>> 6)]! - name;
    }
    if (nameBytes > nameLimit) throw this.#malformed("names of symbols overlap beyond reason");
  }

  /** Uncompresses sections, and gives relocations without addends those that stand in their places. */
  #straighten(object: number): void {
    const table = this.#table;
    let hasRel = false;
    for (let index = 1; index < this.#shnum; index++) {
      const { words } = table.input;
      const at = this.#shdrs + index * SH.WORDS;
      const type = words[at + SH.TYPE]!;
      if (type === SHT.NULL || type === SHT.NOBITS) continue;
      if (type === SHT.REL) hasRel = true;
      const flags = words[at + SH.FLAGS]!;
      if (flags & SHF.COMPRESSED || (type === SHT.PROGBITS && !(flags & SHF.ALLOC) && this.#isOldCompressed(index)))
        this.#decompress(object, index);
      else if (
        (type === SHT.RELA || type === SHT.SYMTAB_SHNDX || type === SHT.GROUP) &&
        this.#word(index, SH.OFFSET) % 8 !== 0
      )
        this.#moveContents(index, this.#aligned(this.#word(index, SH.OFFSET), this.#word(index, SH.SIZE)));
    }
    if (!hasRel) return;
    // They read what they relocate, which is not compressed any more.
    for (let index = 1; index < this.#shnum; index++)
      if (this.#word(index, SH.TYPE) === SHT.REL) this.#addAddends(object, index);
  }

  #isOldCompressed(index: number): boolean {
    const { bytes } = this.#table.input;
    const name = this.#names + this.#word(index, SH.NAME);
    return bytes[name + 1] === LETTER_Z && isOldCompressed(textOf(bytes, name, stringEnd(bytes, name)));
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
    const name = table.sectionName(section);
    if (!isContents(this.#word(index, SH.TYPE)) || this.#word(index, SH.FLAGS) & SHF.ALLOC)
      throw this.#malformed(`section ${index} is compressed; only what is not loaded may be`);
    // A copy: node:zlib takes no views of shared memory.
    const packed = table.input.bytes.slice(start, start + table.sizeOf(section));
    const { addralign } = readCompressed(packed, this.#label, name);
    if (addralign !== undefined && !isAlignment(addralign))
      throw this.#malformed(`the alignment of section ${index} once decompressed is ${addralign}`);
    const contents = decompressSection(packed, this.#label, name);
    const at = table.input.add(contents);
    // What is decompressed is called so.
    const renamed = isOldCompressed(name) ? table.input.add(Buffer.from(`.debug${name.slice(7)}\0`, "latin1")) : 0;
    const { words } = table.input;
    const header = this.#shdrs + index * SH.WORDS;
    this.#moveContents(index, at);
    words[header + SH.SIZE] = contents.length;
    words[header + SH.FLAGS] = words[header + SH.FLAGS]! & ~SHF.COMPRESSED;
    if (addralign !== undefined) words[header + SH.ADDRALIGN] = Math.max(1, addralign);
    if (renamed !== 0) words[header + SH.NAME] = renamed - this.#names;
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
      const targetType = words[this.#shdrs + target * SH.WORDS + SH.TYPE]!;
      if (!isContents(targetType) && targetType !== SHT.LLVM_ADDRSIG)
        throw this.#malformed(`section ${index} relocates section ${target}, which holds nothing that is linked`);
      if (table.sectionRela[base + target] !== 0)
        throw this.#malformed(`section ${target} has two tables of relocations`);
      table.sectionRela[base + target] = index;
      const limit = targetType === SHT.NOBITS ? 0 : words[this.#shdrs + target * SH.WORDS + SH.SIZE]! >>> 0;
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
      if (words[from]! & ~(GRP.COMDAT | GRP.MASKOS | GRP.MASKPROC))
        throw this.#malformed(`the group in section ${index} has flags 0x${(words[from]! >>> 0).toString(16)}`);
      if (symtab === 0 || words[at + SH.LINK] !== symtab || words[at + SH.INFO]! >>> 0 >= symbols)
        throw this.#malformed(`the group in section ${index} has no signature`);
      for (let member = from + 1; member < from + size / 4; member++)
        if (words[member]! >>> 0 >= this.#shnum || words[member] === 0 || words[member] === index)
          throw this.#malformed(`the group in section ${index} has a member that is not there`);
    }
  }

  #checkSymbols(object: number, symbols: number): void {
    const table = this.#table;
    const { words } = table.input;
    const first = table.firstGlobal[object]!;
    const undefinedLocals = new Set<number>();
    for (let index = 1, at = table.symtab[object]! + ST.WORDS; index < symbols; index++, at += ST.WORDS) {
      const info = words[at + ST.INFO]!;
      const binding = (info >>> 4) & 15;
      const type = info & 15;
      if (binding > STB.WEAK && binding !== STB.GNU_UNIQUE)
        throw this.#badSymbol(object, index, `has binding ${binding}`);
      if ((binding === STB.LOCAL) !== index < first)
        throw this.#badSymbol(
          object,
          index,
          `is not where sh_info, ${first}, separates local symbols from global ones`,
        );
      const shndx = info >>> 16;
      if (shndx === SHN.UNDEF) {
        if (index < first) undefinedLocals.add(index);
        continue;
      }
      if ((shndx >= SHN.LORESERVE && shndx !== SHN.XINDEX) || type === STT.COMMON) {
        this.#checkReserved(object, index, at, shndx);
        continue;
      }
      const extended = table.extended[object]!;
      const section = shndx === SHN.XINDEX && extended !== 0 ? words[extended + index]! >>> 0 : shndx;
      if (section === 0 || section >= this.#shnum)
        throw this.#badSymbol(object, index, `is in section ${section}, which is not there`);
      const value = words[at + ST.VALUE_HIGH]! * 2 ** 32 + (words[at + ST.VALUE]! >>> 0);
      const header = this.#shdrs + section * SH.WORDS;
      // The assembler's own symbols of sections that were emptied by objcopy may stay; nobody can refer to them rightly.
      if (value < 0 || value > words[header + SH.SIZE_HIGH]! * 2 ** 32 + (words[header + SH.SIZE]! >>> 0))
        throw this.#badSymbol(object, index, "lies beyond its section");
      if (words[at + ST.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
        throw this.#badSymbol(object, index, "is larger than any address space");
      if (type === STT.SECTION) continue;
      // Names of groups that are nothing else are local, and in the group's own section.
      if (index >= first && !isContents(words[header + SH.TYPE]!))
        throw this.#badSymbol(object, index, `is in section ${section}, which holds nothing that is linked`);
      if (type === STT.TLS && !(words[header + SH.FLAGS]! & SHF.TLS))
        throw this.#badSymbol(object, index, `is thread-local, and section ${section} is not`);
    }
    if (undefinedLocals.size > 0) this.#checkUses(object, undefinedLocals);
  }

  /** A symbol that is in no section: absolute, or common storage. */
  #checkReserved(object: number, index: number, at: number, shndx: number): void {
    const { words } = this.#table.input;
    const type = words[at + ST.INFO]! & 15;
    const high = words[at + ST.VALUE_HIGH]!;
    if (type === STT.TLS) throw this.#badSymbol(object, index, "is thread-local, and in no section");
    if (shndx === SHN.ABS && type !== STT.COMMON) {
      if (high >= -EXACT_HIGH && high < EXACT_HIGH) return;
      throw this.#badSymbol(object, index, "has a value beyond 2^53");
    }
    if (shndx !== SHN.COMMON && shndx !== SHN.X86_64_LCOMMON)
      throw this.#badSymbol(object, index, `is in section 0x${shndx.toString(16)}, which has no meaning for it`);
    if (index < this.#table.firstGlobal[object]!) throw this.#badSymbol(object, index, "is common storage, and local");
    if (high !== 0 || !isAlignment(words[at + ST.VALUE]! >>> 0))
      throw this.#badSymbol(object, index, `has an alignment that is no power of two up to 2^${MAX_ALIGN_LOG2}`);
    if (words[at + ST.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
      throw this.#badSymbol(object, index, "is larger than any address space");
  }

  /** Nothing can define a local symbol that its own object does not: what refers to it refers to nothing. */
  #checkUses(object: number, undefinedLocals: ReadonlySet<number>): void {
    const { words } = this.#table.input;
    for (let index = 1; index < this.#shnum; index++) {
      if (this.#word(index, SH.TYPE) !== SHT.RELA) continue;
      const from = (this.#at + this.#word(index, SH.OFFSET)) / 4;
      const end = from + this.#word(index, SH.SIZE) / 4;
      for (let rela = from; rela < end; rela += RA.WORDS) {
        const symbol = words[rela + RA.SYMBOL]! >>> 0;
        if (undefinedLocals.has(symbol)) throw this.#badSymbol(object, symbol, "is local, referred to and not defined");
      }
    }
  }

  #badSymbol(object: number, index: number, what: string): DiagnosticError {
    const name = this.#table.symbolName(object, index);
    return this.#malformed(`symbol ${index}${name === "" ? "" : `, ${name},`} ${what}`);
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

/**
 * For each 64 bytes of memory that a string table lies in: where a string that begins there ends at the latest. It is an
 * estimate that costs less than looking for all ends.
 */
function latestEnds(words: Int32Array, start: number, size: number): Float64Array {
  const first = start >>> 6;
  const last = (start + size - 1) >>> 6;
  const ends = new Float64Array(last - first + 1);
  let end = size;
  for (let block = last; block >= first; block--) {
    ends[block - first] = end;
    for (let at = block * 16; at < block * 16 + 16; at++) {
      // Not zero where one of the four bytes is.
      if (((words[at]! - 0x01010101) & ~words[at]! & 0x80808080) === 0) continue;
      end = (block + 1) * 64 - start;
      break;
    }
  }
  return ends;
}

/** Which bytes of a file are taken, to find out whether any is twice. */
class Extents {
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  #count = 0;

  /** For `sections` sections, less the null one, the file's header and the table of sections. */
  constructor(sections: number) {
    this.#starts = new Uint32Array(sections + 1);
    this.#ends = new Uint32Array(sections + 1);
  }

  add(start: number, size: number): void {
    if (size === 0) return;
    this.#starts[this.#count] = start;
    this.#ends[this.#count++] = start + size;
  }

  overlap(): boolean {
    // Where none overlaps another, the order of the starts is that of the ends.
    const starts = this.#starts.subarray(0, this.#count).sort();
    const ends = this.#ends.subarray(0, this.#count).sort();
    for (let i = 1; i < starts.length; i++) if (starts[i]! < ends[i - 1]!) return true;
    return false;
  }
}

function isAlignment(value: number): boolean {
  return value <= 2 ** MAX_ALIGN_LOG2 && (value & (value - 1)) === 0;
}

/** Whether a relocatable object may have sections of this type: not those of linked files alone, nor unknown ones of the ELF specification's own. */
function isObjectType(type: number): boolean {
  switch (type) {
    case SHT.HASH:
    case SHT.DYNAMIC:
    case SHT.SHLIB:
    case SHT.DYNSYM:
    case SHT.GNU_HASH:
    case SHT.GNU_LIBLIST:
    case SHT.GNU_VERDEF:
    case SHT.GNU_VERNEED:
    case SHT.GNU_VERSYM:
      return false;
    default:
      // Negative: those of applications.
      return type < 0 || type >= SHT.LOOS || (type <= SHT.SYMTAB_SHNDX && type !== 12 && type !== 13);
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
