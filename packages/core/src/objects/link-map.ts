/** The text of `--Map`: what the output is made of, and where it is; in the manner of GNU ld's and lld's maps. */

import { objectText } from "./loader.js";
import type { ObjectLink } from "./object-link.js";
import { SH } from "./object-table.js";

export function linkMap(link: ObjectLink): string {
  const { table, outputs, order } = link;
  const lines = ["             VMA     Size    Align  Out     In"];
  for (const output of order) {
    lines.push(row(output.address, output.size, output.align, output.name));
    for (const section of output.sections) {
      const address = output.address + table.sectionOffset[section]!;
      const align = Math.max(1, table.input.words[table.headerOf(section) + SH.ADDRALIGN]! >>> 0);
      const merged = outputs.poolOf[section] === -1 && !link.ehFrame.has(section) ? "" : " (merged)";
      const object = table.sectionObject[section]!;
      lines.push(
        row(
          address,
          table.sizeOf(section),
          align,
          `        ${objectText(table, object)}:(${table.sectionName(section)})${merged}`,
        ),
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function row(address: number, size: number, align: number, what: string): string {
  return `${address.toString(16).padStart(16)} ${size.toString(16).padStart(8)} ${String(align).padStart(8)}  ${what}`;
}
