/** Compares how a session is built with a full link: in which sections everything is, where, and who defines each name. */

import { SHT } from "../../elf/shdr.js";
import { State } from "../globals.js";
import { objectText } from "../loader.js";
import type { ObjectLink } from "../object-link.js";
import type { OutputSection } from "../output-section.js";
import { isFree } from "../room.js";
import { type Comparison, Difference } from "./comparison.js";

/** The same sections are linked, into the same output sections. */
export function compareSections({ session, fresh, objectOf }: Comparison): void {
  const { link } = session;
  for (const [object, ours] of objectOf) {
    const base = fresh.table.sectionBase[object]!;
    const ourBase = link.table.sectionBase[ours]!;
    if (fresh.table.shnum[object] !== link.table.shnum[ours])
      throw new Difference(`${objectText(link.table, ours)} has other sections`);
    for (let index = 1; index < link.table.shnum[ours]!; index++) {
      const name = (of: ObjectLink, section: number): string | undefined =>
        of.outputs.list[of.table.sectionOutput[section]!]?.name;
      const expected = name(fresh, base + index);
      const actual = name(link, ourBase + index);
      // Emptied by a later link, an output section is there, with nothing in it.
      if (expected !== actual)
        throw new Difference(
          `section ${fresh.table.sectionName(base + index)} of ${objectText(link.table, ours)} is in ${actual}, not ${expected}`,
        );
    }
  }
}

function isArray({ type }: OutputSection): boolean {
  return type === SHT.INIT_ARRAY || type === SHT.FINI_ARRAY || type === SHT.PREINIT_ARRAY;
}

/** No two sections share bytes, none lies outside, and what has an order is in it. */
export function compareRanges({ session, fresh, freshOf }: Comparison): void {
  const { link } = session;
  link.outputs.list.forEach((output, id) => {
    if (output.name === ".comment") return;
    const parts: { readonly start: number; readonly end: number; readonly section: number }[] = [];
    for (const [object, freshObject] of freshOf) {
      const base = link.table.sectionBase[object]!;
      const freshBase = fresh.table.sectionBase[freshObject]!;
      for (let index = 1; index < link.table.shnum[object]!; index++) {
        if (link.table.sectionOutput[base + index] !== id) continue;
        const freshSection = freshBase + index;
        const size = fresh.ehFrame.has(freshSection)
          ? fresh.ehFrame.bytesOf(freshSection)
          : fresh.table.sizeOf(freshSection);
        const start = link.table.sectionOffset[base + index]!;
        const room = isFree(output) ? session.room[base + index]! : size;
        if (room < size) throw new Difference(`a part of ${output.name} has ${room} bytes of room, and needs ${size}`);
        if (size > 0) parts.push({ start, end: start + room, section: freshSection });
      }
    }
    if (isFree(output)) {
      const { ranges } = session.freeSpaceOf(id);
      for (let i = 0; i < ranges.length; i += 2) parts.push({ start: ranges[i]!, end: ranges[i + 1]!, section: -1 });
    }
    if (output.extra > 0 && output.type !== SHT.NOBITS && output.name !== ".eh_frame")
      parts.push({ start: output.extraOffset, end: output.extraOffset + output.extra, section: -1 });
    parts.sort((a, b) => a.start - b.start);
    parts.forEach(({ end }, i) => {
      const next = parts[i + 1]?.start ?? output.size;
      if (end > next) throw new Difference(`two parts of ${output.name} share bytes at ${next}`);
    });
    if (isFree(output)) return;
    // Among members of archives the order is that in which they were found; start code of theirs is not followed.
    const counts = (section: number): boolean =>
      isArray(output) || fresh.table.memberOffset[fresh.table.sectionObject[section]!] === -1;
    const there = new Set(parts.map(({ section }) => section).filter(counts));
    const expected = [...(fresh.outputs.find(output.name)?.sections ?? [])].filter((section) => there.has(section));
    const actual = [...there];
    if (expected.some((section, i) => section !== actual[i]))
      throw new Difference(`the parts of ${output.name} are in another order`);
  });
}

/** The same names are defined, by the same objects. */
export function compareNames({ session, fresh, objectOf }: Comparison): void {
  const { globals } = fresh;
  const ours = session.link.globals;
  for (let name = 0; name < globals.count; name++) {
    const state = globals.state[name]!;
    if (state === State.UNDEFINED) continue;
    const text = globals.names.text(name);
    const own = ours.names.findText(text);
    if (own === -1 || ours.state[own] !== state) throw new Difference(`"${text}" is not defined as in a full link`);
    if (state !== State.DEFINED && state !== State.WEAK) continue;
    const isSame =
      ours.object[own] === objectOf.get(globals.object[name]!) && ours.symbol[own] === globals.symbol[name];
    if (!isSame) throw new Difference(`"${text}" is defined by ${objectText(session.link.table, ours.object[own]!)}`);
  }
  for (let name = 0; name < ours.count; name++) {
    const state = ours.state[name]!;
    if (state === State.UNDEFINED || (state === State.LINKER && !session.link.names.sections.has(name))) continue;
    const own = globals.names.findText(ours.names.text(name));
    if (own === -1 || globals.state[own] === State.UNDEFINED)
      throw new Difference(`"${ours.names.text(name)}" is defined, and not in a full link`);
  }
}
