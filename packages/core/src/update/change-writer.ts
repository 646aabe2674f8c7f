/**
 * The bytes of a change: new contents of atoms, relocations, the entries and names of symbols. Everything is computed aside
 * and compared with what was there before it is written.
 */

import { STB } from "../elf/sym.js";
import { R_X86_64 } from "../elf/x86-64.js";
import type { ApplyPlan } from "../link/apply.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import {
  APPLIED_DYNAMIC,
  addressOf,
  isTlsSection,
  Misapplied,
  relocate,
  relocated,
  storeField,
  storeRela,
  storeSymbol,
} from "../link/relocate.js";
import { isNobits, UNDEFINED } from "../link/sections.js";
import { bindingOf, kindOf, SymbolKind, SymField, typeOf, visibilityOfSymbol } from "../link/symbol-table.js";
import { WIDTH } from "../link/x86-64.js";
import type { Change } from "./change.js";
import type { EntryList } from "./entry-list.js";
import { addendOf, loadsFromTable, relaxRelocation } from "./from-records.js";
import { Graph, NO_FIELD, NONE, RELAXED, Relocation } from "./tables.js";

const SYM_BYTES = 24;
const RELA_BYTES = 24;
const MASK = RELAXED - 1;

export class ChangeWriter {
  readonly #change: Change;
  readonly #entries: EntryList;
  /** Scratch for a field and for an entry of a table. */
  readonly #scratch = new Uint8Array(SYM_BYTES);
  readonly #view = new DataView(this.#scratch.buffer);

  constructor(change: Change, entries: EntryList) {
    this.#change = change;
    this.#entries = entries;
  }

  /** Writes all that the change has yet to write, with everything in its place. */
  write(plan: ApplyPlan): void {
    this.#writeContents(plan);
    this.#applyAll(plan);
    this.#writeSymbols(plan);
    this.#writeNames();
  }

  /** What a relocation is applied against in the end, or NONE. */
  targetOf(relocation: number): number {
    const { program, references } = this.#change;
    const target = program.parts.relocations.get(relocation, Relocation.TARGET);
    return references.finalOf(target, program.mode === "object");
  }

  // --- bytes ----------------------------------------------------------------------------------------------------

  /** New bytes of atoms, with their relocations applied to them before they are compared with what was there. */
  #writeContents(plan: ApplyPlan): void {
    const { program, references, contents, relocations } = this.#change;
    const { symbols, image } = program.parts;
    for (const [symbol, content] of contents) {
      const section = symbols.get(symbol, SymField.SECTION);
      if (section === UNDEFINED || isNobits(section)) {
        references.forEachOwn(symbol, (relocation) => relocations.add(relocation));
        continue;
      }
      const bytes = typeof content === "number" ? new Uint8Array(content) : content;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      references.forEachOwn(symbol, (relocation) => {
        relaxRelocation(program, references, relocation, bytes, 0);
        this.#apply(plan, relocation, view, 0);
        relocations.delete(relocation);
      });
      image.write(symbols.get(symbol, SymField.NODE), 0, bytes);
    }
  }

  #applyAll(plan: ApplyPlan): void {
    const { program, relocations } = this.#change;
    const { image, symbols } = program.parts;
    for (const relocation of relocations) {
      const type = program.parts.relocations.get(relocation, Relocation.TYPE);
      const width = type === NO_FIELD ? 0 : WIDTH[type & MASK]!;
      const field = this.#apply(
        plan,
        relocation,
        this.#view,
        program.parts.relocations.get(relocation, Relocation.OFFSET),
      );
      if (!field || width === 0) continue;
      const node = symbols.get(program.parts.relocations.get(relocation, Relocation.OWNER), SymField.NODE);
      const offset = program.parts.relocations.get(relocation, Relocation.OFFSET);
      image.write(node, offset, this.#scratch.subarray(0, width));
    }
  }

  /**
   * Applies a relocation to `view`, which begins at byte `base` of the owner. False where nothing was stored: the
   * relocation failed, and `Program.failed` says how, or it has no field.
   */
  #apply(plan: ApplyPlan, relocation: number, view: DataView, base: number): boolean {
    const { program, counts } = this.#change;
    const { relocations, symbols } = program.parts;
    counts.relocations++;
    program.failed.delete(relocation);
    const storedType = relocations.get(relocation, Relocation.TYPE);
    const type = storedType & MASK;
    const target = this.targetOf(relocation);
    const inside = relocations.get(relocation, Relocation.INSIDE);
    const targetSection = target === NONE ? UNDEFINED : symbols.get(target, SymField.SECTION);
    if (!this.#isUsable(relocation, storedType, target, targetSection, inside)) return false;
    if (storedType === NO_FIELD) return false;
    const owner = relocations.get(relocation, Relocation.OWNER);
    const section = symbols.get(owner, SymField.SECTION);
    const value = symbols.getUnsigned(owner, SymField.VALUE);
    const offset = relocations.get(relocation, Relocation.OFFSET);
    const addend = addendOf(program, relocation);
    if (plan.mode === "object") {
      const slot = symbols.get(target, SymField.SLOT);
      this.#writeEntry(relocation, section, value + offset, slot, type, addend + inside);
      return false;
    }
    if (storedType & RELAXED && (type === NO_FIELD) !== (targetSection === UNDEFINED))
      throw new NeedsFullLink("code that was written for a symbol with a definition, or without, has the other now");
    if (type === NO_FIELD) return false;
    if (!(storedType & RELAXED) && loadsFromTable(program, type) && base !== 0)
      throw new NeedsFullLink("code is to be rewritten that was not emitted again");
    const place = plan.base + plan.address[section]! + value + offset;
    const targetValue = (target === NONE ? 0 : symbols.getUnsigned(target, SymField.VALUE)) + inside;
    const targetSize = target === NONE ? 0 : symbols.getUnsigned(target, SymField.SIZE);
    const outcome = relocate(plan, type, section, place, targetSection, targetValue, targetSize, addend);
    if (outcome >= 0 || outcome < APPLIED_DYNAMIC) {
      const failure = outcome >= 0 ? outcome : Misapplied.NEEDS_TABLE;
      program.failed.set(relocation, { kind: "misapplied", failure, value: relocated });
      return false;
    }
    storeField(view, offset - base, type, relocated);
    if (outcome === APPLIED_DYNAMIC) this.#writeEntry(relocation, section, place, 0, R_X86_64.RELATIVE, relocated);
    return true;
  }

  #isUsable(relocation: number, type: number, target: number, targetSection: number, inside: number): boolean {
    const { program } = this.#change;
    const { symbols } = program.parts;
    const isExport = type === NO_FIELD;
    if (target === NONE || (targetSection === UNDEFINED && program.graph(target, Graph.DECL) === NONE)) {
      program.failed.set(relocation, { kind: "undeclared" });
      return false;
    }
    if (targetSection === UNDEFINED) {
      const flags = symbols.get(target, SymField.FLAGS);
      const isWeakExport = program.mode === "object" && symbols.get(target, SymField.ALIAS) !== NONE;
      const isFine = program.mode === "object" || bindingOf(flags) === STB.WEAK;
      if (isExport ? isWeakExport : isFine) return true;
      program.failed.set(relocation, { kind: "undefined" });
      return false;
    }
    if (isExport && kindOf(symbols.get(target, SymField.FLAGS)) === SymbolKind.LINKER) {
      program.failed.set(relocation, { kind: "undefined" });
      return false;
    }
    if (inside > symbols.getUnsigned(target, SymField.SIZE)) {
      program.failed.set(relocation, { kind: "outside" });
      return false;
    }
    return true;
  }

  #writeEntry(relocation: number, section: number, place: number, symbol: number, type: number, addend: number): void {
    const bytes = new Uint8Array(RELA_BYTES);
    storeRela(new DataView(bytes.buffer), 0, place, symbol, type, addend);
    this.#change.program.parts.image.write(this.#entries.nodeOf(section), this.#entries.offsetOf(relocation), bytes);
  }

  // --- tables ---------------------------------------------------------------------------------------

  #writeSymbols(plan: ApplyPlan): void {
    const { program, references, entries, counts } = this.#change;
    const { symbols, image, layout } = program.parts;
    const table = layout.table(".symtab");
    for (const symbol of entries) {
      counts.symbols++;
      const flags = symbols.get(symbol, SymField.FLAGS);
      const slot = symbols.get(symbol, SymField.SLOT);
      if (kindOf(flags) === SymbolKind.FREE || slot === 0) continue;
      const final = references.finalOf(symbol, false);
      const place = final === NONE ? symbol : final;
      const section = symbols.get(place, SymField.SECTION);
      const value = symbols.getUnsigned(place, SymField.VALUE);
      let address = 0;
      if (section !== UNDEFINED) {
        if (plan.mode === "object") address = value;
        else if (isTlsSection(section)) address = plan.tlsOffset[section]! + value;
        else address = addressOf(plan, section, value);
      }
      const type = typeOf(symbols.get(place, SymField.FLAGS));
      storeSymbol(
        this.#view,
        0,
        symbols.get(symbol, SymField.STRTAB),
        (bindingOf(flags) << 4) | type,
        visibilityOfSymbol(flags),
        section === UNDEFINED ? 0 : plan.shndx[section]!,
        address,
        symbols.get(place, SymField.SIZE),
      );
      image.write(table, slot * SYM_BYTES, this.#scratch);
    }
  }

  #writeNames(): void {
    const { program, strings } = this.#change;
    const { image, layout } = program.parts;
    for (const [offset, bytes] of strings) image.write(layout.table(".strtab"), offset, bytes);
  }
}
