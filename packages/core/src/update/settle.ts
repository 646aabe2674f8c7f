/**
 * Brings the image up to date with a change:
 *
 *   names -> what nothing refers to goes -> places -> addresses -> bytes, relocations, symbols -> headers
 *
 * Each step adds to what the next has to do, never to one before it. Bytes are compared before they are written, so that
 * what comes out the same is not written to the file.
 */

import { R_X86_64 } from "../elf/x86-64.js";
import { ROOT } from "../image/mapped-file.js";
import { NONE as NO_NODE, NodeKind } from "../image/node-table.js";
import type { ApplyPlan } from "../link/apply.js";
import { writeDynamic } from "../link/dynamic.js";
import { makePlan } from "../link/finish.js";
import { wasteOf } from "../link/growing-room.js";
import { writeHeaders } from "../link/headers.js";
import { LINKER_SYMBOLS } from "../link/linker-symbols.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import { addressOf, isTlsSection } from "../link/relocate.js";
import { Section, UNDEFINED } from "../link/sections.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { FORMULA, Formula } from "../link/x86-64.js";
import type { Atoms } from "./atoms.js";
import type { Change } from "./change.js";
import { ChangeWriter } from "./change-writer.js";
import type { Definitions } from "./definitions.js";
import type { EntryList } from "./entry-list.js";
import { entryOf } from "./names.js";
import { readName } from "./symbol-list.js";
import { Graph, NO_FIELD, NONE, Relocation } from "./tables.js";

/** Bytes. */
const LEAST_WASTE = 1 << 16;

export class Settler {
  readonly #change: Change;
  readonly #atoms: Atoms;
  readonly #definitions: Definitions;
  readonly #entries: EntryList;
  readonly #writer: ChangeWriter;

  constructor(change: Change, atoms: Atoms, definitions: Definitions, entries: EntryList) {
    this.#change = change;
    this.#atoms = atoms;
    this.#definitions = definitions;
    this.#entries = entries;
    this.#writer = new ChangeWriter(change, entries);
  }

  settle(): void {
    const { program } = this.#change;
    const { layout, image } = program.parts;
    this.#settleNames();
    this.#followNodes();
    this.#expandMoved();
    this.#planEntries();
    layout.refresh(program.tableSizes, (section) => this.#sectionMoved(section));
    this.#checkWaste();
    this.#settleLinkerSymbols();
    this.#expandMoved();
    // Nodes of whole tables and sections may have moved, within the file only.
    while (image.takeUpdate() !== undefined);
    layout.plan ??= makePlan(program.parts.header, layout, program.mode);
    const { plan } = layout;
    this.#writer.write(plan);
    this.#writeHeaders(plan);
  }

  /** Gaps that were there from the start aside. A full link of a small file gives back little, and comes again soon. */
  #checkWaste(): void {
    const { program } = this.#change;
    const { layout, strings, image } = program.parts;
    const waste = wasteOf(layout, program.tableSizes, strings.freeBytes) - layout.firstWaste;
    if (waste > Math.max(LEAST_WASTE, image.nodes.size(ROOT) / 3))
      throw new NeedsFullLink("a third of the output has become unused space");
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
    const target = this.#writer.targetOf(relocation);
    if (target === NONE) return false;
    const targetSection = symbols.get(target, SymField.SECTION);
    return targetSection !== UNDEFINED && !isTlsSection(targetSection);
  }

  // --- tables and headers ---------------------------------------------------------------------------------------

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
    if (layout.writtenEntry === entry) return;
    layout.writtenEntry = entry;
    writeHeaders(image, layout, header, entry);
    if (program.mode === "pie") writeDynamic(image, layout, layout.find(".dynamic")!.node);
  }
}
