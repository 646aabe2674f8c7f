/**
 * Objects that a thread has read and checked, as words that another one enters into its table. By object:
 *   HEADER  see `Field`
 *   sections, a word each: the section with its relocations * 2, + 1 where these are plain
 *   global symbols, four words each: the lanes of the name's hash, the bytes of the name
 */

import type { InputLabel } from "../../input/label.js";
import { hash0, hash1, hash2 } from "../../memory/hash.js";
import { scanName } from "../name-hash.js";
import { type ObjectTable, ST } from "../object-table.js";

/** Words of an object's header. Offsets into the inputs are unsigned. */
const Field = {
  /** Words of all that there is of the object; the other fields of one that could not be read are 0. */
  WORDS: 0,
  BASE: 1,
  SIZE: 2,
  SHDRS: 3,
  SHNUM: 4,
  SECTION_NAMES: 5,
  SYMTAB: 6,
  SYMBOLS: 7,
  FIRST_GLOBAL: 8,
  STRINGS: 9,
  EXTENDED: 10,
  HASH0: 11,
  HASH1: 12,
  TRAITS: 13,
  COUNT: 14,
} as const;

/** Words of a global symbol. */
export const NAME_WORDS = 4;

/** Packs objects of a table into `target`, or into words of their own where there is no room; -1: it could not be read. */
export function packObjects(table: ObjectTable, objects: readonly number[], target: Int32Array): Int32Array {
  const sizes = objects.map((object) => (object === -1 ? Field.COUNT : wordsOf(table, object)));
  const all = sizes.reduce((sum, words) => sum + words, 0);
  const packed = all <= target.length ? target.subarray(0, all) : new Int32Array(all);
  let at = 0;
  for (const [i, object] of objects.entries()) {
    packed.fill(0, at, at + Field.COUNT);
    packed[at + Field.WORDS] = sizes[i]!;
    if (object !== -1) packObject(table, object, packed, at);
    at += sizes[i]!;
  }
  return packed;
}

function wordsOf(table: ObjectTable, object: number): number {
  const globals = table.symbolCount[object]! - table.firstGlobal[object]!;
  return Field.COUNT + table.shnum[object]! + globals * NAME_WORDS;
}

function packObject(table: ObjectTable, object: number, packed: Int32Array, at: number): void {
  const shnum = table.shnum[object]!;
  packed[at + Field.BASE] = table.base[object]!;
  packed[at + Field.SIZE] = table.size[object]!;
  packed[at + Field.SHDRS] = table.shdrs[object]!;
  packed[at + Field.SHNUM] = shnum;
  packed[at + Field.SECTION_NAMES] = table.sectionNames[object]!;
  packed[at + Field.SYMTAB] = table.symtab[object]!;
  packed[at + Field.SYMBOLS] = table.symbolCount[object]!;
  packed[at + Field.FIRST_GLOBAL] = table.firstGlobal[object]!;
  packed[at + Field.STRINGS] = table.strings[object]!;
  packed[at + Field.EXTENDED] = table.extended[object]!;
  packed[at + Field.HASH0] = table.hashes[object * 2]!;
  packed[at + Field.TRAITS] = table.traits[object]!;
  packed[at + Field.HASH1] = table.hashes[object * 2 + 1]!;
  let to = at + Field.COUNT;
  const base = table.sectionBase[object]!;
  for (let section = base; section < base + shnum; section++)
    packed[to++] = table.sectionRela[section]! * 2 + table.isPlain[section]!;
  const { view, words } = table.input;
  const strings = table.strings[object]!;
  const first = table.firstGlobal[object]!;
  const end = table.symbolCount[object]!;
  for (let index = first, symbol = table.symtab[object]! + first * ST.WORDS; index < end; index++, symbol += ST.WORDS) {
    const start = strings + (words[symbol + ST.NAME]! >>> 0);
    const length = scanName(view, start) - start;
    packed[to] = hash0;
    packed[to + 1] = hash1;
    packed[to + 2] = hash2;
    packed[to + 3] = length;
    to += NAME_WORDS;
  }
}

/** Words behind the object at `at`. */
export function nextObject(packed: Int32Array, at: number): number {
  return at + packed[at + Field.WORDS]!;
}

/** Whether the object at `at` could be read. */
export function isRead(packed: Int32Array, at: number): boolean {
  return packed[at + Field.SHNUM] !== 0;
}

/** Where the names of the object at `at` begin. */
export function namesAt(packed: Int32Array, at: number): number {
  return at + Field.COUNT + packed[at + Field.SHNUM]!;
}

/** Enters the object at `at` into a table of the same inputs; returns its number. */
export function enterObject(table: ObjectTable, label: InputLabel, packed: Int32Array, at: number): number {
  const shnum = packed[at + Field.SHNUM]!;
  const object = table.add(label, shnum, packed[at + Field.SYMBOLS]!);
  table.base[object] = packed[at + Field.BASE]! >>> 0;
  table.size[object] = packed[at + Field.SIZE]! >>> 0;
  table.shdrs[object] = packed[at + Field.SHDRS]!;
  table.sectionNames[object] = packed[at + Field.SECTION_NAMES]! >>> 0;
  table.symtab[object] = packed[at + Field.SYMTAB]!;
  table.firstGlobal[object] = packed[at + Field.FIRST_GLOBAL]!;
  table.strings[object] = packed[at + Field.STRINGS]! >>> 0;
  table.extended[object] = packed[at + Field.EXTENDED]!;
  table.hashes[object * 2] = packed[at + Field.HASH0]!;
  table.hashes[object * 2 + 1] = packed[at + Field.HASH1]!;
  table.traits[object] = packed[at + Field.TRAITS]!;
  const base = table.sectionBase[object]!;
  const from = at + Field.COUNT;
  for (let index = 0; index < shnum; index++) {
    const word = packed[from + index]!;
    table.sectionRela[base + index] = word >>> 1;
    table.isPlain[base + index] = word & 1;
  }
  return object;
}
