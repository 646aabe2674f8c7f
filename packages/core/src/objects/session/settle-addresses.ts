/** Gives names the addresses that they have after an update, and tells which of them moved. */

import { NeedsFullLink } from "../../link/needs-full-link.js";
import { State } from "../globals.js";
import type { LinkSession } from "./link-session.js";
import type { ResolveAgain } from "./resolve-again.js";

/** Gives names their addresses; returns those whose address is another one than before. */
export function settleAddresses(
  session: LinkSession,
  resolved: ResolveAgain,
  movedSections: ReadonlySet<number>,
): Set<number> {
  const { link } = session;
  const { globals, table } = link;
  link.addressSections();
  const names = new Set(resolved.names.keys());
  for (const section of movedSections) {
    const object = table.sectionObject[section]!;
    const base = table.symbolBase[object]!;
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
      const name = table.globalOf[base + index]!;
      if (name !== -1 && globals.object[name] === object) names.add(name);
    }
  }
  const moved = new Set<number>();
  for (const name of names) {
    const before = resolved.names.get(name);
    const old = before?.state === State.UNDEFINED ? Number.NaN : globals.address[name]!;
    const state = globals.state[name]!;
    if (state === State.LINKER || state === State.COMMON) {
      if (before !== undefined && before.state !== state) moved.add(name);
      continue;
    }
    let now = Number.NaN;
    if (state !== State.UNDEFINED) {
      session.ensureRead(globals.object[name]!);
      now = link.addresses.ofSymbol(globals.object[name]!, globals.symbol[name]!);
    }
    globals.address[name] = Number.isNaN(now) ? 0 : now;
    if (!Object.is(old, now) || (before !== undefined && before.object === -1)) moved.add(name);
  }
  const own = [...link.names.sections.keys()].map((name) => [name, globals.address[name]!] as const);
  const missing = link.names.settle(link.outputs, link.order, link.base, link.addresses);
  if (missing.length > 0) throw new NeedsFullLink("a symbol of --defsym is gone");
  for (const [name, address] of own)
    if (globals.state[name] === State.LINKER && globals.address[name] !== address) moved.add(name);
  return moved;
}
