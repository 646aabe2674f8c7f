/**
 * What an update has yet to do: filled while declarations come in, emptied by `settle`. Everything stands here once, however
 * often it was asked for.
 */

import { UNDEFINED } from "../link/sections.js";
import { SymField } from "../link/symbol-table.js";
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

/** Where an atom is: its section, its offset there, and its size. */
export interface AtomPlace {
  readonly section: number;
  readonly value: number;
  readonly size: number;
}

/** Undefined where the symbol has no place of its own. */
export function placeOf({ parts: { symbols } }: Program, symbol: number): AtomPlace | undefined {
  const section = symbols.get(symbol, SymField.SECTION);
  if (section === UNDEFINED) return undefined;
  const value = symbols.getUnsigned(symbol, SymField.VALUE);
  return { section, value, size: symbols.getUnsigned(symbol, SymField.SIZE) };
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
  /** Where atoms were that got other bytes, another place or none: what a process that runs the program still has. */
  readonly before: Map<number, AtomPlace | undefined> = new Map<number, AtomPlace | undefined>();
  /** Where sections stood in the file. */
  readonly fileOffsets: readonly number[];
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
    this.fileOffsets = [...program.parts.layout.fileOffset];
  }

  /** To be called before the place of an atom changes, or its bytes. */
  noteBefore(symbol: number): void {
    if (!this.before.has(symbol)) this.before.set(symbol, placeOf(this.program, symbol));
  }
}
