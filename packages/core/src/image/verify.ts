/**
 * Checks every rule of the node tree, strictly; the property tests call it after each operation, and `--verify` after a
 * link. Cost: all nodes.
 */

import { InvariantError } from "../memory/invariant.js";
import { binOf, MIN_HOLE } from "./free-ranges.js";
import type { MappedFile } from "./mapped-file.js";
import { Flag, NODE_KIND_NAMES, NONE, NodePlace } from "./node-table.js";

/** Throws InvariantError with the first rule that does not hold, and the node that breaks it. */
export function verifyImage(image: MappedFile): void {
  const { nodes } = image;
  let free = 0;
  let reached = 0;
  const roots: number[] = [];
  for (let node = 0; node < nodes.length; node++) {
    if (nodes.has(node, Flag.FREE)) free++;
    else if (nodes.parent(node) === NONE && !nodes.has(node, Flag.HOLE)) roots.push(node);
  }
  check(free === nodes.freeCount, 0, `${free} free records, ${nodes.freeCount} on the list`);

  const work = [...roots];
  for (const root of roots) {
    check(nodes.prev(root) === NONE && nodes.next(root) === NONE, root, "a root has siblings");
    check(nodes.offset(root) === 0, root, "a root is at an offset");
  }
  for (let parent = work.pop(); parent !== undefined; parent = work.pop()) {
    reached += 1 + verifyChildren(parent, work);
  }
  check(reached + free === nodes.length, 0, `${reached} nodes reached, ${free} free, ${nodes.length} in all`);

  /** Returns how many holes `parent` has; its other children are added to `work`. */
  function verifyChildren(parent: number, work: number[]): number {
    let before: number = NONE;
    let end = 0;
    let place: number = NodePlace.HEADER;
    let holes = 0;
    const parentSize = nodes.size(parent);
    for (let node = nodes.first(parent); node !== NONE; node = nodes.next(node)) {
      check(nodes.parent(node) === parent, node, "its parent does not know it");
      check(nodes.prev(node) === before, node, "PREV does not lead back");
      check(!nodes.has(node, Flag.FREE), node, "a free record is in the tree");
      const offset = nodes.offset(node);
      const isHole = nodes.has(node, Flag.HOLE);
      check(offset >= end, node, `begins at ${offset}, the sibling before ends at ${end}`);
      check(nodes.end(node) <= parentSize, node, `ends at ${nodes.end(node)}, its parent at ${parentSize}`);
      check(isHole || offset % 2 ** nodes.alignLog2(node) === 0, node, "is not aligned");
      check(nodes.alignLog2(node) <= nodes.alignLog2(parent), node, "is aligned more than its parent");
      place = verifyPlace(node, place, before, offset, end);
      if (isHole) {
        holes++;
        check(offset === end, node, "a hole does not begin where the sibling before ends");
        check(nodes.size(node) >= MIN_HOLE, node, "a hole is too small");
        check(before === NONE || !nodes.has(before, Flag.HOLE), node, "two holes in a row");
        const next = nodes.next(node);
        check(next !== NONE && nodes.place(next) === NodePlace.FLOATING, node, "a hole stands at the tail");
        check(
          next === NONE || nodes.offset(next) === nodes.end(node),
          node,
          "a hole does not reach to the next sibling",
        );
      } else {
        const free = offset - end;
        const unrecorded = nodes.place(node) === NodePlace.FLOATING && free >= MIN_HOLE;
        check(!unrecorded, node, `${free} free bytes before it are no hole`);
        work.push(node);
      }
      if (nodes.has(node, Flag.MOVED | Flag.RESIZED))
        check(nodes.has(node, Flag.QUEUED), node, "changed but not queued");
      before = node;
      end = nodes.end(node);
    }
    check(nodes.last(parent) === before, parent, "LAST is not the last child");
    if (before !== NONE && nodes.place(before) === NodePlace.FOOTER) {
      check(parentSize - end < 2 ** nodes.alignLog2(before), before, "the last footer is not at the parent's end");
    }
    let binned = 0;
    for (const [hole, bin] of image.holes.entries(parent)) {
      binned++;
      check(
        nodes.has(hole, Flag.HOLE) && nodes.parent(hole) === parent,
        hole,
        "a bin holds what is no hole of its parent",
      );
      check(binOf(nodes.size(hole)) === bin, hole, "a hole is in the wrong bin");
    }
    check(binned === holes, parent, `${holes} holes, ${binned} in bins`);
    return holes;
  }

  function verifyPlace(node: number, place: number, before: number, offset: number, end: number): number {
    const own = nodes.place(node);
    const align = 2 ** nodes.alignLog2(node);
    if (own === NodePlace.HEADER) {
      check(place === NodePlace.HEADER, node, "a header after other nodes");
      check(offset - end < align, node, "headers are not dense");
    } else if (own === NodePlace.FLOATING) {
      check(place !== NodePlace.FOOTER, node, "a floating node after a footer");
    } else if (before !== NONE && nodes.place(before) === NodePlace.FOOTER) {
      check(offset - end < 2 ** nodes.alignLog2(before), node, "footers are not dense");
    }
    return own;
  }

  function check(holds: boolean, node: number, message: string): void {
    if (!holds) throw new InvariantError(`image node ${node} (${NODE_KIND_NAMES[nodes.kind(node)]}): ${message}`);
  }
}
