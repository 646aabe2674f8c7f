/**
 * The output's headers: the same file, sections and segments as those of a full link, less offsets, addresses and sizes,
 * which are right by themselves (gABI, "Section Header", "Program Header").
 */

import { headerDiffers } from "../diagnostics/verify.js";
import type { Ehdr } from "../elf/ehdr.js";
import { nameOrHex, sectionFlagLetters, segmentFlagLetters } from "../elf/names.js";
import { PF, type Phdr, PT, phdrSize } from "../elf/phdr.js";
import { SHF, SHT, type Shdr, shdrSize } from "../elf/shdr.js";
import type { ElfSection } from "../input/elf-file.js";
import { differ, hex, type ProgramView } from "./verify-view.js";

export function verifyHeaders(updated: ProgramView, fresh: ProgramView): void {
  compareFileHeaders(updated.file.ehdr, fresh.file.ehdr);
  compareSections(updated, fresh);
  compareSegments(updated, fresh);
  verifyPlaces(updated);
  verifyLoads(updated);
  verifyThreadLocal(updated);
  verifyEntry(updated, fresh);
}

function same(what: string, updated: number | string, wanted: number | string): void {
  if (updated === wanted) return;
  const show = (value: number | string): string => (typeof value === "number" ? hex(value) : value);
  differ(headerDiffers(what, show(updated), show(wanted)));
}

function holds(condition: boolean, what: string, updated: string, wanted: string): void {
  if (!condition) differ(headerDiffers(what, updated, wanted));
}

// --- the same as in the full link -------------------------------------------------------------------------------

const FILE_FIELDS = [
  ...(["osabi", "abiversion", "type", "machine", "version", "flags"] as const),
  ...(["ehsize", "phentsize", "shentsize", "shnum", "shstrndx"] as const),
] as const satisfies readonly (keyof Ehdr)[];

function compareFileHeaders(updated: Ehdr, fresh: Ehdr): void {
  for (const field of FILE_FIELDS) same(`e_${field}`, updated[field], fresh[field]);
}

function compareSections(updated: ProgramView, fresh: ProgramView): void {
  const { sections } = updated.file;
  const { machine } = updated.file.ehdr;
  fresh.file.sections.forEach((wanted, index) => {
    const section = sections[index]!;
    const own = section.header;
    same(`the name of section ${index}`, section.name, wanted.name);
    const of = (field: keyof Shdr): string => `sh_${field} of ${section.name || "section 0"}`;
    same(of("type"), nameOrHex(SHT, own.type), nameOrHex(SHT, wanted.header.type));
    same(of("flags"), sectionFlagLetters(own.flags, machine), sectionFlagLetters(wanted.header.flags, machine));
    same(of("entsize"), own.entsize, wanted.header.entsize);
    same(of("link"), nameAt(updated, own.link), nameAt(fresh, wanted.header.link));
    const isName = (own.flags & SHF.INFO_LINK) !== 0;
    if (isName) same(of("info"), nameAt(updated, own.info), nameAt(fresh, wanted.header.info));
    else if (own.type !== SHT.SYMTAB) same(of("info"), own.info, wanted.header.info);
    if (!isOfMany(section)) same(of("size"), own.size, wanted.header.size);
    // What an aligned declaration asked for stays when it goes.
    const { addralign } = own;
    const isAligned = isPowerOfTwo(addralign) && addralign >= wanted.header.addralign;
    holds(
      isAligned || addralign === wanted.header.addralign,
      of("addralign"),
      hex(addralign),
      `${hex(wanted.header.addralign)} or more`,
    );
    if (isFixed(section)) compareBytes(section, wanted);
  });
}

/** Sections whose sizes follow from what they hold: what that is, later steps compare, and tell by name. */
function isOfMany({ name, header }: ElfSection): boolean {
  const isContent = header.type === SHT.PROGBITS || header.type === SHT.NOBITS;
  const isTable = header.type === SHT.SYMTAB || header.type === SHT.RELA || name === ".strtab";
  return isTable || (isContent && (header.flags & SHF.ALLOC) !== 0);
}

/** Sections whose bytes are the same in every link. */
function isFixed({ name, header }: ElfSection): boolean {
  if (name === ".strtab") return false;
  return header.type === SHT.STRTAB || header.type === SHT.HASH || header.type === SHT.DYNSYM || name === ".comment";
}

function compareBytes(updated: ElfSection, wanted: ElfSection): void {
  const at = updated.bytes.findIndex((byte, index) => byte !== wanted.bytes[index]);
  if (at !== -1) same(`byte ${at} of ${updated.name}`, updated.bytes[at]!, wanted.bytes[at]!);
}

function nameAt(view: ProgramView, index: number): string {
  return index === 0 ? "no section" : (view.file.sections[index]?.name ?? `section ${index}, which is not there`);
}

/** Segments for code and data follow from the sections; the others are those of the full link. */
function compareSegments(updated: ProgramView, fresh: ProgramView): void {
  const others = ({ file }: ProgramView): readonly Phdr[] =>
    file.segments.filter(({ type }) => type !== PT.LOAD && type !== PT.TLS);
  const [own, wanted] = [others(updated), others(fresh)];
  same("the number of segments less PT_LOAD and PT_TLS", own.length, wanted.length);
  wanted.forEach((segment, index) => {
    const type = nameOrHex(PT, segment.type);
    same(`p_type of segment PT_${type}`, nameOrHex(PT, own[index]!.type), type);
    same(`p_flags of PT_${type}`, segmentFlagLetters(own[index]!.flags), segmentFlagLetters(segment.flags));
    if (segment.type === PT.GNU_STACK) same("p_memsz of PT_GNU_STACK", own[index]!.memsz, segment.memsz);
  });
  const [first, wantedFirst] = [updated, fresh].map(({ file }) => file.segments.find(({ type }) => type === PT.LOAD));
  same("the address at which the image begins", first?.vaddr ?? 0, wantedFirst?.vaddr ?? 0);
  const [tls, wantedTls] = [updated, fresh].map(({ file }) => file.segments.find(({ type }) => type === PT.TLS));
  same("p_flags of PT_TLS", segmentFlagLetters(tls?.flags ?? 0), segmentFlagLetters(wantedTls?.flags ?? 0));
}

// --- right by itself --------------------------------------------------------------------------------------------

/** Nothing in the file lies upon anything else. */
function verifyPlaces({ file }: ProgramView): void {
  const { ehdr, sections } = file;
  const ranges = [
    { what: "the ELF header", start: 0, end: ehdr.ehsize },
    { what: "the program headers", start: ehdr.phoff, end: ehdr.phoff + ehdr.phnum * phdrSize(file.format) },
    { what: "the section headers", start: ehdr.shoff, end: ehdr.shoff + ehdr.shnum * shdrSize(file.format) },
    ...sections.map(({ name, header, bytes }) => ({
      what: name,
      start: header.offset,
      end: header.offset + bytes.length,
    })),
  ].filter(({ start, end }) => end > start);
  ranges.sort((a, b) => a.start - b.start);
  ranges.forEach(({ what, start }, index) => {
    const before = ranges[index - 1];
    if (before !== undefined)
      holds(
        before.end <= start,
        `the file offset of ${what}`,
        hex(start),
        `${hex(before.end)} or more, behind ${before.what}`,
      );
  });
}

function verifyLoads({ file }: ProgramView): void {
  const loads = file.segments.filter(({ type }) => type === PT.LOAD);
  let end = 0;
  for (const load of loads) {
    const at = `PT_LOAD at ${hex(load.vaddr)}`;
    const align = load.align;
    holds(isPowerOfTwo(align) && align >= PAGE, `p_align of ${at}`, hex(align), `a power of two, ${hex(PAGE)} or more`);
    holds(
      load.offset % align === load.vaddr % align,
      `p_offset of ${at}`,
      hex(load.offset),
      `congruent to p_vaddr modulo ${hex(align)}`,
    );
    holds(load.filesz <= load.memsz, `p_filesz of ${at}`, hex(load.filesz), `at most p_memsz, ${hex(load.memsz)}`);
    file.require(at, load.offset, load.filesz);
    holds(
      alignedDown(load.vaddr) >= end,
      `p_vaddr of ${at}`,
      hex(load.vaddr),
      `${hex(end)} or more, behind the segment before`,
    );
    end = load.vaddr + load.memsz;
  }
  const covering = new Set<Phdr>(loads.slice(0, 1));
  for (const section of file.sections) {
    if (!(section.header.flags & SHF.ALLOC) || file.segments.length === 0) continue;
    const { addr, addralign, size } = section.header;
    holds(
      addralign <= 1 || addr % addralign === 0,
      `sh_addr of ${section.name}`,
      hex(addr),
      `a multiple of ${hex(addralign)}`,
    );
    if (size > 0 && !isTbss(section)) covering.add(loadOf(section, loads));
  }
  for (const load of loads)
    holds(covering.has(load), `PT_LOAD at ${hex(load.vaddr)}`, "there", "absent: it covers no section");
  for (const { type, vaddr, offset, filesz, memsz } of file.segments) {
    if (type !== PT.PHDR && type !== PT.DYNAMIC) continue;
    const at = `PT_${nameOrHex(PT, type)}`;
    const isPhdr = type === PT.PHDR;
    const section = isPhdr ? undefined : file.sections.find(({ name }) => name === ".dynamic")!.header;
    same(`p_offset of ${at}`, offset, section?.offset ?? file.ehdr.phoff);
    same(`p_vaddr of ${at}`, vaddr, section?.addr ?? loads[0]!.vaddr + file.ehdr.phoff);
    same(`p_filesz of ${at}`, filesz, section?.size ?? file.ehdr.phnum * phdrSize(file.format));
    same(`p_memsz of ${at}`, memsz, filesz);
  }
  for (const { type, vaddr, paddr } of file.segments) same(`p_paddr of PT_${nameOrHex(PT, type)}`, paddr, vaddr);
}

/** The segment that loads a section, with the permissions that its flags ask for. */
function loadOf({ name, header }: ElfSection, loads: readonly Phdr[]): Phdr {
  const { addr, size, offset, type } = header;
  const load = loads.find(({ vaddr, memsz }) => addr >= vaddr && addr + size <= vaddr + memsz);
  if (load === undefined)
    return differ(
      headerDiffers(`the place of ${name}, ${hex(addr)} to ${hex(addr + size)},`, "in no PT_LOAD", "in one"),
    );
  const wanted = PF.R | (header.flags & SHF.WRITE ? PF.W : 0) | (header.flags & SHF.EXECINSTR ? PF.X : 0);
  same(`p_flags of the segment of ${name}`, segmentFlagLetters(load.flags), segmentFlagLetters(wanted));
  if (type === SHT.NOBITS) {
    holds(
      addr >= load.vaddr + load.filesz,
      `sh_addr of ${name}`,
      hex(addr),
      `behind p_filesz of its segment, ${hex(load.filesz)}`,
    );
    return load;
  }
  same(`sh_offset of ${name}`, offset, load.offset + addr - load.vaddr);
  holds(
    addr + size <= load.vaddr + load.filesz,
    `p_filesz of the segment of ${name}`,
    hex(load.filesz),
    `${hex(addr + size - load.vaddr)} or more`,
  );
  return load;
}

/**
 * PT_TLS covers .tdata and .tbss. It may be larger and aligned more than in the full link: what was removed leaves a hole,
 * and an alignment that was asked for stays.
 */
function verifyThreadLocal(view: ProgramView): void {
  const { file } = view;
  if (file.segments.length === 0) return;
  const tls = file.segments.filter(({ type }) => type === PT.TLS);
  const parts = file.sections
    .filter((section) => (section.header.flags & SHF.TLS) !== 0 && view.holdsSymbols(section))
    .map(({ header }) => header);
  holds(
    tls.length === (parts.length > 0 ? 1 : 0),
    "the number of PT_TLS segments",
    String(tls.length),
    parts.length > 0 ? "1" : "0",
  );
  const [segment] = tls;
  const [first] = parts;
  if (segment === undefined || first === undefined) return;
  const last = parts.at(-1)!;
  same("p_vaddr of PT_TLS", segment.vaddr, first.addr);
  same("p_filesz of PT_TLS", segment.filesz, first.type === SHT.NOBITS ? 0 : first.size);
  same("p_memsz of PT_TLS", segment.memsz, last.addr + last.size - first.addr);
  same("p_align of PT_TLS", segment.align, Math.max(...parts.map(({ addralign }) => addralign)));
  holds(
    segment.vaddr % segment.align === 0,
    "p_vaddr of PT_TLS",
    hex(segment.vaddr),
    `a multiple of ${hex(segment.align)}`,
  );
  if (segment.filesz > 0) same("p_offset of PT_TLS", segment.offset, first.offset);
}

/** The same function is at the entry. */
function verifyEntry(updated: ProgramView, fresh: ProgramView): void {
  const namesAt = ({ file, symtab }: ProgramView): string[] => {
    const at = symtab.filter(({ name, sym }) => name !== "" && sym.shndx !== 0 && sym.value === file.ehdr.entry);
    return [...new Set(at.filter(({ sym }) => sym.size > 0).map(({ name }) => name))].sort();
  };
  if (fresh.file.segments.length === 0) same("e_entry", updated.file.ehdr.entry, 0);
  else same("what is at e_entry", namesAt(updated).join(" ") || hex(updated.file.ehdr.entry), namesAt(fresh).join(" "));
}

const PAGE = 4096;

function alignedDown(address: number): number {
  return address - (address % PAGE);
}

function isTbss({ header }: ElfSection): boolean {
  return header.type === SHT.NOBITS && (header.flags & SHF.TLS) !== 0;
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}
