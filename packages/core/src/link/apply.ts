/**
 * Brings a chunk into the image: copies its blobs, applies its relocations, writes its part of .symtab and .strtab. Runs on
 * workers; every chunk owns its ranges of the image, so that no two threads write the same byte, and what is written
 * does not depend on who writes it.
 */

import { R_X86_64 } from "../elf/x86-64.js";
import { MIN_HOLE } from "../image/free-ranges.js";
import { Field, NODE_WORDS } from "../image/node-table.js";
import { Chunk, ChunkStatus } from "../protocol/chunk-table.js";
import { Control } from "../protocol/control.js";
import { Decl, DeclFlag, DeclKind, Ref, Reloc } from "../protocol/records.js";
import { relaxLoad } from "./relax-got.js";
import { relaxInitialExec } from "./relax-tls.js";
import {
  APPLIED,
  APPLIED_DYNAMIC,
  LOADS_ADDRESS,
  LOADS_TLS_OFFSET,
  Misapplied,
  relocate,
  relocated,
  storeField,
  storeRela,
  storeSymbol,
  tlsOffsetOf,
} from "./relocate.js";
import { forEachAtom } from "./resolve.js";
import { hasPlace, isNobits, Section, UNDEFINED } from "./sections.js";
import type { LinkTables } from "./shared-link.js";
import { bindingOf, SYMBOL_WORDS, SymField, typeOf, visibilityOfSymbol } from "./symbol-table.js";
import { fits } from "./x86-64.js";

/** The layout as plain data, for the message that starts the shift. Arrays are by section. */
export interface ApplyPlan {
  readonly base: number;
  readonly address: Float64Array;
  readonly fileOffset: Float64Array;
  readonly shndx: Int32Array;
  readonly tlsOffset: Float64Array;
  readonly tlsSize: number;
  /** File offsets. */
  readonly symtab: number;
  readonly strtab: number;
  /** "static": addresses are final. "pie": absolute ones become R_X86_64_RELATIVE at `rela`. "object": all are kept. */
  readonly mode: "static" | "pie" | "object";
  /** File offset of .rela.dyn, for "pie". */
  readonly rela: number;
  /** File offsets of the .rela section of each section, for "object". */
  readonly relaOf: Float64Array;
}

/** A relocation that cannot be applied. */
export interface Unapplied {
  readonly failure: number;
  readonly chunk: number;
  readonly symbol: number;
  readonly reloc: number;
  readonly target: number;
  readonly value: number;
}

const SYM_BYTES = 24;
const RELA_BYTES = 24;
const FAILURES_PER_CHUNK = 20;
/** `int3`, between functions: running off the end of one stops there. Larger gaps are holes, which are zero in any image. */
export const CODE_PADDING = 0xcc;

export class Applier {
  readonly #tables: LinkTables;
  readonly #plan: ApplyPlan;
  readonly #view: DataView;
  readonly #failures: Unapplied[] = [];
  /** Next .rela.dyn entry, or by section the next .rela entry, of the chunk at hand. */
  #dynamic = 0;
  readonly #rela: Int32Array = new Int32Array(16);
  /** Where in the file the function before ended, where places have no nodes. */
  #textEnd = 0;
  /** See `NameTable.peek`. */
  peeked = 0;

  constructor(tables: LinkTables, plan: ApplyPlan) {
    this.#tables = tables;
    this.#plan = plan;
    this.#view = new DataView(tables.image.buffer, 0, tables.image.byteLength);
  }

  /** Applies `chunk`; returns the relocations that could not be. */
  apply(chunk: number): Unapplied[] {
    const { chunks } = this.#tables;
    this.#failures.length = 0;
    if (chunks.status(chunk) !== ChunkStatus.EMITTED) return [];
    this.#dynamic = chunks.get(chunk, Chunk.DYNAMIC_BASE);
    for (let section = 0; section < this.#plan.relaOf.length; section++)
      this.#rela[section] = chunks.get(chunk, Chunk.RELA + section);
    this.#peek(chunk);
    this.#textEnd = this.#plan.fileOffset[Section.TEXT]! + chunks.getUnsigned(chunk, Chunk.TEXT_START);
    let relocations = 0;
    forEachAtom(this.#tables, chunk, (symbol, flags, blob, reloc, relocCount) => {
      this.#atom(chunk, symbol, flags, blob, reloc, relocCount);
      relocations += relocCount;
    });
    this.#names(chunk);
    Atomics.add(this.#tables.control, Control.RELOCATIONS_DONE, relocations);
    return this.#failures.slice();
  }

  /**
   * Reads the records of all symbols that the chunk refers to, which are anywhere in memory: the processor waits for many
   * of them at a time, and relocations then find them in the cache (see `NameTable.peek`).
   */
  #peek(chunk: number): void {
    const { chunks, symbols, arenaWords } = this.#tables;
    const words = arenaWords[chunks.get(chunk, Chunk.SLOT)]!;
    const symbolWords = symbols.words;
    const first = chunks.getUnsigned(chunk, Chunk.REFS) / 4;
    const end = first + chunks.get(chunk, Chunk.REF_COUNT) * Ref.WORDS;
    let seen = 0;
    for (let at = first; at < end; at += Ref.WORDS) {
      const symbol = words[at + Ref.SYMBOL]!;
      if (symbol >= 0) seen ^= symbolWords[symbol * SYMBOL_WORDS + SymField.SECTION]!;
    }
    this.peeked = seen;
  }

  #atom(chunk: number, symbol: number, flags: number, blob: number, reloc: number, relocCount: number): void {
    const { chunks, symbols, arenaBytes, image } = this.#tables;
    const at = symbol * SYMBOL_WORDS;
    const section = symbols.words[at + SymField.SECTION]!;
    const value = symbols.words[at + SymField.VALUE]! >>> 0;
    const size = symbols.words[at + SymField.SIZE]! >>> 0;
    this.#writeSymbol(at);
    if (isNobits(section)) return;
    const offset = this.#plan.fileOffset[section]! + value;
    if (!(flags & DeclFlag.ZERO)) {
      const bytes = arenaBytes[chunks.get(chunk, Chunk.SLOT)]!;
      copyBytes(bytes, blob, image, offset, size);
    }
    if (section === Section.TEXT) {
      const node = symbols.words[at + SymField.NODE]!;
      if (node !== -1) this.#padBefore(node, offset);
      else if ((flags & DeclFlag.KIND) === DeclKind.FUNC) {
        if (offset - this.#textEnd < MIN_HOLE) this.#pad(this.#textEnd, offset);
        this.#textEnd = offset + size;
      }
    }
    if (relocCount > 0) this.#relocations(chunk, symbol, section, value, reloc, relocCount);
  }

  /** Fills the gap between this function and the one before it. */
  #padBefore(node: number, offset: number): void {
    const { nodes } = this.#tables;
    const at = node * NODE_WORDS;
    const before = nodes[at + Field.PREV]! * NODE_WORDS;
    if (before < 0) return;
    const gap = nodes[at + Field.OFFSET]! - (nodes[before + Field.OFFSET]! + nodes[before + Field.SIZE]!);
    this.#pad(offset - gap, offset);
  }

  #pad(from: number, to: number): void {
    const { image } = this.#tables;
    for (let byte = from; byte < to; byte++) image[byte] = CODE_PADDING;
  }

  #relocations(chunk: number, symbol: number, section: number, value: number, reloc: number, count: number): void {
    const { chunks, symbols, arenaWords } = this.#tables;
    const plan = this.#plan;
    const words = arenaWords[chunks.get(chunk, Chunk.SLOT)]!;
    const refs = chunks.getUnsigned(chunk, Chunk.REFS) / 4;
    const first = chunks.getUnsigned(chunk, Chunk.RELOCS) / 4;
    const symbolWords = symbols.words;
    const placeAddress = plan.base + plan.address[section]! + value;
    const placeOffset = plan.fileOffset[section]! + value;
    for (let index = reloc; index < reloc + count; index++) {
      const at = first + index * Reloc.WORDS;
      const type = words[at + Reloc.TYPE]!;
      const offset = words[at + Reloc.OFFSET]!;
      const ref = refs + words[at + Reloc.REF]! * Ref.WORDS;
      const target = words[ref + Ref.SYMBOL]!;
      const inside = words[ref + Ref.OFFSET]!;
      const addend = words[at + Reloc.ADDEND_HIGH]! * 4294967296 + (words[at + Reloc.ADDEND_LOW]! >>> 0);
      if (plan.mode === "object") {
        if (!Number.isSafeInteger(addend + inside))
          this.#fail(Misapplied.OVERFLOW, chunk, symbol, index, target, addend + inside);
        storeRela(
          this.#view,
          plan.relaOf[section]! + this.#rela[section]!++ * RELA_BYTES,
          value + offset,
          symbolWords[target * SYMBOL_WORDS + SymField.SLOT]!,
          type,
          addend + inside,
        );
        continue;
      }
      const targetAt = target * SYMBOL_WORDS;
      const targetSection = symbolWords[targetAt + SymField.SECTION]!;
      const targetValue = (symbolWords[targetAt + SymField.VALUE]! >>> 0) + inside;
      const targetSize = symbolWords[targetAt + SymField.SIZE]! >>> 0;
      const place = placeAddress + offset;
      let outcome = relocate(plan, type, section, place, targetSection, targetValue, targetSize, addend);
      if (outcome === LOADS_ADDRESS)
        outcome = this.#loadAddress(type, placeOffset, place, offset, targetSection === UNDEFINED, relocated, addend);
      else if (outcome === LOADS_TLS_OFFSET)
        outcome = this.#loadTlsOffset(placeOffset, offset, tlsOffsetOf(plan, targetSection, targetValue), addend);
      else if (outcome < 0) {
        storeField(this.#view, placeOffset + offset, type, relocated);
        if (outcome === APPLIED_DYNAMIC) {
          const entry = plan.rela + this.#dynamic++ * RELA_BYTES;
          storeRela(this.#view, entry, place, 0, R_X86_64.RELATIVE, relocated);
        }
      }
      if (outcome >= 0) this.#fail(outcome, chunk, symbol, index, target, relocated);
    }
  }

  /**
   * A load, call or jump through the global offset table becomes its direct form (psABI, "Optimize GOTPCRELX
   * Relocations"). `offset`: the field's, in the atom at `placeOffset` of the file; `place`: its address.
   */
  #loadAddress(
    type: number,
    placeOffset: number,
    place: number,
    offset: number,
    isUndefined: boolean,
    address: number,
    addend: number,
  ): number {
    const relaxed = relaxLoad(this.#tables.image, placeOffset + offset, type, offset, isUndefined, addend);
    if (relaxed === undefined) return Misapplied.NEEDS_TABLE;
    if (relaxed.type === undefined) return APPLIED;
    const result = address + addend - (place + relaxed.offset - placeOffset - offset);
    if (!fits(R_X86_64[relaxed.type], result)) return Misapplied.OVERFLOW;
    storeField(this.#view, relaxed.offset, R_X86_64[relaxed.type], result);
    return APPLIED;
  }

  /** A load of a thread-local offset takes it as an immediate: initial exec becomes local exec. */
  #loadTlsOffset(placeOffset: number, offset: number, value: number, addend: number): number {
    const relaxed = offset < 3 ? undefined : relaxInitialExec(this.#tables.image, placeOffset + offset);
    if (relaxed === undefined) return Misapplied.NEEDS_TABLE;
    storeField(this.#view, relaxed.offset, R_X86_64.TPOFF32, value + addend + relaxed.addendChange);
    return APPLIED;
  }

  /** The .symtab entry of a symbol that has a place. */
  #writeSymbol(symbolAt: number): void {
    const words = this.#tables.symbols.words;
    writeSymbolEntry(this.#view, this.#plan, words, symbolAt, symbolAt);
  }

  /** The names of the chunk's navs. */
  #names(chunk: number): void {
    const { chunks, symbols, arenaWords, arenaBytes, image } = this.#tables;
    const slot = chunks.get(chunk, Chunk.SLOT);
    const words = arenaWords[slot]!;
    const bytes = arenaBytes[slot]!;
    const decls = chunks.getUnsigned(chunk, Chunk.DECLS) / 4;
    const end = decls + chunks.get(chunk, Chunk.DECL_COUNT) * Decl.WORDS;
    for (let at = decls; at < end; at += Decl.WORDS) {
      if (!hasPlace(words, at)) continue;
      const offset = this.#plan.strtab + symbols.getUnsigned(words[at + Decl.SYMBOL]!, SymField.STRTAB);
      copyBytes(bytes, words[at + Decl.NAME]! >>> 0, image, offset, words[at + Decl.NAME_LENGTH]!);
    }
  }

  #fail(failure: number, chunk: number, symbol: number, reloc: number, target: number, value: number): void {
    if (this.#failures.length < FAILURES_PER_CHUNK)
      this.#failures.push({ failure, chunk, symbol, reloc, target, value });
  }
}

/** Below this many bytes a loop is faster than a copy through a subarray. */
const LOOP_LIMIT = 40;

function copyBytes(source: Uint8Array, from: number, target: Uint8Array, to: number, size: number): void {
  if (size > LOOP_LIMIT) target.set(source.subarray(from, from + size), to);
  else for (let i = 0; i < size; i++) target[to + i] = source[from + i]!;
}

/**
 * Writes the entry in .symtab of the symbol whose record begins at `symbolAt`; `placeAt` is the record of the symbol that
 * has its place: the same, or for an export what it names.
 */
export function writeSymbolEntry(
  view: DataView,
  plan: ApplyPlan,
  words: Int32Array,
  symbolAt: number,
  placeAt: number,
): void {
  const slot = words[symbolAt + SymField.SLOT]!;
  if (slot === 0) return;
  const flags = words[symbolAt + SymField.FLAGS]!;
  const section = words[placeAt + SymField.SECTION]!;
  const value = words[placeAt + SymField.VALUE]! >>> 0;
  const isTls = section === Section.TDATA || section === Section.TBSS;
  let address = 0;
  if (section !== UNDEFINED) {
    if (plan.mode === "object") address = value;
    else address = isTls ? plan.tlsOffset[section]! + value : plan.base + plan.address[section]! + value;
  }
  const shndx = section === UNDEFINED ? 0 : plan.shndx[section]!;
  const info = (bindingOf(flags) << 4) | typeOf(flags);
  const name = words[symbolAt + SymField.STRTAB]!;
  const size = words[placeAt + SymField.SIZE]!;
  storeSymbol(view, plan.symtab + slot * SYM_BYTES, name, info, visibilityOfSymbol(flags), shndx, address, size);
}
