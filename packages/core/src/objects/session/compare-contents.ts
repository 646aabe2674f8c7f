/** Compares the bytes of every section of an output with those that a full link puts there. */

import { SHT } from "../../elf/shdr.js";
import { makeEhFrameHdr } from "../eh-frame-hdr.js";
import { objectText } from "../loader.js";
import type { OutputSection } from "../output-section.js";
import { Relocator } from "../relocate.js";
import { writeInput } from "../section-contents.js";
import { writeFramesApart } from "../write-image.js";
import { type Comparison, Difference } from "./comparison.js";

/** With everything in the same place; see `adoptPlaces`. */
export function compareContents(comparison: Comparison): void {
  const { session, fresh, file, objectOf } = comparison;
  const { table, ehFrame } = fresh;
  let scratch = new Uint8Array(1 << 16);
  const relocator = new Relocator(scratch, table, fresh.globals, fresh.addresses, fresh.scan, false);
  for (const [id, output] of fresh.outputs.list.entries()) {
    if (output.type === SHT.NOBITS) continue;
    for (const section of output.sections) {
      if (table.sectionOutput[section] !== id || fresh.outputs.poolOf[section] !== -1) continue;
      const size = Math.max(table.sizeOf(section), 0);
      const object = objectOf.get(table.sectionObject[section]!)!;
      const room = session.room[session.link.table.sectionBase[object]! + table.indexOf(section)]!;
      if (Math.max(size, room) > scratch.length) {
        scratch = new Uint8Array(Math.max(size, room) * 2);
        relocator.image = scratch;
      }
      let length = size;
      if (ehFrame.has(section)) {
        length = ehFrame.bytesOf(section) === 0 ? 0 : room;
        writeFramesApart(fresh, section, output, length, relocator);
      } else {
        scratch.fill(0, 0, size);
        writeInput(fresh, section, output, relocator);
      }
      compareBytes(
        file,
        output,
        table.sectionOffset[section]!,
        scratch.subarray(0, length),
        () => `${objectText(table, table.sectionObject[section]!)}:(${table.sectionName(section)})`,
      );
    }
  }
  if (relocator.faults.length > 0) throw new Difference("a relocation cannot be applied");
  for (const [section, bytes] of fresh.made.contents(fresh.addresses, []))
    if (section.name !== ".comment") compareBytes(file, section, section.extraOffset, bytes, () => section.name);
  const frames = fresh.outputs.find(".eh_frame");
  const header = fresh.outputs.find(".eh_frame_hdr");
  if (frames === undefined || header === undefined) return;
  const expected = makeEhFrameHdr(
    file.subarray(frames.offset, frames.offset + frames.size),
    frames.address,
    header.address,
  );
  if (expected !== undefined) compareBytes(file, header, 0, expected, () => ".eh_frame_hdr");
}

function compareBytes(
  file: Uint8Array,
  output: OutputSection,
  at: number,
  expected: Uint8Array,
  what: () => string,
): void {
  const from = output.offset + at;
  if (Buffer.compare(expected, file.subarray(from, from + expected.length)) === 0) return;
  const byte = expected.findIndex((value, i) => value !== file[from + i]);
  throw new Difference(`byte ${byte} of ${what()} is ${file[from + byte]}, and ${expected[byte]} in a full link`);
}
