/**
 * Sections of which one copy is linked: COMDAT groups (gABI, "Section Groups") and the older link-once sections
 * (`.gnu.linkonce.*`). The first object's copy stays, those of later ones are discarded.
 */

import { GRP, SHT } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { stringEnd } from "./input-bytes.js";
import { Interner } from "./interner.js";
import { hashName } from "./name-hash.js";
import { Fate, type ObjectTable, SH, ST, sectionIndex } from "./object-table.js";

const LINK_ONCE = Buffer.from(".gnu.linkonce.");

export class Comdat {
  readonly #table: ObjectTable;
  /** Signatures of groups, and names of link-once sections, that are linked. */
  readonly #groups: Interner;
  readonly #linkOnce: Interner;

  constructor(table: ObjectTable) {
    this.#table = table;
    this.#groups = new Interner(table.input);
    this.#linkOnce = new Interner(table.input);
  }

  /** Discards those sections of an object that an earlier one has. */
  addObject(object: number): void {
    const table = this.#table;
    if (table.traits[object] === 0) return;
    const { words, bytes, view } = table.input;
    const base = table.sectionBase[object]!;
    const { count } = this.#groups;
    for (let index = 1, at = table.shdrs[object]! + SH.WORDS; index < table.shnum[object]!; index++, at += SH.WORDS) {
      if (words[at + SH.TYPE] === SHT.GROUP) {
        if ((words[table.wordsOf(base + index)]! & GRP.COMDAT) === 0) continue;
        const start = this.signatureAt(object, words[at + SH.INFO]!);
        const end = stringEnd(bytes, start);
        const before = this.#groups.count;
        hashName(view, start, end);
        const group = this.#groups.intern(start, end);
        // Within one object two groups of one name are both kept, as they came from one compiler.
        if (this.#groups.count > before || group >= count) continue;
        for (const member of table.groupMembers(base + index)) table.sectionOutput[base + member] = Fate.DISCARDED;
      } else if (isLinkOnce(bytes, table.sectionNames[object]! + (words[at + SH.NAME]! >>> 0))) {
        const start = table.sectionNames[object]! + (words[at + SH.NAME]! >>> 0);
        const end = stringEnd(bytes, start);
        const before = this.#linkOnce.count;
        hashName(view, start, end);
        this.#linkOnce.intern(start, end);
        if (this.#linkOnce.count === before && table.sectionOutput[base + index] === Fate.NONE)
          table.sectionOutput[base + index] = Fate.DISCARDED;
      }
    }
  }

  /** Where the name begins that a group is known by: a section symbol has that of its section. */
  signatureAt(object: number, symbol: number): number {
    const table = this.#table;
    const { words } = table.input;
    const at = table.symtab[object]! + symbol * ST.WORDS;
    const section = sectionIndex(table.shndxOf(object, symbol));
    if ((words[at + ST.INFO]! & 15) === STT.SECTION && section !== -1 && section < table.shnum[object]!)
      return table.sectionNameAt(table.sectionBase[object]! + section);
    return table.strings[object]! + (words[at + ST.NAME]! >>> 0);
  }
}

function isLinkOnce(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < LINK_ONCE.length; i++) if (bytes[at + i] !== LINK_ONCE[i]) return false;
  return true;
}
