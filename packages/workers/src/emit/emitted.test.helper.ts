import { Arena, Chunk, ChunkTable, Decl, type InputPolicy, Ref, Reloc, type TextualSource, Uav } from "@manifold/core";
import { ChunkEmitter } from "./chunk-emitter.js";
import { loadAssembler, loadLowering } from "./tools.js";
import { TypeTables } from "./type-tables.js";

await Promise.all([loadAssembler(), loadLowering()]);

/** Emits declarations as one chunk, with `typed` when its types are known, and gives access to its records. */
export class Emitted {
  readonly chunks: ChunkTable = new ChunkTable();
  readonly arena: Arena = new Arena();
  readonly emitter: ChunkEmitter;
  readonly text: string;

  constructor(declarations: readonly object[] | string, typed = false, inputs: InputPolicy = "taken") {
    const text = `\n${typeof declarations === "string" ? declarations : declarations.map((one) => JSON.stringify(one)).join("\n")}\n`;
    const buffer = new SharedArrayBuffer(Buffer.byteLength(text));
    Buffer.from(buffer).write(text);
    const source: TextualSource = { kind: "text", label: "test", buffer, spelling: "lines", scope: 0 };
    this.chunks.add(0, 1, buffer.byteLength);
    this.text = text;
    const first = new ChunkEmitter(this.arena, 4, new TypeTables([]), () => {}, inputs);
    this.emitter = first;
    first.emit(this.chunks, 0, source);
    if (!typed) return;
    const tables = new TypeTables([{ scope: 0, declarations: first.types }]);
    this.emitter = new ChunkEmitter(this.arena, 4, tables, () => {}, inputs);
    this.emitter.emit(this.chunks, 0, source);
  }

  /** What the text has where each thing is wrong, with what is said of it. */
  get blamed(): [string, string][] {
    const bytes = Buffer.from(this.text);
    return this.emitter.blamed.map(({ diagnostic, offset, length }) => [
      bytes.toString("utf8", offset, offset + length),
      `${diagnostic.code} ${diagnostic.message}`,
    ]);
  }

  get messages(): string[] {
    return this.emitter.blamed.map(
      ({ diagnostic, offset }) => `${diagnostic.code} at ${offset}: ${diagnostic.message}`,
    );
  }

  count(field: number): number {
    return this.chunks.get(0, field);
  }

  records(base: number, count: number, words: number): Int32Array[] {
    const view = new Int32Array(this.arena.region.buffer, this.count(base), this.count(count) * words);
    return Array.from({ length: this.count(count) }, (_, index) => view.subarray(index * words, (index + 1) * words));
  }

  get decls(): Int32Array[] {
    return this.records(Chunk.DECLS, Chunk.DECL_COUNT, Decl.WORDS);
  }

  get uavs(): Int32Array[] {
    return this.records(Chunk.UAVS, Chunk.UAV_COUNT, Uav.WORDS);
  }

  get refs(): Int32Array[] {
    return this.records(Chunk.REFS, Chunk.REF_COUNT, Ref.WORDS);
  }

  get relocs(): Int32Array[] {
    return this.records(Chunk.RELOCS, Chunk.RELOC_COUNT, Reloc.WORDS);
  }

  /** The contents of unnamed value or declaration `index` in hexadecimal. */
  hex(records: "decls" | "uavs", index = 0): string {
    const record = this[records][index]!;
    const { BLOB, SIZE } = records === "decls" ? Decl : Uav;
    return Buffer.from(this.blob(record, BLOB, SIZE), "latin1").toString("hex");
  }

  blob(record: Int32Array, blob: number, size: number): string {
    return Buffer.from(this.arena.bytes.subarray(record[blob]!, record[blob]! + record[size]!)).toString("latin1");
  }
}
