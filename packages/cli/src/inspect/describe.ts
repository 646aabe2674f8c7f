/** What there is to say about an ELF file, as data: `--json` prints it as it is, the text report lays it out. */

import {
  COMPRESS,
  chdrSize,
  DF_1,
  DT,
  dynSize,
  type ElfFile,
  type ElfSection,
  type ElfSymbol,
  EM,
  ET,
  labelText,
  locating,
  nameOrHex,
  PT,
  readChdr,
  readDyn,
  SHF,
  SHN,
  SHT,
  STB,
  STT,
  STV,
  sectionFlagLetters,
  segmentFlagLetters,
  symBind,
  symType,
  symVisibility,
} from "@manifold/core";
import { readNotes } from "./notes.js";

export interface Inspection {
  readonly file: string;
  readonly bytes: number;
  readonly class: 32 | 64;
  readonly byteOrder: "little" | "big";
  readonly type: string;
  readonly machine: string;
  readonly positionIndependentExecutable: boolean;
  /** Address; 0 where there is none. */
  readonly entry: number;
  readonly entrySymbol?: string;
  readonly interpreter?: string;
  readonly needed: readonly string[];
  readonly soname?: string;
  readonly buildId?: string;
  /** The strings of `.comment`: who made the file. */
  readonly comments: readonly string[];
  readonly segments: readonly SegmentInfo[];
  readonly sections: readonly SectionInfo[];
  readonly symbolCount: number;
  readonly largestSymbols: readonly SymbolInfo[];
}

interface SegmentInfo {
  readonly type: string;
  readonly flags: string;
  readonly offset: number;
  readonly fileSize: number;
  readonly address: number;
  readonly memorySize: number;
  readonly align: number;
}

interface SectionInfo {
  readonly index: number;
  readonly name: string;
  readonly type: string;
  readonly flags: string;
  readonly offset: number;
  readonly size: number;
  readonly address: number;
  readonly align: number;
  readonly compression?: { readonly type: string; readonly size: number };
}

interface SymbolInfo {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly bind: string;
  readonly visibility: string;
  readonly section: string;
  readonly value: number;
}

/** `.symtab`, or `.dynsym` where the file has been stripped. */
export function symbolTable(file: ElfFile): readonly ElfSymbol[] {
  const ofType = (type: number) => file.sections.find((section) => section.header.type === type);
  const table = ofType(SHT.SYMTAB) ?? ofType(SHT.DYNSYM);
  return table === undefined ? [] : file.symbols(table).slice(1);
}

/** Describes the file with its `top` largest symbols. Throws what reading its tables throws. */
export function describe(file: ElfFile, symbols: readonly ElfSymbol[], top: number): Inspection {
  const { ehdr, format, label, bytes } = file;
  const dynamic = readDynamic(file);
  const largest = symbols.toSorted((a, b) => b.sym.size - a.sym.size).slice(0, top);
  const buildId = readNotes(file).find((note) => note.isBuildId);
  const entrySymbol = ehdr.entry === 0 ? undefined : functionAt(symbols, ehdr.entry);
  const interpreter = stringOf(file, ".interp");
  return {
    file: labelText(label),
    bytes: bytes.length,
    class: format.class,
    byteOrder: format.littleEndian ? "little" : "big",
    type: nameOrHex(ET, ehdr.type),
    machine: nameOrHex(EM, ehdr.machine),
    positionIndependentExecutable: dynamic.isPie,
    entry: ehdr.entry,
    ...(entrySymbol === undefined ? {} : { entrySymbol }),
    ...(interpreter === undefined ? {} : { interpreter }),
    needed: dynamic.needed,
    ...(dynamic.soname === undefined ? {} : { soname: dynamic.soname }),
    ...(buildId === undefined ? {} : { buildId: buildId.description }),
    comments: comments(file),
    segments: file.segments.map((phdr) => ({
      type: nameOrHex(PT, phdr.type),
      flags: segmentFlagLetters(phdr.flags),
      offset: phdr.offset,
      fileSize: phdr.filesz,
      address: phdr.vaddr,
      memorySize: phdr.memsz,
      align: phdr.align,
    })),
    sections: file.sections.slice(1).map((section) => describeSection(file, section)),
    symbolCount: symbols.length,
    largestSymbols: largest.filter(({ sym }) => sym.size > 0).map((symbol) => describeSymbol(file, symbol)),
  };
}

/** The strings of `.comment`, each once. */
export function comments(file: ElfFile): readonly string[] {
  const section = file.sections.find(({ name }) => name === ".comment");
  const text = section === undefined ? "" : Buffer.from(section.bytes).toString("utf8");
  return Array.from(new Set(text.split("\0"))).filter((comment) => comment !== "");
}

function describeSection(file: ElfFile, section: ElfSection): SectionInfo {
  const { type, flags, offset, size, addr, addralign } = section.header;
  const isCompressed = (flags & SHF.COMPRESSED) !== 0 && section.bytes.length >= chdrSize(file.format);
  const chdr = isCompressed ? locating(file.label, () => readChdr(file.view, offset, file.format)) : undefined;
  return {
    index: section.index,
    name: section.name,
    type: nameOrHex(SHT, type),
    flags: sectionFlagLetters(flags, file.ehdr.machine),
    offset,
    size,
    address: addr,
    align: addralign,
    ...(chdr === undefined ? {} : { compression: { type: nameOrHex(COMPRESS, chdr.type), size: chdr.size } }),
  };
}

function describeSymbol(file: ElfFile, { name, sym, section }: ElfSymbol): SymbolInfo {
  return {
    name,
    size: sym.size,
    type: nameOrHex(STT, symType(sym.info)),
    bind: nameOrHex(STB, symBind(sym.info)),
    visibility: nameOrHex(STV, symVisibility(sym.other)),
    section: section === undefined ? nameOrHex(SHN, sym.shndx) : file.sections[section]!.name,
    value: sym.value,
  };
}

/** A function there, a global one where there are several. */
function functionAt(symbols: readonly ElfSymbol[], address: number): string | undefined {
  const found = symbols.filter(({ sym, name, section }) => {
    const type = symType(sym.info);
    return sym.value === address && name !== "" && section !== undefined && (type === STT.FUNC || type === STT.NOTYPE);
  });
  return (found.find(({ sym }) => symBind(sym.info) !== STB.LOCAL) ?? found[0])?.name;
}

function stringOf(file: ElfFile, name: string): string | undefined {
  const section = file.sections.find((each) => each.name === name);
  return section === undefined ? undefined : Buffer.from(section.bytes).toString("utf8").replace(/\0+$/, "");
}

interface DynamicInfo {
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  readonly isPie: boolean;
}

function readDynamic(file: ElfFile): DynamicInfo {
  const needed: string[] = [];
  let soname: string | undefined;
  let isPie = false;
  const section = file.sections.find(({ header }) => header.type === SHT.DYNAMIC);
  const count = section === undefined ? 0 : file.entryCount(section, dynSize(file.format));
  for (let i = 0; i < count; i++) {
    const at = section!.header.offset + i * dynSize(file.format);
    const { tag, value } = locating(file.label, () => readDyn(file.view, at, file.format));
    if (tag === DT.NULL) break;
    if (tag === DT.FLAGS_1) isPie = (value & DF_1.PIE) !== 0;
    if (tag !== DT.NEEDED && tag !== DT.SONAME) continue;
    const name = file.stringAt(file.sectionAt(section!.header.link, "sh_link", section!.name), value);
    if (tag === DT.NEEDED) needed.push(name);
    else soname = name;
  }
  return { needed, soname, isPie };
}
