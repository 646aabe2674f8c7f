/**
 * Reads a relocatable object into the table: checks everything that later code relies on, and straightens what is
 * unusual, so that there is one form of everything behind it: tables lie at multiples of eight, debug sections are not
 * compressed, relocations have addends (SHT_RELA).
 *
 * Behind it holds: section contents lie within the file, none over another; names end; local symbols come first, every
 * symbol's section exists, has contents, and the symbol lies in it; every relocation has its symbol, which is defined
 * where it is local, and its field lies within its section; a section has one table of relocations.
 *
 * The steps are in `reading/`, a file each, in an order that matters: each relies on what those before it checked.
 */

import type { InputLabel } from "../input/label.js";
import { hash0, hash1, hashBytes } from "../memory/hash.js";
import { type ObjectTable, SH, ST } from "./object-table.js";
import { findHeaders, findSectionNames, identify } from "./reading/headers.js";
import { ObjectFile } from "./reading/object-file.js";
import { checkExtendedAndGroups, checkRelocations } from "./reading/references.js";
import { checkSections } from "./reading/sections.js";
import { straighten } from "./reading/straighten.js";
import { findSymbols } from "./reading/symbol-table.js";
import { checkSymbols } from "./reading/symbols.js";

/** Reads the object `[at, at + size)` of the inputs, `at` a multiple of 8. Throws MF0404 to MF0407, and those of `decompressSection`. */
export function readObject(table: ObjectTable, label: InputLabel, at: number, size: number): number {
  const file = new ObjectFile(table, label, at, size);
  identify(file);
  const shstrndx = findHeaders(file);
  findSectionNames(file, shstrndx);
  const symtab = checkSections(file);
  const symbols = symtab === 0 ? 0 : file.word(symtab, SH.SIZE) / (ST.WORDS * 4);
  const object = table.add(label, file.shnum, symbols);
  table.base[object] = at;
  table.size[object] = size;
  table.shdrs[object] = file.shdrs;
  table.sectionNames[object] = file.names;
  table.traits[object] = file.traits;
  if (symtab !== 0) findSymbols(file, object, symtab);
  straighten(file, object);
  checkRelocations(file, object, symtab, symbols);
  checkExtendedAndGroups(file, object, symtab, symbols);
  if (symtab !== 0) checkSymbols(file, object, symbols);
  return object;
}

/** As `readObject`, for a link that will be updated: notes a hash of the bytes as they are, before they are straightened. */
export function readHashedObject(table: ObjectTable, label: InputLabel, at: number, size: number): number {
  hashBytes(table.input.bytes, at, at + size);
  const hash = [hash0, hash1];
  const object = readObject(table, label, at, size);
  table.hashes.set(hash, object * 2);
  return object;
}
