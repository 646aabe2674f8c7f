/**
 * Relocations that stay in the output: .rela.dyn of a PIE, .rela.text and the like of a relocatable file. Every table is
 * dense. What an update gives back and takes again are the same entries, in order: a declaration that is emitted anew and
 * is the same changes nothing.
 */

import { ELF64_LE } from "../elf/format.js";
import { relaSize } from "../elf/rela.js";
import { SECTIONS, Section } from "../link/sections.js";
import { SymField } from "../link/symbol-table.js";
import type { Change } from "./change.js";
import { clearEntry } from "./symbol-list.js";
import { NONE, Relocation } from "./tables.js";

const RELA_BYTES = relaSize(ELF64_LE);

export class EntryList {
  readonly #change: Change;

  constructor(change: Change) {
    this.#change = change;
  }

  /** Bytes from the start of the node of the table to the entry of `relocation`. */
  offsetOf(relocation: number): number {
    return this.#change.program.parts.relocations.get(relocation, Relocation.ENTRY) * RELA_BYTES;
  }

  /** The node of the table in which the relocations of `section` stand. */
  nodeOf(section: number): number {
    const { program } = this.#change;
    return program.parts.layout.table(program.mode === "pie" ? ".rela.dyn" : `.rela${SECTIONS[section]!.name}`);
  }

  /** Sees to it that `relocation`, whose owner is in `section`, has an entry. */
  take(relocation: number, section: number): void {
    const { program, freeEntries } = this.#change;
    const { relocations, entries } = program.parts;
    if (relocations.get(relocation, Relocation.ENTRY) !== NONE) return;
    const table = this.#tableOf(section);
    const free = freeEntries.get(table)?.shift();
    if (free !== undefined) entries[table]!.set(free, relocation);
    relocations.set(relocation, Relocation.ENTRY, free ?? entries[table]!.push(relocation));
  }

  /** Gives the entry of `relocation` back, if it has one. Of a table, not of what is in it: see `close`. */
  give(relocation: number, section: number): void {
    const { program, freeEntries } = this.#change;
    const { relocations, entries } = program.parts;
    const entry = relocations.get(relocation, Relocation.ENTRY);
    if (entry === NONE) return;
    relocations.set(relocation, Relocation.ENTRY, NONE);
    const table = this.#tableOf(section);
    entries[table]!.set(entry, NONE);
    const free = freeEntries.get(table);
    if (free === undefined) freeEntries.set(table, [entry]);
    else free.push(entry);
  }

  /** Fills the gaps that are left with the last entries. Those that move are applied again. */
  close(): void {
    const { program, freeEntries, relocations: pending } = this.#change;
    const { relocations, entries, image } = program.parts;
    for (const [table, free] of freeEntries) {
      const list = entries[table]!;
      const node = program.mode === "pie" ? this.nodeOf(Section.DATA) : this.nodeOf(table);
      for (const gap of free.sort((a, b) => b - a)) {
        list.length--;
        // The last entry is a gap itself only if it is this one: gaps are filled from the end.
        if (gap !== list.length) {
          const last = list.get(list.length);
          list.set(gap, last);
          relocations.set(last, Relocation.ENTRY, gap);
          pending.add(last);
        }
        clearEntry(image, node, list.length * RELA_BYTES, RELA_BYTES);
      }
    }
    freeEntries.clear();
  }

  /** The section of a relocation's owner. */
  sectionOf(relocation: number): number {
    const { relocations, symbols } = this.#change.program.parts;
    return symbols.get(relocations.get(relocation, Relocation.OWNER), SymField.SECTION);
  }

  #tableOf(section: number): number {
    return this.#change.program.mode === "pie" ? 0 : section;
  }
}
