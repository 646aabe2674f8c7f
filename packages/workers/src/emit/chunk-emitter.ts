/** Emits chunks: fetches the text, emits each declaration that begins in it, publishes the records. */

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
  ManifestError,
  type Source,
  TEXT_LEAD,
} from "@manifold/core";
import { ChunkRecords } from "./chunk-records.js";
import { ChunkText } from "./chunk-text.js";
import { DeclarationEmitter } from "./declaration-emitter.js";

const NEWLINE = 0x0a;
const ERRORS_PER_CHUNK = 20;

export class ChunkEmitter {
  readonly blamed: Blamed[] = [];
  readonly #text = new ChunkText();
  readonly #records: ChunkRecords;
  readonly #emitter: DeclarationEmitter;
  /** Told where in the chunk's text the declaration begins that is emitted next. */
  readonly #at: (source: number) => void;
  #errors = 0;

  constructor(arena: Arena, functionAlignLog2: number, at: (source: number) => void) {
    this.#records = new ChunkRecords(arena);
    this.#emitter = new DeclarationEmitter(this.#records, arena, functionAlignLog2);
    this.#at = at;
  }

  /** Emits chunk `chunk` and finishes it, FAILED where there were errors, which are in `blamed`. */
  emit(chunks: ChunkTable, chunk: number, sources: readonly Source[]): void {
    const index = chunks.get(chunk, Chunk.SOURCE);
    const source = sources[index]!;
    const start = chunks.start(chunk);
    this.#errors = 0;
    this.#records.clear();
    try {
      this.#text.fetch(source, start, chunks.end(chunk));
      if (source.spelling === "lines") this.#lines(index, start);
      else this.#elements();
      this.#records.publish(chunks, chunk);
    } catch (cause) {
      this.#blame(cause, index, start, source);
    }
    if (this.#errors > ERRORS_PER_CHUNK) {
      const diagnostic = blame.tooManyErrors(this.#errors - ERRORS_PER_CHUNK);
      this.blamed.push({ diagnostic, source: index, offset: start, length: 1 });
    }
    chunks.finish(chunk, this.#errors === 0 ? ChunkStatus.EMITTED : ChunkStatus.FAILED);
  }

  close(): void {
    this.#text.close();
  }

  #lines(source: number, start: number): void {
    const { bytes, end, limit } = this.#text;
    const { cursor } = this.#emitter;
    // The first line of the chunk begins behind the first newline, which may be the byte before the chunk.
    let at = bytes.subarray(0, end).indexOf(NEWLINE) + 1;
    if (at === 0) return;
    if (!isUtf8(bytes.subarray(at, end))) {
      this.#note(blame.invalidUtf8(), source, start, at + firstInvalid(bytes.subarray(at, end)), 1);
      return;
    }
    while (at < limit && at < end) {
      const newline = bytes.indexOf(NEWLINE, at);
      const lineEnd = newline === -1 || newline >= end ? end : newline;
      cursor.reset(bytes, at, lineEnd);
      if (cursor.peek() !== -1) {
        this.#at(at);
        try {
          this.#emitter.emit(at);
          cursor.finish();
        } catch (cause) {
          if (!(cause instanceof ManifestError)) throw cause;
          this.#note(cause.diagnostic, source, start, cause.offset, cause.length);
        }
      }
      at = lineEnd + 1;
    }
  }

  /** The elements of a JSON array. What is malformed ends the chunk: where the next element begins is then unknown. */
  #elements(): void {
    const { bytes, end } = this.#text;
    const { cursor } = this.#emitter;
    cursor.reset(bytes, TEXT_LEAD, end);
    for (let first = true; ; first = false) {
      const byte = cursor.peek();
      if (byte === -1) return;
      if (!first) {
        cursor.expectComma();
        cursor.peek();
      }
      this.#at(cursor.at);
      this.#emitter.emit(cursor.at);
    }
  }

  #blame(cause: unknown, index: number, start: number, source: Source): void {
    if (cause instanceof ManifestError) this.#note(cause.diagnostic, index, start, cause.offset, cause.length);
    else if (cause instanceof DiagnosticError)
      for (const diagnostic of cause.diagnostics) this.#note(diagnostic, index, start, TEXT_LEAD, 1);
    else if ((cause as NodeJS.ErrnoException).syscall !== undefined) {
      this.#note(cannotRead(source.kind === "file" ? source.path : source.label, cause), index, start, TEXT_LEAD, 1);
    } else throw cause;
  }

  #note(diagnostic: Blamed["diagnostic"], source: number, start: number, textOffset: number, length: number): void {
    this.#errors++;
    if (this.#errors <= ERRORS_PER_CHUNK)
      this.blamed.push({ diagnostic, source, offset: start - TEXT_LEAD + textOffset, length });
  }
}
