/**
 * The node tree as a data structure: siblings linked in the order of their offsets, holes between them, and the queue of
 * nodes that changed. It knows no bytes and makes no decisions; `mapped-file.ts` does.
 */

import { FreeRanges, type HoleBins, MIN_HOLE } from "./free-ranges.js";
import { Field, Flag, NODE_WORDS, NONE, NodeKind, NodePlace, type NodeTable } from "./node-table.js";

/** A node that moved or was resized since the last flush. */
export interface NodeUpdate {
  readonly node: number;
  readonly moved: boolean;
  readonly resized: boolean;
}

export class NodeTree {
  readonly nodes: NodeTable;
  readonly holes: FreeRanges;
  readonly #updates: number[] = [];

  constructor(nodes: NodeTable, bins?: readonly HoleBins[]) {
    this.nodes = nodes;
    this.holes = new FreeRanges(nodes, bins);
  }

  /** Makes `node` a child of `parent`, behind its child `before` (NONE: the first). */
  link(parent: number, before: number, node: number): void {
    const { table } = this.nodes;
    const at = node * NODE_WORDS;
    const parentAt = parent * NODE_WORDS;
    const after = before === NONE ? table.get(parentAt + Field.FIRST) : table.get(before * NODE_WORDS + Field.NEXT);
    table.set(at + Field.PARENT, parent);
    table.set(at + Field.PREV, before);
    table.set(at + Field.NEXT, after);
    if (before === NONE) table.set(parentAt + Field.FIRST, node);
    else table.set(before * NODE_WORDS + Field.NEXT, node);
    if (after === NONE) table.set(parentAt + Field.LAST, node);
    else table.set(after * NODE_WORDS + Field.PREV, node);
  }

  /** Takes `node` out of the list of its siblings. */
  unlink(node: number): void {
    const nodes = this.nodes;
    const parent = nodes.parent(node);
    const before = nodes.prev(node);
    const after = nodes.next(node);
    if (before === NONE) nodes.set(parent, Field.FIRST, after);
    else nodes.set(before, Field.NEXT, after);
    if (after === NONE) nodes.set(parent, Field.LAST, before);
    else nodes.set(after, Field.PREV, before);
  }

  /** Takes a hole out of the tree. */
  dissolve(hole: number): void {
    this.holes.remove(hole);
    this.unlink(hole);
    this.nodes.free(hole);
  }

  /** Brings the hole between `before` (NONE: the parent's start) and the sibling after it up to date. */
  recordGap(parent: number, before: number): void {
    const nodes = this.nodes;
    while (before !== NONE && nodes.has(before, Flag.HOLE)) before = nodes.prev(before);
    let next = before === NONE ? nodes.first(parent) : nodes.next(before);
    while (next !== NONE && nodes.has(next, Flag.HOLE)) {
      const after = nodes.next(next);
      this.dissolve(next);
      next = after;
    }
    if (next === NONE || nodes.place(next) !== NodePlace.FLOATING) return;
    const start = before === NONE ? 0 : nodes.end(before);
    const size = nodes.offset(next) - start;
    if (size < MIN_HOLE) return;
    const hole = nodes.add(size, 0, NodePlace.FLOATING, NodeKind.HOLE, 0);
    nodes.raise(hole, Flag.HOLE);
    nodes.set(hole, Field.OFFSET, start);
    this.link(parent, before, hole);
    this.holes.add(hole);
  }

  /** Gives the records of `node`, which is unlinked, and of all below it back. */
  freeTree(node: number): void {
    const nodes = this.nodes;
    for (let child = nodes.first(node); child !== NONE; ) {
      const next = nodes.next(child);
      if (nodes.has(child, Flag.HOLE)) nodes.free(child);
      else this.freeTree(child);
      child = next;
    }
    this.holes.drop(node);
    nodes.free(node);
  }

  /** The last header of `parent`, or NONE. */
  lastHeader(parent: number): number {
    const nodes = this.nodes;
    let last: number = NONE;
    for (
      let node = nodes.first(parent);
      node !== NONE && nodes.place(node) === NodePlace.HEADER;
      node = nodes.next(node)
    )
      last = node;
    return last;
  }

  /** The last child that is no footer: a floating node or a header, never a hole. */
  lastFloating(parent: number): number {
    const nodes = this.nodes;
    let node = nodes.last(parent);
    while (node !== NONE && nodes.place(node) === NodePlace.FOOTER) node = nodes.prev(node);
    return node;
  }

  /** The next sibling that is no hole. */
  nextSolid(node: number): number {
    const nodes = this.nodes;
    let next = nodes.next(node);
    while (next !== NONE && nodes.has(next, Flag.HOLE)) next = nodes.next(next);
    return next;
  }

  /** Where the first footer would begin if the parent had `parentSize` bytes; `parentSize` itself without footers. */
  footersStart(parent: number, parentSize: number, resized: number, size: number): number {
    const nodes = this.nodes;
    let start = parentSize;
    for (let node = nodes.last(parent); node !== NONE; node = nodes.prev(node)) {
      if (nodes.place(node) !== NodePlace.FOOTER) break;
      const bytes = node === resized ? size : nodes.size(node);
      // Below zero means that bytes are missing: alignment counts all the same.
      start = Math.floor((start - bytes) / 2 ** nodes.alignLog2(node)) * 2 ** nodes.alignLog2(node);
    }
    return start;
  }

  /** The least size that `node` can have with the children it has. */
  occupiedEnd(node: number): number {
    const last = this.lastFloating(node);
    const floatingEnd = last === NONE ? 0 : this.nodes.end(last);
    return floatingEnd + Math.max(0, this.nodes.size(node) - this.footersStart(node, this.nodes.size(node), NONE, 0));
  }

  /** Gives `node` an offset and a size, and queues it where they are new. */
  setLocation(node: number, offset: number, size: number): void {
    const nodes = this.nodes;
    if (nodes.offset(node) !== offset) {
      nodes.set(node, Field.OFFSET, offset);
      this.mark(node, Flag.MOVED);
    }
    if (nodes.size(node) !== size) {
      nodes.set(node, Field.SIZE, size);
      this.mark(node, Flag.RESIZED);
    }
  }

  /** Queues a node that has a place for the first time. */
  markBoth(node: number): void {
    this.mark(node, Flag.MOVED);
    this.mark(node, Flag.RESIZED);
  }

  mark(node: number, flag: number): void {
    const nodes = this.nodes;
    nodes.raise(node, flag);
    if (nodes.has(node, Flag.QUEUED)) return;
    nodes.raise(node, Flag.QUEUED);
    this.#updates.push(node);
  }

  /**
   * The next node that moved or was resized, or NONE. Its flags are cleared. `moved` is told of a node only, not of what
   * is below it: `childrenMoved` passes it on where that matters.
   */
  takeUpdate(): NodeUpdate | undefined {
    const nodes = this.nodes;
    for (let node = this.#updates.pop(); node !== undefined; node = this.#updates.pop()) {
      nodes.clear(node, Flag.QUEUED);
      if (nodes.has(node, Flag.FREE)) continue;
      const moved = nodes.has(node, Flag.MOVED);
      const resized = nodes.has(node, Flag.RESIZED);
      nodes.clear(node, Flag.MOVED | Flag.RESIZED);
      if (moved || resized) return { node, moved, resized };
    }
    return undefined;
  }

  /** Marks the children of `node` as moved, because their addresses follow its own. */
  childrenMoved(node: number): void {
    for (let child = this.nodes.first(node); child !== NONE; child = this.nodes.next(child)) {
      if (!this.nodes.has(child, Flag.HOLE)) this.mark(child, Flag.MOVED);
    }
  }
}
