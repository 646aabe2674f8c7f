/**
 * The output as a tree of nodes: ranges that can be added, resized, realigned, moved and removed while their contents
 * stay right. Follows the seed's MappedFile (seed lines 4267-5197); what it got wrong is mended here (defects 1-14).
 *
 * Rules that hold between any two calls, and that `verifyImage` checks:
 *   - Children lie within their parent, in list order, without overlap: headers first (dense from the parent's start),
 *     then floating nodes and holes, then footers (dense against the parent's end).
 *   - A node's offset is a multiple of its alignment, and no node is aligned more than its parent, so that offsets
 *     within the file are aligned as well.
 *   - A gap between siblings of MIN_HOLE bytes or more is a hole node, and can be found by size. Space after the last
 *     floating node is the parent's tail, and is no hole.
 *   - Bytes outside of nodes are zero.
 *
 * The file is node ROOT. Further roots have no place in the file: sections while a cold link gathers them, which
 * `attach` gives a place, and sections that never take file space (NOBITS).
 *
 * Growth has one policy: a parent that must grow for a child takes `slack` times more than was asked for; its own
 * ancestors then grow by what is needed and no more, so that slack does not compound from level to level.
 *
 * No root may take more than REGION_LIMIT bytes: what makes one larger throws DiagnosticError, and the tree is then lost.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { imageTooLarge } from "../diagnostics/link.js";
import { assert } from "../memory/invariant.js";
import { REGION_LIMIT } from "../memory/shared-region.js";
import type { DirtyRanges } from "./dirty-ranges.js";
import { type FreeRanges, type HoleBins, MIN_HOLE } from "./free-ranges.js";
import { ImageBytes } from "./image-bytes.js";
import { alignDown, alignUp, Field, Flag, NONE, NodeKind, NodePlace, NodeTable } from "./node-table.js";
import { NodeTree, type NodeUpdate } from "./node-tree.js";

/** The file itself. */
export const ROOT = 0;

export interface NodeOptions {
  /** Bytes. */
  readonly size: number;
  readonly alignLog2: number;
  readonly kind: NodeKind;
  /** What the node holds; its meaning follows from `kind`. */
  readonly owner?: number;
}

export class MappedFile {
  readonly nodes: NodeTable;
  readonly holes: FreeRanges;
  readonly dirty: DirtyRanges;
  readonly #slack: number;
  readonly #tree: NodeTree;
  readonly #content: ImageBytes;

  /** `slack` is the share by which a parent grows beyond what is asked, 0 for an output that is written once. */
  constructor(options: {
    readonly slack: number;
    readonly expectedNodes?: number;
    readonly restored?: { readonly nodes: NodeTable; readonly bins: readonly HoleBins[]; readonly content: ImageBytes };
  }) {
    const { slack, expectedNodes, restored } = options;
    this.#slack = slack;
    this.nodes = restored?.nodes ?? new NodeTable(expectedNodes);
    this.#tree = new NodeTree(this.nodes, restored?.bins);
    this.#content = restored?.content ?? new ImageBytes();
    this.holes = this.#tree.holes;
    this.dirty = this.#content.dirty;
    if (restored === undefined) this.nodes.add(0, 0, NodePlace.FLOATING, NodeKind.FILE, 0);
  }

  // --- adding ---------------------------------------------------------------------------------------------------

  /** A root without a place in the file. */
  addRoot(options: NodeOptions): number {
    return this.nodes.add(options.size, options.alignLog2, NodePlace.FLOATING, options.kind, options.owner ?? 0);
  }

  /** A floating node after all others, also where a hole would do: keeps the order of calls. The bulk path. */
  append(parent: number, size: number, alignLog2: number, kind: NodeKind, owner: number): number {
    const nodes = this.nodes;
    if (nodes.alignLog2(parent) < alignLog2) this.realign(parent, alignLog2);
    const last = this.#tree.lastFloating(parent);
    const lastEnd = last === NONE ? 0 : nodes.end(last);
    const offset = alignUp(lastEnd, alignLog2);
    this.#growTo(parent, offset + size, true);
    const node = nodes.add(size, alignLog2, NodePlace.FLOATING, kind, owner);
    nodes.set(node, Field.OFFSET, offset);
    this.#tree.link(parent, last, node);
    if (offset - lastEnd >= MIN_HOLE) this.#tree.recordGap(parent, last);
    return node;
  }

  /** A floating node, in a hole where one fits. */
  add(parent: number, options: NodeOptions): number {
    const nodes = this.nodes;
    if (nodes.alignLog2(parent) < options.alignLog2) this.realign(parent, options.alignLog2);
    const hole = this.holes.find(parent, options.size, options.alignLog2);
    if (hole === NONE) {
      const node = this.append(parent, options.size, options.alignLog2, options.kind, options.owner ?? 0);
      this.#tree.markBoth(node);
      return node;
    }
    const offset = alignUp(nodes.offset(hole), options.alignLog2);
    const before = nodes.prev(hole);
    this.#tree.dissolve(hole);
    const node = nodes.add(options.size, options.alignLog2, NodePlace.FLOATING, options.kind, options.owner ?? 0);
    nodes.set(node, Field.OFFSET, offset);
    this.#tree.link(parent, before, node);
    this.#tree.recordGap(parent, before);
    this.#tree.recordGap(parent, node);
    this.#tree.markBoth(node);
    return node;
  }

  /** A header: after the parent's other headers, before everything else. */
  addHeader(parent: number, options: NodeOptions): number {
    return this.#addFixed(parent, options, NodePlace.HEADER, this.#tree.lastHeader(parent));
  }

  /** A footer: at the parent's very end, after its other footers. */
  addFooter(parent: number, options: NodeOptions): number {
    return this.#addFixed(parent, options, NodePlace.FOOTER, this.nodes.last(parent));
  }

  /** Gives a root and all below it a place at the tail of `parent`. */
  attach(parent: number, root: number): void {
    const nodes = this.nodes;
    assert(root !== ROOT && nodes.parent(root) === NONE, "only a root can be attached");
    const alignLog2 = nodes.alignLog2(root);
    if (nodes.alignLog2(parent) < alignLog2) this.realign(parent, alignLog2);
    const last = this.#tree.lastFloating(parent);
    const lastEnd = last === NONE ? 0 : nodes.end(last);
    const offset = alignUp(lastEnd, alignLog2);
    this.#growTo(parent, offset + nodes.size(root), false);
    nodes.set(root, Field.OFFSET, offset);
    this.#tree.link(parent, last, root);
    if (offset - lastEnd >= MIN_HOLE) this.#tree.recordGap(parent, last);
    if (nodes.has(root, Flag.CONTENT)) this.#raiseContent(parent);
    this.#tree.markBoth(root);
  }

  // --- changing -------------------------------------------------------------------------------------------------

  /**
   * Gives `node` another size. Its bytes stay; bytes that it loses become zero. A floating node that cannot grow where
   * it is moves, headers push floating nodes away, footers and their parents make room.
   */
  resize(node: number, size: number): void {
    this.#resize(node, size, true);
  }

  #resize(node: number, size: number, withSlack: boolean): void {
    const nodes = this.nodes;
    const oldSize = nodes.size(node);
    if (size === oldSize) return;
    assert(size >= this.#tree.occupiedEnd(node), "a node cannot be smaller than what its children take");
    // A leaf loses bytes; behind the last child of any other node all bytes are zero.
    if (size < oldSize && nodes.first(node) === NONE) this.#zero(node, size);
    const parent = nodes.parent(node);
    if (parent === NONE) {
      // Offsets and sizes are 32-bit words; nothing within a root is larger than it, so that this one check is enough.
      if (size > REGION_LIMIT) throw new DiagnosticError(imageTooLarge(size, REGION_LIMIT));
      this.#tree.setLocation(node, 0, size);
      if (node === ROOT) this.#content.ensure(size);
    } else if (nodes.place(node) === NodePlace.HEADER) this.#resizeHeader(parent, node, size, withSlack);
    else if (nodes.place(node) === NodePlace.FOOTER) this.#resizeFooter(parent, node, size, withSlack);
    else this.#resizeFloating(parent, node, size, withSlack);
    this.#packFooters(node);
  }

  /** Cuts the space behind the last child (and nothing else). For nodes without footers. */
  shrinkToFit(node: number): void {
    const last = this.nodes.last(node);
    this.resize(node, last === NONE ? 0 : this.nodes.end(last));
  }

  /** Sets the alignment; a node that no longer stands right moves, and its ancestors are aligned at least as much. */
  realign(node: number, alignLog2: number): void {
    const nodes = this.nodes;
    const old = nodes.alignLog2(node);
    if (alignLog2 === old) return;
    const parent = nodes.parent(node);
    if (alignLog2 < old) {
      for (let child = nodes.first(node); child !== NONE; child = nodes.next(child))
        assert(nodes.alignLog2(child) <= alignLog2, "a node cannot be aligned less than its children");
      nodes.setAlignLog2(node, alignLog2);
    } else {
      if (parent !== NONE && nodes.alignLog2(parent) < alignLog2) this.realign(parent, alignLog2);
      nodes.setAlignLog2(node, alignLog2);
    }
    if (parent === NONE) return;
    if (nodes.place(node) === NodePlace.HEADER) this.#packHeaders(parent);
    else if (nodes.place(node) === NodePlace.FOOTER) this.#makeFooterRoom(parent);
    else if (nodes.offset(node) % 2 ** alignLog2 !== 0) this.#relocate(parent, node, nodes.size(node), true);
  }

  /** Gives a floating node another place in its parent: a hole that fits, else the tail. */
  move(node: number): void {
    const parent = this.nodes.parent(node);
    assert(parent !== NONE && this.nodes.place(node) === NodePlace.FLOATING, "only a floating node can be moved");
    this.#relocate(parent, node, this.nodes.size(node), true);
  }

  /** Removes `node` and all below it; its bytes become zero, its space and its records are used again. */
  remove(node: number): void {
    const nodes = this.nodes;
    assert(node !== ROOT, "the file itself cannot be removed");
    const parent = nodes.parent(node);
    this.#zero(node, 0);
    const place = nodes.place(node);
    const before = nodes.prev(node);
    if (parent !== NONE) this.#tree.unlink(node);
    this.#tree.freeTree(node);
    if (parent === NONE) return;
    if (place === NodePlace.HEADER) this.#packHeaders(parent);
    else if (place === NodePlace.FOOTER) this.#packFooters(parent);
    else this.#tree.recordGap(parent, before);
  }

  // --- reading and writing --------------------------------------------------------------------------------------

  /** Offset of `node` from the start of the file, or -1 where its root is not the file. */
  fileOffset(node: number): number {
    const nodes = this.nodes;
    let offset = 0;
    while (node !== ROOT) {
      offset += nodes.offset(node);
      node = nodes.parent(node);
      if (node === NONE) return -1;
    }
    return offset;
  }

  /** The file's bytes, `[0, size of ROOT)`; to be fetched again after anything that may grow the file. */
  get bytes(): Uint8Array<SharedArrayBuffer> {
    return this.#content.view;
  }

  /** Writes `source` into `node` from `offset` on, and marks what differs. */
  write(node: number, offset: number, source: Uint8Array): void {
    const at = this.fileOffset(node) + offset;
    assert(at >= 0 && offset + source.length <= this.nodes.size(node), "a write must stay within its node");
    if (this.#content.write(at, source)) this.#raiseContent(node);
  }

  /** The bytes `[offset, offset + length)` of `node`: a view, good until something grows the file. */
  read(node: number, offset: number, length: number): Uint8Array {
    const at = this.fileOffset(node) + offset;
    assert(at >= 0 && offset + length <= this.nodes.size(node), "a read must stay within its node");
    return this.#content.read(at, length);
  }

  /** Whether all bytes are in memory: not those of a session on disk, which are read as they are needed. */
  get complete(): boolean {
    return this.#content.complete;
  }

  /** Says that the file has `size` bytes now, and those behind it are gone. */
  cut(size: number): void {
    this.#content.cut(size);
  }

  /** Says that workers have written, or will write, into `node` through the shared bytes. */
  written(node: number): void {
    this.#raiseContent(node);
    this.dirty.mark(this.fileOffset(node), this.nodes.size(node));
  }

  // --- what changed ---------------------------------------------------------------------------------------------

  /**
   * The next node that moved or was resized; its flags are cleared. A move is told of a node only, not of what is below
   * it: `childrenMoved` passes it on where that matters.
   */
  takeUpdate(): NodeUpdate | undefined {
    return this.#tree.takeUpdate();
  }

  /** Marks the children of `node` as moved, because their addresses follow its own. */
  childrenMoved(node: number): void {
    this.#tree.childrenMoved(node);
  }

  // --- places ---------------------------------------------------------------------------------------------------

  #addFixed(parent: number, options: NodeOptions, place: NodePlace, after: number): number {
    const nodes = this.nodes;
    if (nodes.alignLog2(parent) < options.alignLog2) this.realign(parent, options.alignLog2);
    // The node is linked while it is empty, and grows as any other: the tree is consistent all the time.
    const node = nodes.add(0, options.alignLog2, place, options.kind, options.owner ?? 0);
    const end = place === NodePlace.FOOTER ? nodes.size(parent) : after === NONE ? 0 : nodes.end(after);
    nodes.set(node, Field.OFFSET, end);
    this.#tree.link(parent, after, node);
    if (place === NodePlace.HEADER) this.#packHeaders(parent);
    else this.#makeFooterRoom(parent);
    this.resize(node, options.size);
    this.#tree.markBoth(node);
    return node;
  }

  #resizeFloating(parent: number, node: number, size: number, withSlack: boolean): void {
    const nodes = this.nodes;
    const offset = nodes.offset(node);
    const next = this.#tree.nextSolid(node);
    const isLast = next === NONE || nodes.place(next) === NodePlace.FOOTER;
    if (isLast) this.#growTo(parent, offset + size, withSlack);
    if (isLast || offset + size <= nodes.offset(next)) {
      // Growing the parent may have moved it, never this node within it.
      this.#tree.setLocation(node, offset, size);
      this.#tree.recordGap(parent, node);
    } else this.#relocate(parent, node, size, withSlack);
  }

  #resizeHeader(parent: number, node: number, size: number, withSlack: boolean): void {
    if (size < this.nodes.size(node)) {
      this.#tree.setLocation(node, this.nodes.offset(node), size);
      this.#packHeaders(parent);
      return;
    }
    this.#packHeaders(parent, node, size, withSlack);
  }

  #resizeFooter(parent: number, node: number, size: number, withSlack: boolean): void {
    const nodes = this.nodes;
    const floating = this.#tree.lastFloating(parent);
    const floatingEnd = floating === NONE ? 0 : nodes.end(floating);
    const start = this.#tree.footersStart(parent, nodes.size(parent), node, size);
    if (start < floatingEnd) this.#grow(parent, floatingEnd, node, size, withSlack);
    this.#packFooters(parent, node, size);
  }

  /** Moves a floating node to a hole or to the tail of `parent`, with `size` bytes from then on. */
  #relocate(parent: number, node: number, size: number, withSlack: boolean): void {
    const hole = this.holes.find(parent, size, this.nodes.alignLog2(node));
    this.#relocateTo(parent, node, size, hole, 0, withSlack);
  }

  /** Moves to `hole`, or where that is NONE to the tail, at `least` or behind. */
  #relocateTo(parent: number, node: number, size: number, hole: number, least: number, withSlack: boolean): void {
    const nodes = this.nodes;
    const alignLog2 = nodes.alignLog2(node);
    let before: number;
    let offset: number;
    if (hole !== NONE) {
      offset = alignUp(nodes.offset(hole), alignLog2);
      before = nodes.prev(hole);
      this.#tree.dissolve(hole);
    } else {
      before = this.#tree.lastFloating(parent);
      offset = alignUp(Math.max(nodes.end(before), least), alignLog2);
      this.#growTo(parent, offset + size, withSlack);
    }
    const oldBefore = nodes.prev(node);
    const oldOffset = nodes.offset(node);
    if (before === node) before = oldBefore;
    this.#tree.unlink(node);
    this.#tree.link(parent, before, node);
    const base = this.fileOffset(parent);
    if (base >= 0 && nodes.has(node, Flag.CONTENT))
      this.#content.move(base + oldOffset, base + offset, Math.min(size, nodes.size(node)));
    this.#tree.setLocation(node, offset, size);
    this.#tree.recordGap(parent, oldBefore);
    this.#tree.recordGap(parent, nodes.prev(node));
    this.#tree.recordGap(parent, node);
  }

  /** Lays headers out densely, `resized` with `size` bytes; floating nodes that stand in the way move. */
  #packHeaders(parent: number, resized: number = NONE, size = 0, withSlack = true): void {
    const nodes = this.nodes;
    const headers: number[] = [];
    const offsets: number[] = [];
    let end = 0;
    for (let node = nodes.first(parent); node !== NONE; node = nodes.next(node)) {
      if (nodes.place(node) !== NodePlace.HEADER) break;
      const offset = alignUp(end, nodes.alignLog2(node));
      headers.push(node);
      offsets.push(offset);
      end = offset + (node === resized ? size : nodes.size(node));
    }
    this.#evict(parent, end, withSlack);
    this.#growTo(parent, end, withSlack);
    this.#placeFixed(parent, headers, offsets, resized, size);
    this.#tree.recordGap(parent, this.#tree.lastHeader(parent));
  }

  /** Moves floating nodes that begin below `boundary` behind it. */
  #evict(parent: number, boundary: number, withSlack: boolean): void {
    const nodes = this.nodes;
    for (;;) {
      const lastHeader = this.#tree.lastHeader(parent);
      const node = lastHeader === NONE ? nodes.first(parent) : nodes.next(lastHeader);
      if (node === NONE || nodes.place(node) === NodePlace.FOOTER || nodes.offset(node) >= boundary) return;
      if (nodes.has(node, Flag.HOLE)) {
        this.#tree.dissolve(node);
        continue;
      }
      let hole = this.holes.find(parent, nodes.size(node), nodes.alignLog2(node));
      if (hole !== NONE && nodes.offset(hole) < boundary) hole = NONE;
      this.#relocateTo(parent, node, nodes.size(node), hole, boundary, withSlack);
    }
  }

  /** Lays footers out densely against the parent's end, `resized` with `size` bytes. There is room. */
  #packFooters(parent: number, resized: number = NONE, size = 0): void {
    const nodes = this.nodes;
    const footers: number[] = [];
    const offsets: number[] = [];
    let start = nodes.size(parent);
    for (let node = nodes.last(parent); node !== NONE; node = nodes.prev(node)) {
      if (nodes.place(node) !== NodePlace.FOOTER) break;
      start = alignDown(start - (node === resized ? size : nodes.size(node)), nodes.alignLog2(node));
      footers.unshift(node);
      offsets.unshift(start);
    }
    this.#placeFixed(parent, footers, offsets, resized, size);
  }

  /** Grows `parent` until its footers, at their sizes and alignments, leave the floating nodes alone. */
  #makeFooterRoom(parent: number): void {
    const nodes = this.nodes;
    const floating = this.#tree.lastFloating(parent);
    const floatingEnd = floating === NONE ? 0 : nodes.end(floating);
    const start = this.#tree.footersStart(parent, nodes.size(parent), NONE, 0);
    if (start < floatingEnd) this.#grow(parent, floatingEnd, NONE, 0, true);
    this.#packFooters(parent);
  }

  /** Moves headers or footers to `offsets`; all of them go one way, and the order of copying follows from which. */
  #placeFixed(
    parent: number,
    group: readonly number[],
    offsets: readonly number[],
    resized: number,
    size: number,
  ): void {
    const nodes = this.nodes;
    const down = group.some((node, i) => offsets[i]! < nodes.offset(node));
    const base = this.fileOffset(parent);
    for (let step = 0; step < group.length; step++) {
      const i = down ? step : group.length - 1 - step;
      const node = group[i]!;
      const newSize = node === resized ? size : nodes.size(node);
      const oldOffset = nodes.offset(node);
      const bytes = Math.min(newSize, nodes.size(node));
      if (base >= 0 && nodes.has(node, Flag.CONTENT)) this.#content.move(base + oldOffset, base + offsets[i]!, bytes);
      this.#tree.setLocation(node, offsets[i]!, newSize);
    }
  }

  // --- growth ---------------------------------------------------------------------------------------------------

  /** Makes the floating area of `parent` reach at least to `end`. */
  #growTo(parent: number, end: number, withSlack: boolean): void {
    if (this.#tree.footersStart(parent, this.nodes.size(parent), NONE, 0) < end)
      this.#grow(parent, end, NONE, 0, withSlack);
  }

  /**
   * Grows `node` for the sake of its children, until its floating area reaches to `end` with the footer `resized` (or
   * NONE) at `size` bytes. Slack is added here; the ancestors of `node` grow by what is needed.
   */
  #grow(node: number, end: number, resized: number, size: number, withSlack: boolean): void {
    const nodes = this.nodes;
    let needed = nodes.size(node);
    for (;;) {
      const missing = end - this.#tree.footersStart(node, needed, resized, size);
      if (missing <= 0) break;
      needed += missing;
    }
    const wanted = withSlack ? needed + Math.floor(needed * this.#slack) : needed;
    // More bytes never move the footers down, so that `end` is still reached.
    this.#resize(node, wanted, false);
  }

  // --- bytes ----------------------------------------------------------------------------------------------------

  /** Clears the bytes of `node` from `from` on, where it has some. */
  #zero(node: number, from: number): void {
    const offset = this.fileOffset(node);
    if (offset >= 0 && this.nodes.has(node, Flag.CONTENT))
      this.#content.zero(offset + from, this.nodes.size(node) - from);
  }

  #raiseContent(node: number): void {
    while (node !== NONE && !this.nodes.has(node, Flag.CONTENT)) {
      this.nodes.raise(node, Flag.CONTENT);
      node = this.nodes.parent(node);
    }
  }
}
