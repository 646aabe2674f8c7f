/**
 * The holes of the node tree, found by size. A hole is a node of kind HOLE in the list of its siblings, so that its
 * neighbours are at hand when it is filled or merged; here holes are linked into bins by the power of two of their size,
 * one set of bins per parent.
 *
 * Bin b holds the holes of 2^b to 2^(b+1)-1 bytes. A request looks at some holes of its own bin, then takes the first
 * fit of a larger one: constant work, and the same answer for the same history.
 */

import { alignUp, Field, NONE, type NodeTable } from "./node-table.js";

const BINS = 32;
/** How many holes of one bin a request looks at before it goes on to the next. */
const LOOKS = 8;

/** Smaller ranges stay unrecorded: they are padding that the alignment of functions leaves anyway. */
export const MIN_HOLE = 16;

/** The bins of one parent, for a session on disk. */
export interface HoleBins {
  readonly parent: number;
  /** By bin: the first hole, or NONE. */
  readonly heads: readonly number[];
  readonly bytes: number;
}

export class FreeRanges {
  readonly #nodes: NodeTable;
  readonly #bins = new Map<number, Int32Array>();
  readonly #bytes = new Map<number, number>();

  constructor(nodes: NodeTable, bins: readonly HoleBins[] = []) {
    this.#nodes = nodes;
    for (const { parent, heads, bytes } of bins) {
      this.#bins.set(parent, Int32Array.from(heads));
      this.#bytes.set(parent, bytes);
    }
  }

  get bins(): HoleBins[] {
    return [...this.#bins].map(([parent, heads]) => ({ parent, heads: [...heads], bytes: this.bytesOf(parent) }));
  }

  /** Bytes of all holes of `parent`. */
  bytesOf(parent: number): number {
    return this.#bytes.get(parent) ?? 0;
  }

  /** Records the hole node `hole`, whose parent and size are set. */
  add(hole: number): void {
    const parent = this.#nodes.parent(hole);
    this.#bytes.set(parent, this.bytesOf(parent) + this.#nodes.size(hole));
    const bins = this.#binsOf(parent);
    const bin = binOf(this.#nodes.size(hole));
    const head = bins[bin]!;
    this.#nodes.set(hole, Field.FIRST, NONE);
    this.#nodes.set(hole, Field.LAST, head);
    if (head !== NONE) this.#nodes.set(head, Field.FIRST, hole);
    bins[bin] = hole;
  }

  /** Forgets `hole`; to be called before its size changes. */
  remove(hole: number): void {
    const nodes = this.#nodes;
    const parent = nodes.parent(hole);
    this.#bytes.set(parent, this.bytesOf(parent) - nodes.size(hole));
    const before = nodes.first(hole);
    const after = nodes.last(hole);
    if (before === NONE) this.#binsOf(parent)[binOf(nodes.size(hole))] = after;
    else nodes.set(before, Field.LAST, after);
    if (after !== NONE) nodes.set(after, Field.FIRST, before);
  }

  /** A hole of `parent` that can hold `size` bytes at a multiple of 2^alignLog2, or NONE. */
  find(parent: number, size: number, alignLog2: number): number {
    const bins = this.#bins.get(parent);
    if (bins === undefined) return NONE;
    const nodes = this.#nodes;
    for (let bin = binOf(size); bin < BINS; bin++) {
      let hole = bins[bin]!;
      for (let looks = 0; hole !== NONE && looks < LOOKS; looks++, hole = nodes.last(hole)) {
        if (alignUp(nodes.offset(hole), alignLog2) + size <= nodes.end(hole)) return hole;
      }
    }
    return NONE;
  }

  /** Forgets every hole of `parent`, whose record is about to be given back. */
  drop(parent: number): void {
    this.#bins.delete(parent);
    this.#bytes.delete(parent);
  }

  /** For `verify`: the holes of `parent`, each with the bin it stands in. */
  *entries(parent: number): Generator<[hole: number, bin: number]> {
    const bins = this.#bins.get(parent);
    if (bins === undefined) return;
    for (let bin = 0; bin < BINS; bin++) {
      for (let hole = bins[bin]!; hole !== NONE; hole = this.#nodes.last(hole)) yield [hole, bin];
    }
  }

  #binsOf(parent: number): Int32Array {
    let bins = this.#bins.get(parent);
    if (bins === undefined) {
      bins = new Int32Array(BINS).fill(NONE);
      this.#bins.set(parent, bins);
    }
    return bins;
  }
}

/** The bin for a hole of `size` bytes. */
export function binOf(size: number): number {
  return size < 1 ? 0 : 31 - Math.clz32(size);
}
