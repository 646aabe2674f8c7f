/** What is wrong with a program after an update, with names, places and remedies: `Program.failed` as diagnostics. */

import type { Diagnostic, Note, Place } from "../diagnostics/diagnostic.js";
import * as link from "../diagnostics/link.js";
import { x8664RelocationName } from "../elf/x86-64.js";
import { describe } from "../link/explain.js";
import type { Records } from "../link/link-records.js";
import { UNDEFINED } from "../link/sections.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { readText } from "../manifest/locate.js";
import { nearestOf } from "../memory/word-table.js";
import { Decl, Ref, Reloc } from "../protocol/records.js";
import { entryOf } from "./names.js";
import type { Failed, Program } from "./program.js";
import { References } from "./references.js";
import { readName } from "./symbol-list.js";
import { Declaration, Graph, NO_FIELD, NONE, RELAXED, Relocation } from "./tables.js";

/** Names that a suggestion is sought among. */
const CANDIDATES = 50_000;
/** More diagnostics than these help nobody. */
const LIMIT = 20;

/** Diagnostics in the order in which things went wrong; none where the program can be written. */
export function explainProgram(program: Program, records: Records): Diagnostic[] {
  return new ProgramExplainer(program, records).explain();
}

class ProgramExplainer {
  readonly #program: Program;
  readonly #records: Records;
  readonly #references: References;

  constructor(program: Program, records: Records) {
    this.#program = program;
    this.#records = records;
    this.#references = new References(program);
  }

  explain(): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    /** The diagnostic of each undefined symbol: one for all places that refer to it. */
    const undefinedAt = new Map<number, number>();
    for (const [key, failed] of this.#program.failed) {
      if (diagnostics.length === LIMIT) break;
      if (failed.kind === "duplicate") diagnostics.push(this.#duplicate(-1 - key, failed.rows));
      else if (failed.kind === "undefined") this.#undefined(key, diagnostics, undefinedAt);
      else diagnostics.push(this.#relocation(key, failed));
    }
    return [...diagnostics, ...this.#missingEntry()];
  }

  #missingEntry(): Diagnostic[] {
    const program = this.#program;
    if (program.mode === "object" || entryOf(program, this.#references) !== NONE) return [];
    const names: string[] = [];
    const { slots, symbols } = program.parts;
    for (let slot = program.parts.locals; slot < slots.length && names.length < 6; slot++) {
      const symbol = slots.get(slot);
      if (symbols.get(symbol, SymField.ALIAS) !== NONE) names.push(this.#nameOf(symbol));
    }
    return [link.noEntry(program.parts.header.entry, names)];
  }

  #duplicate(global: number, rows: readonly number[]): Diagnostic {
    const [last, first] = [Math.max(...rows), Math.min(...rows)];
    const note: Note = { message: "first declared here", ...this.#optionalPlace(this.#placeOfRow(first)) };
    return this.#at(link.duplicateExport(this.#nameOf(global), note), this.#placeOfRow(last));
  }

  #undefined(relocation: number, diagnostics: Diagnostic[], seen: Map<number, number>): void {
    const { relocations } = this.#program.parts;
    const target = this.#references.finalOf(relocations.get(relocation, Relocation.TARGET), false);
    const at = seen.get(target);
    const place = this.#placeOf(relocation, true);
    if (at === undefined) {
      seen.set(target, diagnostics.length);
      diagnostics.push(this.#at(link.undefinedSymbol(this.#nameOf(target)), place));
      return;
    }
    const known = diagnostics[at]!;
    const notes = known.notes ?? [];
    if (notes.length < 3)
      diagnostics[at] = {
        ...known,
        notes: [...notes, { message: "also referred to here", ...this.#optionalPlace(place) }],
      };
  }

  #relocation(relocation: number, failed: Failed): Diagnostic {
    const { relocations, symbols } = this.#program.parts;
    const written = relocations.get(relocation, Relocation.TARGET);
    if (failed.kind === "undeclared") {
      const name = this.#nameOf(written, relocation);
      const nearest = nearestOf(name, this.#knownNames(this.#program.graph(written, Graph.SCOPE)));
      return this.#at(link.undeclaredName(name, nearest), this.#placeOf(relocation, true));
    }
    const target = this.#references.finalOf(written, false);
    const inside = relocations.get(relocation, Relocation.INSIDE);
    if (failed.kind === "outside") {
      const size = symbols.getUnsigned(target, SymField.SIZE);
      return this.#at(link.offsetOutside(this.#nameOf(target), inside, size), this.#placeOf(relocation, true));
    }
    if (failed.kind !== "misapplied") throw new Error(failed.kind);
    const owner = relocations.get(relocation, Relocation.OWNER);
    const offset = relocations.get(relocation, Relocation.OFFSET);
    const type = relocations.get(relocation, Relocation.TYPE) & (RELAXED - 1);
    const site: link.RelocationSite = {
      type: x8664RelocationName(type) ?? String(type),
      inside: this.#nameOf(owner),
      offset,
      place: this.#address(owner) + offset,
      target: this.#nameOf(target, relocation),
      targetAddress: this.#address(target) + inside,
    };
    return this.#at(describe(failed.failure, site, type, failed.value), this.#placeOf(relocation, false));
  }

  #address(symbol: number): number {
    const { symbols, layout, header } = this.#program.parts;
    const section = symbol === NONE ? UNDEFINED : symbols.get(symbol, SymField.SECTION);
    if (section === UNDEFINED) return 0;
    return header.imageBase + layout.address[section]! + symbols.getUnsigned(symbol, SymField.VALUE);
  }

  // --- names ----------------------------------------------------------------------------------------------------

  /** The name of a symbol; of one that has none, as `relocation` spells it. */
  #nameOf(symbol: number, relocation: number = NONE): string {
    const { symbols, image, layout } = this.#program.parts;
    const kind = symbol === NONE ? SymbolKind.FREE : kindOf(symbols.get(symbol, SymField.FLAGS));
    if (kind === SymbolKind.UAV) return "an unnamed value";
    const offset = symbol === NONE ? 0 : symbols.getUnsigned(symbol, SymField.STRTAB);
    if (offset !== 0) {
      const length = this.#program.graph(symbol, Graph.NAME_LENGTH);
      return Buffer.from(readName(image, layout.table(".strtab"), offset, length)).toString("utf8");
    }
    return this.#program.lostNames.get(symbol) || this.#spelling(relocation) || "?";
  }

  /** The name that a relocation refers to, as its declaration spells it. */
  #spelling(relocation: number): string | undefined {
    const at = relocation === NONE ? undefined : this.#refOf(relocation);
    return at && this.#records.textAt(readText, at.chunk, at.ref);
  }

  *#knownNames(scope: number): Generator<string> {
    const { slots, symbols } = this.#program.parts;
    const end = Math.min(slots.length, CANDIDATES);
    for (let slot = 1; slot < end; slot++) {
      const symbol = slots.get(slot);
      const kind = kindOf(symbols.get(symbol, SymField.FLAGS));
      if (kind === SymbolKind.UAV || (kind === SymbolKind.NAV && this.#program.graph(symbol, Graph.SCOPE) !== scope))
        continue;
      yield this.#nameOf(symbol);
    }
  }

  // --- places ---------------------------------------------------------------------------------------------------

  /** The declaration that a relocation is in: its own record, where it is in memory. */
  #rowOf(relocation: number): number {
    const { relocations, declarations, symbols } = this.#program.parts;
    const owner = relocations.get(relocation, Relocation.OWNER);
    const row = this.#program.graph(owner, Graph.DECL);
    if (relocations.get(relocation, Relocation.TYPE) !== NO_FIELD)
      return kindOf(symbols.get(owner, SymField.FLAGS)) === SymbolKind.NAV ? row : NONE;
    for (let at = row; at !== NONE; at = declarations.get(at, Declaration.NEXT))
      if (declarations.get(at, Declaration.RELOC) === relocation) return at;
    return NONE;
  }

  /** The reference record behind a relocation, where that is in memory. */
  #refOf(relocation: number): { readonly chunk: number; readonly ref: number } | undefined {
    const row = this.#rowOf(relocation);
    const chunk = row === NONE ? NONE : this.#program.chunkOf(row);
    if (chunk === NONE) return undefined;
    const { declarations, relocations } = this.#program.parts;
    const { words, at } = this.#records.decl(chunk, declarations.get(row, Declaration.RECORD));
    if (relocations.get(relocation, Relocation.TYPE) === NO_FIELD) return { chunk, ref: words[at + Decl.REF]! };
    let index = 0;
    const owner = relocations.get(relocation, Relocation.OWNER);
    let own = this.#program.graph(owner, Graph.RELOCS);
    while (own !== relocation && own !== NONE) {
      index++;
      own = relocations.get(own, Relocation.NEXT_OWN);
    }
    const record = this.#records.reloc(chunk, words[at + Decl.RELOC]! + index);
    return { chunk, ref: record.words[record.at + Reloc.REF]! };
  }

  /** Where a relocation stands, or `named`: the name that it refers to. */
  #placeOf(relocation: number, named: boolean): Place | undefined {
    const ref = named ? this.#refOf(relocation) : undefined;
    if (ref !== undefined) {
      const { words, at } = this.#records.ref(ref.chunk, ref.ref);
      return this.#records.placeOf(ref.chunk, words[at + Ref.SOURCE]!, words[at + Ref.SOURCE_LENGTH]!);
    }
    const row = this.#rowOf(relocation);
    if (row === NONE) return undefined;
    return this.#placeOfRow(row, this.#program.parts.relocations.get(relocation, Relocation.SOURCE));
  }

  /** Where a declaration begins, or a byte of it; of one that an earlier process read, which it is. */
  #placeOfRow(row: number, inside = 0): Place | undefined {
    const chunk = this.#program.chunkOf(row);
    const { declarations } = this.#program.parts;
    if (chunk === NONE) {
      const symbol = this.#nameOf(declarations.get(row, Declaration.SYMBOL));
      const file = this.#program.parts.files[declarations.get(row, Declaration.SCOPE)];
      return file === undefined ? { symbol } : { file, symbol };
    }
    const { words, at } = this.#records.decl(chunk, declarations.get(row, Declaration.RECORD));
    return this.#records.placeOf(chunk, words[at + Decl.SOURCE]! + inside);
  }

  #at(diagnostic: Diagnostic, place: Place | undefined): Diagnostic {
    return place === undefined ? diagnostic : { ...diagnostic, place };
  }

  #optionalPlace(place: Place | undefined): { place?: Place } {
    return place === undefined ? {} : { place };
  }
}
