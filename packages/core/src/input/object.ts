/**
 * A relocatable object (ET_REL): sections, symbols, relocations by the section they change, and section groups. It
 * reads what this linker links today, x86-64 of class 64; other machines come in by the table of targets. What it
 * returns is consistent: every symbol lies within its section, every relocation has its symbol and lies within the
 * section it changes, no two sections share bytes.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { unsupportedInput } from "../diagnostics/input.js";
import { ET } from "../elf/ehdr.js";
import { EM } from "../elf/machine.js";
import { nameOrHex } from "../elf/names.js";
import { readRel, relSize } from "../elf/rel.js";
import { readRela, relaSize } from "../elf/rela.js";
import { GRP, SHT } from "../elf/shdr.js";
import { ElfFile, type ElfSection, type ElfSymbol } from "./elf-file.js";
import { type InputLabel, locating } from "./label.js";

export interface Relocation {
  /** Bytes from the start of the section that it changes. */
  readonly offset: number;
  readonly symbol: ElfSymbol;
  readonly type: number;
  /** `undefined` where the addend stands in the place itself (sections of type REL). */
  readonly addend: number | undefined;
}

export interface SectionGroup {
  /** Of groups with one signature, one is linked and the others are dropped. */
  readonly comdat: boolean;
  readonly signature: string;
  /** Indices of the member sections. */
  readonly sections: readonly number[];
}

export interface RelocatableObject {
  readonly file: ElfFile;
  readonly label: InputLabel;
  readonly sections: readonly ElfSection[];
  /** The null symbol included, so that indices are those of the file. */
  readonly symbols: readonly ElfSymbol[];
  readonly groups: readonly SectionGroup[];
  /** By the index of the section that they change, in the order of the file; absent where there are none. */
  readonly relocations: ReadonlyMap<number, readonly Relocation[]>;
}

/**
 * Reads an object for x86-64. Throws MF0404 to MF0407 (not ELF, truncated, malformed, another machine or type) and
 * MF0401.
 */
export function readObject(bytes: Uint8Array, label: InputLabel): RelocatableObject {
  const file = new ElfFile(bytes, label);
  requireTarget(file);
  requireDisjoint(file);
  const symbols = readSymbols(file);
  if (symbols.some((symbol) => symbol.name === "__gnu_lto_slim")) {
    throw new DiagnosticError(unsupportedInput(label, "an object for link-time optimisation only", "machine code"));
  }
  return {
    file,
    label,
    sections: file.sections,
    symbols,
    groups: readGroups(file, symbols),
    relocations: readRelocations(file, symbols),
  };
}

function requireTarget(file: ElfFile): void {
  const { type, machine } = file.ehdr;
  const fail = (found: string, wanted: string) => new DiagnosticError(unsupportedInput(file.label, found, wanted));
  if (type !== ET.REL) throw fail(`of type ${nameOrHex(ET, type)}`, "a relocatable object (REL)");
  const order = file.format.littleEndian ? "little" : "big";
  if (machine !== EM.X86_64 || file.format.class !== 64 || !file.format.littleEndian) {
    throw fail(`for ${nameOrHex(EM, machine)}, ${file.format.class}-bit, ${order} endian`, "64-bit X86_64");
  }
}

/** Overlapping sections would let a small file stand for an enormous amount of work. */
function requireDisjoint(file: ElfFile): void {
  const total = file.sections.reduce((sum, section) => sum + section.bytes.length, 0);
  if (total > file.bytes.length) throw file.malformed("the sections overlap");
}

function readSymbols(file: ElfFile): readonly ElfSymbol[] {
  const [table, second] = file.sections.filter((section) => section.header.type === SHT.SYMTAB);
  if (second !== undefined) throw file.malformed("there are two symbol tables", { section: second.name });
  if (table === undefined) return [];
  const symbols = file.symbols(table);
  for (const { name, sym, section } of symbols) {
    const size = section === undefined ? undefined : file.sections[section]!.header.size;
    if (size !== undefined && sym.value > size) {
      throw file.malformed(`the symbol lies at ${sym.value} of a section of ${size} bytes`, {
        section: file.sections[section!]!.name,
        symbol: name,
      });
    }
  }
  return symbols;
}

/** gABI, "Section Groups": a word of flags, then section indices; the signature is the name of a symbol. */
function readGroups(file: ElfFile, symbols: readonly ElfSymbol[]): readonly SectionGroup[] {
  return file.sections
    .filter((section) => section.header.type === SHT.GROUP)
    .map((section) => {
      const words = file.entryCount(section, 4);
      const word = (i: number) => file.view.getUint32(section.header.offset + 4 * i, file.format.littleEndian);
      const symbol = symbols[section.header.info];
      if (words === 0 || symbol === undefined) {
        throw file.malformed("the group has no flags or no signature", { section: section.name });
      }
      const members = Array.from({ length: words - 1 }, (_, i) => {
        return file.sectionAt(word(i + 1), "a member", section.name).index;
      });
      // A section symbol has no name of its own.
      const signature = symbol.name === "" ? (file.sections[symbol.section ?? 0]?.name ?? "") : symbol.name;
      return { comdat: (word(0) & GRP.COMDAT) !== 0, signature, sections: members };
    });
}

function readRelocations(file: ElfFile, symbols: readonly ElfSymbol[]): ReadonlyMap<number, readonly Relocation[]> {
  const bySection = new Map<number, Relocation[]>();
  for (const table of file.sections) {
    const { type, info, link, offset } = table.header;
    if (type !== SHT.REL && type !== SHT.RELA) continue;
    const target = file.sectionAt(info, "sh_info", table.name);
    if (file.sectionAt(link, "sh_link", table.name).header.type !== SHT.SYMTAB) {
      throw file.malformed("the relocations do not refer to the symbol table", { section: table.name });
    }
    const size = type === SHT.RELA ? relaSize(file.format) : relSize(file.format);
    const relocations = bySection.get(info) ?? [];
    bySection.set(info, relocations);
    const count = file.entryCount(table, size);
    locating(file.label, () => {
      for (let i = 0; i < count; i++) {
        relocations.push(readRelocation(file, symbols, table, target, offset + i * size));
      }
    });
  }
  return bySection;
}

function readRelocation(
  file: ElfFile,
  symbols: readonly ElfSymbol[],
  table: ElfSection,
  target: ElfSection,
  at: number,
): Relocation {
  const rel =
    table.header.type === SHT.RELA
      ? readRela(file.view, at, file.format)
      : { ...readRel(file.view, at, file.format), addend: undefined };
  const symbol = symbols[rel.sym];
  const place = { section: target.name, offset: rel.offset };
  if (symbol === undefined) throw file.malformed(`a relocation refers to symbol ${rel.sym}, which is not there`, place);
  if (rel.offset > target.bytes.length) throw file.malformed("a relocation lies outside its section", place);
  return { offset: rel.offset, symbol, type: rel.type, addend: rel.addend };
}
