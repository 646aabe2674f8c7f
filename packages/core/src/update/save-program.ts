/**
 * A program on disk: its tables as they are, for `state/`, and beside them the few numbers and short lists that are no
 * table. Restoring reads these and nothing else; pages of tables come as an update asks for them.
 */

import type { HoleBins } from "../image/free-ranges.js";
import { ImageBytes } from "../image/image-bytes.js";
import { MappedFile } from "../image/mapped-file.js";
import { NODE_WORDS, NodeTable, type NodeTableState } from "../image/node-table.js";
import type { OutputSource } from "../image/output-source.js";
import { GrowingLayout, type SavedLayout } from "../link/growing-layout.js";
import { SLACK } from "../link/growing-room.js";
import { SYMBOL_WORDS, SymbolTable } from "../link/symbol-table.js";
import type { Header } from "../manifest/header.js";
import { NameTable } from "../memory/name-table.js";
import type { PagedWords } from "../memory/paged-words.js";
import { RecordTable, type SavedRecords } from "../memory/record-table.js";
import type { StateTable } from "../state/state-file.js";
import { DenseList } from "./dense-list.js";
import { modeOf, Program } from "./program.js";
import { type SavedStrings, StringPool } from "./string-pool.js";
import { Declaration, Graph, Relocation } from "./tables.js";

/** What of a program is no table; JSON. */
export interface SavedProgram {
  readonly header: Header;
  readonly nodes: NodeTableState;
  readonly bins: readonly HoleBins[];
  readonly layout: SavedLayout;
  readonly names: { readonly count: number; readonly capacity: number };
  readonly symbols: { readonly count: number; readonly free: number };
  readonly relocations: SavedRecords;
  readonly declarations: SavedRecords;
  readonly slots: number;
  readonly locals: number;
  readonly strings: SavedStrings;
  readonly entries: readonly number[];
  readonly scopes: readonly number[];
  readonly files: readonly (string | null)[];
  readonly linkerSymbols: readonly number[];
  readonly uavs: number;
  readonly lazies: number;
  readonly chunkBase: number;
}

const NAME_SLOT_WORDS = 4;

export function programTables({ parts }: Program): StateTable[] {
  const { image, names, symbols, graph, relocations, declarations, slots, strings, entries } = parts;
  const records = (name: string, table: RecordTable): StateTable => ({
    name,
    words: table.table,
    used: table.length * table.recordWords,
  });
  return [
    { name: "nodes", words: image.nodes.table, used: image.nodes.length * NODE_WORDS },
    { name: "names", words: names.table, used: names.capacity * NAME_SLOT_WORDS },
    { name: "symbols", words: symbols.table, used: symbols.length * SYMBOL_WORDS },
    { name: "graph", words: graph, used: symbols.length * Graph.WORDS },
    records("relocations", relocations),
    records("declarations", declarations),
    { name: "slots", words: slots.table, used: slots.length },
    records("free strings", strings.records),
    ...entries.map((list, section) => ({ name: `entries ${section}`, words: list.table, used: list.length })),
  ];
}

/** `chunks`: how many numbers of chunks this process has used. */
export function saveProgram(program: Program, chunks: number): SavedProgram {
  const { parts } = program;
  return {
    header: parts.header,
    nodes: parts.image.nodes.state,
    bins: parts.image.holes.bins,
    layout: parts.layout.state,
    names: { count: parts.names.count, capacity: parts.names.capacity },
    symbols: { count: parts.symbols.length, free: parts.symbols.free },
    relocations: parts.relocations.state,
    declarations: parts.declarations.state,
    slots: parts.slots.length,
    locals: parts.locals,
    strings: parts.strings.state,
    entries: parts.entries.map((list) => list.length),
    scopes: parts.scopes,
    files: Array.from(parts.files, (file) => file ?? null),
    linkerSymbols: [...parts.linkerSymbols],
    uavs: parts.uavs,
    lazies: parts.lazies,
    chunkBase: program.chunkBase + chunks,
  };
}

/** `table` gives the tables that were saved; `output` the bytes of the image. */
export function restoreProgram(
  saved: SavedProgram,
  table: (name: string) => PagedWords | undefined,
  output: OutputSource,
): Program {
  const must = (name: string): PagedWords => table(name)!;
  const nodes = new NodeTable(0, { table: must("nodes"), state: saved.nodes });
  const content = new ImageBytes(output);
  const image = new MappedFile({ slack: SLACK, restored: { nodes, bins: saved.bins, content } });
  const layout = new GrowingLayout(image, saved.header, modeOf(saved.header), saved.layout);
  const program = new Program(
    {
      header: saved.header,
      image,
      layout,
      names: new NameTable({ table: must("names"), ...saved.names }),
      symbols: new SymbolTable({ table: must("symbols"), ...saved.symbols }),
      graph: must("graph"),
      relocations: new RecordTable("relocations", Relocation.WORDS, {
        table: must("relocations"),
        state: saved.relocations,
      }),
      declarations: new RecordTable("declarations", Declaration.WORDS, {
        table: must("declarations"),
        state: saved.declarations,
      }),
      slots: new DenseList("symbol slots", { table: must("slots"), length: saved.slots }),
      locals: saved.locals,
      strings: new StringPool({ table: must("free strings"), state: saved.strings }),
      entries: saved.entries.map(
        (length, section) => new DenseList("relocation entries", { table: must(`entries ${section}`), length }),
      ),
      scopes: saved.scopes,
      files: saved.files.map((file) => file ?? undefined),
      linkerSymbols: new Set(saved.linkerSymbols),
      uavs: saved.uavs,
      lazies: saved.lazies,
    },
    saved.chunkBase,
  );
  // What the layout knows besides nodes is found anew: nothing has moved since it was saved.
  layout.refresh(program.tableSizes, () => {});
  return program;
}
