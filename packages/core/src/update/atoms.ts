/**
 * Atoms after a change: navs, unnamed values and lazy symbols get a place, another size or another section, new bytes and
 * relocations, or go. What is written where follows when all of them have come: `settle.ts`.
 */

import { STB, STT } from "../elf/sym.js";
import { NodeKind } from "../image/node-table.js";
import type { Records } from "../link/link-records.js";
import { UAV_SCOPE } from "../link/resolve.js";
import { isNobits, sectionOf, UNDEFINED } from "../link/sections.js";
import { kindOf, SymbolKind, SymField, symbolFlags } from "../link/symbol-table.js";
import { alignOf, DeclFlag, DeclKind, Reloc, Uav, withAlign } from "../protocol/records.js";
import type { Change } from "./change.js";
import type { EntryList } from "./entry-list.js";
import { fillRelocation } from "./from-records.js";
import { ReferenceFinder } from "./reference-finder.js";
import type { SymbolList } from "./symbol-list.js";
import { Graph, NONE, Relocation } from "./tables.js";

export class Atoms {
  readonly #change: Change;
  readonly #list: SymbolList;
  readonly #entries: EntryList;

  constructor(change: Change, list: SymbolList, entries: EntryList) {
    this.#change = change;
    this.#list = list;
    this.#entries = entries;
  }

  /**
   * Gives `symbol` its place and contents: those of the record in `words` at `at`, whose fields BLOB, SIZE, RELOC and
   * RELOC_COUNT are at the indices given. `flags` as in a declaration; `source` is where it begins in the chunk's text.
   */
  fill(
    symbol: number,
    records: Records,
    chunk: number,
    flags: number,
    record: { readonly words: Int32Array; readonly blob: number; readonly size: number; readonly relocs: number },
    source: number,
  ): void {
    const { contents, moved } = this.#change;
    const { words } = record;
    const size = words[record.size]! >>> 0;
    this.#change.noteBefore(symbol);
    this.#release(symbol);
    this.#place(symbol, flags, size);
    const finder = this.finder(records, chunk);
    const first = words[record.relocs]!;
    this.#relocate(symbol, finder, words, first, words[record.relocs + 1]!, source);
    const blob = words[record.blob]! >>> 0;
    contents.set(symbol, flags & DeclFlag.ZERO ? size : new Uint8Array(words.buffer, blob, size).slice());
    moved.add(symbol);
  }

  /** What finds the symbols that references of `chunk` are written against, and makes those that are new. */
  finder(records: Records, chunk: number): ReferenceFinder {
    const { program, references } = this.#change;
    return new ReferenceFinder(program, references, records, chunk, (uav) => this.#uav(records, chunk, uav));
  }

  /** Takes the place, the bytes and the relocations of `symbol` away. */
  clear(symbol: number): void {
    const { program, contents, moved } = this.#change;
    const { symbols, image } = program.parts;
    this.#change.noteBefore(symbol);
    this.#release(symbol);
    const node = symbols.get(symbol, SymField.NODE);
    if (node !== NONE) image.remove(node);
    symbols.set(symbol, SymField.NODE, NONE);
    symbols.set(symbol, SymField.SECTION, UNDEFINED);
    symbols.set(symbol, SymField.VALUE, 0);
    symbols.set(symbol, SymField.SIZE, 0);
    contents.delete(symbol);
    moved.add(symbol);
  }

  /** Removes an unnamed value or lazy symbol that nothing refers to. */
  removeUav(symbol: number): void {
    const { program, references } = this.#change;
    program.parts.uavs--;
    if (isLazy(program.parts.symbols.get(symbol, SymField.RECORD))) program.parts.lazies--;
    this.clear(symbol);
    this.#list.unlist(symbol);
    references.drop(symbol);
  }

  /** Gives the relocations of `symbol` back. */
  #release(symbol: number): void {
    const { program, references, relocations } = this.#change;
    const section = program.parts.symbols.get(symbol, SymField.SECTION);
    references.forEachOwn(symbol, (relocation) => {
      if (program.mode !== "static") this.#entries.give(relocation, section);
      relocations.delete(relocation);
      program.failed.delete(relocation);
      this.#noteUse(program.parts.relocations.get(relocation, Relocation.TARGET));
      references.removeRelocation(relocation);
    });
    program.setGraph(symbol, Graph.RELOCS, NONE);
  }

  #place(symbol: number, flags: number, size: number): void {
    const { symbols, image, layout } = this.#change.program.parts;
    const section = sectionOf(flags, this.#change.program.mode !== "static");
    const alignLog2 = alignOf(flags);
    let node = symbols.get(symbol, SymField.NODE);
    if (node !== NONE && symbols.get(symbol, SymField.SECTION) !== section) {
      image.remove(node);
      node = NONE;
    }
    if (node === NONE) {
      const kind = kindOf(symbols.get(symbol, SymField.FLAGS)) === SymbolKind.UAV ? NodeKind.UAV : NodeKind.NAV;
      node = image.add(layout.sectionNodes[section]!, { size, alignLog2, kind, owner: symbol });
      symbols.set(symbol, SymField.NODE, node);
    } else {
      if (image.nodes.alignLog2(node) !== alignLog2) image.realign(node, alignLog2);
      if (image.nodes.size(node) !== size) image.resize(node, size);
    }
    layout.raise(section, alignLog2);
    symbols.set(symbol, SymField.SECTION, section);
    symbols.set(symbol, SymField.VALUE, image.nodes.offset(node));
    symbols.set(symbol, SymField.SIZE, size);
    this.#change.counts.nodes++;
    if (isNobits(section)) this.#change.contents.delete(symbol);
  }

  #relocate(
    owner: number,
    finder: ReferenceFinder,
    words: Int32Array,
    first: number,
    count: number,
    source: number,
  ): void {
    const { program, references } = this.#change;
    let previous: number = NONE;
    for (let index = first; index < first + count; index++) {
      const at = finder.relocs + index * Reloc.WORDS;
      const ref = words[at + Reloc.REF]!;
      const target = finder.symbolOf(ref);
      this.#noteUse(target);
      const relocation = references.addRelocation(owner, target);
      fillRelocation(program, relocation, words, at, finder.insideOf(ref), source);
      if (previous === NONE) program.setGraph(owner, Graph.RELOCS, relocation);
      else program.parts.relocations.set(previous, Relocation.NEXT_OWN, relocation);
      previous = relocation;
    }
  }

  /** What is used, or no longer, may have to be listed, or not. */
  #noteUse(target: number): void {
    const { program, globals } = this.#change;
    const { symbols } = program.parts;
    for (let symbol = target; symbol !== NONE; symbol = symbols.get(symbol, SymField.ALIAS)) {
      const kind = kindOf(symbols.get(symbol, SymField.FLAGS));
      if (kind === SymbolKind.NAV || kind === SymbolKind.UAV || globals.has(symbol)) return;
      if (kind === SymbolKind.GLOBAL) globals.add(symbol);
    }
  }

  /** The symbol of unnamed value or lazy symbol number `index` of `chunk`, made where it is new. */
  #uav(records: Records, chunk: number, index: number): number {
    const { program, references, filled } = this.#change;
    const { symbols, image } = program.parts;
    const { words, at } = records.uav(chunk, index);
    const h0 = words[at + Uav.HASH0]!;
    const h1 = words[at + Uav.HASH1]!;
    const h2 = words[at + Uav.HASH2]!;
    const flags = words[at + Uav.FLAGS]!;
    const record = { words, blob: at + Uav.BLOB, size: at + Uav.SIZE, relocs: at + Uav.RELOC };
    const present = references.find(UAV_SCOPE, h0, h1, h2);
    if (present !== NONE) {
      const node = symbols.get(present, SymField.NODE);
      const section = symbols.get(present, SymField.SECTION);
      // The largest alignment asked for wins, also when it is asked for later.
      if (alignOf(flags) > image.nodes.alignLog2(node)) {
        image.realign(node, alignOf(flags));
        program.parts.layout.raise(section, alignOf(flags));
      }
      // What has a type is the same value when its type, or the error set, has become another; its bytes may not be.
      if (flags & DeclFlag.TYPED && !filled.has(present)) {
        filled.add(present);
        const aligned = withAlign(flags, image.nodes.alignLog2(node));
        this.fill(present, records, chunk, aligned, record, words[at + Uav.SOURCE]!);
      }
      return present;
    }
    const symbol = references.create(SymbolKind.UAV, UAV_SCOPE, h0, h1, h2);
    program.parts.uavs++;
    if (isLazy(flags)) program.parts.lazies++;
    // The record that a link has here is not needed any more: what kind of value it is.
    symbols.set(symbol, SymField.RECORD, flags);
    const type = (flags & DeclFlag.KIND) === DeclKind.LAZY_CODE ? STT.FUNC : STT.OBJECT;
    symbols.set(symbol, SymField.FLAGS, symbolFlags(SymbolKind.UAV, type, STB.LOCAL, 0));
    filled.add(symbol);
    this.fill(symbol, records, chunk, flags, record, words[at + Uav.SOURCE]!);
    this.#list.list(symbol, true);
    return symbol;
  }
}

function isLazy(flags: number): boolean {
  return (flags & DeclFlag.KIND) !== DeclKind.UAV;
}
