/**
 * Who refers to whom: relocations to the symbols they are written against, and symbols to those they stand for. A
 * relocation names what its declaration names, be it an export or an extern; what that comes to in the end, `finalOf` says
 * at the moment. So a change of names moves no relocation from one list to another.
 */

import { STB, STT } from "../elf/sym.js";
import { bindingOf, kindOf, SymbolKind, SymField, symbolFlags } from "../link/symbol-table.js";
import { hash0, hash1, hash2, hashScope, hashSet } from "../memory/hash.js";
import type { NameTable } from "../memory/name-table.js";
import type { Program } from "./program.js";
import { Graph, NONE, Relocation } from "./tables.js";

/** More aliases than these in a row are a circle. */
const ALIAS_LIMIT = 64;

export class References {
  readonly #program: Program;
  /** Symbols that lost a reference, to be looked at when all changes are made. */
  readonly released: Set<number> = new Set<number>();
  /** How many symbols were looked at: for the counts of an update. */
  visited = 0;

  constructor(program: Program) {
    this.#program = program;
  }

  // --- names ----------------------------------------------------------------------------------------------------

  /** The symbol called so in `scope`, or NONE. */
  find(scope: number, h0: number, h1: number, h2: number): number {
    hashSet(h0, h1, h2);
    hashScope(scope);
    return this.#program.parts.names.find(hash0, hash1, hash2);
  }

  /** Enters `value`, a symbol or an index of another table, under a name that is not there. */
  enter(scope: number, h0: number, h1: number, h2: number, value: number): void {
    const { names } = this.#program.parts;
    names.reserve(1);
    hashSet(h0, h1, h2);
    hashScope(scope);
    names.insert(hash0, hash1, hash2, value);
  }

  forget(scope: number, h0: number, h1: number, h2: number): void {
    const names: NameTable = this.#program.parts.names;
    hashSet(h0, h1, h2);
    hashScope(scope);
    names.remove(hash0, hash1, hash2);
  }

  /** A new symbol, with a name that is not there yet, and nothing else. */
  create(kind: number, scope: number, h0: number, h1: number, h2: number): number {
    const { symbols } = this.#program.parts;
    const symbol = symbols.add(symbolFlags(kind, STT.NOTYPE, STB.LOCAL, 0), NONE, NONE);
    this.enter(scope, h0, h1, h2, symbol);
    this.adopt(symbol, scope, h0, h1, h2);
    return symbol;
  }

  /** Starts the record in the graph of a symbol whose name is in the table. */
  adopt(symbol: number, scope: number, h0: number, h1: number, h2: number): void {
    const program = this.#program;
    const { graph } = program.parts;
    graph.ensure((symbol + 1) * Graph.WORDS);
    for (const field of LINKS) program.setGraph(symbol, field, NONE);
    program.setGraph(symbol, Graph.HASH0, h0);
    program.setGraph(symbol, Graph.HASH1, h1);
    program.setGraph(symbol, Graph.HASH2, h2);
    program.setGraph(symbol, Graph.SCOPE, scope);
    program.setGraph(symbol, Graph.NAME_LENGTH, 0);
    program.setGraph(symbol, Graph.DECL, NONE);
    program.setGraph(symbol, Graph.MARKS, 0);
  }

  /** Gives the record of a symbol back that nothing refers to, and its name. */
  drop(symbol: number): void {
    const program = this.#program;
    const field = (at: number): number => program.graph(symbol, at);
    this.forget(field(Graph.SCOPE), field(Graph.HASH0), field(Graph.HASH1), field(Graph.HASH2));
    program.parts.symbols.remove(symbol);
  }

  isWanted(symbol: number): boolean {
    return this.#program.graph(symbol, Graph.TARGETS) !== NONE || this.#program.graph(symbol, Graph.ALIASES) !== NONE;
  }

  // --- aliases --------------------------------------------------------------------------------------------------

  /** Makes `symbol` stand for `target`, or with NONE for itself. False where it did already. */
  setAlias(symbol: number, target: number): boolean {
    const program = this.#program;
    const { symbols } = program.parts;
    const before = symbols.get(symbol, SymField.ALIAS);
    if (before === target) return false;
    if (before !== NONE) {
      const next = program.graph(symbol, Graph.NEXT_ALIAS);
      const prev = program.graph(symbol, Graph.PREV_ALIAS);
      if (prev === NONE) program.setGraph(before, Graph.ALIASES, next);
      else program.setGraph(prev, Graph.NEXT_ALIAS, next);
      if (next !== NONE) program.setGraph(next, Graph.PREV_ALIAS, prev);
      this.released.add(before);
    }
    symbols.set(symbol, SymField.ALIAS, target);
    if (target === NONE) return true;
    const first = program.graph(target, Graph.ALIASES);
    program.setGraph(symbol, Graph.NEXT_ALIAS, first);
    program.setGraph(symbol, Graph.PREV_ALIAS, NONE);
    if (first !== NONE) program.setGraph(first, Graph.PREV_ALIAS, symbol);
    program.setGraph(target, Graph.ALIASES, symbol);
    return true;
  }

  /**
   * What `symbol` stands for in the end: an atom, or a name without a definition; NONE for a circle of names. `stays`:
   * relocations against a weak export of a relocatable file are left to another linker; what another export makes of it
   * is what it is here.
   */
  finalOf(symbol: number, stays: boolean): number {
    const { symbols } = this.#program.parts;
    for (let step = 0; step < ALIAS_LIMIT; step++) {
      const alias = symbols.get(symbol, SymField.ALIAS);
      if (alias === NONE) return symbol;
      const flags = symbols.get(symbol, SymField.FLAGS);
      if (kindOf(flags) === SymbolKind.GLOBAL) {
        if (stays && bindingOf(flags) === STB.WEAK) return symbol;
        stays = false;
      }
      symbol = alias;
    }
    return NONE;
  }

  /** Calls `visit` with `symbol` and all that stand for it, directly or not. */
  forEachAlias(symbol: number, visit: (symbol: number) => void, depth = 0): void {
    this.visited++;
    visit(symbol);
    if (depth === ALIAS_LIMIT) return;
    for (
      let at = this.#program.graph(symbol, Graph.ALIASES);
      at !== NONE;
      at = this.#program.graph(at, Graph.NEXT_ALIAS)
    )
      this.forEachAlias(at, visit, depth + 1);
  }

  // --- relocations ----------------------------------------------------------------------------------------------

  /** Adds a relocation of `owner` against `target`; the rest of its record is the caller's. */
  addRelocation(owner: number, target: number): number {
    const { relocations } = this.#program.parts;
    const relocation = relocations.add();
    relocations.set(relocation, Relocation.OWNER, owner);
    relocations.set(relocation, Relocation.TARGET, target);
    relocations.set(relocation, Relocation.ENTRY, NONE);
    relocations.set(relocation, Relocation.NEXT_OWN, NONE);
    const first = this.#program.graph(target, Graph.TARGETS);
    relocations.set(relocation, Relocation.NEXT_TARGET, first);
    relocations.set(relocation, Relocation.PREV_TARGET, NONE);
    if (first !== NONE) relocations.set(first, Relocation.PREV_TARGET, relocation);
    this.#program.setGraph(target, Graph.TARGETS, relocation);
    return relocation;
  }

  /** Takes a relocation out of its target's list and gives its record back. Its owner's list is the caller's. */
  removeRelocation(relocation: number): void {
    const { relocations } = this.#program.parts;
    const target = relocations.get(relocation, Relocation.TARGET);
    const next = relocations.get(relocation, Relocation.NEXT_TARGET);
    const prev = relocations.get(relocation, Relocation.PREV_TARGET);
    if (prev === NONE) this.#program.setGraph(target, Graph.TARGETS, next);
    else relocations.set(prev, Relocation.NEXT_TARGET, next);
    if (next !== NONE) relocations.set(next, Relocation.PREV_TARGET, prev);
    relocations.remove(relocation);
    this.released.add(target);
  }

  /** Calls `visit` with the relocations inside `symbol`. */
  forEachOwn(symbol: number, visit: (relocation: number) => void): void {
    const { relocations } = this.#program.parts;
    for (let at = this.#program.graph(symbol, Graph.RELOCS); at !== NONE; ) {
      const next = relocations.get(at, Relocation.NEXT_OWN);
      visit(at);
      at = next;
    }
  }

  /** Calls `visit` with the relocations written against `symbol` itself. */
  forEachTarget(symbol: number, visit: (relocation: number) => void): void {
    const { relocations } = this.#program.parts;
    for (let at = this.#program.graph(symbol, Graph.TARGETS); at !== NONE; ) {
      const next = relocations.get(at, Relocation.NEXT_TARGET);
      visit(at);
      at = next;
    }
  }
}

const LINKS = [Graph.RELOCS, Graph.TARGETS, Graph.ALIASES, Graph.NEXT_ALIAS, Graph.PREV_ALIAS];
