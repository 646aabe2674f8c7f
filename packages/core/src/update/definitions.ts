/**
 * Global names after a change: which export each stands for, or that it is wanted from elsewhere, or that nothing is known
 * of it any more.
 */

import { STB, STV } from "../elf/sym.js";
import { LINKER_SYMBOLS } from "../link/linker-symbols.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import { Section, UNDEFINED } from "../link/sections.js";
import { bindingOf, kindOf, SymbolKind, SymField, symbolFlags, typeOf } from "../link/symbol-table.js";
import { DeclFlag, DeclKind, ExportLinkage, externTypeOf, linkageOf, visibilityOf } from "../protocol/records.js";
import type { Change } from "./change.js";
import { forward, winningExport } from "./names.js";
import type { SymbolList } from "./symbol-list.js";
import { Declaration, Graph, NO_FIELD, NONE, Relocation } from "./tables.js";

export class Definitions {
  readonly #change: Change;
  readonly #list: SymbolList;

  constructor(change: Change, list: SymbolList) {
    this.#change = change;
    this.#list = list;
  }

  /** Adds a declaration, an export or extern, to those of `global`. */
  chain(row: number, global: number): void {
    const { program, globals } = this.#change;
    program.parts.declarations.set(row, Declaration.NEXT, program.graph(global, Graph.DECL));
    program.setGraph(global, Graph.DECL, row);
    globals.add(global);
  }

  unchain(row: number, global: number): void {
    const { program, globals } = this.#change;
    const { declarations } = program.parts;
    const next = declarations.get(row, Declaration.NEXT);
    if (program.graph(global, Graph.DECL) === row) program.setGraph(global, Graph.DECL, next);
    else {
      let before = program.graph(global, Graph.DECL);
      while (declarations.get(before, Declaration.NEXT) !== row) before = declarations.get(before, Declaration.NEXT);
      declarations.set(before, Declaration.NEXT, next);
    }
    declarations.set(row, Declaration.NEXT, NONE);
    globals.add(global);
  }

  /** Brings the definition of `global` up to date. */
  define(global: number): void {
    const { program, references } = this.#change;
    const { symbols, linkerSymbols } = program.parts;
    if (kindOf(symbols.get(global, SymField.FLAGS)) === SymbolKind.FREE) return;
    this.#change.counts.symbols++;
    linkerSymbols.delete(global);
    const winner = winningExport(program, global);
    const flags = winner === NONE ? this.#wanted(global) : this.#exported(winner, global);
    let alias: number = NONE;
    if (winner !== NONE) {
      const relocation = program.parts.declarations.get(winner, Declaration.RELOC);
      alias = program.parts.relocations.get(relocation, Relocation.TARGET);
    }
    const section = kindOf(flags) === SymbolKind.LINKER ? Section.HEADERS : UNDEFINED;
    const isOther =
      symbols.get(global, SymField.FLAGS) !== flags ||
      symbols.get(global, SymField.ALIAS) !== alias ||
      symbols.get(global, SymField.SECTION) !== section;
    if (isOther) {
      if (symbols.get(global, SymField.ALIAS) !== alias) this.#list.separate(global);
      symbols.set(global, SymField.FLAGS, flags);
      symbols.set(global, SymField.SECTION, section);
      references.setAlias(global, alias);
      this.#change.moved.add(global);
    }
    this.#enlist(global, winner !== NONE);
    this.#noteDuplicates(global);
  }

  /** Gives a global name back that nothing declares and nothing uses. */
  release(global: number): void {
    const { program, references } = this.#change;
    if (program.graph(global, Graph.DECL) !== NONE || references.isWanted(global)) return;
    this.#list.unlist(global);
    this.#list.unname(global);
    references.setAlias(global, NONE);
    program.parts.linkerSymbols.delete(global);
    program.failed.delete(-1 - global);
    references.drop(global);
  }

  /** The names of a manifest that an internal export of it is called like, or was, are looked up again. */
  forwardAgain(scope: number, h0: number, h1: number, h2: number): void {
    const { program, references, moved } = this.#change;
    const local = references.find(scope, h0, h1, h2);
    if (local === NONE || kindOf(program.parts.symbols.get(local, SymField.FLAGS)) !== SymbolKind.LOCAL) return;
    if (program.graph(local, Graph.DECL) !== NONE) return;
    forward(program, references, local);
    moved.add(local);
  }

  /** The type stays: what is shown is the type of what it stands for in the end. */
  #exported(row: number, global: number): number {
    const { program } = this.#change;
    const flags = program.parts.declarations.get(row, Declaration.FLAGS);
    const linkage = linkageOf(flags);
    const visibility = visibilityOf(flags);
    const binding =
      linkage === ExportLinkage.INTERNAL || (program.mode !== "object" && isHidden(visibility))
        ? STB.LOCAL
        : linkage === ExportLinkage.WEAK
          ? STB.WEAK
          : STB.GLOBAL;
    const type = typeOf(program.parts.symbols.get(global, SymField.FLAGS));
    return symbolFlags(SymbolKind.GLOBAL, type, binding, visibility);
  }

  /**
   * How externs want a name: as the last one that wants it strongly does, else as the first. Linker symbols have a
   * definition, and are global unless they are hidden.
   */
  #wanted(global: number): number {
    const { program, names } = this.#change;
    const { declarations } = program.parts;
    let best: number = NONE;
    for (let row = program.graph(global, Graph.DECL); row !== NONE; row = declarations.get(row, Declaration.NEXT)) {
      if (best === NONE || this.#isBetter(row, best)) best = row;
    }
    if (best === NONE) return symbolFlags(SymbolKind.GLOBAL, 0, STB.GLOBAL, 0);
    const flags = declarations.get(best, Declaration.FLAGS);
    const bytes = names.get(global) ?? (this.#isNamed(global) ? this.#list.nameOf(global) : undefined);
    const name = bytes === undefined ? "" : Buffer.from(bytes).toString("utf8");
    if (program.mode !== "object" && LINKER_SYMBOLS.has(name) && (name !== "_DYNAMIC" || program.mode === "pie")) {
      program.parts.linkerSymbols.add(global);
      const binding = isHidden(visibilityOf(flags)) ? STB.LOCAL : STB.GLOBAL;
      return symbolFlags(SymbolKind.LINKER, externTypeOf(flags), binding, visibilityOf(flags));
    }
    const binding = flags & DeclFlag.WEAK ? STB.WEAK : STB.GLOBAL;
    return symbolFlags(SymbolKind.GLOBAL, externTypeOf(flags), binding, visibilityOf(flags));
  }

  #isBetter(row: number, other: number): boolean {
    const { declarations } = this.#change.program.parts;
    const weak = (declarations.get(row, Declaration.FLAGS) & DeclFlag.WEAK) !== 0;
    const otherWeak = (declarations.get(other, Declaration.FLAGS) & DeclFlag.WEAK) !== 0;
    if (weak !== otherWeak) return otherWeak;
    const isLater = declarations.get(row, Declaration.SCOPE) > declarations.get(other, Declaration.SCOPE);
    return weak ? !isLater : isLater;
  }

  #isNamed(global: number): boolean {
    return this.#change.program.parts.symbols.get(global, SymField.STRTAB) !== 0;
  }

  /** Exports and the linker's symbols are listed; what is wanted from elsewhere is where something refers to it. */
  #enlist(global: number, isExported: boolean): void {
    const { program, names } = this.#change;
    const flags = program.parts.symbols.get(global, SymField.FLAGS);
    if (!isExported && kindOf(flags) !== SymbolKind.LINKER && !this.#isReferenced(global)) {
      this.#list.unlist(global);
      return;
    }
    if (program.graph(global, Graph.DECL) === NONE) {
      this.#list.unlist(global);
      return;
    }
    if (!this.#isNamed(global)) {
      const bytes = names.get(global);
      if (bytes === undefined) throw new NeedsFullLink("a declared name is used for the first time");
      this.#list.name(global, bytes);
    }
    this.#list.list(global, bindingOf(flags) === STB.LOCAL);
  }

  /** Whether code or data refers to the name; exports of it alone do not count. */
  #isReferenced(global: number): boolean {
    const { program, references } = this.#change;
    const { relocations } = program.parts;
    let found = false;
    references.forEachAlias(global, (symbol) => {
      for (let at = program.graph(symbol, Graph.TARGETS); at !== NONE && !found; ) {
        found = relocations.get(at, Relocation.TYPE) !== NO_FIELD;
        at = relocations.get(at, Relocation.NEXT_TARGET);
      }
    });
    return found;
  }

  #noteDuplicates(global: number): void {
    const { program } = this.#change;
    const { declarations } = program.parts;
    const strong: number[] = [];
    for (let row = program.graph(global, Graph.DECL); row !== NONE; row = declarations.get(row, Declaration.NEXT)) {
      const flags = declarations.get(row, Declaration.FLAGS);
      if ((flags & DeclFlag.KIND) === DeclKind.EXPORT && linkageOf(flags) !== ExportLinkage.WEAK) strong.push(row);
    }
    if (strong.length > 1) program.failed.set(-1 - global, { kind: "duplicate", rows: strong });
    else program.failed.delete(-1 - global);
  }
}

/** What is defined here and hidden is local to an executable (gABI, "Symbol Visibility"). */
function isHidden(visibility: number): boolean {
  return visibility === STV.HIDDEN || visibility === STV.INTERNAL;
}
