/**
 * Archives (`ar`): a magic line, then members behind headers of 60 ASCII bytes, each starting at an even offset. Names
 * come in three spellings: `name/` and `/offset` into the member `//` (System V, GNU), and `#1/length` with the name
 * before the contents (BSD). A GNU thin archive holds headers only; its members are files beside it. There is no
 * standard: sources are <ar.h>, the binutils manual ("ar") and bfd's comments on thin archives.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { malformedArchive } from "../diagnostics/input.js";
import type { InputLabel } from "./label.js";

const MAGIC = "!<arch>\n";
const THIN_MAGIC = "!<thin>\n";

/** `struct ar_hdr`: offsets of its fields, each padded with blanks. */
const HEADER = { NAME: 0, DATE: 16, SIZE: 48, FMAG: 58, BYTES: 60 } as const;

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
  const magic = ascii(bytes, 0, MAGIC.length);
  return magic === MAGIC || magic === THIN_MAGIC;
}

/** All members in order, without symbol indices and name tables. Throws MF0408 where a header or size is wrong. */
export function readArchive(bytes: Uint8Array, label: InputLabel): readonly ArchiveMember[] {
  const thin = ascii(bytes, 0, MAGIC.length) === THIN_MAGIC;
  if (!isArchive(bytes)) throw fail(label, 0, "it does not start with !<arch>");
  const members: ArchiveMember[] = [];
  let longNames: Uint8Array | undefined;
  for (let at = MAGIC.length; at < bytes.length; ) {
    if (at + HEADER.BYTES > bytes.length) throw fail(label, at, "a member header is cut off");
    if (ascii(bytes, at + HEADER.FMAG, at + HEADER.BYTES) !== "`\n") throw fail(label, at, "no member header here");
    const field = ascii(bytes, at + HEADER.NAME, at + HEADER.DATE).trimEnd();
    const size = decimal(ascii(bytes, at + HEADER.SIZE, at + HEADER.FMAG));
    if (size === undefined) throw fail(label, at, "the size of a member is not a number");
    const start = at + HEADER.BYTES;
    // Thin archives do hold the tables.
    const isTable = field === "/" || field === "//" || field === "/SYM64/";
    const held = thin && !isTable ? 0 : size;
    if (start + held > bytes.length) throw fail(label, at, `a member of ${size} bytes does not fit`);
    const contents = bytes.subarray(start, start + held);
    if (field === "//") {
      longNames = contents;
    } else if (!isTable) {
      const { name, skip } = memberName(field, contents, longNames, label, at);
      const isIndex = skip > 0 && name.startsWith("__.SYMDEF");
      if (!isIndex && !field.startsWith("__.SYMDEF")) {
        members.push({ name, offset: at, bytes: thin ? undefined : contents.subarray(skip) });
      }
    }
    at = start + held + (held & 1);
  }
  return members;
}

/** The member's name, and how many bytes of its contents the name takes. */
function memberName(
  field: string,
  contents: Uint8Array,
  longNames: Uint8Array | undefined,
  label: InputLabel,
  at: number,
): { readonly name: string; readonly skip: number } {
  if (field.startsWith("#1/")) {
    const length = decimal(field.slice(3));
    if (length === undefined || length > contents.length) throw fail(label, at, "a BSD member name does not fit");
    return { name: utf8(contents.subarray(0, length)).replace(/\0+$/, ""), skip: length };
  }
  if (field.startsWith("/")) {
    const offset = decimal(field.slice(1));
    if (offset === undefined || longNames === undefined || offset >= longNames.length) {
      throw fail(label, at, `the member name ${field} is not in the table of long names`);
    }
    const end = longNames.indexOf(0x0a, offset);
    const name = utf8(longNames.subarray(offset, end < 0 ? longNames.length : end));
    return { name: name.replace(/\/$/, ""), skip: 0 };
  }
  return { name: field.replace(/\/$/, ""), skip: 0 };
}

function fail(label: InputLabel, offset: number, message: string): DiagnosticError {
  return new DiagnosticError(malformedArchive({ ...label, offset }, message));
}

function decimal(text: string): number | undefined {
  const digits = text.trim();
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, end);
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
