/**
 * The symbol index of an archive: names of the symbols that its members define, each with the offset of the member's
 * header. Two forms, each with words of 32 or 64 bits:
 *
 *   System V, GNU (`/`, `/SYM64/`), big endian:
 *     count | count offsets of headers | count names, each ending with a zero
 *   BSD, Darwin (`__.SYMDEF`, `__.SYMDEF_64`), in the target's order, which is little endian here:
 *     bytes of pairs | pairs of an offset into the names and one of a header | bytes of names | names
 *
 * Sources: binutils' bfd/archive.c, <ranlib.h>.
 */

import { brokenArchive, MEMBER_HEADER_BYTES } from "./archive-header.js";
import type { InputLabel } from "./label.js";

/** Structure of arrays: entry i of each is about symbol i, in the order of the index. */
export interface ArchiveSymbols {
  readonly count: number;
  /** The bytes that `nameStart` and `nameEnd` are offsets in. */
  readonly names: Uint8Array;
  readonly nameStart: Int32Array;
  /** A zero byte stands there. */
  readonly nameEnd: Int32Array;
  /** Offset of the header of the member that defines the symbol. */
  readonly memberOf: Float64Array;
}

export const NO_SYMBOLS: ArchiveSymbols = {
  count: 0,
  names: new Uint8Array(0),
  nameStart: new Int32Array(0),
  nameEnd: new Int32Array(0),
  memberOf: new Float64Array(0),
};

/** What an index belongs to. */
export interface IndexedArchive {
  readonly label: InputLabel;
  /** Bytes of the whole archive: no header that a symbol names may stand beyond. */
  readonly size: number;
  /** Where the index's own header stands. */
  readonly offset: number;
}

/** BSD names may share bytes, so a hostile index could spell out megabytes per symbol; real ones share none. */
const NAME_BYTES_PER_BYTE = 16;

/** Reads `/` (`wordBytes` 4) or `/SYM64/` (8). Throws MF0408. */
export function readGnuIndex(bytes: Uint8Array, wordBytes: 4 | 8, archive: IndexedArchive): ArchiveSymbols {
  const count = bytes.length < wordBytes ? 0 : wordAt(viewOf(bytes), 0, wordBytes, false);
  const tableEnd = wordBytes * (count + 1);
  if (tableEnd > bytes.length) throw broken(archive, `${count} symbols do not fit`);
  const symbols = allocate(count, bytes.subarray(tableEnd));
  readOffsets(symbols, viewOf(bytes), { at: wordBytes, stride: wordBytes, wordBytes, littleEndian: false }, archive);
  const { names, nameStart, nameEnd } = symbols;
  for (let i = 0, at = 0; i < count; i++) {
    nameStart[i] = at;
    at = endOfName(names, at, archive);
    nameEnd[i] = at++;
  }
  return symbols;
}

/** Reads `__.SYMDEF` (`wordBytes` 4) or `__.SYMDEF_64` (8), sorted or not. Throws MF0408. */
export function readBsdIndex(bytes: Uint8Array, wordBytes: 4 | 8, archive: IndexedArchive): ArchiveSymbols {
  const view = viewOf(bytes);
  const pairsBytes = bytes.length < wordBytes ? 0 : wordAt(view, 0, wordBytes, true);
  const namesAt = pairsBytes + 2 * wordBytes;
  if (pairsBytes % (2 * wordBytes) !== 0)
    throw broken(archive, `the pairs of the symbol index take ${pairsBytes} bytes`);
  if (namesAt > bytes.length) throw broken(archive, `${pairsBytes} bytes of symbols do not fit`);
  const namesBytes = wordAt(view, wordBytes + pairsBytes, wordBytes, true);
  if (namesAt + namesBytes > bytes.length) throw broken(archive, `${namesBytes} bytes of symbol names do not fit`);
  const symbols = allocate(pairsBytes / (2 * wordBytes), bytes.subarray(namesAt, namesAt + namesBytes));
  const pairs = { at: 2 * wordBytes, stride: 2 * wordBytes, wordBytes, littleEndian: true };
  readOffsets(symbols, view, pairs, archive);
  const { count, names, nameStart, nameEnd } = symbols;
  let left = NAME_BYTES_PER_BYTE * names.length;
  for (let i = 0; i < count; i++) {
    const start = wordAt(view, wordBytes + i * pairs.stride, wordBytes, true);
    if (start >= names.length) throw broken(archive, "the name of a symbol lies outside");
    nameStart[i] = start;
    nameEnd[i] = endOfName(names, start, archive);
    left -= nameEnd[i]! - start;
    if (left < 0) throw broken(archive, "symbol names overlap beyond reason");
  }
  return symbols;
}

/** Room for `count` symbols: the caller has checked that the index has as many entries. */
function allocate(count: number, names: Uint8Array): ArchiveSymbols {
  const nameStart = new Int32Array(count);
  return { count, names, nameStart, nameEnd: new Int32Array(count), memberOf: new Float64Array(count) };
}

/** Where the offsets of headers stand: the first at `at`, and one each `stride` bytes. */
interface OffsetTable {
  readonly at: number;
  readonly stride: number;
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
}

function readOffsets(symbols: ArchiveSymbols, view: DataView, table: OffsetTable, archive: IndexedArchive): void {
  const last = archive.size - MEMBER_HEADER_BYTES;
  const { memberOf, count } = symbols;
  const { wordBytes, stride, littleEndian } = table;
  for (let i = 0, at = table.at; i < count; i++, at += stride) {
    const offset = wordAt(view, at, wordBytes, littleEndian);
    if (offset > last) throw broken(archive, `a symbol is said to be in a member at ${offset}, outside the archive`);
    memberOf[i] = offset;
  }
}

function endOfName(names: Uint8Array, start: number, archive: IndexedArchive): number {
  let at = start;
  while (at < names.length && names[at] !== 0) at++;
  if (at === names.length) throw broken(archive, "the name of a symbol does not end");
  return at;
}

/** An unsigned word; above 2^53 not exact, which all the checks of its users refuse. */
function wordAt(view: DataView, at: number, wordBytes: 4 | 8, littleEndian: boolean): number {
  if (wordBytes === 4) return view.getUint32(at, littleEndian);
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  return view.getUint32(littleEndian ? at + 4 : at, littleEndian) * 2 ** 32 + low;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function broken(archive: IndexedArchive, message: string): Error {
  return brokenArchive(archive.label, archive.offset, `in the symbol index, ${message}`);
}
