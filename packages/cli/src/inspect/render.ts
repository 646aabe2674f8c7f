/** The text report of an inspection. */

import type { Inspection } from "./describe.js";
import { type Column, decimal, hex, shortened, table } from "./table.js";

/** Lines of at most 100 columns. */
export function renderInspection(inspection: Inspection): readonly string[] {
  const { segments, sections, largestSymbols, symbolCount } = inspection;
  return [
    ...summary(inspection),
    ...titled(
      `Segments: ${segments.length}`,
      [
        { title: "offset", right: true },
        { title: "file size", right: true },
        { title: "address", right: true },
        { title: "memory size", right: true },
        { title: "align", right: true },
        { title: "flags" },
        { title: "type" },
      ],
      segments.map((each) => [
        hex(each.offset),
        decimal(each.fileSize),
        hex(each.address),
        decimal(each.memorySize),
        hex(each.align),
        each.flags,
        each.type,
      ]),
    ),
    ...titled(
      `Sections: ${sections.length}`,
      [
        { title: "#", right: true },
        { title: "offset", right: true },
        { title: "size", right: true },
        { title: "address", right: true },
        { title: "align", right: true },
        { title: "flags" },
        { title: "type" },
        { title: "name" },
      ],
      sections.map((each) => [
        String(each.index),
        hex(each.offset),
        decimal(each.size),
        each.address === 0 ? "" : hex(each.address),
        String(each.align),
        each.flags,
        each.type,
        each.compression === undefined
          ? each.name
          : `${each.name} (${each.compression.type}, ${decimal(each.compression.size)} uncompressed)`,
      ]),
    ),
    ...titled(
      `Symbols: the ${largestSymbols.length} largest of ${decimal(symbolCount)}`,
      [
        { title: "size", right: true },
        { title: "value", right: true },
        { title: "type" },
        { title: "bind" },
        { title: "visibility" },
        { title: "section" },
        { title: "name" },
      ],
      largestSymbols.map((each) => [
        decimal(each.size),
        hex(each.value),
        each.type,
        each.bind,
        each.visibility,
        each.section,
        each.name === "" ? "(unnamed)" : each.name,
      ]),
    ),
  ];
}

function summary(inspection: Inspection): readonly string[] {
  const { file, machine, type, byteOrder, bytes, entry, entrySymbol } = inspection;
  const kind = inspection.positionIndependentExecutable ? `${type}, a position-independent executable` : type;
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ["format", `ELF${inspection.class}, ${byteOrder} endian, for ${machine}`],
    ["type", kind],
    ["size", `${decimal(bytes)} bytes`],
    ["entry", entry === 0 ? undefined : `${hex(entry)}${entrySymbol === undefined ? "" : ` (${entrySymbol})`}`],
    ["interpreter", inspection.interpreter],
    ["soname", inspection.soname],
    ["needs", inspection.needed.length === 0 ? undefined : inspection.needed.join(", ")],
    ["build id", inspection.buildId],
    ...inspection.comments.map((comment) => ["made by", comment] as const),
  ];
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(11)}  ${value}`]));
  return [file, ...lines].map(shortened);
}

function titled(title: string, columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", title, ...table(columns, rows)];
}
