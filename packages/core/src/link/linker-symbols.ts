/**
 * Symbols that the linker itself defines when something asks for them: the ends of segments by their traditional names,
 * the ELF header, and `_DYNAMIC`. Their values are offsets from the image base, known after the layout.
 */

import type { Layout } from "./layout.js";
import { Section } from "./sections.js";

/** Bytes from the image base; undefined where this output has no such thing. */
type Value = (layout: Layout) => number | undefined;

function endOf(...sections: readonly number[]): Value {
  return (layout) => {
    let end = 0;
    for (const section of sections)
      if (layout.present(section)) end = Math.max(end, layout.address[section]! + layout.size[section]!);
    return end;
  };
}

const endOfText = endOf(Section.TEXT);
const endOfData = endOf(
  Section.RODATA,
  Section.TEXT,
  Section.TDATA,
  Section.DATA_REL_RO,
  Section.DYNAMIC,
  Section.DATA,
);
const endOfAll = endOf(
  Section.RODATA,
  Section.TEXT,
  Section.TDATA,
  Section.DATA_REL_RO,
  Section.DYNAMIC,
  Section.DATA,
  Section.BSS,
);

export const LINKER_SYMBOLS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["__ehdr_start", () => 0],
  ["__executable_start", () => 0],
  ["_DYNAMIC", (layout) => (layout.present(Section.DYNAMIC) ? layout.address[Section.DYNAMIC]! : undefined)],
  ["etext", endOfText],
  ["_etext", endOfText],
  ["__etext", endOfText],
  ["edata", endOfData],
  ["_edata", endOfData],
  ["__bss_start", (layout) => (layout.present(Section.BSS) ? layout.address[Section.BSS]! : endOfData(layout))],
  ["end", endOfAll],
  ["_end", endOfAll],
]);
