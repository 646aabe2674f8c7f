/**
 * What archives (`ar`) are made of: a magic line, then members behind headers of 60 ASCII bytes, each starting at an even
 * offset. Names come in three spellings: `name/` and `/offset` into the member `//` (System V, GNU), and `#1/length` with
 * the name before the contents (BSD). A GNU thin archive holds headers and tables only; its members are files beside it,
 * or, spelt `/offset:header`, members of another archive beside it. There is no standard: sources are <ar.h>, the
 * binutils manual ("ar") and bfd's comments on thin archives.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { malformedArchive } from "../diagnostics/input.js";
import type { InputLabel } from "./label.js";

export const ARCHIVE_MAGIC_BYTES = 8;
export const MEMBER_HEADER_BYTES = 60;

/** `struct ar_hdr`: offsets of its fields, each padded with blanks. */
const Field = { NAME: 0, DATE: 16, SIZE: 48, FMAG: 58 } as const;

/** No path that Linux opens is longer (PATH_MAX); without a limit, many members could share one enormous name. */
const LONGEST_NAME = 4096;

/** What the bytes start as. */
export function archiveKind(bytes: Uint8Array): "regular" | "thin" | undefined {
  const magic = ascii(bytes, 0, ARCHIVE_MAGIC_BYTES);
  return magic === "!<arch>\n" ? "regular" : magic === "!<thin>\n" ? "thin" : undefined;
}

export interface MemberHeader {
  /** Where the header stands in the archive. */
  readonly offset: number;
  /** The name as the header spells it, see `memberName`. */
  readonly field: string;
  /** Bytes of the contents, with a BSD name in front of them; in a thin archive, of the file when it was added. */
  readonly size: number;
}

/** Reads the header at `at` of `bytes`, where the archive has it at `offset`. Throws MF0408. */
export function readMemberHeader(bytes: Uint8Array, at: number, label: InputLabel, offset: number = at): MemberHeader {
  if (at + MEMBER_HEADER_BYTES > bytes.length) throw brokenArchive(label, offset, "a member header is cut off");
  if (ascii(bytes, at + Field.FMAG, at + MEMBER_HEADER_BYTES) !== "`\n") {
    throw brokenArchive(label, offset, "no member header here");
  }
  const field = ascii(bytes, at + Field.NAME, at + Field.DATE).trimEnd();
  const size = decimal(ascii(bytes, at + Field.SIZE, at + Field.FMAG));
  if (size === undefined) throw brokenArchive(label, offset, "the size of a member is not a number");
  return { offset, field, size };
}

/** Which System V table the member is; `undefined` for all others, BSD's symbol index among them. */
export function tableOf(field: string): "symbols" | "symbols64" | "names" | undefined {
  return field === "/" ? "symbols" : field === "/SYM64/" ? "symbols64" : field === "//" ? "names" : undefined;
}

/** Whether a member of that name is BSD's or Darwin's symbol index: `__.SYMDEF`, `__.SYMDEF_64`, either with ` SORTED`. */
export function isBsdIndex(name: string): boolean {
  return /^__\.SYMDEF(_64)?( SORTED)?$/.test(name);
}

/** Where the header after this one stands. `held`: bytes of this member in the archive, none where it is a file beside it. */
export function nextHeader(header: MemberHeader, held: number): number {
  return header.offset + MEMBER_HEADER_BYTES + held + (held & 1);
}

/**
 * How many bytes the name takes in front of the contents; 0 unless it is spelt as BSD does. `held`: bytes of the member in
 * the archive. Throws MF0408.
 */
export function inlineNameBytes(header: MemberHeader, held: number, label: InputLabel): number {
  if (!header.field.startsWith("#1/")) return 0;
  const length = decimal(header.field.slice(3));
  if (length === undefined || length > held || length > LONGEST_NAME) {
    throw brokenArchive(label, header.offset, "a BSD member name does not fit");
  }
  return length;
}

export interface MemberName {
  readonly name: string;
  /** Of thin archives: `name` is an archive, and the member is the one whose header stands there. */
  readonly nested: number | undefined;
}

/**
 * The member's name. `inline` has the bytes that `inlineNameBytes` counts, `longNames` the contents of `//` if there is
 * one. Throws MF0408.
 */
export function memberName(
  header: MemberHeader,
  inline: Uint8Array,
  longNames: Uint8Array | undefined,
  label: InputLabel,
): MemberName {
  const { field, offset } = header;
  if (field.startsWith("#1/")) return { name: utf8(inline).replace(/\0+$/, ""), nested: undefined };
  if (!field.startsWith("/")) return { name: field.replace(/\/$/, ""), nested: undefined };
  const [, start, nested] = /^\/(\d{1,15})(?::(\d{1,15}))?$/.exec(field) ?? [];
  if (start === undefined || longNames === undefined || Number(start) >= longNames.length) {
    throw brokenArchive(label, offset, `the member name ${field} is not in the table of long names`);
  }
  const found = longNames.indexOf(0x0a, Number(start));
  const end = found < 0 ? longNames.length : found;
  if (end - Number(start) > LONGEST_NAME) throw brokenArchive(label, offset, "a member name does not end");
  const name = utf8(longNames.subarray(Number(start), end)).replace(/\/$/, "");
  return { name, nested: nested === undefined ? undefined : Number(nested) };
}

/** MF0408 about what stands at `offset` of the archive, to be thrown. */
export function brokenArchive(label: InputLabel, offset: number, message: string): DiagnosticError {
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
