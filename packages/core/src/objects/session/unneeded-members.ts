/** Tells which members of archives nothing leads to any more. */

import { SHN } from "../../elf/shdr.js";
import { STB } from "../../elf/sym.js";
import { Mark, State } from "../globals.js";
import type { LinkSession } from "./link-session.js";
import type { NameBefore } from "./name-before.js";
import type { NameUses } from "./name-uses.js";

/** One such member, of those that define the names, and all that lead to it; empty where there is none. */
export function unneededMembers(
  session: LinkSession,
  names: ReadonlyMap<number, NameBefore>,
  uses: NameUses,
): ReadonlySet<number> {
  const { table, globals } = session.link;
  const suspects = new Set<number>();
  for (const [name, before] of names) {
    const definer = before.object >= 0 && table.linked[before.object] === 1 ? before.object : globals.object[name]!;
    if (definer >= 0 && table.memberOffset[definer] !== -1 && table.linked[definer] === 1) suspects.add(definer);
  }
  for (const suspect of suspects) {
    const reached = leadingTo(session, uses, suspect);
    if (reached !== undefined) return reached;
  }
  return new Set();
}

/** Objects that ask for a member, directly or not; undefined where an input that is linked anyway is among them. */
function leadingTo({ link, inputs }: LinkSession, uses: NameUses, member: number): Set<number> | undefined {
  const { table, globals } = link;
  const reached = new Set([member]);
  for (const object of reached) {
    const base = table.symbolBase[object]!;
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
      const name = table.globalOf[base + index]!;
      if (name === -1 || globals.object[name] !== object || globals.state[name] === State.UNDEFINED) continue;
      if (globals.marks[name]! & Mark.ROOT) return undefined;
      for (const [asking, symbol] of uses.of(name)) {
        if (asking === object || table.shndxOf(asking, symbol) !== SHN.UNDEF) continue;
        if (((table.infoOf(asking, symbol) >>> 4) & 15) === STB.WEAK) continue;
        const { memberOffset, inputIndex } = table;
        if (memberOffset[asking] === -1 || inputs[inputIndex[asking]!]!.whole) return undefined;
        reached.add(asking);
      }
    }
  }
  return reached;
}
