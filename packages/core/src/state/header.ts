/**
 * The first pages of a state: what the file is, whose, and where its tables are. Their size does not depend on the
 * tables', which grow by extents: runs of file pages, each of which doubles or triples what the table could hold before.
 *
 * Header words, in this machine's order (the file never leaves the machine: the fingerprint names a device):
 *   [0-1]   magic; another byte order does not read as it
 *   [2]     version of this format
 *   [3]     STATUS: CLEAN, or BUSY from when an update begins until it is saved; written by itself, hence in no checksum
 *   [4]     checksum of all header words but [3] and this one
 *   [5]     generation: counts the saves
 *   [6]     pages of the file, all told
 *   [7]     entries of the directory
 *   [8]     bytes of `meta`
 *   [16-23] version of Manifold, UTF-8, padded with zeros
 *   [24-34] fingerprint of the output
 *   [64-]   directory, 32 words an entry: [0-5] name, [6] words in use, [7] extents, [8-31] extents (first page, pages)
 *
 * Entry 0 holds the checksums, entry 1 `meta`; the others are tables, by name. Checksum page k holds those of file pages
 * [1023 k, 1023 (k + 1)) and in its last word its own.
 */

import {
  StateError,
  stateCorrupted,
  stateInterrupted,
  stateOtherVersion,
  stateTruncated,
} from "../diagnostics/state.js";
import { FINGERPRINT_WORDS, type Fingerprint } from "../image/fingerprint.js";
import { PAGE_WORDS } from "../memory/paged-words.js";
import { REGION_LIMIT } from "../memory/shared-region.js";
import { VERSION } from "../version.js";
import { hashWords } from "./page-hash.js";

export const PAGE_BYTES: number = PAGE_WORDS * 4;
export const HEADER_PAGES = 2;
const HEADER_WORDS = HEADER_PAGES * PAGE_WORDS;
/** Checksums a page holds besides its own. */
export const SUMS_PER_PAGE: number = PAGE_WORDS - 1;

const MAGIC = [0x466e614d, 0x64576c6f] as const;
const FORMAT = 1;
export const Status = { CLEAN: 0x4e41454c, BUSY: 0x59535542 } as const;

const Word = {
  FORMAT: 2,
  STATUS: 3,
  CHECKSUM: 4,
  GENERATION: 5,
  PAGES: 6,
  ENTRIES: 7,
  META_BYTES: 8,
  VERSION: 16,
  FINGERPRINT: 24,
  DIRECTORY: 64,
} as const;
export const STATUS_AT: number = Word.STATUS * 4;
const VERSION_BYTES = 32;
const ENTRY_WORDS = 32;
const NAME_BYTES = 24;
const ENTRY_USED = 6;
const ENTRY_EXTENTS = 7;
const ENTRY_FIRST_EXTENT = 8;
/** Capacities triple from 8 pages on, so that the twelfth extent reaches beyond what a table may hold. */
export const MAX_EXTENTS = 12;
const MAX_ENTRIES = Math.floor((HEADER_WORDS - Word.DIRECTORY) / ENTRY_WORDS);
/** Entries that are no tables. */
const OWN_ENTRIES = 2;
export const MAX_TABLES: number = MAX_ENTRIES - OWN_ENTRIES;
const MAX_TABLE_WORDS = REGION_LIMIT / 4;
/** Far more than a meta ever has. */
export const MAX_META_BYTES: number = 2 ** 24;

/** A run of file pages. */
interface Extent {
  readonly first: number;
  readonly pages: number;
}

export interface Entry {
  readonly name: string;
  /** Words in use. */
  used: number;
  readonly extents: Extent[];
}

export interface Header {
  generation: number;
  /** Pages of the file. */
  pages: number;
  metaBytes: number;
  fingerprint: Fingerprint;
  readonly sums: Entry;
  readonly meta: Entry;
  readonly tables: Entry[];
}

export function pagesOf(words: number): number {
  return Math.ceil(words / PAGE_WORDS);
}

/** Whether a table may have that name. */
export function isTableName(name: string): boolean {
  return name.length > 0 && !name.includes("\0") && Buffer.byteLength(name) <= NAME_BYTES;
}

export function encodeHeader(header: Header, status: number): Int32Array {
  const words = new Int32Array(HEADER_WORDS);
  const bytes = Buffer.from(words.buffer);
  words.set(MAGIC);
  words[Word.FORMAT] = FORMAT;
  words[Word.GENERATION] = header.generation;
  words[Word.PAGES] = header.pages;
  words[Word.META_BYTES] = header.metaBytes;
  bytes.write(VERSION, Word.VERSION * 4, VERSION_BYTES);
  words.set(header.fingerprint, Word.FINGERPRINT);
  const entries = [header.sums, header.meta, ...header.tables];
  words[Word.ENTRIES] = entries.length;
  for (const [index, entry] of entries.entries()) {
    const at = Word.DIRECTORY + index * ENTRY_WORDS;
    bytes.write(entry.name, at * 4, NAME_BYTES);
    words[at + ENTRY_USED] = entry.used;
    words[at + ENTRY_EXTENTS] = entry.extents.length;
    for (const [i, { first, pages }] of entry.extents.entries())
      words.set([first, pages], at + ENTRY_FIRST_EXTENT + i * 2);
  }
  words[Word.CHECKSUM] = checksum(words);
  words[Word.STATUS] = status;
  return words;
}

/**
 * Reads the header that the file `path` of `size` bytes begins with; `words` is all of it, as far as there is any.
 * Throws StateError unless it is one of this version, complete, CLEAN, and all that it says of places fits the file.
 */
export function decodeHeader(path: string, words: Int32Array, count: number, size: number): Header {
  const fail = (what: string): never => {
    throw new StateError(stateCorrupted(path, what));
  };
  if (count >= 4 * (Word.FORMAT + 1)) {
    if (words[0] !== MAGIC[0] || words[1] !== MAGIC[1]) fail("it does not begin as a state does");
    if (words[Word.FORMAT] !== FORMAT) throw new StateError(stateOtherVersion(path, undefined));
  }
  if (count < HEADER_PAGES * PAGE_BYTES) throw new StateError(stateTruncated(path));
  const status = words[Word.STATUS]!;
  if (status === Status.BUSY) throw new StateError(stateInterrupted(path));
  if (status !== Status.CLEAN) fail("its status is unknown");
  if (words[Word.CHECKSUM] !== checksum(words)) fail("its header does not match its checksum");
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  const version = text(bytes, Word.VERSION * 4, VERSION_BYTES);
  if (version !== VERSION) throw new StateError(stateOtherVersion(path, version));
  const pages = words[Word.PAGES]! >>> 0;
  if (size !== pages * PAGE_BYTES) throw new StateError(stateTruncated(path));

  const entries = words[Word.ENTRIES]!;
  if (entries < OWN_ENTRIES || entries > MAX_ENTRIES) fail("its directory has no such size");
  const directory = Array.from({ length: entries }, (_, index) => decodeEntry(words, bytes, index));
  const [sums, meta, ...tables] = directory;
  const names = new Set<string>();
  for (const entry of directory) {
    const capacity = capacityOf(entry);
    if (Number.isNaN(capacity)) fail("a table has more extents than there can be");
    if (entry.used > MAX_TABLE_WORDS || pagesOf(entry.used) > capacity) fail("a table is larger than its extents");
  }
  for (const { name } of tables) {
    if (!isTableName(name) || names.has(name)) fail("its tables have no names of their own");
    names.add(name);
  }
  const metaBytes = words[Word.META_BYTES]!;
  if (metaBytes < 0 || metaBytes > MAX_META_BYTES || Math.ceil(metaBytes / 4) !== meta!.used)
    fail("its meta has no size");
  if (sums!.used !== sumPagesOf(pages) * PAGE_WORDS) fail("its checksums do not cover it");
  if (
    !disjoint(
      directory.flatMap(({ extents }) => extents),
      pages,
    )
  )
    fail("its tables overlap");
  return {
    generation: words[Word.GENERATION]! >>> 0,
    pages,
    metaBytes,
    fingerprint: words.slice(Word.FINGERPRINT, Word.FINGERPRINT + FINGERPRINT_WORDS),
    sums: sums!,
    meta: meta!,
    tables,
  };
}

/** Whether the header page `words` is that of the save that `header` was read from or became, and of no update. */
export function sameSave(words: Int32Array, header: Header): boolean {
  return words[Word.STATUS] === Status.CLEAN && words[Word.GENERATION]! >>> 0 === header.generation;
}

/** Pages of checksums for a file of `pages` pages. */
export function sumPagesOf(pages: number): number {
  return Math.ceil(pages / SUMS_PER_PAGE);
}

/** Pages that fit in the extents of `entry`; NaN where there are too many extents. */
export function capacityOf({ extents }: Entry): number {
  return extents.length > MAX_EXTENTS ? Number.NaN : extents.reduce((sum, extent) => sum + extent.pages, 0);
}

/** The file page that holds page `page` of the table. */
export function filePage({ extents }: Entry, page: number): number {
  let rest = page;
  for (const { first, pages } of extents) {
    if (rest < pages) return first + rest;
    rest -= pages;
  }
  throw new RangeError(`no page ${page}`);
}

function decodeEntry(words: Int32Array, bytes: Buffer, index: number): Entry {
  const at = Word.DIRECTORY + index * ENTRY_WORDS;
  const count = words[at + ENTRY_EXTENTS]! >>> 0;
  const extents: Extent[] = [];
  // One more than there can be shows that there are too many.
  for (let i = 0; i < Math.min(count, MAX_EXTENTS + 1); i++) {
    const extent = at + ENTRY_FIRST_EXTENT + i * 2;
    extents.push({ first: (words[extent] ?? 0) >>> 0, pages: (words[extent + 1] ?? 0) >>> 0 });
  }
  return { name: text(bytes, at * 4, NAME_BYTES), used: words[at + ENTRY_USED]! >>> 0, extents };
}

function disjoint(extents: readonly Extent[], filePages: number): boolean {
  let end = HEADER_PAGES;
  for (const { first, pages } of extents.toSorted((a, b) => a.first - b.first)) {
    if (first < end || pages === 0) return false;
    end = first + pages;
  }
  return end <= filePages;
}

function checksum(words: Int32Array): number {
  const copy = words.slice();
  copy[Word.STATUS] = 0;
  copy[Word.CHECKSUM] = 0;
  return hashWords(copy, 0, copy.length, FORMAT);
}

function text(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString("utf8", start, end === -1 ? start + length : Math.min(end, start + length));
}
