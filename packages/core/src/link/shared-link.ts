/**
 * A link's tables as a worker sees them. The coordinator owns the tables; it sends their buffers with the message that
 * starts a shift, and each worker makes views of its own for the length of that shift.
 */

import { NODE_WORDS } from "../image/node-table.js";
import { NameTable } from "../memory/name-table.js";
import { ChunkTable } from "../protocol/chunk-table.js";
import { SymbolTable } from "./symbol-table.js";

/** What every shift's message carries. Buffers are shared, not copied. */
export interface EmissionBuffers {
  readonly control: SharedArrayBuffer;
  readonly chunks: SharedArrayBuffer;
  readonly chunkCount: number;
  /** By slot. */
  readonly arenas: readonly SharedArrayBuffer[];
}

/** The tables of a link, for shifts after emission. */
export interface LinkBuffers extends EmissionBuffers {
  readonly names: SharedArrayBuffer;
  readonly symbols: SharedArrayBuffer;
  readonly nodes: SharedArrayBuffer;
  readonly image: SharedArrayBuffer;
}

/** Views over the buffers, with explicit lengths. */
export class LinkTables {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly chunks: ChunkTable;
  readonly names: NameTable;
  readonly symbols: SymbolTable;
  readonly nodes: Int32Array<SharedArrayBuffer>;
  readonly image: Uint8Array<SharedArrayBuffer>;
  /** By slot. */
  readonly arenaWords: readonly Int32Array<SharedArrayBuffer>[];
  readonly arenaBytes: readonly Uint8Array<SharedArrayBuffer>[];

  constructor(buffers: LinkBuffers) {
    this.control = new Int32Array(buffers.control);
    this.chunks = new ChunkTable(buffers.chunks, buffers.chunkCount);
    this.names = new NameTable(buffers.names);
    this.symbols = new SymbolTable(buffers.symbols);
    this.nodes = new Int32Array(buffers.nodes, 0, Math.floor(buffers.nodes.byteLength / (NODE_WORDS * 4)) * NODE_WORDS);
    this.image = new Uint8Array(buffers.image, 0, buffers.image.byteLength);
    this.arenaWords = buffers.arenas.map((arena) => new Int32Array(arena, 0, arena.byteLength >>> 2));
    this.arenaBytes = buffers.arenas.map((arena) => new Uint8Array(arena, 0, arena.byteLength));
  }
}
