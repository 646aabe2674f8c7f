/** Finds the members of archives that define a name, in the order in which a full link looks for them. */

import type { ArchiveIndex, ArchiveMemberPlace } from "../../input/archive-index.js";
import { NeedsFullLink } from "../../link/needs-full-link.js";
import type { LinkSession } from "./link-session.js";
import type { NameUses } from "./name-uses.js";

interface FoundMember {
  readonly archive: ArchiveIndex;
  readonly input: number;
  readonly place: ArchiveMemberPlace;
}

export class ArchiveMembers {
  readonly #session: LinkSession;

  constructor(session: LinkSession) {
    this.#session = session;
  }

  /** The member that a full link takes a name from. */
  find(name: number, uses: NameUses): FoundMember | undefined {
    const { table } = this.#session.link;
    // GNU ld looks behind whoever asks first, then at those of a group again.
    const asking = Math.min(...uses.of(name).map(([object]) => table.inputIndex[object]!));
    const order = this.#session.inputs
      .map((_, i) => i)
      .sort((a, b) => Number(a < asking) - Number(b < asking) || a - b);
    for (const input of order) {
      const { kind, path, whole, lazy } = this.#session.inputs[input]!;
      if (lazy) throw new NeedsFullLink("objects between --start-lib and --end-lib may be wanted");
      if (kind !== "archive" || whole) continue;
      const archive = this.#archive(input);
      if (!archive.hasIndex) throw new NeedsFullLink(`${path} has no symbol index`);
      const entry = this.#entryOf(archive, name);
      if (entry !== -1) return { archive, input, place: archive.member(archive.memberOf[entry]!) };
    }
    return undefined;
  }

  isDefinedBy(name: number, input: number): boolean {
    const { kind } = this.#session.inputs[input]!;
    return kind === "archive" && this.#entryOf(this.#archive(input), name) !== -1;
  }

  #archive(input: number): ArchiveIndex {
    return this.#session.archives.open(this.#session.inputs[input]!.path);
  }

  /** The entry of an archive's index for a name, or -1. */
  #entryOf(archive: ArchiveIndex, name: number): number {
    const { globals, table } = this.#session.link;
    const start = globals.names.startOf(name);
    const wanted = Buffer.from(table.input.bytes.slice(start, start + globals.names.lengthOf(name)));
    for (let i = 0; i < archive.symbolCount; i++) {
      if (archive.nameEnd[i]! - archive.nameStart[i]! !== wanted.length) continue;
      if (Buffer.compare(wanted, archive.names.subarray(archive.nameStart[i]!, archive.nameEnd[i]!)) === 0) return i;
    }
    return -1;
  }
}
