/**
 * What stands in free space of sections that are read from their start to their end: a record that says nothing, as long
 * as the space is. Elsewhere it is zeros, in code traps.
 */

/** The least that a filler takes, by section; 1 where any length will do. */
const LEAST: ReadonlyMap<string, number> = new Map([
  [".eh_frame", 16],
  [".debug_frame", 16],
  [".debug_info", 12],
  [".debug_line", 27],
  [".debug_aranges", 32],
  [".debug_rnglists", 12],
  [".debug_loclists", 12],
]);

export function leastFiller(name: string): number {
  return LEAST.get(name) ?? 1;
}

const TRAP = 0xcc;
/** DW_LNS_set_basic_block: adds no row. */
const NO_ROW = 7;

/** `size` bytes for free space of the section `name`; `size` is at least `leastFiller`. */
export function fillerOf(name: string, isCode: boolean, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (isCode) return bytes.fill(TRAP);
  if (!LEAST.has(name)) return bytes;
  view.setUint32(0, size - 4, true);
  switch (name) {
    case ".eh_frame":
    case ".debug_frame":
      // A CIE that no FDE refers to: version 1, no augmentation, alignments 1 and -8, return register 16; then nops.
      view.setUint32(4, name === ".debug_frame" ? 0xffffffff : 0, true);
      bytes.set([1, 0, 1, 0x78, 16], 8);
      break;
    case ".debug_info":
      // A unit of DWARF 4 with addresses of 8 bytes, and null entries only.
      bytes.set([4, 0, 0, 0, 0, 0, 8], 4);
      break;
    case ".debug_line":
      // A program of DWARF 4 without directories and files, that adds no row.
      bytes.set([4, 0, 17, 0, 0, 0, 1, 1, 1, 0xfb, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0], 4);
      bytes.fill(NO_ROW, 27);
      break;
    case ".debug_aranges":
      bytes.set([2, 0, 0, 0, 0, 0, 8, 0], 4);
      break;
    default:
      // Lists of DWARF 5: no offsets, and the ends of lists.
      bytes.set([5, 0, 8, 0, 0, 0, 0, 0], 4);
  }
  return bytes;
}
