/** What there is to say about a program: counts, and its node tree. */

import { dumpImage } from "../image/dump.js";
import { ROOT } from "../image/mapped-file.js";
import { NodeKind } from "../image/node-table.js";
import { verifyImage } from "../image/verify.js";
import type { LinkCounts } from "../link/linked.js";
import { isNobits, SECTIONS } from "../link/sections.js";
import { SymField } from "../link/symbol-table.js";
import type { Program } from "./program.js";
import { readName } from "./symbol-list.js";
import { Graph, NONE } from "./tables.js";

/** Costs the same in any program. */
export function countProgram(program: Program, chunks: number): LinkCounts {
  const { declarations, slots, uavs, lazies, relocations, image } = program.parts;
  return {
    declarations: declarations.length - declarations.freeCount,
    symbols: slots.length - 1,
    constants: uavs - lazies,
    lazySymbols: lazies,
    relocations: relocations.length - relocations.freeCount,
    chunks,
    bytes: image.nodes.size(ROOT),
  };
}

/** Checks the node tree and prints it: the file, then the sections that take memory only. */
export function dumpProgram(program: Program): string {
  const { image, layout, symbols } = program.parts;
  const { nodes } = image;
  verifyImage(image);
  const strtab = layout.table(".strtab");
  const label = (node: number): string => {
    const owner = nodes.owner(node);
    if (nodes.kind(node) === NodeKind.SECTION) return owner === -1 ? "" : SECTIONS[owner]!.name;
    if (nodes.kind(node) === NodeKind.SEGMENT) return ["R", "RX", "RW"][owner]!;
    if (nodes.kind(node) !== NodeKind.NAV) return "";
    const name = readName(
      image,
      strtab,
      symbols.getUnsigned(owner, SymField.STRTAB),
      program.graph(owner, Graph.NAME_LENGTH),
    );
    return Buffer.from(name).toString("utf8");
  };
  const memory = [...layout.sectionNodes].filter((node, section) => node !== NONE && isNobits(section));
  return [ROOT, ...memory].map((root) => dumpImage(image, root, { label })).join("");
}
