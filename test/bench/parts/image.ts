/** Operations of the image: nodes are appended, added to holes, resized, moved, removed. */

import { MappedFile, NodeKind, ROOT } from "@manifold/core";
import type { Part } from "./part.js";

const NODES = 100_000;
const FEW = 1000;

export function imageParts(): Part[] {
  const { image, nodes } = section(FEW);
  return [
    { name: "append a node", operations: NODES, run: () => append(NODES) },
    { name: "grow a node in a section with holes", operations: FEW, run: () => growAll(image, nodes) },
    { name: "move a node", operations: FEW, run: () => moveAll(image, nodes) },
    { name: "remove a node and add another", operations: FEW, run: () => replaceAll(image, nodes) },
    { name: "write 100 bytes of a node", operations: FEW, run: () => writeAll(image, nodes) },
  ];
}

function append(count: number): void {
  const image = new MappedFile({ slack: 0, expectedNodes: count });
  const root = image.addRoot({ size: 0, alignLog2: 0, kind: NodeKind.SECTION });
  for (let i = 0; i < count; i++) image.append(root, 100 + (i % 100), 4, NodeKind.NAV, i);
  image.attach(ROOT, root);
}

function section(count: number): { readonly image: MappedFile; readonly nodes: number[] } {
  const image = new MappedFile({ slack: 0.25 });
  const parent = image.add(ROOT, { size: 0, alignLog2: 4, kind: NodeKind.SECTION });
  const nodes = Array.from({ length: count }, () => image.add(parent, { size: 128, alignLog2: 4, kind: NodeKind.NAV }));
  return { image, nodes };
}

/** They grow in turn, into holes or at the tail, and begin anew before they are large. */
function growAll(image: MappedFile, nodes: readonly number[]): void {
  for (const node of nodes) image.resize(node, image.nodes.size(node) > 4096 ? 128 : image.nodes.size(node) + 16);
}

function moveAll(image: MappedFile, nodes: readonly number[]): void {
  for (const node of nodes) image.move(node);
}

function replaceAll(image: MappedFile, nodes: number[]): void {
  for (const [index, node] of nodes.entries()) {
    const parent = image.nodes.parent(node);
    image.remove(node);
    nodes[index] = image.add(parent, { size: 128 + (index % 64), alignLog2: 4, kind: NodeKind.NAV });
  }
}

const BYTES = new Uint8Array(100).fill(0x90);

function writeAll(image: MappedFile, nodes: readonly number[]): void {
  for (const node of nodes) image.write(node, 0, BYTES);
}
