/** Decides which copy of a group of sections is linked: that of the first object that has one. */

import { Fate } from "../object-table.js";
import type { LinkSession } from "./link-session.js";
import type { NameUses } from "./name-uses.js";

export class GroupCopies {
  readonly #session: LinkSession;
  /** Those whose copies came or went. */
  readonly #signatures = new Set<number>();

  constructor(session: LinkSession) {
    this.#session = session;
  }

  /** Notes that the copies of an object come or go. */
  touch(object: number): void {
    for (const group of this.#session.groups) if (group.object === object) this.#signatures.add(group.signature);
  }

  /** Decides anew; returns other objects than the attached whose copies were linked and no longer are, or the other way round. */
  settle(attached: ReadonlyMap<number, number>, uses: NameUses): Set<number> {
    const { link } = this.#session;
    const { table } = link;
    const position = uses.positions();
    const again = new Set<number>();
    for (const signature of this.#signatures) {
      const copies = this.#session.groups
        .filter((group) => group.signature === signature && table.linked[group.object] === 1)
        .sort((a, b) => position[a.object]! - position[b.object]! || a.section - b.section);
      const winner = copies[0]?.object;
      for (const { object, section } of copies) {
        const isDiscarded = object !== winner;
        if (attached.has(object)) this.#discard(object, section, isDiscarded);
        else if (isDiscarded !== this.#isDiscarded(object, section)) again.add(object);
      }
    }
    this.#signatures.clear();
    return again;
  }

  /** Whether the copy of an object that is not part of the update was discarded. */
  #isDiscarded(object: number, section: number): boolean {
    const { table } = this.#session.link;
    this.#session.ensureRead(object);
    const [first] = this.#members(object, section);
    return first !== undefined && table.sectionOutput[table.sectionBase[object]! + first] === Fate.DISCARDED;
  }

  #discard(object: number, section: number, isDiscarded: boolean): void {
    const { table } = this.#session.link;
    for (const member of this.#members(object, section))
      table.sectionOutput[table.sectionBase[object]! + member] = isDiscarded ? Fate.DISCARDED : Fate.NONE;
  }

  #members(object: number, section: number): Int32Array {
    const { table } = this.#session.link;
    return table.groupMembers(table.sectionBase[object]! + section);
  }
}
