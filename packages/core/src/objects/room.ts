/**
 * Room for later links. Most sections of an updatable output are FREE: their parts lie anywhere in them, and one that grows
 * moves to where there is room. In others order or density has a meaning (arrays that start code runs through, tables that
 * programs find by `__start_` symbols, pieces of functions): these are DENSE, and are laid out anew when a part changes.
 */

import { SHF, SHT } from "../elf/shdr.js";
import type { OutputSection } from "./output-section.js";

const FREE: ReadonlySet<string> = new Set([
  ".text",
  ".rodata",
  ".data",
  ".bss",
  ".data.rel.ro",
  ".tdata",
  ".tbss",
  ".gcc_except_table",
  ".eh_frame",
  ".lrodata",
  ".ldata",
  ".lbss",
  ".ltext",
]);

/** Others, as `.debug_aranges`, are read from end to end, and have no record that says nothing. */
const FREE_DEBUG: ReadonlySet<string> = new Set([
  ".debug_info",
  ".debug_abbrev",
  ".debug_line",
  ".debug_str",
  ".debug_line_str",
  ".debug_ranges",
  ".debug_rnglists",
  ".debug_loc",
  ".debug_loclists",
  ".debug_frame",
]);

/** Whether the parts of an output section may lie anywhere in it. */
export function isFree({ name, flags }: OutputSection): boolean {
  return FREE.has(name) || ((flags & SHF.ALLOC) === 0 && FREE_DEBUG.has(name));
}

/** Bytes that the end of a section of `size` bytes may move by. */
function slackOf({ flags, name, type }: OutputSection, size: number): number {
  // Every thread has its own copy of thread-local storage.
  if (flags & SHF.TLS) return 256;
  if (type === SHT.NOBITS) return 32768 + size / 4;
  if (name === ".comment" || name.startsWith(".note")) return 0;
  return (flags & SHF.ALLOC) === 0 ? 32768 + size / 2 : 2048 + size / 4;
}

/**
 * Reserves room behind a section. Where symbols and segments follow from the end of a section (thread-local storage, what
 * takes no bytes in the file), all of the room belongs to it from the start.
 */
export function leaveRoom(output: OutputSection): void {
  const unit = 16;
  const slack = slackOf(output, output.size);
  output.room = slack === 0 ? output.size : Math.ceil((output.size + slack) / unit) * unit;
  if (output.flags & SHF.TLS || output.type === SHT.NOBITS) output.size = output.room;
}
