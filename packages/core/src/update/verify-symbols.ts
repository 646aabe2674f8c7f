/**
 * .symtab: each entry is that of a symbol, says of it what the session knows, and is where its node is; and both programs
 * have the same ones.
 */

import { symbolDiffers, symbolExtra } from "../diagnostics/verify.js";
import { nameOrHex } from "../elf/names.js";
import { PT } from "../elf/phdr.js";
import { SHN } from "../elf/shdr.js";
import { STB, STT, STV, symBind, symType, symVisibility } from "../elf/sym.js";
import type { ElfSection, ElfSymbol } from "../input/elf-file.js";
import { isNobits, SECTIONS, Section, UNDEFINED } from "../link/sections.js";
import { bindingOf, kindOf, SymbolKind, SymField, visibilityOfSymbol } from "../link/symbol-table.js";
import { hash0, hash1, hash2, hashBytes } from "../memory/hash.js";
import { Graph, NONE } from "./tables.js";
import { differ, hex, liveSymbols, type ProgramView } from "./verify-view.js";

/** Holds .symtab of one program against its own tables. */
export function verifySymbols(view: ProgramView): void {
  const { slots, locals } = view.program.parts;
  const table = view.section(".symtab");
  const check = (name: string, what: string, updated: number, wanted: number): void => {
    if (updated !== wanted) differ(symbolDiffers(name, what, hex(updated), hex(wanted)));
  };
  check(".symtab", "the number of entries", view.symtab.length, slots.length);
  check(".symtab", "sh_info", table!.header.info, locals);
  const [null_] = view.symtab;
  const { name, value, size, info, other, shndx } = null_!.sym;
  check("the null symbol", "the sum of the fields", name + value + size + info + other + shndx, 0);
  for (let slot = 1; slot < slots.length; slot++) {
    const symbol = slots.get(slot);
    const entry = view.symtab[slot]!;
    verifyName(view, symbol, entry);
    const isLocal = symBind(entry.sym.info) === STB.LOCAL;
    if (isLocal !== slot < locals) {
      const where = `entry ${slot} of .symtab, whose first global one is ${locals}`;
      differ(
        symbolDiffers(
          view.nameOf(symbol),
          `the binding, at ${where},`,
          isLocal ? "local" : "global",
          isLocal ? "global" : "local",
        ),
      );
    }
    verifyEntry(view, symbol, entry);
  }
  for (const symbol of liveSymbols(view.program)) verifyNode(view, symbol);
}

/** Both programs have the same entries, whatever their order. */
export function compareSymbols(updated: ProgramView, fresh: ProgramView): void {
  for (const [identity, symbol] of updated.identities) {
    const wanted = fresh.find(identity);
    const name = updated.nameOf(symbol);
    if (wanted === NONE) differ(symbolExtra(name, "is in the session, and in no full link"));
    const [own, other] = [updated.entryOf(symbol), fresh.entryOf(wanted)];
    if (own === undefined && other === undefined) continue;
    if (own === undefined) differ(symbolExtra(name, "has no entry in .symtab"));
    if (other === undefined) differ(symbolExtra(name, "has an entry in .symtab, and should have none"));
    const [values, wantedValues] = [shown(updated, own), shown(fresh, other)];
    for (const [field, value] of Object.entries(wantedValues))
      if (values[field as keyof Shown] !== value)
        differ(symbolDiffers(name, field, values[field as keyof Shown], value));
  }
  for (const [identity, symbol] of fresh.identities)
    if (updated.find(identity) === NONE)
      differ(symbolExtra(fresh.nameOf(symbol), "is declared or used, and not in the session"));
}

type Shown = ReturnType<typeof shown>;

function shown(view: ProgramView, { name, sym, section }: ElfSymbol) {
  return {
    "the name": name,
    "the binding": nameOrHex(STB, symBind(sym.info)),
    "the type": nameOrHex(STT, symType(sym.info)),
    "the visibility": nameOrHex(STV, symVisibility(sym.other)),
    "the size": hex(sym.size),
    "the section": section === undefined ? nameOrHex(SHN, sym.shndx) : view.file.sections[section]!.name,
  };
}

function verifyName(view: ProgramView, symbol: number, { name, sym }: ElfSymbol): void {
  const { program } = view;
  const called = view.nameOf(symbol);
  const offset = program.parts.symbols.getUnsigned(symbol, SymField.STRTAB);
  if (sym.name !== offset) differ(symbolDiffers(called, "st_name", hex(sym.name), hex(offset)));
  if (kindOf(program.parts.symbols.get(symbol, SymField.FLAGS)) === SymbolKind.UAV) {
    if (name !== "") differ(symbolDiffers(called, "the name", name, "empty"));
    return;
  }
  const bytes = Buffer.from(name);
  hashBytes(bytes, 0, bytes.length);
  const isSame =
    hash0 === program.graph(symbol, Graph.HASH0) &&
    hash1 === program.graph(symbol, Graph.HASH1) &&
    hash2 === program.graph(symbol, Graph.HASH2);
  if (!isSame)
    differ(symbolDiffers(called, "the name in .strtab", `"${name}"`, "one with the hash of its declaration"));
  const length = program.graph(symbol, Graph.NAME_LENGTH);
  if (length !== bytes.length)
    differ(symbolDiffers(called, "the length of the name", String(length), String(bytes.length)));
}

/** The entry says what the session's tables say. */
function verifyEntry(view: ProgramView, symbol: number, { sym }: ElfSymbol): void {
  const { symbols } = view.program.parts;
  const name = view.nameOf(symbol);
  const check = (what: string, updated: number, wanted: number): void => {
    if (updated !== wanted) differ(symbolDiffers(name, what, hex(updated), hex(wanted)));
  };
  const flags = symbols.get(symbol, SymField.FLAGS);
  check("the binding", symBind(sym.info), bindingOf(flags));
  check("the visibility", symVisibility(sym.other), visibilityOfSymbol(flags));
  const final = view.finalOf(symbol, false);
  if (final === NONE) differ(symbolExtra(name, "stands for itself, by way of other names"));
  const section = symbols.get(final, SymField.SECTION);
  check("st_size", sym.size, symbols.getUnsigned(final, SymField.SIZE));
  check("st_shndx", sym.shndx, indexOf(view, section));
  check("st_value", sym.value, placeOf(view, final));
}

/** Section header index of a section of atoms. */
function indexOf(view: ProgramView, section: number): number {
  if (section === UNDEFINED) return SHN.UNDEF;
  return section === Section.HEADERS ? SHN.ABS : view.sectionOf(section)!.index;
}

/** What st_value must be: an address, an offset in the thread-local block, or in a relocatable file in the section. */
function placeOf(view: ProgramView, final: number): number {
  const { symbols, image } = view.program.parts;
  const section = symbols.get(final, SymField.SECTION);
  if (section === UNDEFINED) return 0;
  if (section === Section.HEADERS) return linkerValue(view, view.nameOf(final));
  const offset = image.nodes.offset(symbols.get(final, SymField.NODE));
  if (view.program.mode === "object") return offset;
  const address = view.sectionOf(section)!.header.addr + offset;
  if (section !== Section.TDATA && section !== Section.TBSS) return address;
  return address - (view.file.segments.find(({ type }) => type === PT.TLS)?.vaddr ?? 0);
}

/** The symbols that linkers define by tradition: `man 3 end`, and __ehdr_start and __executable_start of GNU ld. */
function linkerValue(view: ProgramView, name: string): number {
  const base = view.program.parts.header.imageBase;
  const present = (each: string): ElfSection | undefined => {
    const section = view.section(each);
    const isThere = section !== undefined && (section.header.size > 0 || view.holdsSymbols(section));
    return isThere ? section : undefined;
  };
  const endOf = (names: readonly string[]): number => {
    const ends = names.map((each) => present(each)?.header).map((header) => (header ? header.addr + header.size : 0));
    return Math.max(base, ...ends);
  };
  const data = [".rodata", ".text", ".tdata", ".data.rel.ro", ".dynamic", ".data"];
  if (/^_*etext$/.test(name)) return endOf([".text"]);
  if (/^_*edata$/.test(name)) return endOf(data);
  if (/^_*end$/.test(name)) return endOf([...data, ".bss"]);
  if (name === "__bss_start") return present(".bss")?.header.addr ?? endOf(data);
  return name === "_DYNAMIC" ? (present(".dynamic")?.header.addr ?? base) : base;
}

/** A symbol that has a place has a node of its size there, and the session knows where it is. */
function verifyNode(view: ProgramView, symbol: number): void {
  const { symbols, image, layout } = view.program.parts;
  const { nodes } = image;
  const name = view.nameOf(symbol);
  const node = symbols.get(symbol, SymField.NODE);
  const section = symbols.get(symbol, SymField.SECTION);
  if (node === NONE) {
    if (section > Section.HEADERS) differ(symbolDiffers(name, "the node", "none", `in ${SECTIONS[section]!.name}`));
    return;
  }
  const check = (what: string, updated: number, wanted: number): void => {
    if (updated !== wanted) differ(symbolDiffers(name, what, hex(updated), hex(wanted)));
  };
  check("the owner of its node", nodes.owner(node), symbol);
  check("the parent of its node", nodes.parent(node), layout.sectionNodes[section] ?? NONE);
  check("the size", symbols.getUnsigned(symbol, SymField.SIZE), nodes.size(node));
  check("the offset in its section", symbols.getUnsigned(symbol, SymField.VALUE), nodes.offset(node));
  const { header } = view.sectionOf(section)!;
  const end = nodes.end(node);
  if (end > header.size)
    differ(symbolDiffers(name, `the end in ${SECTIONS[section]!.name}`, hex(end), `${hex(header.size)} or less`));
  if (!isNobits(section)) check("the place in the file", image.fileOffset(node), header.offset + nodes.offset(node));
}
