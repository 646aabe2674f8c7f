/** Archives whose bytes are all in memory: their members, one after the other. The format is in `archive-header.ts`. */

import {
  ARCHIVE_MAGIC_BYTES,
  archiveKind,
  brokenArchive,
  inlineNameBytes,
  isBsdIndex,
  MEMBER_HEADER_BYTES,
  memberName,
  nextHeader,
  readMemberHeader,
  tableOf,
} from "./archive-header.js";
import type { InputLabel } from "./label.js";

export interface ArchiveMember {
  /** In a thin archive a path relative to the archive's directory. */
  readonly name: string;
  /** Where the member's header stands in the archive. */
  readonly offset: number;
  /** `undefined` in a thin archive: the caller reads the file that `name` is. */
  readonly bytes: Uint8Array | undefined;
}

/** Whether the bytes start as an archive, thin or not. */
export function isArchive(bytes: Uint8Array): boolean {
  return archiveKind(bytes) !== undefined;
}

/** All members in order, without symbol indices and name tables. Throws MF0408 where a header or size is wrong. */
export function readArchive(bytes: Uint8Array, label: InputLabel): readonly ArchiveMember[] {
  const kind = archiveKind(bytes);
  if (kind === undefined) throw brokenArchive(label, 0, "it does not start with !<arch>");
  const thin = kind === "thin";
  const members: ArchiveMember[] = [];
  let longNames: Uint8Array | undefined;
  for (let at = ARCHIVE_MAGIC_BYTES; at < bytes.length; ) {
    const header = readMemberHeader(bytes, at, label);
    const table = tableOf(header.field);
    // Thin archives do hold the tables.
    const held = thin && table === undefined ? 0 : header.size;
    const start = at + MEMBER_HEADER_BYTES;
    if (start + held > bytes.length) throw brokenArchive(label, at, `a member of ${header.size} bytes does not fit`);
    const contents = bytes.subarray(start, start + held);
    if (table === "names") {
      longNames = contents;
    } else if (table === undefined) {
      const inline = contents.subarray(0, inlineNameBytes(header, held, label));
      const { name, nested } = memberName(header, inline, longNames, label);
      if (nested !== undefined) throw brokenArchive(label, at, `a member lies in another archive, ${name}`);
      if (!isBsdIndex(name)) {
        members.push({ name, offset: at, bytes: thin ? undefined : contents.subarray(inline.length) });
      }
    }
    at = nextHeader(header, held);
  }
  return members;
}
