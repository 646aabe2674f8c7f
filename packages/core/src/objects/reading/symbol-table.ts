/**
 * Finds the symbol table of an object and its strings, and checks that names lie in them. The symbols themselves are
 * checked by `symbols.ts`, when sections are straight.
 */

import { SH, ST } from "../object-table.js";
import { NAME_BYTES_PER_BYTE } from "./limits.js";
import type { ObjectFile } from "./object-file.js";

/** Enters the symbol table in section `symtab`. */
export function findSymbols(file: ObjectFile, object: number, symtab: number): void {
  const table = file.table;
  const count = table.symbolCount[object]!;
  const first = file.word(symtab, SH.INFO);
  const link = file.word(symtab, SH.LINK);
  if (first > count || (first === 0 && count > 0))
    throw file.malformed(`sh_info of the symbol table is ${first} of ${count} symbols`);
  if (link === 0 || link >= file.shnum) throw file.malformed(`the symbol table names section ${link} for its strings`);
  const [strings, size] = file.stringTable(link);
  const start = file.aligned(file.word(symtab, SH.OFFSET), file.word(symtab, SH.SIZE)) / 4;
  table.symtab[object] = start;
  table.firstGlobal[object] = first;
  table.strings[object] = strings;
  table.extended[object] = 0;
  const { bytes, words } = table.input;
  let areApart = true;
  for (let index = 0, at = start, last = 0; index < count; index++, at += ST.WORDS) {
    const name = words[at + ST.NAME]! >>> 0;
    if (name >= size) throw file.malformed(`the name of symbol ${index} is outside of the string table`);
    // The empty name; where a table begins otherwise, 0 is a name like others.
    if (name === 0 && bytes[strings] === 0) continue;
    // Each begins behind the last one, and where a string does: no byte belongs to two of them.
    if (name <= last || bytes[strings + name - 1] !== 0) areApart = false;
    last = name;
  }
  const nameLimit = file.size * NAME_BYTES_PER_BYTE;
  if (areApart || count * size <= nameLimit) return;
  const ends = latestEnds(words, strings, size);
  let nameBytes = 0;
  for (let index = 0, at = start; index < count; index++, at += ST.WORDS) {
    const name = words[at + ST.NAME]! >>> 0;
    nameBytes += ends[((strings + name) >>> 6) - (strings >>> 6)]! - name;
  }
  if (nameBytes > nameLimit) throw file.malformed("names of symbols overlap beyond reason");
}

/**
 * For each 64 bytes of memory that a string table lies in: where a string that begins there ends at the latest. It is an
 * estimate that costs less than looking for all ends.
 */
function latestEnds(words: Int32Array, start: number, size: number): Int32Array {
  const first = start >>> 6;
  const last = (start + size - 1) >>> 6;
  const ends = new Int32Array(last - first + 1);
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
