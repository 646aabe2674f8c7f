/**
 * What stands in free space of sections that are read from their start to their end: a record that says nothing, as long
 * as the space is. Elsewhere it is zeros, in code traps.
 */

/** The least that a filler takes, by section; 1 where any length will do. */
const LEAST: ReadonlyMap<string, number> = new Map([
  [".eh_frame", 16],
  [".debug_frame", 16],
  [".debug_info", 16],
  [".debug_line", 27],
  [".debug_rnglists", 12],
  [".debug_loclists", 12],
]);

export function leastFiller(name: string): number {
  return LEAST.get(name) ?? 1;
}

const TRAP = 0xcc;
/** DW_LNS_set_basic_block: adds no row. */
const NO_ROW = 7;

/**
 * The abbreviation of filling units, in a table of its own: code 1, DW_TAG_compile_unit without children, an attribute for
 * vendors (0x3fff) of form DW_FORM_block4.
 */
export const FILLER_ABBREVIATION: Uint8Array = Uint8Array.of(1, 0x11, 0, 0xff, 0x7f, 4, 0, 0, 0);

/**
 * `size` bytes for free space of the section `name`; `size` is at least `leastFiller`. `abbreviation`: where in `.debug_abbrev`
 * FILLER_ABBREVIATION stands.
 */
export function fillerOf(name: string, isCode: boolean, size: number, abbreviation: number): Uint8Array {
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
      // A unit of DWARF 4 with addresses of 8 bytes, and one entry, whose attribute takes the rest.
      bytes.set([4, 0, 0, 0, 0, 0, 8, 1], 4);
      view.setUint32(6, abbreviation, true);
      view.setUint32(12, size - 16, true);
      break;
    case ".debug_line":
      // A program of DWARF 4 without directories and files, that adds no row.
      bytes.set([4, 0, 17, 0, 0, 0, 1, 1, 1, 0xfb, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0], 4);
      bytes.fill(NO_ROW, 27);
      break;
    default:
      // Lists of DWARF 5: no offsets, and the ends of lists.
      bytes.set([5, 0, 8, 0, 0, 0, 0, 0], 4);
  }
  return bytes;
}
