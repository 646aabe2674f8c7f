/**
 * The linker's symbols: navs, unnamed values, and the names by which manifests see each other.
 *
 * Symbol record, 10 words:
 *   [0] FLAGS     bits 0-3 type (STT), 4-7 binding (STB), 8-9 visibility (STV), 10-12 SymbolKind,
 *                 bit 13 REFERENCED: some relocation needs it
 *   [1] SECTION   see `sections.ts`, or UNDEFINED
 *   [2] VALUE     bytes from the start of the section (unsigned); thread-local: from the start of the TLS block's section
 *   [3] SIZE      bytes (unsigned)
 *   [4] NODE      in the image, or -1
 *   [5] CHUNK     where it is declared; -1: nowhere
 *   [6] RECORD    its record in the chunk: a declaration, or for a uav an unnamed value
 *   [7] STRTAB    offset of its name in .strtab
 *   [8] SLOT      index in .symtab, 0 for none
 *   [9] ALIAS     for an export, the symbol that it names; else -1
 *
 * Writer: the coordinator; REFERENCED: workers, by Atomics.or, in the resolve shift. Readers: workers, in later shifts.
 */

import { PagedWords } from "../memory/paged-words.js";
import { UNDEFINED } from "./sections.js";

export const SymField = {
  FLAGS: 0,
  SECTION: 1,
  VALUE: 2,
  SIZE: 3,
  NODE: 4,
  CHUNK: 5,
  RECORD: 6,
  STRTAB: 7,
  SLOT: 8,
  ALIAS: 9,
} as const;
export const SYMBOL_WORDS = 10;

/** NAV, UAV: has a place; UAV are unnamed values and lazy symbols, which have no name. GLOBAL: a name that is exported, or wanted from elsewhere. LINKER: the linker's own. LOCAL: a name that a manifest uses and has no nav for; only in sessions that are updated. FREE: no symbol. */
export const SymbolKind = { NAV: 0, UAV: 1, GLOBAL: 2, LINKER: 3, LOCAL: 4, FREE: 5 } as const;

export const REFERENCED: number = 1 << 13;

export function symbolFlags(kind: number, type: number, binding: number, visibility: number): number {
  return type | (binding << 4) | (visibility << 8) | (kind << 10);
}
export function typeOf(flags: number): number {
  return flags & 0xf;
}
export function bindingOf(flags: number): number {
  return (flags >>> 4) & 0xf;
}
export function visibilityOfSymbol(flags: number): number {
  return (flags >>> 8) & 3;
}
export function kindOf(flags: number): number {
  return (flags >>> 10) & 7;
}

/** A table as a session on disk has it. */
export interface SavedSymbols {
  readonly table: PagedWords;
  readonly count: number;
  readonly free: number;
}

const NO_FREE = -1;

export class SymbolTable {
  readonly table: PagedWords;
  #count = 0;
  /** The first record that was given back; ALIAS leads to the next. */
  #free: number = NO_FREE;

  constructor(origin?: SharedArrayBuffer | SavedSymbols) {
    if (origin === undefined || origin instanceof SharedArrayBuffer) {
      this.table = new PagedWords("symbol table", 1024 * SYMBOL_WORDS, origin === undefined ? {} : { buffer: origin });
    } else {
      this.table = origin.table;
      this.#count = origin.count;
      this.#free = origin.free;
    }
  }

  /** Records in use or free. */
  get length(): number {
    return this.#count;
  }

  get free(): number {
    return this.#free;
  }

  get words(): Int32Array<SharedArrayBuffer> {
    return this.table.words;
  }

  get buffer(): SharedArrayBuffer {
    return this.table.buffer;
  }

  /** Makes room for `more` symbols, so that `add` need not look and `words` stays what it is. */
  reserve(more: number): void {
    this.table.ensure((this.#count + more) * SYMBOL_WORDS);
  }

  /** A symbol without a place, declared by `record` of `chunk`. */
  add(flags: number, chunk: number, record: number): number {
    let symbol = this.#free;
    if (symbol === NO_FREE) {
      this.reserve(1);
      symbol = this.#count++;
    } else this.#free = this.get(symbol, SymField.ALIAS);
    const at = symbol * SYMBOL_WORDS;
    this.table.touch(at);
    this.table.touch(at + SYMBOL_WORDS - 1);
    const { words } = this.table;
    words[at + SymField.FLAGS] = flags;
    words[at + SymField.SECTION] = UNDEFINED;
    words[at + SymField.VALUE] = 0;
    words[at + SymField.SIZE] = 0;
    words[at + SymField.NODE] = -1;
    words[at + SymField.CHUNK] = chunk;
    words[at + SymField.RECORD] = record;
    words[at + SymField.STRTAB] = 0;
    words[at + SymField.SLOT] = 0;
    words[at + SymField.ALIAS] = -1;
    return symbol;
  }

  /** Gives the record back. */
  remove(symbol: number): void {
    this.set(symbol, SymField.FLAGS, symbolFlags(SymbolKind.FREE, 0, 0, 0));
    this.set(symbol, SymField.ALIAS, this.#free);
    this.#free = symbol;
  }

  get(symbol: number, field: number): number {
    return this.table.get(symbol * SYMBOL_WORDS + field);
  }

  getUnsigned(symbol: number, field: number): number {
    return this.table.get(symbol * SYMBOL_WORDS + field) >>> 0;
  }

  set(symbol: number, field: number, value: number): void {
    this.table.set(symbol * SYMBOL_WORDS + field, value);
  }
}
