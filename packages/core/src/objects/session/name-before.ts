/** What names were before an update, and what of it must not become otherwise. */

import { STT } from "../../elf/sym.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import { type Globals, State } from "../globals.js";
import type { ArchiveMembers } from "./archive-members.js";
import type { LinkSession } from "./link-session.js";
import type { NameUses } from "./name-uses.js";

/** What a name was before the update. */
export interface NameBefore {
  readonly state: number;
  readonly object: number;
  readonly symbol: number;
  readonly type: number;
  readonly marks: number;
  /** The first input that asks for it strongly; Infinity: none. */
  readonly asker: number;
}

export function nameBefore(globals: Globals, uses: NameUses, name: number): NameBefore {
  return {
    state: globals.state[name]!,
    object: globals.object[name]!,
    symbol: globals.symbol[name]!,
    type: globals.type[name]!,
    marks: globals.marks[name]!,
    asker: uses.askerOf(name),
  };
}

/** A name that is asked for from another place on may come from another archive in a full link. */
export function requireSameSources(
  { link }: LinkSession,
  names: ReadonlyMap<number, NameBefore>,
  uses: NameUses,
  archives: ArchiveMembers,
): void {
  const { globals, table } = link;
  for (const [name, before] of names) {
    const definer = globals.object[name]!;
    if (definer < 0 || definer !== before.object || table.memberOffset[definer] === -1) continue;
    const asker = uses.askerOf(name);
    const source = table.inputIndex[definer]!;
    const text = globals.names.text(name);
    if (asker !== Number.POSITIVE_INFINITY && asker > source && before.asker <= source)
      throw new NeedsFullLink(`"${text}" is asked for behind the library that defines it`);
    if (asker >= before.asker) continue;
    for (let input = asker; input < Math.min(source, before.asker); input++)
      if (archives.isDefinedBy(name, input))
        throw new NeedsFullLink(`"${text}" is defined by an earlier library as well`);
  }
}

/** Names that are an IFUNC now and were none, or the other way round. */
export function requireSameKinds(globals: Globals, names: ReadonlyMap<number, NameBefore>): void {
  for (const [name, before] of names) {
    const wasIfunc = before.type === STT.GNU_IFUNC && before.state !== State.UNDEFINED;
    const isIfunc = globals.type[name] === STT.GNU_IFUNC && globals.state[name] !== State.UNDEFINED;
    const isDefined = globals.state[name] !== State.UNDEFINED;
    if (wasIfunc !== isIfunc && before.state !== State.UNDEFINED && isDefined)
      throw new NeedsFullLink(`"${globals.names.text(name)}" becomes or ceases to be an IFUNC`);
    if (
      before.state !== State.UNDEFINED &&
      (before.type === STT.TLS) !== (globals.type[name] === STT.TLS) &&
      globals.state[name] !== State.UNDEFINED
    )
      throw new NeedsFullLink(`"${globals.names.text(name)}" becomes or ceases to be thread-local`);
  }
}
