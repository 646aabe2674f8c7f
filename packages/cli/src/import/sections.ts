/**
 * What becomes of each section: imported as code, constant or variable; dropped, because nothing that runs needs it; or
 * refused, because its meaning lies in where a linker script would put it.
 */

import { basename } from "node:path";
import {
  type Diagnostic,
  type ElfSection,
  type ElfSymbol,
  malformed,
  type RelocatableObject,
  type Relocation,
  SHF,
  SHT,
  STT,
  symType,
} from "@manifold/core";
import { exceptionsDropped, indirectFunction, unsupportedSection } from "./diagnostics.js";
import type { ImportedObject, InputSection } from "./model.js";
import { UniqueNames } from "./unique-names.js";

/** Sections run or read in the order of the link, by the start-up code that ends of them enclose. */
const BY_PLACE = /^\.(init|fini)$|^\.(preinit_array|init_array|fini_array|ctors|dtors)(\.|$)/;

const EXCEPTION_TABLE = ".gcc_except_table";

/** Classifies the sections of all objects; of COMDAT groups with one signature the first is kept. */
export function importSections(
  objects: readonly RelocatableObject[],
  report: (diagnostic: Diagnostic) => void,
): readonly ImportedObject[] {
  const signatures = new Set<string>();
  const names = new UniqueNames();
  return objects.map((object) => {
    const name = names.take(basename(object.label.member ?? object.label.file));
    const dropped = new Map<number, string>();
    for (const group of object.groups) {
      if (!group.comdat) continue;
      if (signatures.has(group.signature)) {
        for (const index of group.sections) dropped.set(index, "an equal group of another object takes its place");
      }
      signatures.add(group.signature);
    }
    const symbols = symbolsBySection(object);
    const sections = new Map<number, InputSection>();
    let exceptions: ElfSection | undefined;
    for (const section of object.sections) {
      if (dropped.has(section.index)) continue;
      const reason = droppedBecause(section);
      if (reason !== undefined) dropped.set(section.index, reason);
      else if (isSupported(object, section, report)) {
        sections.set(section.index, inputSection(object, name, section, symbols.get(section.index) ?? []));
      }
      if (section.name.startsWith(EXCEPTION_TABLE)) exceptions ??= section;
    }
    if (exceptions !== undefined) report(exceptionsDropped({ ...object.label, section: exceptions.name }));
    for (const section of sections.values()) reportIndirectFunctions(section, report);
    return { label: object.label, name, object, sections, dropped };
  });
}

function droppedBecause({ name, header: { type, flags } }: ElfSection): string | undefined {
  if ((flags & SHF.ALLOC) === 0) return "it is not part of the program in memory";
  if ((flags & SHF.EXCLUDE) !== 0) return "it is marked to be left out";
  if (type === SHT.NOTE) return "notes are left out";
  if (type === SHT.X86_64_UNWIND || name === ".eh_frame") return "unwind tables are left out";
  if (name.startsWith(EXCEPTION_TABLE)) return "exception tables are left out";
  return undefined;
}

function isSupported(
  object: RelocatableObject,
  { index, name, header }: ElfSection,
  report: (diagnostic: Diagnostic) => void,
): boolean {
  const { type, flags, size, addralign } = header;
  const place = { ...object.label, section: name };
  if (addralign !== 0 && !isPowerOfTwo(addralign)) {
    report(malformed(place, `the section's alignment is ${addralign}, not a power of two`));
    return false;
  }
  const byPlace =
    type === SHT.INIT_ARRAY || type === SHT.FINI_ARRAY || type === SHT.PREINIT_ARRAY || BY_PLACE.test(name);
  if (byPlace && size > 0) {
    const [first] = object.relocations.get(index) ?? [];
    const named = first === undefined ? {} : { symbol: functionAt(object, first), offset: first.offset };
    report(unsupportedSection({ ...place, ...named }, "its functions run before or after main"));
    return false;
  }
  if (byPlace) return false;
  if (type !== SHT.PROGBITS && type !== SHT.NOBITS) {
    report(unsupportedSection(place, `its type is 0x${type.toString(16)}`));
    return false;
  }
  if ((flags & SHF.COMPRESSED) !== 0 || ((flags & SHF.EXECINSTR) !== 0 && (flags & (SHF.WRITE | SHF.TLS)) !== 0)) {
    report(unsupportedSection(place, `its flags are 0x${flags.toString(16)}`));
    return false;
  }
  if (type === SHT.NOBITS && (flags & SHF.EXECINSTR) !== 0) {
    report(unsupportedSection(place, "it is code without contents"));
    return false;
  }
  return true;
}

/** The function that an entry of a table means, however the assembler put it. */
function functionAt(object: RelocatableObject, { symbol, addend = 0 }: Relocation): string {
  if (symbol.name !== "") return symbol.name;
  const isMeant = (each: ElfSymbol) =>
    each.section === symbol.section && each.sym.value === addend && symType(each.sym.info) === STT.FUNC;
  return object.symbols.find(isMeant)?.name ?? object.sections[symbol.section ?? 0]?.name ?? "";
}

/** Once for each, whatever its aliases. */
function reportIndirectFunctions(section: InputSection, report: (diagnostic: Diagnostic) => void): void {
  const seen = new Set<number>();
  for (const { name, sym } of section.symbols) {
    if (symType(sym.info) !== STT.GNU_IFUNC || seen.has(sym.value)) continue;
    seen.add(sym.value);
    report(indirectFunction({ ...section.label, section: section.name, offset: sym.value, symbol: name }));
  }
}

function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(Math.log2(n));
}

function symbolsBySection(object: RelocatableObject): ReadonlyMap<number, readonly ElfSymbol[]> {
  const bySection = new Map<number, ElfSymbol[]>();
  for (const symbol of object.symbols) {
    const type = symType(symbol.sym.info);
    if (symbol.section === undefined || type === STT.SECTION || type === STT.FILE) continue;
    const list = bySection.get(symbol.section);
    if (list === undefined) bySection.set(symbol.section, [symbol]);
    else list.push(symbol);
  }
  return bySection;
}

function inputSection(
  object: RelocatableObject,
  objectName: string,
  section: ElfSection,
  symbols: readonly ElfSymbol[],
): InputSection {
  const { type, flags, size, addralign } = section.header;
  return {
    label: object.label,
    object: objectName,
    name: section.name,
    kind: kindOf(section),
    threadLocal: (flags & SHF.TLS) !== 0,
    size,
    align: addralign === 0 ? 1 : addralign,
    bytes: type === SHT.NOBITS ? undefined : section.bytes.slice(),
    symbols,
    fixups: [],
  };
}

function kindOf({ name, header: { flags } }: ElfSection): InputSection["kind"] {
  if ((flags & SHF.EXECINSTR) !== 0) return "func";
  // Writable only for the loader, which a static executable does without.
  const relro = name.startsWith(".data.rel.ro");
  return (flags & SHF.WRITE) !== 0 && !relro ? "var" : "const";
}
