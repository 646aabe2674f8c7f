/** Puts a full link in the places that a session has, so that the bytes of the two can be compared. */

import { type Entries, Scan } from "../scan.js";
import { type Comparison, Difference } from "./comparison.js";

/** Puts everything of the fresh link where the session has it. */
export function adoptPlaces(comparison: Comparison): void {
  const { session, fresh, objectOf } = comparison;
  const { link } = session;
  fresh.outputs.measure(fresh.ehFrame, true);
  for (const output of fresh.outputs.list) {
    const ours = link.outputs.find(output.name);
    if (ours === undefined || !link.order.includes(ours)) {
      if (output.size > 0) throw new Difference(`there is no section ${output.name}`);
      continue;
    }
    const { address, offset, size, index, extra, extraOffset, top, room } = ours;
    Object.assign(output, { address, offset, size, index, extra, extraOffset, top, room });
  }
  for (const [object, ours] of objectOf) {
    const base = fresh.table.sectionBase[object]!;
    const ourBase = link.table.sectionBase[ours]!;
    for (let index = 1; index < fresh.table.shnum[object]!; index++)
      if (fresh.outputs.poolOf[base + index] === -1)
        fresh.table.sectionOffset[base + index] = link.table.sectionOffset[ourBase + index]!;
  }
  const scan = new Scan(fresh.table, fresh.globals, false);
  for (const which of ["got", "gotTpoff", "plt"] as const) {
    translate(comparison, link.scan[which], scan[which]);
    for (const { name, symbol } of fresh.scan[which].keys)
      if (scan[which].find(name, symbol) === undefined)
        throw new Difference(
          `the ${which} table has no entry for "${name === -1 ? "a local symbol" : fresh.globals.names.text(name)}"`,
        );
  }
  fresh.scan = scan;
  fresh.made.useScan(scan);
  fresh.order = link.order.map(({ name }) => fresh.outputs.find(name)!).filter((output) => output !== undefined);
  fresh.placement = link.placement;
  fresh.addressSections();
  fresh.addresses.settleGlobals();
  fresh.made.common.settle();
  fresh.names.settle(fresh.outputs, fresh.order, fresh.base, fresh.addresses);
}

/** Adds the entries of a table of the session to that of the fresh link. */
function translate({ session, fresh, freshOf }: Comparison, from: Entries, to: Entries): void {
  const { link } = session;
  for (const { name, symbol } of from.keys) {
    if (name !== -1) to.add(fresh.globals.named(link.globals.names.text(name)), -1);
    else {
      const object = link.symtab.objectOf(symbol);
      const freshObject = freshOf.get(object);
      if (freshObject === undefined) throw new Difference("a table has an entry for an object that is not linked");
      to.add(-1, fresh.table.symbolBase[freshObject]! + symbol - link.table.symbolBase[object]!);
    }
  }
}
