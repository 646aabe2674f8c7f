/**
 * Checks the symbols of an object: local ones come first, each lies in a section that exists and is linked, and those
 * that are in none have a value that makes sense.
 */

import type { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { SHF, SHN, SHT } from "../../elf/shdr.js";
import { STB, STT } from "../../elf/sym.js";
import { RA, SH, ST, wide } from "../object-table.js";
import { isContents } from "../section-types.js";
import { EXACT_HIGH, isAlignment, MAX_ALIGN_LOG2, MAX_SIZE_HIGH } from "./limits.js";
import type { ObjectFile } from "./object-file.js";

export function checkSymbols(file: ObjectFile, object: number, symbols: number): void {
  const table = file.table;
  const { words } = table.input;
  const first = table.firstGlobal[object]!;
  const undefinedLocals = new Set<number>();
  for (let index = 1, at = table.symtab[object]! + ST.WORDS; index < symbols; index++, at += ST.WORDS) {
    const info = words[at + ST.INFO]!;
    const binding = (info >>> 4) & 15;
    const type = info & 15;
    if (binding > STB.WEAK && binding !== STB.GNU_UNIQUE)
      throw badSymbol(file, object, index, `has binding ${binding}`);
    if ((binding === STB.LOCAL) !== index < first)
      throw badSymbol(file, object, index, `is not where sh_info, ${first}, separates local symbols from global ones`);
    const shndx = info >>> 16;
    if (shndx === SHN.UNDEF) {
      if (index < first) undefinedLocals.add(index);
      continue;
    }
    if ((shndx >= SHN.LORESERVE && shndx !== SHN.XINDEX) || type === STT.COMMON) {
      checkReserved(file, object, index, at, shndx);
      continue;
    }
    const extended = table.extended[object]!;
    const section = shndx === SHN.XINDEX && extended !== 0 ? words[extended + index]! >>> 0 : shndx;
    if (section === 0 || section >= file.shnum)
      throw badSymbol(file, object, index, `is in section ${section}, which is not there`);
    const value = wide(words[at + ST.VALUE]!, words[at + ST.VALUE_HIGH]!);
    const header = file.shdrs + section * SH.WORDS;
    // The assembler's own symbols of sections that were emptied by objcopy may stay; nobody can refer to them rightly.
    if (value < 0 || value > file.table.sizeAt(header)) throw badSymbol(file, object, index, "lies beyond its section");
    if (words[at + ST.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
      throw badSymbol(file, object, index, "is larger than any address space");
    if (type === STT.SECTION) continue;
    // Names of groups that are nothing else are local, and in the group's own section.
    if (index >= first && !isContents(words[header + SH.TYPE]!))
      throw badSymbol(file, object, index, `is in section ${section}, which holds nothing that is linked`);
    if (type === STT.TLS && !(words[header + SH.FLAGS]! & SHF.TLS))
      throw badSymbol(file, object, index, `is thread-local, and section ${section} is not`);
  }
  if (undefinedLocals.size > 0) checkUses(file, object, undefinedLocals);
}

/** A symbol that is in no section: absolute, or common storage. */
function checkReserved(file: ObjectFile, object: number, index: number, at: number, shndx: number): void {
  const { words } = file.table.input;
  const type = words[at + ST.INFO]! & 15;
  const high = words[at + ST.VALUE_HIGH]!;
  if (type === STT.TLS) throw badSymbol(file, object, index, "is thread-local, and in no section");
  if (shndx === SHN.ABS && type !== STT.COMMON) {
    if (high >= -EXACT_HIGH && high < EXACT_HIGH) return;
    throw badSymbol(file, object, index, "has a value beyond 2^53");
  }
  if (shndx !== SHN.COMMON && shndx !== SHN.X86_64_LCOMMON)
    throw badSymbol(file, object, index, `is in section 0x${shndx.toString(16)}, which has no meaning for it`);
  if (index < file.table.firstGlobal[object]!) throw badSymbol(file, object, index, "is common storage, and local");
  if (high !== 0 || !isAlignment(words[at + ST.VALUE]! >>> 0))
    throw badSymbol(file, object, index, `has an alignment that is no power of two up to 2^${MAX_ALIGN_LOG2}`);
  if (words[at + ST.SIZE_HIGH]! >>> 0 >= MAX_SIZE_HIGH)
    throw badSymbol(file, object, index, "is larger than any address space");
}

/** Nothing can define a local symbol that its own object does not: what refers to it refers to nothing. */
function checkUses(file: ObjectFile, object: number, undefinedLocals: ReadonlySet<number>): void {
  const { words } = file.table.input;
  for (let index = 1; index < file.shnum; index++) {
    if (file.word(index, SH.TYPE) !== SHT.RELA) continue;
    const from = (file.at + file.word(index, SH.OFFSET)) / 4;
    const end = from + file.word(index, SH.SIZE) / 4;
    for (let rela = from; rela < end; rela += RA.WORDS) {
      const symbol = words[rela + RA.SYMBOL]! >>> 0;
      if (undefinedLocals.has(symbol)) throw badSymbol(file, object, symbol, "is local, referred to and not defined");
    }
  }
}

function badSymbol(file: ObjectFile, object: number, index: number, what: string): DiagnosticError {
  const name = file.table.symbolName(object, index);
  return file.malformed(`symbol ${index}${name === "" ? "" : `, ${name},`} ${what}`);
}
