/**
 * Checks what of an object refers to its symbols and sections by number: relocations, which have addends by now, groups,
 * and the extended section indices of symbols. Enters which table of relocations is for which section.
 */

import { GRP, SHT } from "../../elf/shdr.js";
import { R_X86_64 } from "../../elf/x86-64.js";
import { WIDTH } from "../../link/x86-64.js";
import { RA, SH } from "../object-table.js";
import { isContents } from "../section-types.js";
import type { ObjectFile } from "./object-file.js";

export function checkRelocations(file: ObjectFile, object: number, symtab: number, symbols: number): void {
  const table = file.table;
  const { words } = table.input;
  const base = table.sectionBase[object]!;
  for (let index = 1; index < file.shnum; index++) {
    const at = file.shdrs + index * SH.WORDS;
    if (words[at + SH.TYPE] !== SHT.RELA) continue;
    const size = words[at + SH.SIZE]! >>> 0;
    const target = words[at + SH.INFO]! >>> 0;
    if (target === 0 || target >= file.shnum || target === index)
      throw file.malformed(`section ${index} relocates section ${target}, which is not there`);
    if (words[at + SH.ENTSIZE] !== RA.WORDS * 4 || size % (RA.WORDS * 4) !== 0)
      throw file.malformed(`the relocations of section ${index} are not entries of 24 bytes`);
    if (size === 0) continue;
    if (words[at + SH.LINK] !== symtab)
      throw file.malformed(`the relocations of section ${index} do not refer to the symbol table`);
    const targetType = words[file.shdrs + target * SH.WORDS + SH.TYPE]!;
    if (!isContents(targetType) && targetType !== SHT.LLVM_ADDRSIG)
      throw file.malformed(`section ${index} relocates section ${target}, which holds nothing that is linked`);
    if (table.sectionRela[base + target] !== 0) throw file.malformed(`section ${target} has two tables of relocations`);
    table.sectionRela[base + target] = index;
    const limit = targetType === SHT.NOBITS ? 0 : words[file.shdrs + target * SH.WORDS + SH.SIZE]! >>> 0;
    const from = (file.at + (words[at + SH.OFFSET]! >>> 0)) / 4;
    let isPlain = true;
    const end = from + size / 4;
    for (let rela = from; rela < end; rela += RA.WORDS) {
      const offset = words[rela + RA.OFFSET]! >>> 0;
      const type = words[rela + RA.TYPE]!;
      const width = WIDTH[type & 63]!;
      if (type !== R_X86_64.PC32 && type !== R_X86_64.PLT32) isPlain &&= isSum(type);
      if (words[rela + RA.SYMBOL]! >>> 0 >= symbols)
        throw file.malformed(`a relocation of section ${target} has no symbol`);
      if (words[rela + RA.OFFSET + 1] !== 0 || offset + width > limit)
        throw file.malformed(`a relocation lies outside of section ${target}`);
    }
    if (isPlain) table.isPlain[base + target] = 1;
  }
}

/** Whether a relocation is a symbol's address and a number, less its own address or not. */
function isSum(type: number): boolean {
  return type === R_X86_64["64"] || type === R_X86_64["32"] || type === R_X86_64["32S"];
}

export function checkExtendedAndGroups(file: ObjectFile, object: number, symtab: number, symbols: number): void {
  const table = file.table;
  const { words } = table.input;
  for (let index = 1; index < file.shnum; index++) {
    const at = file.shdrs + index * SH.WORDS;
    const type = words[at + SH.TYPE];
    if (type !== SHT.SYMTAB_SHNDX && type !== SHT.GROUP) continue;
    const size = words[at + SH.SIZE]! >>> 0;
    const from = (file.at + (words[at + SH.OFFSET]! >>> 0)) / 4;
    if (type === SHT.SYMTAB_SHNDX) {
      if (words[at + SH.LINK] !== symtab) continue;
      if (size < symbols * 4) throw file.malformed("the extended section indices are fewer than the symbols");
      table.extended[object] = from;
      continue;
    }
    if (size < 4 || size % 4 !== 0) throw file.malformed(`the group in section ${index} is no list of words`);
    if (words[from]! & ~(GRP.COMDAT | GRP.MASKOS | GRP.MASKPROC))
      throw file.malformed(`the group in section ${index} has flags 0x${(words[from]! >>> 0).toString(16)}`);
    if (symtab === 0 || words[at + SH.LINK] !== symtab || words[at + SH.INFO]! >>> 0 >= symbols)
      throw file.malformed(`the group in section ${index} has no signature`);
    for (let member = from + 1; member < from + size / 4; member++)
      if (words[member]! >>> 0 >= file.shnum || words[member] === 0 || words[member] === index)
        throw file.malformed(`the group in section ${index} has a member that is not there`);
  }
}
