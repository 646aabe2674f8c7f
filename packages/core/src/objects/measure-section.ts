/**
 * How large a section of the output is, and where within it everything stands: input sections, then pools, then what the
 * linker makes.
 */

import { SHF, SHT } from "../elf/shdr.js";
import { EH_FRAME, type EhFrame } from "./eh-frame.js";
import { type ObjectTable, SH } from "./object-table.js";
import type { OutputSection } from "./output-section.js";
import { leaveRoom } from "./room.js";
import { classOf, isInFile } from "./segment-class.js";

/**
 * Gives the input sections of `output` their offsets within it. `poolOf`: by section, its pool, or -1. What `ehFrame`
 * holds it places itself, unless each of its tables stays apart. `updatable`: room is left for what later links bring.
 */
export function measureSection(
  output: OutputSection,
  table: ObjectTable,
  poolOf: Int32Array,
  ehFrame: EhFrame,
  updatable: boolean,
): void {
  const { words } = table.input;
  // Only what is written to when the program runs may be zeros that the file does not have.
  if (output.type === SHT.NOBITS && !(output.flags & SHF.TLS) && isInFile(classOf(output))) output.type = SHT.PROGBITS;
  let size = 0;
  const hasFrames = output.name === EH_FRAME;
  for (const section of output.sections) {
    const isFrames = hasFrames && ehFrame.has(section);
    if (poolOf[section] !== -1 || (isFrames && !updatable)) continue;
    const align = Math.max(1, words[table.headerOf(section) + SH.ADDRALIGN]! >>> 0);
    if (size % align !== 0) size = Math.ceil(size / align) * align;
    table.sectionOffset[section] = size;
    size += isFrames ? ehFrame.bytesOf(section) : table.sizeOf(section);
  }
  for (const pool of output.pools) {
    const bytes = pool.merge.layout();
    const align = 2 ** pool.merge.alignLog2;
    pool.offset = Math.ceil(size / align) * align;
    size = pool.offset + bytes;
  }
  if (output.extra > 0 || output.made) {
    output.extraOffset = Math.ceil(size / output.extraAlign) * output.extraAlign;
    size = output.extraOffset + output.extra;
  }
  output.size = size;
  output.room = size;
  output.top = output.extra > 0 && ehFrame.count > 0 && output.name === ".eh_frame" ? output.extraOffset : size;
  if (updatable) leaveRoom(output);
}
