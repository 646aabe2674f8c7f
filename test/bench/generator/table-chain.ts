/** A chain of tables, as the start code walks it: see WALK_TABLES. */

import { Blob } from "./blob.js";
import type { Sink } from "./sink.js";

export class TableChain {
  private readonly name: string;
  private readonly perTable: number;
  private readonly total: number;
  private readonly appendEntry: (table: Blob, item: number) => void;
  private readonly table = new Blob();

  /** Tables `name`0, `name`1, ... of `perTable` entries each for items 0 to `total` - 1. */
  constructor(name: string, perTable: number, total: number, appendEntry: (table: Blob, item: number) => void) {
    this.name = name;
    this.perTable = perTable;
    this.total = total;
    this.appendEntry = appendEntry;
  }

  /** Writes the tables of items `first` to `end` - 1; `first` must begin a table, and so must `end` unless it is last. */
  write(sink: Sink, first: number, end: number): void {
    for (let item = first; item < end; item += this.perTable) {
      this.writeTable(sink, item, Math.min(item + this.perTable, end));
    }
  }

  private writeTable(sink: Sink, first: number, end: number): void {
    const { table } = this;
    table.clear();
    table.word(end - first);
    table.word(0);
    if (end < this.total) {
      table.field64(this.tableName(end), 0);
    } else {
      table.word(0);
      table.word(0);
    }
    for (let item = first; item < end; item++) this.appendEntry(table, item);
    sink.data("const", this.tableName(first), 8, table, false);
  }

  private tableName(first: number): string {
    return `${this.name}${first / this.perTable}`;
  }
}
