/**
 * An archive on disk of which only what is needed is read: the symbol index and the long names when it is opened, the
 * header and the bytes of a member when that is asked for. A library of hundreds of megabytes costs as much as its index
 * and the members that are linked. Members of thin archives are files of their own, or members of a regular archive
 * (`/offset:header`, see `archive-header.ts`).
 */

import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { inputUnreadable } from "../diagnostics/input.js";
import { reasonOf } from "../diagnostics/output.js";
import { readAll, systemFiles } from "../image/files.js";
import { assert } from "../memory/invariant.js";
import {
  ARCHIVE_MAGIC_BYTES,
  archiveKind,
  brokenArchive,
  inlineNameBytes,
  isBsdIndex,
  MEMBER_HEADER_BYTES,
  type MemberHeader,
  type MemberName,
  memberName,
  nextHeader,
  readMemberHeader,
  tableOf,
} from "./archive-header.js";
import { type ArchiveSymbols, NO_SYMBOLS, readBsdIndex, readGnuIndex } from "./archive-symbols.js";
import type { InputLabel } from "./label.js";

/** Where a member's bytes are: `size` of them at `offset` of the file `path`. */
export interface ArchiveMemberPlace {
  readonly name: string;
  /** The archive; of a thin one, the member's own file, or the archive that this is in. */
  readonly path: string;
  /** Where the member's header stands in the archive that was asked: what `memberOf` says. */
  readonly headerOffset: number;
  readonly offset: number;
  readonly size: number;
}

interface InlineName extends MemberName {
  /** Bytes that the name takes in front of the contents. */
  readonly inline: number;
}

/** Headers are read in blocks of as many bytes: small members have a few in each, and large ones cost little more. */
const WINDOW_BYTES = 4096;

/** Offsets in names are 31 bits. */
const TABLE_LIMIT = 2 ** 31 - 1;

export class ArchiveIndex {
  readonly path: string;
  readonly thin: boolean;
  /** Bytes of the archive file. */
  readonly size: number;
  /** Without an index, only reading the members tells what they define. */
  readonly hasIndex: boolean;
  readonly symbolCount: number;
  /** The bytes that `nameStart[i]` and `nameEnd[i]` are offsets in; the name of symbol i ends before a zero byte. */
  readonly names: Uint8Array;
  readonly nameStart: Int32Array;
  readonly nameEnd: Int32Array;
  /** [i]: offset of the header of the member that defines symbol i, to be given to `member`. */
  readonly memberOf: Float64Array;

  readonly #label: InputLabel;
  #fd: number;
  #longNames: Uint8Array | undefined;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  #windowAt = 0;
  #windowEnd = 0;
  readonly #nested = new Map<string, ArchiveIndex>();

  /** Throws MF0403 where the file cannot be read, MF0408 where it is no archive or its index or names are broken. */
  static open(path: string): ArchiveIndex {
    const fd = reading(path, () => openSync(path, "r"));
    try {
      return new ArchiveIndex(path, fd);
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  }

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#label = { file: path };
    this.#fd = fd;
    this.size = reading(path, () => fstatSync(fd).size);
    const kind = archiveKind(this.#read(0, Math.min(ARCHIVE_MAGIC_BYTES, this.size)));
    if (kind === undefined) throw brokenArchive(this.#label, 0, "it does not start with !<arch>");
    this.thin = kind === "thin";
    const symbols = this.#readTables();
    this.hasIndex = symbols !== undefined;
    const { count, names, nameStart, nameEnd, memberOf } = symbols ?? NO_SYMBOLS;
    this.symbolCount = count;
    this.names = names;
    this.nameStart = nameStart;
    this.nameEnd = nameEnd;
    this.memberOf = memberOf;
  }

  /** The member whose header stands at `headerOffset`. Throws MF0408, and MF0403 where the file of a thin one is not there. */
  member(headerOffset: number): ArchiveMemberPlace {
    const header = this.#header(headerOffset);
    return this.#place(header, this.#name(header));
  }

  /** All members in order, without tables; reads headers only. Throws as `member` does. */
  members(): ArchiveMemberPlace[] {
    const places: ArchiveMemberPlace[] = [];
    for (let at = ARCHIVE_MAGIC_BYTES; at < this.size; ) {
      const header = this.#header(at);
      if (tableOf(header.field) === undefined) {
        const name = this.#name(header);
        if (!isBsdIndex(name.name)) places.push(this.#place(header, name));
      }
      at = nextHeader(header, this.#held(header));
    }
    return places;
  }

  /** Fills `target`, which is no larger than the member, with its first bytes. Throws MF0403. */
  readMember(place: ArchiveMemberPlace, target: Uint8Array): void {
    assert(target.length <= place.size, "no more can be read than the member has");
    if (place.path === this.path) {
      fill(place.path, this.#fd, target, place.offset);
      return;
    }
    const fd = reading(place.path, () => openSync(place.path, "r"));
    try {
      fill(place.path, fd, target, place.offset);
    } finally {
      closeSync(fd);
    }
  }

  /** Ends reading: what has been read stays, `member`, `members` and `readMember` may no longer be called. */
  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
    for (const archive of this.#nested.values()) archive.close();
  }

  /** Reads the tables, which come before all members; returns the symbols, if there is an index. */
  #readTables(): ArchiveSymbols | undefined {
    let symbols: ArchiveSymbols | undefined;
    for (let at = ARCHIVE_MAGIC_BYTES; at < this.size; ) {
      const header = this.#header(at);
      const table = tableOf(header.field);
      const archive = { label: this.#label, size: this.size, offset: at };
      if (table === "names") {
        this.#longNames ??= this.#contents(header, 0);
      } else if (table !== undefined) {
        // The second index of the archives of Windows repeats the first in another form.
        symbols ??= readGnuIndex(this.#contents(header, 0), table === "symbols" ? 4 : 8, archive);
      } else {
        const { name, inline } = this.#name(header);
        if (!isBsdIndex(name)) break;
        symbols ??= readBsdIndex(this.#contents(header, inline), name.startsWith("__.SYMDEF_64") ? 8 : 4, archive);
      }
      at = nextHeader(header, this.#held(header));
    }
    return symbols;
  }

  #place({ offset: headerOffset, size }: MemberHeader, { name, nested, inline }: InlineName): ArchiveMemberPlace {
    if (!this.thin) {
      if (nested !== undefined) throw brokenArchive(this.#label, headerOffset, "only thin archives refer to others");
      const offset = headerOffset + MEMBER_HEADER_BYTES + inline;
      return { name, path: this.path, headerOffset, offset, size: size - inline };
    }
    // As bfd does, and without `join`: where `name` starts with `../`, it would take links for directories.
    const path = name.startsWith("/") ? name : this.path.replace(/[^/]*$/, "") + name;
    if (nested !== undefined) return { ...this.#nestedArchive(path, headerOffset).member(nested), headerOffset };
    // Files are compiled again without the archive being made again, so that its own size of them means nothing.
    const stats = reading(path, () => statSync(path));
    if (!stats.isFile()) throw unreadable(path, "it is not a file");
    return { name, path, headerOffset, offset: 0, size: stats.size };
  }

  #nestedArchive(path: string, headerOffset: number): ArchiveIndex {
    const known = this.#nested.get(path);
    if (known !== undefined) return known;
    const archive = ArchiveIndex.open(path);
    if (archive.thin) {
      archive.close();
      throw brokenArchive(this.#label, headerOffset, `a member lies in another thin archive, ${path}`);
    }
    this.#nested.set(path, archive);
    return archive;
  }

  #name(header: MemberHeader): InlineName {
    const inline = inlineNameBytes(header, this.#held(header), this.#label);
    const bytes = this.#read(header.offset + MEMBER_HEADER_BYTES, inline);
    return { ...memberName(header, bytes, this.#longNames, this.#label), inline };
  }

  /** The header at `at`, of a member that the archive has room for. */
  #header(at: number): MemberHeader {
    const bytes = this.#read(at, Math.max(0, Math.min(MEMBER_HEADER_BYTES, this.size - at)));
    const header = readMemberHeader(bytes, 0, this.#label, at);
    if (at + MEMBER_HEADER_BYTES + this.#held(header) > this.size) {
      throw brokenArchive(this.#label, at, `a member of ${header.size} bytes does not fit`);
    }
    return header;
  }

  /** Bytes of the member in this file. */
  #held(header: MemberHeader): number {
    return this.thin && tableOf(header.field) === undefined ? 0 : header.size;
  }

  /** The bytes of a table, after the first `skip`. */
  #contents(header: MemberHeader, skip: number): Uint8Array {
    const size = this.#held(header) - skip;
    if (size > TABLE_LIMIT) throw brokenArchive(this.#label, header.offset, `a table of ${size} bytes is too large`);
    const bytes = new Uint8Array(size);
    fill(this.path, this.#fd, bytes, header.offset + MEMBER_HEADER_BYTES + skip);
    return bytes;
  }

  /** `size` bytes at `at`, at most WINDOW_BYTES and within the file; they are those only until the next call. */
  #read(at: number, size: number): Uint8Array {
    if (size === 0) return this.#window.subarray(0, 0);
    if (at < this.#windowAt || at + size > this.#windowEnd) {
      const window = this.#window.subarray(0, Math.min(WINDOW_BYTES, this.size - at));
      this.#windowEnd = 0;
      fill(this.path, this.#fd, window, at);
      this.#windowAt = at;
      this.#windowEnd = at + window.length;
    }
    return this.#window.subarray(at - this.#windowAt, at - this.#windowAt + size);
  }
}

function fill(path: string, fd: number, target: Uint8Array, at: number): void {
  const count = reading(path, () => readAll(systemFiles, fd, target, at));
  if (count < target.length) throw unreadable(path, `it ends at byte ${at + count}, it was longer before`);
}

/** What `use` returns; what it throws becomes MF0403 about `path`. */
function reading<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw unreadable(path, reasonOf(cause));
  }
}

function unreadable(path: string, reason: string): DiagnosticError {
  return new DiagnosticError(inputUnreadable({ file: path }, reason));
}
