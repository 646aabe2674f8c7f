/**
 * Exports and externs: the names through which manifests, and later other objects, see each other.
 * Seed: `updateExports`, `globalSymbol` (lines 3193-3208, 4072-4160).
 */

import { STB, STV } from "../elf/sym.js";
import type { NameTable } from "../memory/name-table.js";
import { Decl, ExportLinkage, linkageOf, Ref, RefKind, Uav, visibilityOf } from "../protocol/records.js";
import type { Committer, PendingExport } from "./commit.js";
import type { Layout } from "./layout.js";
import type { Records } from "./link-records.js";
import { LINKER_SYMBOLS } from "./linker-symbols.js";
import { findName, GLOBAL_SCOPE, internalScope } from "./resolve.js";
import { Section, UNDEFINED } from "./sections.js";
import {
  bindingOf,
  kindOf,
  REFERENCED,
  SymbolKind,
  type SymbolTable,
  SymField,
  symbolFlags,
  typeOf,
  visibilityOfSymbol,
} from "./symbol-table.js";

/** An export that cannot be made. */
export interface BadExport extends PendingExport {
  readonly problem: "undeclared" | "duplicate" | "extern";
  /** For a duplicate, the symbol of the first. */
  readonly first: number;
}

export class Globals {
  /** Exported names in the order of their exports. */
  readonly exported: number[] = [];
  readonly problems: BadExport[] = [];
  readonly #committer: Committer;
  readonly #symbols: SymbolTable;
  readonly #names: NameTable;
  readonly #records: Records;

  constructor(committer: Committer, symbols: SymbolTable, names: NameTable, records: Records) {
    this.#committer = committer;
    this.#symbols = symbols;
    this.#names = names;
    this.#records = records;
  }

  /**
   * Makes the global symbols of all exports: strong ones win over weak ones, then those of earlier manifests, then earlier
   * ones. An export may name another one, which may come later; so those that name a nav or a value come first.
   */
  defineExports(): void {
    const pending: readonly PendingExport[] = this.#committer.exports;
    this.#names.reserve(pending.length);
    const winners = this.#chooseWinners(pending);
    const define = (one: PendingExport, target: number): boolean => this.#define(one, target, winners);
    let waiting = pending.filter((one) => !define(one, this.#targetOf(one)));
    for (let before = -1; waiting.length !== before; ) {
      before = waiting.length;
      waiting = waiting.filter((one) => !define(one, this.#behind(this.#targetOf(one))));
    }
    for (const one of waiting) {
      const target = this.#targetOf(one);
      // Names that stand for each other in a circle are declared nowhere.
      const isUndeclared = target === -1 || winners.has(target);
      this.problems.push({ ...one, problem: isUndeclared ? "undeclared" : "extern", first: target });
    }
  }

  /** Enters all exported names; returns the export that each stands for, by symbol. */
  #chooseWinners(pending: readonly PendingExport[]): Map<number, PendingExport> {
    const winners = new Map<number, PendingExport>();
    for (const one of pending) {
      const { words, at } = this.#records.decl(one.chunk, one.decl);
      const linkage = linkageOf(words[at + Decl.FLAGS]!);
      const symbol = this.#committer.global(
        words[at + Decl.HASH0]!,
        words[at + Decl.HASH1]!,
        words[at + Decl.HASH2]!,
        symbolFlags(SymbolKind.GLOBAL, 0, bindingFor(linkage), visibilityOf(words[at + Decl.FLAGS]!)),
        one.chunk,
        one.decl,
        linkage === ExportLinkage.INTERNAL ? internalScope(this.#records.scopeOf(one.chunk)) : GLOBAL_SCOPE,
      );
      words[at + Decl.SYMBOL] = symbol;
      const winner = winners.get(symbol);
      if (winner === undefined) {
        this.exported.push(symbol);
        winners.set(symbol, one);
        continue;
      }
      const isWeak = linkage === ExportLinkage.WEAK;
      const wins = this.#records.decl(winner.chunk, winner.decl);
      const isWinnerWeak = linkageOf(wins.words[wins.at + Decl.FLAGS]!) === ExportLinkage.WEAK;
      if (!isWeak && !isWinnerWeak) this.problems.push({ ...one, problem: "duplicate", first: symbol });
      const isEarlier = this.#records.scopeOf(one.chunk) < this.#records.scopeOf(winner.chunk);
      if (isWeak === isWinnerWeak ? isEarlier && isWeak : isWinnerWeak) winners.set(symbol, one);
    }
    for (const [symbol, { chunk, decl }] of winners) {
      this.#symbols.set(symbol, SymField.CHUNK, chunk);
      this.#symbols.set(symbol, SymField.RECORD, decl);
    }
    return winners;
  }

  /** Gives externs that the linker itself knows a definition. Their values follow from the layout. */
  defineLinkerSymbols(pie: boolean): void {
    for (const symbol of this.#committer.externs) {
      if (this.#symbols.get(symbol, SymField.ALIAS) !== -1) continue;
      const name = this.#records.nameOf(symbol);
      if (!LINKER_SYMBOLS.has(name) || (name === "_DYNAMIC" && !pie)) continue;
      const flags = this.#symbols.get(symbol, SymField.FLAGS);
      this.#symbols.set(
        symbol,
        SymField.FLAGS,
        symbolFlags(SymbolKind.LINKER, typeOf(flags), STB.GLOBAL, visibilityOfSymbol(flags)),
      );
      this.#symbols.set(symbol, SymField.SECTION, Section.HEADERS);
    }
  }

  setLinkerValues(layout: Layout): void {
    for (const symbol of this.#committer.externs) {
      if (kindOf(this.#symbols.get(symbol, SymField.FLAGS)) !== SymbolKind.LINKER) continue;
      this.#symbols.set(symbol, SymField.VALUE, LINKER_SYMBOLS.get(this.#records.nameOf(symbol))?.(layout) ?? 0);
    }
  }

  /**
   * Gives the symbols that end up in .symtab their slots and their names: first those that stay local, then the
   * global ones. `final`: a hidden name is local to an executable (gABI, "Symbol Visibility").
   * Returns the symbols in the order of their slots, and how many of them are local.
   */
  assignSlots(final: boolean): { readonly listed: readonly number[]; readonly locals: number } {
    const committer = this.#committer;
    const wanted = committer.externs.filter(
      (symbol) => this.#symbols.get(symbol, SymField.ALIAS) === -1 && this.#isListed(symbol),
    );
    const all = [...this.exported, ...wanted];
    const isLocal = (symbol: number): boolean => {
      const flags = this.#symbols.get(symbol, SymField.FLAGS);
      if (bindingOf(flags) === STB.LOCAL) return true;
      const isDefined =
        this.#symbols.get(symbol, SymField.ALIAS) !== -1 || this.#symbols.get(symbol, SymField.SECTION) !== UNDEFINED;
      return (
        final && isDefined && (visibilityOfSymbol(flags) === STV.HIDDEN || visibilityOfSymbol(flags) === STV.INTERNAL)
      );
    };
    const local = all.filter(isLocal);
    const listed = [...local, ...all.filter((symbol) => !isLocal(symbol))];
    for (const symbol of local) {
      const flags = this.#symbols.get(symbol, SymField.FLAGS);
      this.#symbols.set(
        symbol,
        SymField.FLAGS,
        symbolFlags(kindOf(flags), typeOf(flags), STB.LOCAL, visibilityOfSymbol(flags)),
      );
    }
    let slot = committer.locals;
    for (const symbol of listed) {
      this.#symbols.set(symbol, SymField.SLOT, slot++);
      this.#symbols.set(symbol, SymField.STRTAB, this.#nameOffset(symbol));
    }
    return { listed, locals: committer.locals + local.length };
  }

  /** Gives the symbol of an export that wins what it stands for; false where `target` is no nav or unnamed value. */
  #define(pending: PendingExport, target: number, winners: ReadonlyMap<number, PendingExport>): boolean {
    if (target === -1 || kindOf(this.#symbols.get(target, SymField.FLAGS)) === SymbolKind.GLOBAL) return false;
    const { words, at } = this.#records.decl(pending.chunk, pending.decl);
    const symbol = words[at + Decl.SYMBOL]!;
    if (winners.get(symbol) !== pending) return true;
    const flags = words[at + Decl.FLAGS]!;
    const type = typeOf(this.#symbols.get(target, SymField.FLAGS));
    const own = symbolFlags(SymbolKind.GLOBAL, type, bindingFor(linkageOf(flags)), visibilityOf(flags));
    this.#symbols.set(symbol, SymField.FLAGS, own);
    this.#symbols.set(symbol, SymField.ALIAS, target);
    return true;
  }

  /** What a global name stands for, where that is known by now. */
  #behind(symbol: number): number {
    const alias = symbol === -1 ? -1 : this.#symbols.get(symbol, SymField.ALIAS);
    return alias === -1 ? symbol : alias;
  }

  /** The symbol that an export names; -1 where nothing is called so. */
  #targetOf(pending: PendingExport): number {
    const decl = this.#records.decl(pending.chunk, pending.decl);
    const { words, at } = this.#records.ref(pending.chunk, decl.words[decl.at + Decl.REF]!);
    if (words[at + Ref.KIND] === RefKind.UAV) {
      const uav = this.#records.uav(pending.chunk, words[at + Ref.HASH0]!);
      return uav.words[uav.at + Uav.SYMBOL]!;
    }
    return findName(
      this.#names,
      words[at + Ref.HASH0]!,
      words[at + Ref.HASH1]!,
      words[at + Ref.HASH2]!,
      this.#records.scopeOf(pending.chunk),
    );
  }

  /** Whether an extern has an entry in .symtab: where something refers to it. */
  #isListed(symbol: number): boolean {
    return (
      (this.#symbols.get(symbol, SymField.FLAGS) & REFERENCED) !== 0 ||
      kindOf(this.#symbols.get(symbol, SymField.FLAGS)) === SymbolKind.LINKER
    );
  }

  /** A nav exported under its own name shares the string; other names are added to .strtab. */
  #nameOffset(symbol: number): number {
    const alias = this.#symbols.get(symbol, SymField.ALIAS);
    const own = this.#records.declOf(symbol);
    if (alias !== -1 && kindOf(this.#symbols.get(alias, SymField.FLAGS)) === SymbolKind.NAV) {
      const nav = this.#records.declOf(alias);
      const same = [Decl.HASH0, Decl.HASH1, Decl.HASH2].every(
        (lane) => nav.words[nav.at + lane] === own.words[own.at + lane],
      );
      if (same) return this.#symbols.get(alias, SymField.STRTAB);
    }
    const offset = this.#committer.stringBytes;
    this.#committer.stringBytes += own.words[own.at + Decl.NAME_LENGTH]! + 1;
    return offset;
  }
}

function bindingFor(linkage: number): number {
  if (linkage === ExportLinkage.STRONG) return STB.GLOBAL;
  return linkage === ExportLinkage.WEAK ? STB.WEAK : STB.LOCAL;
}
