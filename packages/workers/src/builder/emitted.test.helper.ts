/** Emits declarations from text and through the builder into chunks, and shows their records in one form. */
import { Arena, Chunk, ChunkTable, Decl, Ref, RefKind, Reloc, type TextualSource, Uav } from "@manifold/core";
import { ChunkEmitter } from "../emit/chunk-emitter.js";
import { loadAssembler } from "../emit/tools.js";
import { TypeTables } from "../emit/type-tables.js";
import { RecordsBuilder } from "./records-builder.js";

await loadAssembler();

/** Alignment of functions, log2. */
const FUNCTION_ALIGN = 4;

class Shown {
  readonly #chunks: ChunkTable;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;

  constructor(chunks: ChunkTable, arena: SharedArrayBuffer) {
    this.#chunks = chunks;
    this.#bytes = Buffer.from(arena);
    this.#words = new Int32Array(arena);
  }

  /** All records, without what says where they came from. */
  get records(): object {
    const count = (field: number): number[] => Array.from({ length: this.#chunks.get(0, field) }, (_, i) => i);
    return {
      decls: count(Chunk.DECL_COUNT).map((i) => this.#decl(i)),
      uavs: count(Chunk.UAV_COUNT).map((i) => this.#uav(i)),
    };
  }

  #at(field: number, index: number, words: number): number {
    return this.#chunks.get(0, field) / 4 + index * words;
  }

  #decl(index: number): object {
    const at = this.#at(Chunk.DECLS, index, Decl.WORDS);
    const word = (field: number): number => this.#words[at + field]!;
    const name = this.#bytes.toString("utf8", word(Decl.NAME), word(Decl.NAME) + word(Decl.NAME_LENGTH));
    const hash = [word(Decl.HASH0), word(Decl.HASH1), word(Decl.HASH2)];
    const contents = this.#contents(word(Decl.BLOB), word(Decl.SIZE), word(Decl.RELOC), word(Decl.RELOC_COUNT));
    return { name, hash, flags: word(Decl.FLAGS), ...contents };
  }

  #uav(index: number): object {
    const at = this.#at(Chunk.UAVS, index, Uav.WORDS);
    const word = (field: number): number => this.#words[at + field]!;
    const hash = [word(Uav.HASH0), word(Uav.HASH1), word(Uav.HASH2)];
    return {
      hash,
      flags: word(Uav.FLAGS),
      ...this.#contents(word(Uav.BLOB), word(Uav.SIZE), word(Uav.RELOC), word(Uav.RELOC_COUNT)),
    };
  }

  #contents(blob: number, size: number, reloc: number, relocCount: number): object {
    const relocs = Array.from({ length: relocCount }, (_, i) => {
      const at = this.#at(Chunk.RELOCS, reloc + i, Reloc.WORDS);
      const [offset, type, ref, low, high] = this.#words.subarray(at, at + Reloc.SOURCE);
      return { offset, type, addend: [low, high], target: this.#ref(ref!) };
    });
    return { size, bytes: this.#bytes.toString("hex", blob, blob + size), relocs };
  }

  #ref(index: number): string {
    const at = this.#at(Chunk.REFS, index, Ref.WORDS);
    const word = (field: number): number => this.#words[at + field]!;
    if (word(Ref.KIND) === RefKind.UAV) return `uav ${word(Ref.HASH0)}`;
    return `name ${word(Ref.HASH0)} ${word(Ref.HASH1)} ${word(Ref.HASH2)} + ${word(Ref.OFFSET)}`;
  }
}

/** The records of declarations in a manifest; or what is wrong with them. */
export function recordsOfText(declarations: readonly object[]): object {
  const text = `\n${declarations.map((one) => JSON.stringify(one)).join("\n")}\n`;
  const buffer = new SharedArrayBuffer(Buffer.byteLength(text));
  Buffer.from(buffer).write(text);
  const source: TextualSource = { kind: "text", label: "test", buffer, spelling: "lines", scope: 0 };
  const chunks = new ChunkTable();
  chunks.add(0, 1, buffer.byteLength);
  const arena = new Arena();
  const emitter = new ChunkEmitter(arena, FUNCTION_ALIGN, new TypeTables([]), () => {}, "refused");
  emitter.emit(chunks, 0, source);
  if (emitter.blamed.length > 0) return emitter.blamed.map(({ diagnostic }) => diagnostic.message);
  return new Shown(chunks, arena.region.buffer).records;
}

/** The records that calls make. */
export function recordsOfCalls(calls: (builder: RecordsBuilder) => void): object {
  const builder = new RecordsBuilder("test", 0, FUNCTION_ALIGN);
  calls(builder);
  const { arena, fields } = builder.take()!;
  const chunks = new ChunkTable();
  chunks.add(0, 1, 1);
  for (const [field, value] of fields) chunks.set(0, field, value);
  return new Shown(chunks, arena).records;
}
