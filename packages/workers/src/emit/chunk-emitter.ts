/**
 * Emits chunks: fetches the text, emits each declaration that begins in it, publishes the records. Where a chunk holds
 * typed values and the types of its manifest are not known yet, it is left waiting; only its types are collected then.
 */

import { isUtf8 } from "node:buffer";
import {
  type Arena,
  type Blamed,
  blame,
  Chunk,
  ChunkStatus,
  type ChunkTable,
  cannotRead,
  DiagnosticError,
  firstInvalid,
  type InputPolicy,
  type InputText,
  ManifestError,
  TEXT_LEAD,
  type TextualSource,
  type TypeText,
} from "@manifold/core";
import { ChunkRecords } from "./chunk-records.js";
import { ChunkText } from "./chunk-text.js";
import { DeclarationEmitter } from "./declaration-emitter.js";
import type { TypeTables } from "./type-tables.js";
import { TypesUnknown } from "./value-emitter.js";

const NEWLINE = 0x0a;
const ERRORS_PER_CHUNK = 20;
/** A chunk of more text has a very long line, for which room is made when it is known to be needed. */
const PLAIN_LIMIT = 16 << 20;

export class ChunkEmitter {
  readonly blamed: Blamed[] = [];
  /** Declarations of types and errors in the chunks of manifests whose types the shift does not carry. */
  readonly types: TypeText[] = [];
  /** Chunks that were left waiting. */
  readonly waiting: number[] = [];
  readonly inputs: InputText[] = [];
  readonly #text = new ChunkText();
  readonly #arena: Arena;
  readonly #records: ChunkRecords;
  readonly #emitter: DeclarationEmitter;
  readonly #tables: TypeTables;
  /** Told where in the chunk's text the declaration begins that is emitted next. */
  readonly #at: (source: number) => void;
  #errors = 0;
  /** The chunk at hand: its source and its first byte there, and whether it collects types or has to wait for them. */
  #source = 0;
  #start = 0;
  #collects = false;
  #waits = false;

  constructor(
    arena: Arena,
    functionAlignLog2: number,
    tables: TypeTables,
    at: (source: number) => void,
    inputs: InputPolicy,
  ) {
    this.#arena = arena;
    this.#records = new ChunkRecords(arena);
    this.#emitter = new DeclarationEmitter(this.#records, arena, functionAlignLog2, inputs);
    this.#tables = tables;
    this.#at = at;
  }

  /**
   * Emits chunk `chunk` and finishes it, FAILED where there were errors, which are in `blamed`; or leaves it WAITING.
   * Returns the chunk's new status. Throws AssemblerMissing, and leaves the chunk as it was, where that must be loaded.
   */
  emit(chunks: ChunkTable, chunk: number, source: TextualSource): number {
    this.#source = chunks.get(chunk, Chunk.SOURCE);
    this.#start = chunks.start(chunk);
    const { top } = this.#arena;
    const blamed = this.blamed.length;
    const types = this.types.length;
    const inputs = this.inputs.length;
    try {
      const status = this.#emit(chunks, chunk, source);
      chunks.finish(chunk, status);
      return status;
    } catch (cause) {
      this.#arena.top = top;
      this.blamed.length = blamed;
      this.types.length = types;
      this.inputs.length = inputs;
      throw cause;
    }
  }

  close(): void {
    this.#text.close();
  }

  #emit(chunks: ChunkTable, chunk: number, source: TextualSource): number {
    const types = this.#tables.of(source.scope);
    // What is wrong with the types is told once, and not by every value that has one of them.
    if (types === "faulty") return ChunkStatus.FAILED;
    const { top } = this.#arena;
    const blamed = this.blamed.length;
    const inputs = this.inputs.length;
    this.#errors = 0;
    this.#waits = false;
    this.#collects = types === "unknown";
    this.#records.clear();
    this.#emitter.beginChunk(source.scope, types === "unknown" ? undefined : types);
    try {
      this.#text.fetch(source, this.#start, chunks.end(chunk));
      if (source.spelling === "lines") this.#lines();
      else this.#elements();
      if (!this.#waits) this.#records.publish((field, value) => chunks.set(chunk, field, value));
    } catch (cause) {
      this.#blame(cause, source);
    }
    if (this.#waits) {
      // All of it is emitted again, and what is wrong found again.
      this.blamed.length = blamed;
      this.inputs.length = inputs;
      this.#arena.top = top;
      this.waiting.push(chunk);
      return ChunkStatus.WAITING;
    }
    if (this.#errors > ERRORS_PER_CHUNK) {
      const diagnostic = blame.tooManyErrors(this.#errors - ERRORS_PER_CHUNK);
      // Told behind the others, which the order of places keeps.
      const { offset } = this.blamed.at(-1)!;
      this.blamed.push({ diagnostic, source: this.#source, offset, length: 1 });
    }
    return this.#errors === 0 ? ChunkStatus.EMITTED : ChunkStatus.FAILED;
  }

  #lines(): void {
    const { bytes, end, limit } = this.#text;
    const { cursor } = this.#emitter;
    // The first line of the chunk begins behind the first newline, which may be the byte before the chunk.
    let at = bytes.subarray(0, end).indexOf(NEWLINE) + 1;
    if (at === 0) return;
    if (!isUtf8(bytes.subarray(at, end))) {
      this.#note(blame.invalidUtf8(), at + firstInvalid(bytes.subarray(at, end)), 1);
      return;
    }
    const plainEnd = this.#plainEnd(bytes, at, end);
    while (at < limit && at < end) {
      if (at < plainEnd && !this.#waits) {
        this.#at(at);
        const lineEnd = this.#emitter.plain.emit(bytes, at);
        if (lineEnd !== -1) {
          at = lineEnd + 1;
          continue;
        }
      }
      const newline = bytes.indexOf(NEWLINE, at);
      const lineEnd = newline === -1 || newline >= end ? end : newline;
      cursor.reset(bytes, at, lineEnd);
      if (cursor.peek() !== -1) {
        try {
          if (this.#declaration()) cursor.finish();
        } catch (cause) {
          if (!(cause instanceof ManifestError)) throw cause;
          this.#note(cause.diagnostic, cause.offset, cause.length);
        }
      }
      at = lineEnd + 1;
      // What is not plain may have taken more room than its text.
      if (at < plainEnd) this.#arena.reserve(end - at);
    }
  }

  /** Lines that begin before this may be written plainly; then they take no more room in the arena than in the text. */
  #plainEnd(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > PLAIN_LIMIT) return -1;
    this.#arena.reserve(end - start);
    return lastNewline(bytes, start, end);
  }

  /** The elements of a JSON array. What is malformed ends the chunk: where the next element begins is then unknown. */
  #elements(): void {
    const { bytes, end } = this.#text;
    const { cursor } = this.#emitter;
    cursor.reset(bytes, TEXT_LEAD, end);
    for (let first = true; ; first = false) {
      if (cursor.peek() === -1) return;
      if (!first) {
        cursor.expectComma();
        cursor.peek();
      }
      const start = cursor.at;
      if (this.#declaration()) continue;
      cursor.at = start;
      cursor.skip();
    }
  }

  /** Emits the declaration at the cursor; true where the cursor is left behind it. */
  #declaration(): boolean {
    const emitter = this.#emitter;
    const { cursor } = emitter;
    const start = cursor.at;
    this.#at(start);
    let isTypes: boolean;
    try {
      if (this.#waits) {
        isTypes = emitter.skipTypes();
        if (!isTypes) return false;
      } else isTypes = emitter.emit(start);
    } catch (cause) {
      if (!(cause instanceof TypesUnknown)) throw cause;
      this.#waits = true;
      return false;
    }
    if (isTypes && this.#collects) {
      const offset = this.#start - TEXT_LEAD + start;
      this.types.push({ text: cursor.textOf(start, cursor.at), source: this.#source, offset });
    }
    for (const { path, offset } of emitter.inputs)
      this.inputs.push({ path, source: this.#source, offset: this.#start - TEXT_LEAD + offset });
    emitter.inputs.length = 0;
    for (const { diagnostic, offset, length } of emitter.faults) this.#note(diagnostic, offset, length);
    emitter.faults.length = 0;
    return true;
  }

  #blame(cause: unknown, source: TextualSource): void {
    if (cause instanceof ManifestError) this.#note(cause.diagnostic, cause.offset, cause.length);
    else if (cause instanceof DiagnosticError)
      for (const diagnostic of cause.diagnostics) this.#note(diagnostic, TEXT_LEAD, 1);
    else if ((cause as NodeJS.ErrnoException).syscall !== undefined) {
      this.#note(cannotRead(source.kind === "file" ? source.path : source.label, cause), TEXT_LEAD, 1);
    } else throw cause;
  }

  #note(diagnostic: Blamed["diagnostic"], textOffset: number, length: number): void {
    this.#errors++;
    if (this.#errors <= ERRORS_PER_CHUNK)
      this.blamed.push({ diagnostic, source: this.#source, offset: this.#start - TEXT_LEAD + textOffset, length });
  }
}

/** The last newline of `bytes[start, end)`, or -1. */
function lastNewline(bytes: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at >= start; at--) if (bytes[at] === NEWLINE) return at;
  return -1;
}
