/** Compares the symbol table of an output with that of a full link, entry by entry, whatever their order. */

import { stringEnd } from "../input-bytes.js";
import { viewOf } from "../name-hash.js";
import { SYM_BYTES } from "../symtab.js";
import { type Comparison, Difference } from "./comparison.js";

/** With everything in the same place; see `adoptPlaces`. */
export function compareSymbols({ session, fresh, file }: Comparison): void {
  const { link } = session;
  const section = link.sections.find(({ name }) => name === ".symtab");
  const strtab = link.sections.find(({ name }) => name === ".strtab");
  if (section === undefined || strtab === undefined) return;
  fresh.layOutSymbols();
  const expected = new Map<string, number>();
  const entry = new Uint8Array(SYM_BYTES);
  const entryView = viewOf(entry);
  const { bytes } = fresh.table.input;
  for (let slot = 1; slot < fresh.symtab.count; slot++) {
    const which = fresh.symtab.entries[slot]!;
    fresh.symtab.writeEntry(entryView, 0, which, 0, fresh.symbolContext);
    const at = fresh.symtab.nameAt(which);
    const key = `${Buffer.from(bytes.slice(at, at + fresh.symtab.nameLength(which))).toString("latin1")} ${Buffer.from(entry).toString("hex")}`;
    expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = section.offset + SYM_BYTES; at < section.offset + section.size; at += SYM_BYTES) {
    const nameAt = strtab.offset + view.getUint32(at, true);
    const name = Buffer.from(file.subarray(nameAt, stringEnd(file, nameAt))).toString("latin1");
    entry.set(file.subarray(at, at + SYM_BYTES));
    entry.fill(0, 0, 4);
    const isLocal = entry[4]! >>> 4 === 0;
    if (isLocal !== (at - section.offset) / SYM_BYTES < Number(section.info))
      throw new Difference(`"${name}" is on the wrong side of sh_info`);
    const key = `${name} ${Buffer.from(entry).toString("hex")}`;
    const count = expected.get(key) ?? 0;
    if (count === 0)
      throw new Difference(
        `the symbol table has "${name}" otherwise than a full link: ${Buffer.from(entry).toString("hex")}`,
      );
    if (count === 1) expected.delete(key);
    else expected.set(key, count - 1);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw new Difference(`the symbol table lacks ${missing}`);
}
