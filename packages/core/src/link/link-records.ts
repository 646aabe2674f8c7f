/** Finds records of a running link again: the declaration behind a symbol, its name, its place in the input. */

import type { Place } from "../diagnostics/diagnostic.js";
import { locateInSource } from "../manifest/locate.js";
import { Chunk, type ChunkTable } from "../protocol/chunk-table.js";
import { DECL_KIND_NAMES, Decl, DeclFlag, DeclKind, Ref, Reloc, Uav } from "../protocol/records.js";
import { type Source, TEXT_LEAD } from "../protocol/sources.js";
import { kindOf, SymbolKind, type SymbolTable, SymField } from "./symbol-table.js";

/** A record: the arena's words and the index of its first word. */
export interface RecordAt {
  readonly words: Int32Array;
  readonly at: number;
}

export class Records {
  readonly #chunks: ChunkTable;
  readonly #symbols: SymbolTable;
  readonly #sources: readonly Source[];
  readonly #arenas: readonly SharedArrayBuffer[];
  #words: Int32Array[] = [];

  constructor(
    chunks: ChunkTable,
    symbols: SymbolTable,
    sources: readonly Source[],
    arenas: readonly SharedArrayBuffer[],
  ) {
    this.#chunks = chunks;
    this.#symbols = symbols;
    this.#sources = sources;
    this.#arenas = arenas;
  }

  /** The words of the arena that holds the records of `chunk`. Arenas grow, and views are made anew when they did. */
  wordsOf(chunk: number): Int32Array {
    const slot = this.#chunks.get(chunk, Chunk.SLOT);
    const arena = this.#arenas[slot]!;
    if (this.#words[slot]?.length !== arena.byteLength >>> 2)
      this.#words[slot] = new Int32Array(arena, 0, arena.byteLength >>> 2);
    return this.#words[slot]!;
  }

  decl(chunk: number, decl: number): RecordAt {
    return { words: this.wordsOf(chunk), at: this.#chunks.getUnsigned(chunk, Chunk.DECLS) / 4 + decl * Decl.WORDS };
  }

  ref(chunk: number, ref: number): RecordAt {
    return { words: this.wordsOf(chunk), at: this.#chunks.getUnsigned(chunk, Chunk.REFS) / 4 + ref * Ref.WORDS };
  }

  reloc(chunk: number, reloc: number): RecordAt {
    return { words: this.wordsOf(chunk), at: this.#chunks.getUnsigned(chunk, Chunk.RELOCS) / 4 + reloc * Reloc.WORDS };
  }

  uav(chunk: number, uav: number): RecordAt {
    return { words: this.wordsOf(chunk), at: this.#chunks.getUnsigned(chunk, Chunk.UAVS) / 4 + uav * Uav.WORDS };
  }

  /** The declaration behind a symbol that is no unnamed value. */
  declOf(symbol: number): RecordAt {
    return this.decl(this.#symbols.get(symbol, SymField.CHUNK), this.#symbols.get(symbol, SymField.RECORD));
  }

  scopeOf(chunk: number): number {
    return this.#sources[this.#chunks.get(chunk, Chunk.SOURCE)]!.scope;
  }

  /** The bytes of a symbol's name; a view of the arena. */
  nameBytes(symbol: number): Uint8Array {
    const { words, at } = this.declOf(symbol);
    return new Uint8Array(words.buffer, words[at + Decl.NAME]! >>> 0, words[at + Decl.NAME_LENGTH]!);
  }

  nameOf(symbol: number): string {
    if (kindOf(this.#symbols.get(symbol, SymField.FLAGS)) === SymbolKind.UAV) return this.#unnamed(symbol);
    return Buffer.from(this.nameBytes(symbol)).toString("utf8");
  }

  #unnamed(symbol: number): string {
    const { words, at } = this.uav(
      this.#symbols.get(symbol, SymField.CHUNK),
      this.#symbols.get(symbol, SymField.RECORD),
    );
    const kind = words[at + Uav.FLAGS]! & DeclFlag.KIND;
    return kind === DeclKind.UAV ? "an unnamed value" : kind === DeclKind.LAZY_CODE ? "lazy code" : "lazy data";
  }

  declName({ words, at }: RecordAt): string {
    return Buffer.from(
      new Uint8Array(words.buffer, words[at + Decl.NAME]! >>> 0, words[at + Decl.NAME_LENGTH]!),
    ).toString("utf8");
  }

  kindName({ words, at }: RecordAt): string {
    return DECL_KIND_NAMES[words[at + Decl.FLAGS]! & DeclFlag.KIND] ?? "declaration";
  }

  /** A byte of a chunk's text, as an offset into its source. */
  position(chunk: number, source: number): { readonly source: number; readonly offset: number } {
    return { source: this.#chunks.get(chunk, Chunk.SOURCE), offset: this.#chunks.start(chunk) - TEXT_LEAD + source };
  }

  /** Where a byte of a chunk's text stands, for people. */
  placeOf(chunk: number, source: number, length = 1): Place {
    const position = this.position(chunk, source);
    return locateInSource(this.#sources[position.source]!, position.offset, length);
  }

  /** The text of a reference's name, as the input spells it: read again, because records hold its hash only. */
  textAt(read: (source: Source, offset: number, length: number) => string, chunk: number, ref: number): string {
    const { words, at } = this.ref(chunk, ref);
    const source = this.#sources[this.#chunks.get(chunk, Chunk.SOURCE)]!;
    return read(
      source,
      this.#chunks.start(chunk) - TEXT_LEAD + words[at + Ref.SOURCE]!,
      words[at + Ref.SOURCE_LENGTH]!,
    );
  }
}
