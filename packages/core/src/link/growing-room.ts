/** The room that a growing layout leaves for changes, and what of it changes have made useless. */

import { ELF64_LE } from "../elf/format.js";
import { relaSize } from "../elf/rela.js";
import { shdrSize } from "../elf/shdr.js";
import { symSize } from "../elf/sym.js";
import { ROOT } from "../image/mapped-file.js";
import { alignUp, NONE } from "../image/node-table.js";
import type { GrowingLayout, TableSizes } from "./growing-layout.js";
import { isNobits } from "./sections.js";

const PAGE_LOG2 = 12;
/** The share of room that what can grow is given beyond what it takes. */
export const SLACK = 0.25;

/** Bytes for a table that takes `used` now. */
export function roomFor(used: number): number {
  return used + Math.ceil(Math.max(used * SLACK, 256));
}

/** Bytes in whole pages for a section that takes `used` now; none for an empty one. */
export function pagesFor(used: number): number {
  return used === 0 ? 0 : alignUp(used + Math.ceil(used * SLACK), PAGE_LOG2);
}

/**
 * Bytes of the file that it would not have if all were placed anew: what sections and tables had to move away from, what
 * was removed, and gaps that are too small for what comes. `freeStrings`: bytes of .strtab that no name takes.
 */
export function wasteOf(layout: GrowingLayout, sizes: TableSizes, freeStrings: number): number {
  const { image, mode } = layout;
  const isObject = mode === "object";
  let end = isObject ? 0 : image.nodes.size(layout.head);
  if (mode === "pie") end += alignUp(roomFor(sizes.rela[0]! * relaSize(ELF64_LE)), PAGE_LOG2);
  for (const section of layout.sections()) {
    const root = layout.sectionNodes[section]!;
    if (root === NONE || isNobits(section)) continue;
    const used = layout.size[section]! - image.holes.bytesOf(root);
    end = alignUp(end, isObject ? layout.alignLog2[section]! : Math.max(PAGE_LOG2, layout.alignLog2[section]!));
    end += isObject ? roomFor(used) + roomFor(sizes.rela[section]! * relaSize(ELF64_LE)) : pagesFor(used);
  }
  end += roomFor(sizes.symbols * symSize(ELF64_LE)) + roomFor(sizes.stringBytes - freeStrings);
  end += (layout.placed.length + 1) * shdrSize(ELF64_LE);
  return image.nodes.size(ROOT) - end;
}
