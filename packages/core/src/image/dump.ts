/** Prints the node tree, in the manner of the seed's `printNode` (seed lines 4182-4250). */

import type { MappedFile } from "./mapped-file.js";
import { Flag, NODE_KIND_NAMES, NONE, NodePlace } from "./node-table.js";

export interface DumpOptions {
  /** The name in parentheses after the kind, "" for none. */
  readonly label?: (node: number) => string;
  /** Prints the bytes of leaves, 16 a line. */
  readonly contents?: boolean;
}

/** The tree below `node`, a line a node, each level indented by one space. */
export function dumpImage(image: MappedFile, root: number, options: DumpOptions = {}): string {
  const { nodes } = image;
  const lines: string[] = [];
  const visit = (node: number, depth: number): void => {
    const indent = " ".repeat(depth);
    const label = options.label?.(node) ?? "";
    const words = [
      `${NODE_KIND_NAMES[nodes.kind(node)]}${label === "" ? "" : `(${label})`}`,
      `index=${node}`,
      `offset=0x${nodes.offset(node).toString(16)}`,
      `size=0x${nodes.size(node).toString(16)}`,
      `align=0x${(2 ** nodes.alignLog2(node)).toString(16)}`,
    ];
    if (nodes.place(node) === NodePlace.HEADER) words.push("header");
    if (nodes.place(node) === NodePlace.FOOTER) words.push("footer");
    if (nodes.has(node, Flag.MOVED)) words.push("moved");
    if (nodes.has(node, Flag.RESIZED)) words.push("resized");
    if (nodes.has(node, Flag.CONTENT)) words.push("content");
    lines.push(indent + words.join(" "));
    if (nodes.has(node, Flag.HOLE)) return;
    if (nodes.first(node) === NONE && options.contents) lines.push(...hexLines(image, node, `${indent} `));
    for (let child = nodes.first(node); child !== NONE; child = nodes.next(child)) visit(child, depth + 1);
  };
  visit(root, 0);
  return `${lines.join("\n")}\n`;
}

function hexLines(image: MappedFile, node: number, indent: string): string[] {
  const start = image.fileOffset(node);
  const lines: string[] = [];
  if (start < 0) return lines;
  const end = start + image.nodes.size(node);
  for (let at = start; at < end; at += 16) {
    const bytes = Array.from(image.bytes.subarray(at, Math.min(at + 16, end)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    );
    lines.push(`${indent}${at.toString(16).padStart(8, "0")} ${bytes.join(" ")}`);
  }
  return lines;
}
