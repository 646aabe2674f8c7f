/**
 * A linked program that can be updated: the image, the symbols and what leads from each to all that concerns it. Made from
 * a full link (`build-program.ts`) or restored from disk (`save-program.ts`); changed by `updater.ts`.
 */

import type { MappedFile } from "../image/mapped-file.js";
import type { ApplyPlan } from "../link/apply.js";
import type { GrowingLayout, TableSizes } from "../link/growing-layout.js";
import { SECTION_COUNT } from "../link/sections.js";
import type { SymbolTable } from "../link/symbol-table.js";
import type { Header } from "../manifest/header.js";
import type { NameTable } from "../memory/name-table.js";
import type { PagedWords } from "../memory/paged-words.js";
import type { RecordTable } from "../memory/record-table.js";
import type { DenseList } from "./dense-list.js";
import type { StringPool } from "./string-pool.js";
import { Declaration, Graph, NONE } from "./tables.js";

export interface ProgramParts {
  readonly header: Header;
  readonly image: MappedFile;
  readonly layout: GrowingLayout;
  readonly names: NameTable;
  readonly symbols: SymbolTable;
  /** See `tables.ts`. */
  readonly graph: PagedWords;
  readonly relocations: RecordTable;
  readonly declarations: RecordTable;
  /** Symbols by their index in .symtab; the null symbol is first. */
  readonly slots: DenseList;
  /** How many of them are local. */
  locals: number;
  readonly strings: StringPool;
  /** Relocations by their index in .rela.dyn, at 0; of a relocatable file by section. */
  readonly entries: readonly DenseList[];
  /** The scopes of its manifests. */
  readonly scopes: readonly number[];
  /** By scope: the manifest's file, for messages; absent for what came through the library. */
  readonly files: readonly (string | undefined)[];
  /** Symbols that the linker defines. */
  readonly linkerSymbols: Set<number>;
  /** How many unnamed values there are, lazy symbols included, and how many of these. */
  uavs: number;
  lazies: number;
}

/** What is wrong with a program at the moment. A program that has such a thing is not written. */
export type Failed =
  /** A relocation that cannot be applied: see `relocate.ts`. */
  | { readonly kind: "misapplied"; readonly failure: number; readonly value: number }
  /** A relocation or export whose name nothing declares, or declares as defined elsewhere, or ends before the place meant. */
  | { readonly kind: "undeclared" | "undefined" | "outside" }
  /** A name with more than one strong export. */
  | { readonly kind: "duplicate"; readonly rows: readonly number[] };

export class Program {
  readonly parts: ProgramParts;
  readonly mode: ApplyPlan["mode"];
  /** By relocation; what is wrong with global symbol s is at -1 - s. Empty in a program that was saved. */
  readonly failed: Map<number, Failed> = new Map<number, Failed>();
  /** Names that are in .strtab no longer, for messages: by symbol. */
  readonly lostNames: Map<number, string> = new Map<number, string>();

  /** What is added to the numbers of chunks: those of an earlier process are below it, and mean nothing in this one. */
  readonly chunkBase: number;

  constructor(parts: ProgramParts, chunkBase = 0) {
    this.parts = parts;
    this.mode = modeOf(parts.header);
    this.chunkBase = chunkBase;
  }

  /** The chunk that a declaration came from, or NONE where that was in another process. */
  chunkOf(row: number): number {
    return Math.max(NONE, this.parts.declarations.get(row, Declaration.CHUNK) - this.chunkBase);
  }

  graph(symbol: number, field: number): number {
    return this.parts.graph.get(symbol * Graph.WORDS + field);
  }

  setGraph(symbol: number, field: number, value: number): void {
    this.parts.graph.set(symbol * Graph.WORDS + field, value);
  }

  get tableSizes(): TableSizes {
    const { slots, locals, strings, entries } = this.parts;
    const rela = new Float64Array(SECTION_COUNT);
    entries.forEach((list, section) => {
      rela[section] = list.length;
    });
    return { symbols: slots.length, locals, stringBytes: strings.end, rela };
  }
}

export function modeOf(header: Header): ApplyPlan["mode"] {
  return header.output === "obj" ? "object" : header.pie ? "pie" : "static";
}
