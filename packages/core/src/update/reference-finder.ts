/** Finds the symbols that the references of a chunk are written against. */

import type { Records } from "../link/link-records.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { Ref, RefKind } from "../protocol/records.js";
import { localName } from "./names.js";
import type { Program } from "./program.js";
import type { References } from "./references.js";
import { Graph } from "./tables.js";

/** Finds the symbols that the references of a chunk are written against, each once. */
export class ReferenceFinder {
  /** Index of the chunk's first relocation's first word. */
  readonly relocs: number;
  readonly #program: Program;
  readonly #references: References;
  readonly #words: Int32Array;
  readonly #refs: number;
  readonly #scope: number;
  readonly #known = new Map<number, number>();
  readonly #uav: ((index: number) => number) | undefined;

  /** `uav` gives the symbol of an unnamed value by its index in the chunk; without it the link has bound them. */
  constructor(
    program: Program,
    references: References,
    records: Records,
    chunk: number,
    uav?: (index: number) => number,
  ) {
    this.#uav = uav;
    this.#program = program;
    this.#references = references;
    this.#words = records.wordsOf(chunk);
    this.#refs = records.ref(chunk, 0).at;
    this.relocs = records.reloc(chunk, 0).at;
    this.#scope = records.scopeOf(chunk);
  }

  /** Bytes into what the reference names. */
  insideOf(ref: number): number {
    const at = this.#refs + ref * Ref.WORDS;
    return this.#words[at + Ref.KIND] === RefKind.UAV ? 0 : this.#words[at + Ref.OFFSET]!;
  }

  symbolOf(ref: number): number {
    const at = this.#refs + ref * Ref.WORDS;
    const words = this.#words;
    const bound = words[at + Ref.SYMBOL]!;
    if (words[at + Ref.KIND] === RefKind.UAV) return this.#uav?.(words[at + Ref.HASH0]!) ?? bound;
    const h0 = words[at + Ref.HASH0]!;
    const h1 = words[at + Ref.HASH1]!;
    const h2 = words[at + Ref.HASH2]!;
    const { symbols } = this.#program.parts;
    const program = this.#program;
    const isDirect =
      this.#uav === undefined &&
      kindOf(symbols.get(bound, SymField.FLAGS)) === SymbolKind.NAV &&
      program.graph(bound, Graph.HASH0) === h0 &&
      program.graph(bound, Graph.HASH1) === h1 &&
      program.graph(bound, Graph.HASH2) === h2 &&
      program.graph(bound, Graph.SCOPE) === this.#scope;
    if (isDirect) return bound;
    let symbol = this.#known.get(ref);
    if (symbol === undefined) {
      symbol = localName(program, this.#references, this.#scope, h0, h1, h2);
      this.#known.set(ref, symbol);
    }
    return symbol;
  }
}
