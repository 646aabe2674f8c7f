/**
 * A list of indices without gaps, for tables of the output whose entries must be dense: .symtab, .rela.dyn, .rela.text.
 * Position in the list is position in the output. Who takes an entry out of the middle puts the last one there.
 */

import { PagedWords } from "../memory/paged-words.js";

export class DenseList {
  readonly table: PagedWords;
  length: number;

  constructor(what: string, saved?: { readonly table: PagedWords; readonly length: number }) {
    this.table = saved?.table ?? new PagedWords(what, 1024);
    this.length = saved?.length ?? 0;
  }

  get(position: number): number {
    return this.table.get(position);
  }

  set(position: number, index: number): void {
    this.table.set(position, index);
  }

  /** Appends, and returns the position. */
  push(index: number): number {
    this.table.ensure(this.length + 1);
    this.table.set(this.length, index);
    return this.length++;
  }
}
