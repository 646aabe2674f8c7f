/**
 * What an update has yet to do: filled while declarations come in, emptied by `settle`. Everything stands here once, however
 * often it was asked for.
 */

import type { Program } from "./program.js";
import { References } from "./references.js";

/** What an update cost: counts of what was looked at and done, the same for the same change in any program. */
export interface UpdateCounts {
  /** Declarations that were emitted, and that were removed. */
  emitted: number;
  removed: number;
  /** Symbols looked at, nodes that got a place or another one, relocations applied. */
  symbols: number;
  nodes: number;
  relocations: number;
  /** Bytes of the image that differ from before. */
  changed: number;
}

export class Change {
  readonly program: Program;
  readonly references: References;
  /** Symbols whose place, size or definition changed: what is written against them is applied again. */
  readonly moved: Set<number> = new Set<number>();
  /** Symbols whose entry in .symtab is written again. */
  readonly entries: Set<number> = new Set<number>();
  /** Relocations to apply. */
  readonly relocations: Set<number> = new Set<number>();
  /** Global names whose exports, externs or use changed. */
  readonly globals: Set<number> = new Set<number>();
  /** New bytes of atoms, by symbol; a number stands for so many zeros. */
  readonly contents: Map<number, Uint8Array | number> = new Map<number, Uint8Array | number>();
  /** Unnamed values and lazy symbols that were brought up to date. */
  readonly filled: Set<number> = new Set<number>();
  /** Names to be written to .strtab, by their offsets there. */
  readonly strings: Map<number, Uint8Array> = new Map<number, Uint8Array>();
  /** Names of global symbols that were declared in this update. */
  readonly names: Map<number, Uint8Array> = new Map<number, Uint8Array>();
  /** Entries of the output's relocation tables that were given back, by table: used again first. */
  readonly freeEntries: Map<number, number[]> = new Map<number, number[]>();
  readonly counts: UpdateCounts = { emitted: 0, removed: 0, symbols: 0, nodes: 0, relocations: 0, changed: 0 };

  constructor(program: Program) {
    this.program = program;
    this.references = new References(program);
  }
}
