/**
 * Brings the image up to date with a change:
 *
 *   names -> what nothing refers to goes -> places -> addresses -> bytes, relocations, symbols -> headers
 *
 * Each step adds to what the next has to do, never to one before it. Bytes are compared before they are written, so that
 * what comes out the same is not written to the file.
 */

import { STB } from "../elf/sym.js";
import { R_X86_64 } from "../elf/x86-64.js";
import { NONE as NO_NODE, NodeKind } from "../image/node-table.js";
import type { ApplyPlan } from "../link/apply.js";
import { writeDynamic } from "../link/dynamic.js";
import { makePlan } from "../link/finish.js";
import { writeHeaders } from "../link/headers.js";
import { LINKER_SYMBOLS } from "../link/linker-symbols.js";
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
import { isNobits, Section, UNDEFINED } from "../link/sections.js";
import { bindingOf, kindOf, SymbolKind, SymField, typeOf, visibilityOfSymbol } from "../link/symbol-table.js";
import { FORMULA, Formula, WIDTH } from "../link/x86-64.js";
import type { Atoms } from "./atoms.js";
import type { Change } from "./change.js";
import type { Definitions } from "./definitions.js";
import type { EntryList } from "./entry-list.js";
import { addendOf, loadsFromTable, relaxRelocation } from "./from-records.js";
import { entryOf } from "./names.js";
import { readName } from "./symbol-list.js";
import { Graph, NO_FIELD, NONE, RELAXED, Relocation } from "./tables.js";

const SYM_BYTES = 24;
const RELA_BYTES = 24;
const MASK = RELAXED - 1;

export class Settler {
  readonly #change: Change;
  readonly #atoms: Atoms;
  readonly #definitions: Definitions;
  readonly #entries: EntryList;
  /** Scratch for a field and for an entry of a table. */
  readonly #scratch = new Uint8Array(SYM_BYTES);
  readonly #view = new DataView(this.#scratch.buffer);

  constructor(change: Change, atoms: Atoms, definitions: Definitions, entries: EntryList) {
    this.#change = change;
    this.#atoms = atoms;
    this.#definitions = definitions;
    this.#entries = entries;
  }

  settle(): void {
    const { program } = this.#change;
    const { layout, image } = program.parts;
    this.#settleNames();
    this.#followNodes();
    this.#expandMoved();
    this.#planEntries();
    layout.refresh(program.tableSizes, (section) => this.#sectionMoved(section));
    this.#settleLinkerSymbols();
    this.#expandMoved();
    // Nodes of whole tables and sections may have moved, within the file only.
    while (image.takeUpdate() !== undefined);
    const plan = makePlan(program.parts.header, layout, program.mode);
    this.#writeContents(plan);
    this.#applyAll(plan);
    this.#writeSymbols(plan);
    this.#writeNames();
    this.#writeHeaders(plan);
  }

  // --- names ----------------------------------------------------------------------------------------------------

  #settleNames(): void {
    const { globals, references, program } = this.#change;
    const { symbols } = program.parts;
    while (globals.size > 0 || references.released.size > 0) {
      for (const global of globals) {
        globals.delete(global);
        const kind = kindOf(symbols.get(global, SymField.FLAGS));
        if (kind === SymbolKind.GLOBAL || kind === SymbolKind.LINKER) this.#definitions.define(global);
      }
      for (const symbol of references.released) {
        references.released.delete(symbol);
        this.#release(symbol);
      }
    }
  }

  /** Gives a symbol back that nothing refers to any more, where it was there for that only. */
  #release(symbol: number): void {
    const { references, program, globals } = this.#change;
    const kind = kindOf(program.parts.symbols.get(symbol, SymField.FLAGS));
    if (kind === SymbolKind.GLOBAL || kind === SymbolKind.LINKER) {
      if (references.isWanted(symbol) || program.graph(symbol, Graph.DECL) !== NONE) globals.add(symbol);
      else this.#definitions.release(symbol);
      return;
    }
    if (kind === SymbolKind.FREE || references.isWanted(symbol)) return;
    if (kind === SymbolKind.UAV) this.#atoms.removeUav(symbol);
    else if (kind === SymbolKind.LOCAL && program.graph(symbol, Graph.DECL) === NONE) {
      references.setAlias(symbol, NONE);
      program.lostNames.delete(symbol);
      references.drop(symbol);
    }
  }

  // --- places ---------------------------------------------------------------------------------------------------

  /** Symbols follow their nodes. */
  #followNodes(): void {
    const { program, moved, entries, counts } = this.#change;
    const { image, symbols } = program.parts;
    for (let update = image.takeUpdate(); update !== undefined; update = image.takeUpdate()) {
      const { node } = update;
      const kind = image.nodes.kind(node);
      if (kind !== NodeKind.NAV && kind !== NodeKind.UAV) continue;
      counts.nodes++;
      const symbol = image.nodes.owner(node);
      const offset = image.nodes.offset(node);
      entries.add(symbol);
      if (symbols.getUnsigned(symbol, SymField.VALUE) === offset) continue;
      this.#change.noteBefore(symbol);
      symbols.set(symbol, SymField.VALUE, offset | 0);
      moved.add(symbol);
    }
  }

  /** The addresses of all that is in a section changed. */
  #sectionMoved(section: number): void {
    const { nodes } = this.#change.program.parts.image;
    const root = this.#change.program.parts.layout.sectionNodes[section]!;
    for (let node = nodes.first(root); node !== NO_NODE; node = nodes.next(node)) {
      const kind = nodes.kind(node);
      if (kind === NodeKind.NAV || kind === NodeKind.UAV) this.#change.moved.add(nodes.owner(node));
    }
  }

  /** Symbols that the linker defines follow the layout. */
  #settleLinkerSymbols(): void {
    const { program, moved } = this.#change;
    const { linkerSymbols, symbols, layout, image } = program.parts;
    for (const symbol of linkerSymbols) {
      const strtab = layout.table(".strtab");
      const offset = symbols.getUnsigned(symbol, SymField.STRTAB);
      const pending = this.#change.strings.get(offset);
      const bytes = pending ?? readName(image, strtab, offset, program.graph(symbol, Graph.NAME_LENGTH));
      const value = LINKER_SYMBOLS.get(Buffer.from(bytes).toString("utf8"))?.(layout) ?? 0;
      if (symbols.getUnsigned(symbol, SymField.VALUE) === value) continue;
      symbols.set(symbol, SymField.VALUE, value | 0);
      moved.add(symbol);
    }
  }

  /** What refers to a symbol that moved, and what is inside it, is applied again; all that stands for it is listed anew. */
  #expandMoved(): void {
    const { references, moved, relocations, entries, contents } = this.#change;
    for (const symbol of moved) {
      references.forEachAlias(symbol, (alias) => {
        entries.add(alias);
        references.forEachTarget(alias, (relocation) => relocations.add(relocation));
      });
      if (!contents.has(symbol)) references.forEachOwn(symbol, (relocation) => relocations.add(relocation));
    }
    moved.clear();
  }

  /** Relocations that stay in the output get their entries before places are given to the tables. */
  #planEntries(): void {
    const { program, references, contents, relocations } = this.#change;
    if (program.mode === "static") return;
    for (const relocation of relocations) this.#planEntry(relocation);
    for (const symbol of contents.keys())
      references.forEachOwn(symbol, (relocation) => {
        this.#planEntry(relocation);
        relocations.add(relocation);
      });
    this.#entries.close();
  }

  #planEntry(relocation: number): void {
    const { program } = this.#change;
    const type = program.parts.relocations.get(relocation, Relocation.TYPE);
    if (type === NO_FIELD) return;
    const section = this.#entries.sectionOf(relocation);
    if (program.mode === "object" || this.#isDynamic(relocation, type, section))
      this.#entries.take(relocation, section);
    else this.#entries.give(relocation, section);
  }

  #isDynamic(relocation: number, type: number, section: number): boolean {
    const { symbols } = this.#change.program.parts;
    if (type !== R_X86_64["64"] || FORMULA[type] !== Formula.ABSOLUTE || section === Section.TEXT) return false;
    const target = this.#targetOf(relocation);
    if (target === NONE) return false;
    const targetSection = symbols.get(target, SymField.SECTION);
    return targetSection !== UNDEFINED && !isTlsSection(targetSection);
  }

  #targetOf(relocation: number): number {
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
    const target = this.#targetOf(relocation);
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

  // --- tables and headers ---------------------------------------------------------------------------------------

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

  #writeHeaders(plan: ApplyPlan): void {
    const { program, references } = this.#change;
    const { image, layout, header, symbols } = program.parts;
    let entry = 0;
    if (program.mode !== "object") {
      const symbol = entryOf(program, references);
      const final = symbol === NONE ? NONE : references.finalOf(symbol, false);
      if (final !== NONE)
        entry = addressOf(plan, symbols.get(final, SymField.SECTION), symbols.getUnsigned(final, SymField.VALUE));
    }
    writeHeaders(image, layout, header, entry);
    if (program.mode === "pie") writeDynamic(image, layout, layout.find(".dynamic")!.node);
  }
}
