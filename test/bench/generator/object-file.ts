/**
 * A relocatable ELF object for x86-64 in the making: sections, symbols and relocations as columns of numbers, laid out and
 * written in one go. One is used for all objects of a program, one after the other.
 *
 * A symbol is known by a handle until the object is written, because locals come before globals in the file: twice its
 * place among those of its kind, plus one if it is global.
 */

import { closeSync, openSync, writeSync } from "node:fs";
import { NameBytes } from "./name-bytes.js";
import {
  SHF_EXECINSTR,
  SHF_INFO_LINK,
  SHT_NOBITS,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_GLOBAL,
  STT_SECTION,
} from "./object-format.js";
import { Symbols, UNDEFINED } from "./object-symbols.js";

const EHDR_SIZE = 64;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;
const RELA_SIZE = 24;
/** From here on, section indexes are reserved. */
const SHN_LORESERVE = 0xff00;

export class ObjectFile {
  /** Columns of the sections, without those that only the file has: relocations, symbols and names. */
  private sections = 0;
  private readonly names: number[] = [];
  private readonly types: number[] = [];
  private readonly flags: number[] = [];
  private readonly aligns: number[] = [];
  private readonly entrySizes: number[] = [];
  private readonly sizes: number[] = [];
  private readonly relocCounts: number[] = [];
  /** Handles of the sections' own symbols; -1 where there is none yet. */
  private readonly ownSymbols: number[] = [];

  /** What stands in sections, piece by piece. */
  private pieces = 0;
  private readonly pieceSections: number[] = [];
  private readonly pieceOffsets: number[] = [];
  private readonly pieceEnds: number[] = [];
  private contents: Buffer = Buffer.allocUnsafe(1 << 20);
  private contentsSize = 0;

  private relocs = 0;
  private readonly relocSections: number[] = [];
  private readonly relocOffsets: number[] = [];
  private readonly relocTypes: number[] = [];
  private readonly relocSymbols: number[] = [];
  private readonly relocAddends: number[] = [];

  private readonly locals = new Symbols();
  private readonly globals = new Symbols();
  private readonly symbolNames = new NameBytes();
  private readonly sectionNames = new NameBytes();

  private file: Buffer = Buffer.alloc(1 << 20);
  private view: DataView = new DataView(this.file.buffer, this.file.byteOffset);

  clear(): void {
    this.sections = this.pieces = this.contentsSize = this.relocs = 0;
    this.locals.count = this.globals.count = 0;
    this.symbolNames.clear();
    this.sectionNames.clear();
  }

  /** A new section `prefix` + `name`; its number. Room for the name of its relocations is before it, shared as gas does. */
  section(prefix: string, name: string, type: number, flags: number, align: number, entrySize = 0): number {
    const section = this.sections++;
    this.names[section] = this.sectionNames.add(".rela", prefix, name);
    this.types[section] = type;
    this.flags[section] = flags;
    this.aligns[section] = align;
    this.entrySizes[section] = entrySize;
    this.sizes[section] = 0;
    this.relocCounts[section] = 0;
    this.ownSymbols[section] = -1;
    return section;
  }

  /** Aligns the end of a section and returns it. What is skipped is filled with zeros, or with `nop`s in code. */
  align(section: number, align: number): number {
    if (this.aligns[section]! < align) this.aligns[section] = align;
    const end = Math.ceil(this.sizes[section]! / align) * align;
    this.sizes[section] = end;
    return end;
  }

  append(section: number, bytes: Uint8Array, size: number): void {
    if (this.contentsSize + size > this.contents.length) this.contents = grown(this.contents, this.contentsSize + size);
    for (let i = 0, at = this.contentsSize; i < size; i++) this.contents[at++] = bytes[i]!;
    const piece = this.pieces++;
    this.pieceSections[piece] = section;
    this.pieceOffsets[piece] = this.sizes[section]!;
    this.contentsSize += size;
    this.pieceEnds[piece] = this.contentsSize;
    this.sizes[section]! += size;
  }

  appendZeros(section: number, size: number): void {
    this.sizes[section]! += size;
  }

  reloc(section: number, offset: number, type: number, symbol: number, addend: number): void {
    const reloc = this.relocs++;
    this.relocSections[reloc] = section;
    this.relocOffsets[reloc] = offset;
    this.relocTypes[reloc] = type;
    this.relocSymbols[reloc] = symbol;
    this.relocAddends[reloc] = addend;
    this.relocCounts[section]!++;
  }

  local(name: string, type: number, section: number, value: number, size: number): number {
    return this.locals.add(this.symbolNames.add("", "", name), type, section, value, size) * 2;
  }

  global(name: string, type: number, section: number, value: number, size: number): number {
    return this.globals.add(this.symbolNames.add("", "", name), type, section, value, size) * 2 + 1;
  }

  /** Gives a global that was undefined its definition. */
  define(symbol: number, type: number, section: number, value: number, size: number): void {
    const index = symbol >> 1;
    this.globals.types[index] = type;
    this.globals.sections[index] = section;
    this.globals.values[index] = value;
    this.globals.sizes[index] = size;
  }

  /** The symbol that stands for the start of a section. */
  ownSymbol(section: number): number {
    let symbol = this.ownSymbols[section]!;
    if (symbol === -1) {
      symbol = this.locals.add(0, STT_SECTION, section, 0, 0) * 2;
      this.ownSymbols[section] = symbol;
    }
    return symbol;
  }

  write(path: string): void {
    const { sections, locals, globals } = this;
    // Where things stand: the contents of sections, then relocations, symbols, names and section headers.
    const offsets: number[] = [];
    const relocOffsets: number[] = [];
    const indexes: number[] = [];
    let index = 1;
    let end = EHDR_SIZE;
    for (let s = 0; s < sections; s++) {
      const align = this.aligns[s]!;
      offsets[s] = Math.ceil(end / align) * align;
      end = this.types[s] === SHT_NOBITS ? end : offsets[s]! + this.sizes[s]!;
      indexes[s] = index++;
      if (this.relocCounts[s] !== 0) index++;
    }
    const symtab = index;
    if (symtab + 3 >= SHN_LORESERVE)
      throw new Error(`${path}: ${symtab + 3} sections are more than an object can have`);
    const relocsAt = Math.ceil(end / 8) * 8;
    end = relocsAt;
    for (let s = 0; s < sections; s++) {
      relocOffsets[s] = end;
      end += this.relocCounts[s]! * RELA_SIZE;
    }
    const symbolsAt = end;
    const symbols = 1 + locals.count + globals.count;
    const strtabAt = symbolsAt + symbols * SYM_SIZE;
    const strtabNames = [".symtab", ".strtab", ".shstrtab"].map((name) => this.sectionNames.add("", "", name));
    const shstrtabAt = strtabAt + this.symbolNames.size;
    const headersAt = Math.ceil((shstrtabAt + this.sectionNames.size) / 8) * 8;
    const size = headersAt + (symtab + 3) * SHDR_SIZE;

    this.reserve(size);
    this.writeEhdr(headersAt, symtab + 3);
    this.writeContents(offsets);
    this.writeRelocs(relocOffsets);
    this.writeSymbols(symbolsAt + SYM_SIZE, locals, 0, indexes);
    this.writeSymbols(symbolsAt + SYM_SIZE * (1 + locals.count), globals, STB_GLOBAL, indexes);
    this.symbolNames.copyTo(this.file, strtabAt);
    this.sectionNames.copyTo(this.file, shstrtabAt);
    let at = headersAt + SHDR_SIZE;
    for (let s = 0; s < sections; s++) {
      const name = this.names[s]!;
      this.shdr(at, name + 5, this.types[s]!, this.flags[s]!, offsets[s]!, this.sizes[s]!);
      this.shdrLinks(at, 0, 0, this.aligns[s]!, this.entrySizes[s]!);
      at += SHDR_SIZE;
      if (this.relocCounts[s] === 0) continue;
      this.shdr(at, name, SHT_RELA, SHF_INFO_LINK, relocOffsets[s]!, this.relocCounts[s]! * RELA_SIZE);
      this.shdrLinks(at, symtab, indexes[s]!, 8, RELA_SIZE);
      at += SHDR_SIZE;
    }
    this.shdr(at, strtabNames[0]!, SHT_SYMTAB, 0, symbolsAt, symbols * SYM_SIZE);
    this.shdrLinks(at, symtab + 1, 1 + locals.count, 8, SYM_SIZE);
    this.shdr(at + SHDR_SIZE, strtabNames[1]!, SHT_STRTAB, 0, strtabAt, this.symbolNames.size);
    this.shdrLinks(at + SHDR_SIZE, 0, 0, 1, 0);
    this.shdr(at + 2 * SHDR_SIZE, strtabNames[2]!, SHT_STRTAB, 0, shstrtabAt, this.sectionNames.size);
    this.shdrLinks(at + 2 * SHDR_SIZE, 0, 0, 1, 0);

    const file = openSync(path, "w");
    let done = 0;
    while (done < size) done += writeSync(file, this.file, done, size - done);
    closeSync(file);
  }

  private reserve(size: number): void {
    if (size > this.file.length) {
      this.file = Buffer.alloc(size * 2);
      this.view = new DataView(this.file.buffer, this.file.byteOffset);
    } else {
      this.file.fill(0, 0, size);
    }
  }

  private writeEhdr(headersAt: number, headers: number): void {
    const { view } = this;
    view.setUint32(0, 0x7f454c46);
    view.setUint32(4, 0x02010100); // 64 bits, little-endian, version 1
    view.setUint16(16, 1, true); // ET_REL
    view.setUint16(18, 62, true); // EM_X86_64
    view.setUint32(20, 1, true);
    view.setUint32(40, headersAt, true);
    view.setUint16(52, EHDR_SIZE, true);
    view.setUint16(58, SHDR_SIZE, true);
    view.setUint16(60, headers, true);
    view.setUint16(62, headers - 1, true);
  }

  private writeContents(offsets: readonly number[]): void {
    const { file } = this;
    for (let s = 0; s < this.sections; s++) {
      if ((this.flags[s]! & SHF_EXECINSTR) !== 0) file.fill(0x90, offsets[s]!, offsets[s]! + this.sizes[s]!);
    }
    let from = 0;
    for (let piece = 0; piece < this.pieces; piece++) {
      const to = this.pieceEnds[piece]!;
      this.contents.copy(file, offsets[this.pieceSections[piece]!]! + this.pieceOffsets[piece]!, from, to);
      from = to;
    }
  }

  private writeRelocs(ends: readonly number[]): void {
    const { view } = this;
    const at = [...ends];
    const globalBase = 1 + this.locals.count;
    for (let reloc = 0; reloc < this.relocs; reloc++) {
      const section = this.relocSections[reloc]!;
      const symbol = this.relocSymbols[reloc]!;
      const addend = this.relocAddends[reloc]!;
      const place = at[section]!;
      at[section] = place + RELA_SIZE;
      view.setUint32(place, this.relocOffsets[reloc]!, true);
      view.setUint32(place + 8, this.relocTypes[reloc]!, true);
      view.setUint32(place + 12, (symbol & 1) === 0 ? 1 + (symbol >> 1) : globalBase + (symbol >> 1), true);
      view.setInt32(place + 16, addend, true);
      view.setInt32(place + 20, addend < 0 ? -1 : 0, true);
    }
  }

  private writeSymbols(start: number, symbols: Symbols, binding: number, indexes: readonly number[]): void {
    const { view } = this;
    for (let i = 0, at = start; i < symbols.count; i++, at += SYM_SIZE) {
      const section = symbols.sections[i]!;
      view.setUint32(at, symbols.names[i]!, true);
      view.setUint8(at + 4, (binding << 4) | symbols.types[i]!);
      view.setUint16(at + 6, section === UNDEFINED ? 0 : indexes[section]!, true);
      view.setUint32(at + 8, symbols.values[i]!, true);
      view.setUint32(at + 16, symbols.sizes[i]!, true);
    }
  }

  private shdr(at: number, name: number, type: number, flags: number, offset: number, size: number): void {
    const { view } = this;
    view.setUint32(at, name, true);
    view.setUint32(at + 4, type, true);
    view.setUint32(at + 8, flags, true);
    view.setUint32(at + 24, offset, true);
    view.setUint32(at + 32, size, true);
  }

  private shdrLinks(at: number, link: number, info: number, align: number, entrySize: number): void {
    const { view } = this;
    view.setUint32(at + 40, link, true);
    view.setUint32(at + 44, info, true);
    view.setUint32(at + 48, align, true);
    view.setUint32(at + 56, entrySize, true);
  }
}

function grown(buffer: Buffer, size: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, size));
  buffer.copy(larger);
  return larger;
}
