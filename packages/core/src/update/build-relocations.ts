/**
 * Relocations of a finished link become records of a program: each under the symbol that it is written against, with the
 * entry that the link gave it in the output's own table.
 */

import type { LinkedParts } from "../link/linked.js";
import { Section, UNDEFINED } from "../link/sections.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { FORMULA, Formula } from "../link/x86-64.js";
import { Chunk } from "../protocol/chunk-table.js";
import { Decl, DeclFlag, DeclKind, Reloc, Uav } from "../protocol/records.js";
import { fillRelocation, loadsFromTable, relaxRelocation } from "./from-records.js";
import type { Program } from "./program.js";
import { ReferenceFinder } from "./reference-finder.js";
import type { References } from "./references.js";
import { Declaration, exportScope, Graph, NONE, Relocation } from "./tables.js";

export class RelocationBuilder {
  readonly #parts: LinkedParts;
  readonly #program: Program;
  readonly #references: References;

  constructor(parts: LinkedParts, program: Program, references: References) {
    this.#parts = parts;
    this.#program = program;
    this.#references = references;
  }

  /** Adds the relocations of `chunk`, when the declarations of all chunks are known. */
  build(chunk: number): void {
    const { chunks, records, symbols } = this.#parts;
    const words = records.wordsOf(chunk);
    const binder = new ReferenceFinder(this.#program, this.#references, records, chunk);
    const count = chunks.get(chunk, Chunk.DECL_COUNT);
    const first = chunks.getUnsigned(chunk, Chunk.DECLS) / 4;
    for (let at = first; at < first + count * Decl.WORDS; at += Decl.WORDS) {
      const flags = words[at + Decl.FLAGS]!;
      if (flags & DeclFlag.DEAD) continue;
      const kind = flags & DeclFlag.KIND;
      if (kind === DeclKind.EXPORT) this.#exportTarget(binder, words, at, records.scopeOf(chunk));
      else if (kind <= DeclKind.VAR) {
        const start = words[at + Decl.SOURCE]!;
        this.#own(binder, words, words[at + Decl.SYMBOL]!, at + Decl.RELOC, words[at + Decl.BLOB]! >>> 0, start);
      }
    }
    const uavs = chunks.getUnsigned(chunk, Chunk.UAVS) / 4;
    for (let uav = 0; uav < chunks.get(chunk, Chunk.UAV_COUNT); uav++) {
      const at = uavs + uav * Uav.WORDS;
      const symbol = words[at + Uav.SYMBOL]!;
      if (
        symbol === NONE ||
        symbols.get(symbol, SymField.CHUNK) !== chunk ||
        symbols.get(symbol, SymField.RECORD) !== uav
      )
        continue;
      if (symbols.get(symbol, SymField.SECTION) === UNDEFINED) continue;
      this.#own(binder, words, symbol, at + Uav.RELOC, words[at + Uav.BLOB]! >>> 0, words[at + Uav.SOURCE]!);
    }
  }

  #exportTarget(binder: ReferenceFinder, words: Int32Array, at: number, scope: number): void {
    const { declarations } = this.#program.parts;
    const h = [words[at + Decl.HASH0]!, words[at + Decl.HASH1]!, words[at + Decl.HASH2]!] as const;
    const row = this.#references.find(exportScope(scope), ...h);
    const target = binder.symbolOf(words[at + Decl.REF]!);
    const relocation = this.#references.addRelocation(declarations.get(row, Declaration.SYMBOL), target);
    declarations.set(row, Declaration.RELOC, relocation);
  }

  /** The relocations of one atom; `at` is where its record says which, `blob` where its bytes are in the arena. */
  #own(binder: ReferenceFinder, words: Int32Array, owner: number, at: number, blob: number, start: number): void {
    const program = this.#program;
    const { relocations } = program.parts;
    const bytes = new Uint8Array(words.buffer);
    let previous = NONE;
    for (let index = words[at]!; index < words[at]! + words[at + 1]!; index++) {
      const recordAt = binder.relocs + index * Reloc.WORDS;
      const target = binder.symbolOf(words[recordAt + Reloc.REF]!);
      const relocation = this.#references.addRelocation(owner, target);
      fillRelocation(program, relocation, words, recordAt, binder.insideOf(words[recordAt + Reloc.REF]!), start);
      if (loadsFromTable(program, words[recordAt + Reloc.TYPE]!)) {
        // The instruction reaches at most 3 bytes before its field and 4 behind it.
        const offset = words[recordAt + Reloc.OFFSET]!;
        const from = Math.max(0, offset - 3);
        const instruction = bytes.slice(blob + from, blob + offset + 5);
        relaxRelocation(program, this.#references, relocation, instruction, from);
      }
      this.#entry(relocation, owner);
      if (previous === NONE) program.setGraph(owner, Graph.RELOCS, relocation);
      else relocations.set(previous, Relocation.NEXT_OWN, relocation);
      previous = relocation;
    }
  }

  /** The entry that the link gave a relocation in the output's own table: the same order, the same conditions. */
  #entry(relocation: number, owner: number): void {
    const { relocations, entries } = this.#program.parts;
    const { symbols } = this.#parts;
    if (this.#program.mode === "static") return;
    const section = symbols.get(owner, SymField.SECTION);
    let list = entries[section]!;
    if (this.#program.mode === "pie") {
      const type = relocations.get(relocation, Relocation.TYPE);
      const target = this.#references.finalOf(relocations.get(relocation, Relocation.TARGET), false);
      const isDynamic = FORMULA[type & 0xff] === Formula.ABSOLUTE && section !== Section.TEXT;
      if (!isDynamic || !this.#isPlaced(target)) return;
      list = entries[0]!;
    }
    relocations.set(relocation, Relocation.ENTRY, list.push(relocation));
  }

  #isPlaced(target: number): boolean {
    if (target === NONE) return false;
    const { symbols } = this.#parts;
    if (symbols.get(target, SymField.SECTION) !== UNDEFINED) return true;
    // The exports' aliases come only when all relocations are there.
    const row = this.#program.graph(target, Graph.DECL);
    return kindOf(symbols.get(target, SymField.FLAGS)) === SymbolKind.GLOBAL && row !== NONE && this.#isExported(row);
  }

  #isExported(row: number): boolean {
    const { declarations } = this.#program.parts;
    for (let at = row; at !== NONE; at = declarations.get(at, Declaration.NEXT))
      if ((declarations.get(at, Declaration.FLAGS) & DeclFlag.KIND) === DeclKind.EXPORT) return true;
    return false;
  }
}
