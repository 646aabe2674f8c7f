/**
 * Any ELF file, read from its bytes: format, file header, section and program headers, names and symbols. It promises
 * that whatever it returned lies inside the file: everything else is a diagnostic with the file's name. Contents of
 * sections are views, nothing is copied; symbols and strings are decoded when asked for.
 */

import { isUtf8 } from "node:buffer";
import { DiagnosticError, type Place } from "../diagnostics/diagnostic.js";
import { malformed, notElf, outsideFile } from "../diagnostics/input.js";
import { type Ehdr, EI, ELFCLASS, ELFDATA, ELFMAG, ehdrSize, PN_XNUM, readEhdr } from "../elf/ehdr.js";
import type { ElfFormat } from "../elf/format.js";
import { type Phdr, phdrSize, readPhdr } from "../elf/phdr.js";
import { readShdr, SHN, SHT, type Shdr, shdrSize } from "../elf/shdr.js";
import { readSym, type Sym, symSize } from "../elf/sym.js";
import { type InputLabel, locating } from "./label.js";

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly header: Shdr;
  /** The section's bytes in the file; empty where it occupies none (NOBITS, NULL). */
  readonly bytes: Uint8Array;
}

export interface ElfSymbol {
  /** In its table. */
  readonly index: number;
  readonly name: string;
  readonly sym: Sym;
  /** Index of the section that holds it; `undefined` where `sym.shndx` is a special one (SHN_UNDEF, SHN_ABS, …). */
  readonly section: number | undefined;
}

/**
 * Names may share bytes (a suffix of another), so a hostile file could spell out megabytes per symbol. Real files stay
 * far below this multiple of their own size.
 */
const NAME_BYTES_PER_FILE_BYTE = 16;

export class ElfFile {
  readonly label: InputLabel;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly format: ElfFormat;
  readonly ehdr: Ehdr;
  readonly segments: readonly Phdr[];
  readonly sections: readonly ElfSection[];
  readonly #names = new Map<number, string>();
  #nameBytesLeft: number;

  /** Throws MF0404 (not ELF), MF0401, MF0405 or MF0406. */
  constructor(bytes: Uint8Array, label: InputLabel) {
    this.label = label;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#nameBytesLeft = NAME_BYTES_PER_FILE_BYTE * bytes.length;
    this.format = identify(bytes, label);
    this.require("the file header", 0, ehdrSize(this.format));
    this.ehdr = locating(label, () => readEhdr(this.view, 0, this.format));
    const headers = this.#sectionHeaders();
    this.segments = this.#programHeaders(headers[0]);
    this.sections = this.#sections(headers);
  }

  /** Throws MF0405 unless `size` bytes at `offset` are in the file. */
  require(what: string, offset: number, size: number, place: Place = {}): void {
    if (offset + size <= this.bytes.length) return;
    throw new DiagnosticError(outsideFile({ ...this.label, ...place }, what, offset + size, this.bytes.length));
  }

  /** MF0406 about this file, to be thrown. */
  malformed(message: string, place: Place = {}): DiagnosticError {
    return new DiagnosticError(malformed({ ...this.label, ...place }, message));
  }

  /** The section that a field of a header (`sh_link`, `sh_info`) names. */
  sectionAt(index: number, field: string, of: string): ElfSection {
    const section = this.sections[index];
    if (section === undefined) throw this.malformed(`${field} of ${of} is ${index}; there is no such section`);
    return section;
  }

  /** How many entries of `entry` bytes a table section holds; MF0406 unless its size and `sh_entsize` agree. */
  entryCount(section: ElfSection, entry: number): number {
    const { entsize, size } = section.header;
    if ((entsize !== entry && entsize !== 0) || size % entry !== 0 || section.bytes.length !== size) {
      throw this.malformed(`the table has entries of ${entsize} bytes in ${size} bytes, where ${entry} is right`, {
        section: section.name,
      });
    }
    return size / entry;
  }

  /** The string at `offset` of a string table. */
  stringAt(table: ElfSection, offset: number): string {
    // Positions in the file make keys: tables may overlap, and then they agree.
    const key = table.header.offset + offset;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const end = offset < table.bytes.length ? table.bytes.indexOf(0, offset) : -1;
    if (end < 0) throw this.malformed(`no string ends at or after offset ${offset}`, { section: table.name });
    this.#nameBytesLeft -= end - offset;
    if (this.#nameBytesLeft < 0) throw this.malformed("names overlap beyond reason", { section: table.name });
    const bytes = table.bytes.subarray(offset, end);
    if (!isUtf8(bytes)) throw this.malformed(`the name at offset ${offset} is not UTF-8`, { section: table.name });
    const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    this.#names.set(key, name);
    return name;
  }

  /** All entries of a section of type SYMTAB or DYNSYM, the null symbol included; SHN_XINDEX is resolved. */
  symbols(table: ElfSection): readonly ElfSymbol[] {
    const count = this.entryCount(table, symSize(this.format));
    const strings = this.sectionAt(table.header.link, "sh_link", table.name);
    const extended = this.sections.find((s) => s.header.type === SHT.SYMTAB_SHNDX && s.header.link === table.index);
    if (extended !== undefined && this.entryCount(extended, 4) < count) {
      throw this.malformed("the extended section indices are fewer than the symbols", { section: extended.name });
    }
    return locating(this.label, () =>
      Array.from({ length: count }, (_, index) => {
        const sym = readSym(this.view, table.header.offset + index * symSize(this.format), this.format);
        const name = this.stringAt(strings, sym.name);
        return { index, name, sym, section: this.#sectionOf(sym, index, name, extended) };
      }),
    );
  }

  #sectionOf(sym: Sym, index: number, name: string, extended: ElfSection | undefined): number | undefined {
    if (sym.shndx === SHN.UNDEF) return undefined;
    if (sym.shndx >= SHN.LORESERVE && sym.shndx !== SHN.XINDEX) return undefined;
    let section: number = sym.shndx;
    if (sym.shndx === SHN.XINDEX) {
      if (extended === undefined) throw this.malformed("no table holds the symbol's section index", { symbol: name });
      section = this.view.getUint32(extended.header.offset + 4 * index, this.format.littleEndian);
    }
    if (section >= this.sections.length) {
      throw this.malformed(`the symbol lies in section ${section}, which is not there`, { symbol: name });
    }
    return section;
  }

  /** gABI, "ELF Header": from 0xff00 sections on, counts and indices stand in section 0. */
  #sectionHeaders(): readonly Shdr[] {
    const { shoff, shnum, shentsize } = this.ehdr;
    if (shoff === 0) return [];
    const size = shdrSize(this.format);
    if (shentsize !== size) throw this.malformed(`e_shentsize is ${shentsize}, where ${size} is right`);
    this.require("the section header table", shoff, size);
    return locating(this.label, () => {
      const count = shnum === 0 ? readShdr(this.view, shoff, this.format).size : shnum;
      this.require("the section header table", shoff, count * size);
      return Array.from({ length: count }, (_, i) => readShdr(this.view, shoff + i * size, this.format));
    });
  }

  #programHeaders(first: Shdr | undefined): readonly Phdr[] {
    const { phoff, phnum, phentsize } = this.ehdr;
    const count = phnum === PN_XNUM && first !== undefined ? first.info : phnum;
    if (phoff === 0 || count === 0) return [];
    const size = phdrSize(this.format);
    if (phentsize !== size) throw this.malformed(`e_phentsize is ${phentsize}, where ${size} is right`);
    this.require("the program header table", phoff, count * size);
    return locating(this.label, () =>
      Array.from({ length: count }, (_, i) => readPhdr(this.view, phoff + i * size, this.format)),
    );
  }

  #sections(headers: readonly Shdr[]): readonly ElfSection[] {
    const contents = headers.map((header, index) => {
      if (header.type === SHT.NULL || header.type === SHT.NOBITS) return new Uint8Array(0);
      this.require(`section ${index}`, header.offset, header.size);
      return this.bytes.subarray(header.offset, header.offset + header.size);
    });
    const { shstrndx } = this.ehdr;
    const namesIndex = shstrndx === SHN.XINDEX ? (headers[0]?.link ?? 0) : shstrndx;
    if (namesIndex === SHN.UNDEF) {
      return headers.map((header, index) => ({ index, name: "", header, bytes: contents[index]! }));
    }
    const header = headers[namesIndex];
    if (header === undefined) {
      if (headers.length === 0) return [];
      throw this.malformed(`e_shstrndx is ${namesIndex}; there is no such section`);
    }
    const names: ElfSection = { index: namesIndex, name: ".shstrtab", header, bytes: contents[namesIndex]! };
    return headers.map((header, index) => ({
      index,
      name: this.stringAt(names, header.name),
      header,
      bytes: contents[index]!,
    }));
  }
}

/** The format that `e_ident` declares; throws MF0404. */
function identify(bytes: Uint8Array, label: InputLabel): ElfFormat {
  const fail = (reason: string) => new DiagnosticError(notElf(label, reason));
  if (bytes.length < EI.NIDENT) throw fail(`it has ${bytes.length} bytes`);
  if (ELFMAG.some((byte, i) => bytes[i] !== byte)) throw fail("it does not start with 7f 45 4c 46");
  const elfClass = bytes[EI.CLASS]!;
  const data = bytes[EI.DATA]!;
  if (elfClass !== ELFCLASS[32] && elfClass !== ELFCLASS[64]) throw fail(`its class is ${elfClass}`);
  if (data !== ELFDATA["2LSB"] && data !== ELFDATA["2MSB"]) throw fail(`its byte order is ${data}`);
  return { class: elfClass === ELFCLASS[32] ? 32 : 64, littleEndian: data === ELFDATA["2LSB"] };
}
