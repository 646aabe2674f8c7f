/**
 * Changes of a program, declaration by declaration: what is declared anew replaces what was declared under the same name,
 * what is removed goes with all that was there for its sake. The output follows with `settle`.
 *
 * Seed: `updateNav`, `updateFunc`, `updateExports`, `deleteExport` (lines 3466-3640, 4072-4160), which forget what was
 * there before (defects 20-27).
 */

import { STB, STT } from "../elf/sym.js";
import type { Records } from "../link/link-records.js";
import { GLOBAL_SCOPE, internalScope } from "../link/resolve.js";
import { kindOf, SymbolKind, SymField, symbolFlags } from "../link/symbol-table.js";
import { Decl, DeclFlag, DeclKind, ExportLinkage, linkageOf } from "../protocol/records.js";
import { Atoms } from "./atoms.js";
import { Change, type UpdateCounts } from "./change.js";
import { Definitions } from "./definitions.js";
import { EntryList } from "./entry-list.js";
import { newDeclaration, recordDeclaration } from "./from-records.js";
import { forward } from "./names.js";
import type { Program } from "./program.js";
import { Settler } from "./settle.js";
import { SymbolList } from "./symbol-list.js";
import { Declaration, exportScope, Graph, NO_FIELD, NONE, Relocation } from "./tables.js";

/** The hash of a name. */
export type NameHash = readonly [h0: number, h1: number, h2: number];

export class Updater {
  readonly #program: Program;
  readonly #change: Change;
  readonly #list: SymbolList;
  readonly #atoms: Atoms;
  readonly #definitions: Definitions;
  readonly #settler: Settler;
  /** Told of a record of emission that no longer counts. */
  readonly #dead: (chunk: number, record: number) => void;

  constructor(program: Program, dead: (chunk: number, record: number) => void) {
    this.#program = program;
    this.#change = new Change(program);
    this.#list = new SymbolList(this.#change);
    const entries = new EntryList(this.#change);
    this.#atoms = new Atoms(this.#change, this.#list, entries);
    this.#definitions = new Definitions(this.#change, this.#list);
    this.#settler = new Settler(this.#change, this.#atoms, this.#definitions, entries);
    this.#dead = dead;
  }

  /** What is being done; complete when it is settled. */
  get change(): Change {
    return this.#change;
  }

  get counts(): UpdateCounts {
    return this.#change.counts;
  }

  /** The declaration of a nav or extern of a manifest, or NONE. */
  findNav(scope: number, name: NameHash): number {
    const symbol = this.#change.references.find(scope, ...name);
    return symbol === NONE ? NONE : this.#program.graph(symbol, Graph.DECL);
  }

  /** The declaration of an export of a manifest, or NONE. */
  findExport(scope: number, name: NameHash): number {
    return this.#change.references.find(exportScope(scope), ...name);
  }

  /** Declares what record `decl` of `chunk` says, in place of what its name stood for. Returns the declaration. */
  declare(records: Records, chunk: number, decl: number): number {
    this.#change.counts.emitted++;
    const { words, at } = records.decl(chunk, decl);
    const kind = words[at + Decl.FLAGS]! & DeclFlag.KIND;
    const scope = records.scopeOf(chunk);
    const name: NameHash = [words[at + Decl.HASH0]!, words[at + Decl.HASH1]!, words[at + Decl.HASH2]!];
    if (kind === DeclKind.EXPORT) return this.#export(records, chunk, decl, scope, name);
    if (kind === DeclKind.EXTERN) return this.#extern(records, chunk, decl, scope, name);
    return this.#nav(records, chunk, decl, scope, name);
  }

  /** Removes a declaration. */
  remove(row: number): void {
    this.#change.counts.removed++;
    const { declarations } = this.#program.parts;
    const kind = declarations.get(row, Declaration.FLAGS) & DeclFlag.KIND;
    const symbol = declarations.get(row, Declaration.SYMBOL);
    this.#kill(row);
    if (kind === DeclKind.EXPORT) {
      const name = this.#nameOfRow(row);
      this.#unexport(row);
      this.#change.references.forget(exportScope(declarations.get(row, Declaration.SCOPE)), ...name);
    } else {
      if (kind === DeclKind.EXTERN) this.#unextern(row);
      else this.#unnav(symbol);
      this.#program.setGraph(symbol, Graph.DECL, NONE);
      if (forward(this.#program, this.#change.references, symbol)) this.#change.moved.add(symbol);
      this.#change.references.released.add(symbol);
    }
    declarations.set(row, Declaration.ORDER, NONE);
    declarations.remove(row);
  }

  /**
   * Brings the output up to date with all changes. What is wrong with the program then stands in `Program.failed`.
   * Throws NeedsFullLink, and leaves a program that is of no use, where the changes cannot be followed.
   */
  settle(): void {
    this.#settler.settle();
  }

  // --- navs -----------------------------------------------------------------------------------------------------

  #nav(records: Records, chunk: number, decl: number, scope: number, name: NameHash): number {
    const program = this.#program;
    const { symbols } = program.parts;
    const { references } = this.#change;
    let symbol = references.find(scope, ...name);
    let row: number = NONE;
    if (symbol === NONE) symbol = references.create(SymbolKind.NAV, scope, ...name);
    else {
      row = program.graph(symbol, Graph.DECL);
      if (row !== NONE) this.#kill(row, chunk, decl);
      if (kindOf(symbols.get(symbol, SymField.FLAGS)) === SymbolKind.LOCAL) {
        if (row !== NONE) this.#unextern(row);
        references.setAlias(symbol, NONE);
      }
    }
    row = this.#record(records, chunk, decl, scope, row, symbol);
    program.setGraph(symbol, Graph.DECL, row);
    const { words, at } = records.decl(chunk, decl);
    const flags = words[at + Decl.FLAGS]!;
    const isFunc = (flags & DeclFlag.KIND) === DeclKind.FUNC;
    const type = isFunc ? STT.FUNC : flags & DeclFlag.THREADLOCAL ? STT.TLS : STT.OBJECT;
    symbols.set(symbol, SymField.FLAGS, symbolFlags(SymbolKind.NAV, type, STB.LOCAL, 0));
    this.#list.name(symbol, nameBytes(words, at));
    this.#list.list(symbol, true);
    const record = { words, blob: at + Decl.BLOB, size: at + Decl.SIZE, relocs: at + Decl.RELOC };
    this.#atoms.fill(symbol, records, chunk, flags, record, words[at + Decl.SOURCE]!);
    program.lostNames.delete(symbol);
    return row;
  }

  /** The symbol stays as a name that its manifest does not declare; what it stands for then is the caller's. */
  #unnav(symbol: number): void {
    const { symbols } = this.#program.parts;
    this.#program.lostNames.set(symbol, Buffer.from(this.#list.nameOf(symbol)).toString("utf8"));
    this.#atoms.clear(symbol);
    this.#list.unlist(symbol);
    this.#list.unname(symbol);
    symbols.set(symbol, SymField.FLAGS, symbolFlags(SymbolKind.LOCAL, STT.NOTYPE, STB.LOCAL, 0));
  }

  // --- externs --------------------------------------------------------------------------------------------------

  #extern(records: Records, chunk: number, decl: number, scope: number, name: NameHash): number {
    const program = this.#program;
    const { references, moved } = this.#change;
    let symbol = references.find(scope, ...name);
    let row: number = NONE;
    if (symbol === NONE) symbol = references.create(SymbolKind.LOCAL, scope, ...name);
    else {
      row = program.graph(symbol, Graph.DECL);
      if (row !== NONE) this.#kill(row, chunk, decl);
      if (kindOf(program.parts.symbols.get(symbol, SymField.FLAGS)) === SymbolKind.NAV) this.#unnav(symbol);
      else if (row !== NONE) this.#unextern(row);
    }
    row = this.#record(records, chunk, decl, scope, row, symbol);
    program.setGraph(symbol, Graph.DECL, row);
    const global = this.#global(GLOBAL_SCOPE, name);
    const { words, at } = records.decl(chunk, decl);
    this.#change.names.set(global, nameBytes(words, at));
    this.#definitions.chain(row, global);
    if (references.setAlias(symbol, global)) moved.add(symbol);
    program.lostNames.delete(symbol);
    return row;
  }

  #unextern(row: number): void {
    const { declarations } = this.#program.parts;
    const global = this.#change.references.find(GLOBAL_SCOPE, ...this.#nameOfRow(row));
    this.#program.lostNames.set(
      declarations.get(row, Declaration.SYMBOL),
      this.#program.parts.symbols.get(global, SymField.STRTAB) === 0
        ? ""
        : Buffer.from(this.#list.nameOf(global)).toString("utf8"),
    );
    this.#definitions.unchain(row, global);
    this.#change.references.released.add(global);
  }

  // --- exports --------------------------------------------------------------------------------------------------

  #export(records: Records, chunk: number, decl: number, scope: number, name: NameHash): number {
    const { references, names, relocations } = this.#change;
    const { declarations } = this.#program.parts;
    let row = references.find(exportScope(scope), ...name);
    const isNew = row === NONE;
    if (!isNew) {
      this.#kill(row, chunk, decl);
      this.#unexport(row);
    }
    const { words, at } = records.decl(chunk, decl);
    const isInternal = linkageOf(words[at + Decl.FLAGS]!) === ExportLinkage.INTERNAL;
    const global = this.#global(isInternal ? internalScope(scope) : GLOBAL_SCOPE, name);
    row = this.#record(records, chunk, decl, scope, row, global);
    if (isNew) references.enter(exportScope(scope), ...name, row);
    names.set(global, nameBytes(words, at));
    const finder = this.#atoms.finder(records, chunk);
    const ref = words[at + Decl.REF]!;
    const relocation = references.addRelocation(global, finder.symbolOf(ref));
    this.#program.parts.relocations.set(relocation, Relocation.TYPE, NO_FIELD);
    this.#program.parts.relocations.set(relocation, Relocation.INSIDE, finder.insideOf(ref));
    declarations.set(row, Declaration.RELOC, relocation);
    relocations.add(relocation);
    this.#definitions.chain(row, global);
    if (isInternal) this.#definitions.forwardAgain(scope, ...name);
    return row;
  }

  #unexport(row: number): void {
    const { declarations } = this.#program.parts;
    const { references, relocations } = this.#change;
    const relocation = declarations.get(row, Declaration.RELOC);
    const global = declarations.get(row, Declaration.SYMBOL);
    relocations.delete(relocation);
    this.#program.failed.delete(relocation);
    references.removeRelocation(relocation);
    this.#definitions.unchain(row, global);
    references.released.add(global);
    if (this.#program.graph(global, Graph.SCOPE) !== GLOBAL_SCOPE)
      this.#definitions.forwardAgain(declarations.get(row, Declaration.SCOPE), ...this.#nameOfRow(row));
  }

  // --- shared ---------------------------------------------------------------------------------------------------

  #global(scope: number, name: NameHash): number {
    const { references } = this.#change;
    const present = references.find(scope, ...name);
    return present === NONE ? references.create(SymbolKind.GLOBAL, scope, ...name) : present;
  }

  #record(records: Records, chunk: number, decl: number, scope: number, row: number, symbol: number): number {
    const { declarations } = this.#program.parts;
    const recorded = recordDeclaration(
      this.#program,
      records,
      chunk,
      decl,
      scope,
      row === NONE ? newDeclaration(this.#program) : row,
    );
    declarations.set(recorded, Declaration.SYMBOL, symbol);
    return recorded;
  }

  /** The record that a declaration came from no longer counts, unless it is record `decl` of chunk `by`, emitted again. */
  #kill(row: number, by: number = NONE, decl: number = NONE): void {
    const chunk = this.#program.chunkOf(row);
    const record = this.#program.parts.declarations.get(row, Declaration.RECORD);
    if (chunk !== NONE && !(chunk === by && record === decl)) this.#dead(chunk, record);
  }

  #nameOfRow(row: number): NameHash {
    const { declarations } = this.#program.parts;
    return [
      declarations.get(row, Declaration.HASH0),
      declarations.get(row, Declaration.HASH1),
      declarations.get(row, Declaration.HASH2),
    ];
  }
}

/** A view of the arena. */
function nameBytes(words: Int32Array, at: number): Uint8Array {
  return new Uint8Array(words.buffer, words[at + Decl.NAME]! >>> 0, words[at + Decl.NAME_LENGTH]!);
}
