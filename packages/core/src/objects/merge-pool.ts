/**
 * The mergeable sections (SHF_MERGE, with or without SHF_STRINGS) that go to one section of the output, as one set of
 * distinct pieces: strings with their terminators, or entries of a fixed size (ELF gABI, "Sections", SHF_MERGE). Equal
 * pieces take one place. Strings that end like others do not share their ends.
 *
 * Tables of 32-bit words; offsets among them are unsigned.
 *   pieces    [0] START in the pool  [1] SIZE in bytes  [2] ALIGN, log2  [3] OUT, offset in the output
 *   slots     [0] HASH of a piece  [1] PIECE + 1; 0 where the slot is empty. Open addressing, at most half full
 *   sections  [0] FIRST of its references  [1] END behind its last  [2] SIZE in bytes
 *   references, one for each piece as it occurs in a section, in order: where in the section (strings only: entries are
 *   at multiples of their size), and which piece
 *
 * One thread only. The bytes of the pool must stay as they are until `write`.
 */

import { alignUp } from "../image/node-table.js";
import { assert } from "../memory/invariant.js";
import { grown, shared } from "./columns.js";

const Piece = { START: 0, SIZE: 1, ALIGN: 2, OUT: 3, WORDS: 4 } as const;
const Slot = { HASH: 0, PIECE: 1, WORDS: 2 } as const;
const Section = { FIRST: 0, END: 1, SIZE: 2, WORDS: 3 } as const;

/** From this size on, a native copy costs less than a loop. */
const NATIVE_COPY_BYTES = 64;

/** What another thread needs of a pool that is laid out, to tell where offsets lie. */
export interface SavedPool {
  readonly entsize: number;
  readonly isStrings: boolean;
  readonly pieces: Int32Array;
  readonly sections: Int32Array;
  readonly references: Int32Array;
  readonly referenceAt: Int32Array;
}

export class MergePool {
  readonly #pool: Uint8Array;
  readonly #view: DataView;
  readonly #entsize: number;
  readonly #isStrings: boolean;
  #alignLog2 = 0;
  #pieces: Int32Array = new Int32Array(256 * Piece.WORDS);
  #pieceCount = 0;
  #slots = new Int32Array(512 * Slot.WORDS);
  #mask = 511;
  #sections: Int32Array = new Int32Array(16 * Section.WORDS);
  #sectionCount = 0;
  #references: Int32Array = new Int32Array(256);
  #referenceAt: Int32Array = new Int32Array(256);
  #referenceCount = 0;

  /** `entsize` is `sh_entsize` of all the sections: of strings, the bytes of a character. */
  constructor(pool: Uint8Array, entsize: number, isStrings: boolean) {
    this.#pool = pool;
    this.#view = new DataView(pool.buffer, pool.byteOffset, pool.byteLength);
    this.#entsize = entsize;
    this.#isStrings = isStrings;
  }

  /** A pool that tells offsets, and takes nothing more. */
  static restore(bytes: Uint8Array, saved: SavedPool): MergePool {
    const pool = new MergePool(bytes, saved.entsize, saved.isStrings);
    pool.#pieces = saved.pieces;
    pool.#sections = saved.sections;
    pool.#references = saved.references;
    pool.#referenceAt = saved.referenceAt;
    return pool;
  }

  save(): SavedPool {
    const [pieces, sections, references, referenceAt] = [
      shared(this.#pieces),
      shared(this.#sections),
      shared(this.#references),
      shared(this.#referenceAt),
    ];
    return { entsize: this.#entsize, isStrings: this.#isStrings, pieces, sections, references, referenceAt };
  }

  /** Of the output: the largest alignment among the sections. */
  get alignLog2(): number {
    return this.#alignLog2;
  }

  /** Distinct pieces. */
  get pieceCount(): number {
    return this.#pieceCount;
  }

  /**
   * Cuts bytes [start, start+size) of the pool into pieces and returns a handle. Returns -1, adding nothing, where the
   * section cannot be merged: it does not consist of whole entries, its last string does not end, or there are no entries
   * (0 bytes) or characters (other than 1, 2 and 4) of that size.
   */
  add(start: number, size: number, alignLog2: number): number {
    assert(start + size <= this.#pool.length, "a mergeable section lies in the pool");
    const entsize = this.#entsize;
    if (entsize < 1 || size % entsize !== 0) return -1;
    if (this.#isStrings) {
      if (entsize !== 1 && entsize !== 2 && entsize !== 4) return -1;
      if (size > 0 && !this.#isZero(start + size - entsize)) return -1;
    }
    const at = this.#sectionCount * Section.WORDS;
    this.#sections = grown(this.#sections, at + Section.WORDS);
    this.#sections[at + Section.FIRST] = this.#referenceCount;
    if (this.#isStrings) this.#cutStrings(start, start + size, alignLog2);
    else this.#cutEntries(start, start + size, alignLog2);
    this.#sections[at + Section.END] = this.#referenceCount;
    this.#sections[at + Section.SIZE] = size;
    this.#alignLog2 = Math.max(this.#alignLog2, alignLog2);
    return this.#sectionCount++;
  }

  /**
   * Gives every piece its offset, in order of first appearance, and returns the bytes of the output, which may be more
   * than fit 32 bits where alignments are enormous: the caller refuses that. A piece has the largest alignment that its
   * place has in any section: that of the section, or what its offset there leaves of it.
   */
  layout(): number {
    const pieces = this.#pieces;
    let end = 0;
    for (let at = 0; at < this.#pieceCount * Piece.WORDS; at += Piece.WORDS) {
      const offset = alignUp(end, pieces[at + Piece.ALIGN]!);
      pieces[at + Piece.OUT] = offset;
      end = offset + (pieces[at + Piece.SIZE]! >>> 0);
    }
    return end;
  }

  /**
   * Offset in the output of byte `offset` of the section, after `layout`. An offset inside a piece keeps its distance from
   * the start of the piece; the end of the section is the end of its last piece. -1 where the offset is not in the section.
   */
  offsetOf(handle: number, offset: number): number {
    const at = handle * Section.WORDS;
    const first = this.#sections[at + Section.FIRST]!;
    const end = this.#sections[at + Section.END]!;
    const size = this.#sections[at + Section.SIZE]! >>> 0;
    if (offset < 0 || offset > size) return -1;
    if (first === end) return 0;
    if (offset === size) {
      const last = this.#references[end - 1]! * Piece.WORDS;
      return (this.#pieces[last + Piece.OUT]! >>> 0) + (this.#pieces[last + Piece.SIZE]! >>> 0);
    }
    if (!this.#isStrings) {
      const distance = offset % this.#entsize;
      const piece = this.#references[first + (offset - distance) / this.#entsize]! * Piece.WORDS;
      return (this.#pieces[piece + Piece.OUT]! >>> 0) + distance;
    }
    const reference = this.#referenceBefore(first, end, offset);
    const distance = offset - (this.#referenceAt[reference]! >>> 0);
    const piece = this.#references[reference]! * Piece.WORDS;
    // Only the first of a run of empty strings is a reference; the others are that string as well.
    const inPiece = distance < this.#pieces[piece + Piece.SIZE]! >>> 0;
    return (this.#pieces[piece + Piece.OUT]! >>> 0) + (inPiece ? distance : distance % this.#entsize);
  }

  /** Writes what `layout` laid out to `target` from `at` on, zeros between pieces included. */
  write(target: Uint8Array, at: number): void {
    const pieces = this.#pieces;
    const pool = this.#pool;
    const last = this.#pieceCount * Piece.WORDS;
    let written = 0;
    for (let piece = 0; piece < last; ) {
      const start = pieces[piece + Piece.START]! >>> 0;
      const out = pieces[piece + Piece.OUT]! >>> 0;
      let size = pieces[piece + Piece.SIZE]! >>> 0;
      // Pieces that follow each other both here and there are one copy: whole sections, of objects that come first.
      for (piece += Piece.WORDS; piece < last; piece += Piece.WORDS) {
        if (pieces[piece + Piece.START]! >>> 0 !== start + size) break;
        if (pieces[piece + Piece.OUT]! >>> 0 !== out + size) break;
        size += pieces[piece + Piece.SIZE]! >>> 0;
      }
      while (written < out) target[at + written++] = 0;
      if (size >= NATIVE_COPY_BYTES) target.set(pool.subarray(start, start + size), at + out);
      else for (let i = 0; i < size; i++) target[at + out + i] = pool[start + i]!;
      written = out + size;
    }
  }

  #cutEntries(start: number, end: number, alignLog2: number): void {
    const entsize = this.#entsize;
    this.#reserveReferences((end - start) / entsize);
    for (let at = start; at < end; at += entsize) {
      this.#references[this.#referenceCount++] = this.#intern(at, entsize, alignAt(at - start, alignLog2));
    }
  }

  #cutStrings(start: number, end: number, alignLog2: number): void {
    const entsize = this.#entsize;
    for (let at = start; at < end; ) {
      let align = alignAt(at - start, alignLog2);
      let stop = this.#stringEnd(at);
      const size = stop - at;
      // Assemblers pad with zeros, each of which is an empty string: a run of them is one reference.
      if (size === entsize) {
        for (; stop < end && this.#isZero(stop); stop += entsize)
          align = Math.max(align, alignAt(stop - start, alignLog2));
      }
      this.#reserveReferences(1);
      this.#referenceAt[this.#referenceCount] = at - start;
      this.#references[this.#referenceCount++] = this.#intern(at, size, align);
      at = stop;
    }
  }

  /** Behind the terminator of the string at `at`; the caller knows that there is one. */
  #stringEnd(at: number): number {
    const entsize = this.#entsize;
    if (entsize === 1) {
      const view = this.#view;
      for (const last = this.#pool.length - 4; at <= last; at += 4) {
        const word = view.getInt32(at, true);
        // The lowest bit that is set stands in the first byte that is zero.
        const zeros = (word - 0x01010101) & ~word & 0x80808080;
        if (zeros !== 0) return at + ((31 - Math.clz32(zeros & -zeros)) >>> 3) + 1;
      }
    }
    while (!this.#isZero(at)) at += entsize;
    return at + entsize;
  }

  /** Whether the character at `at` is the terminator. */
  #isZero(at: number): boolean {
    const entsize = this.#entsize;
    if (entsize === 1) return this.#pool[at] === 0;
    return (entsize === 2 ? this.#view.getInt16(at, true) : this.#view.getInt32(at, true)) === 0;
  }

  /** The piece that equals these bytes, a new one where there is none; its alignment is at least `align`. */
  #intern(start: number, size: number, align: number): number {
    const slots = this.#slots;
    const pieces = this.#pieces;
    const hash = hashOf(this.#view, start, size);
    let at = (hash & this.#mask) * Slot.WORDS;
    for (;;) {
      const piece = slots[at + Slot.PIECE]! - 1;
      if (piece < 0) break;
      const record = piece * Piece.WORDS;
      if (
        slots[at + Slot.HASH] === hash &&
        pieces[record + Piece.SIZE]! >>> 0 === size &&
        isEqual(this.#view, start, pieces[record + Piece.START]! >>> 0, size)
      ) {
        if (pieces[record + Piece.ALIGN]! < align) pieces[record + Piece.ALIGN] = align;
        return piece;
      }
      at = (at + Slot.WORDS) & (this.#mask * Slot.WORDS + 1);
    }
    const piece = this.#pieceCount++;
    slots[at + Slot.HASH] = hash;
    slots[at + Slot.PIECE] = piece + 1;
    this.#pieces = grown(pieces, this.#pieceCount * Piece.WORDS);
    const record = piece * Piece.WORDS;
    this.#pieces[record + Piece.START] = start;
    this.#pieces[record + Piece.SIZE] = size;
    this.#pieces[record + Piece.ALIGN] = align;
    if (this.#pieceCount * 2 > this.#mask) this.#growSlots();
    return piece;
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    const slots = new Int32Array(old.length * 2);
    for (let from = 0; from < old.length; from += Slot.WORDS) {
      const piece = old[from + Slot.PIECE]!;
      if (piece === 0) continue;
      let at = (old[from + Slot.HASH]! & this.#mask) * Slot.WORDS;
      while (slots[at + Slot.PIECE] !== 0) at = (at + Slot.WORDS) & (this.#mask * Slot.WORDS + 1);
      slots[at + Slot.HASH] = old[from + Slot.HASH]!;
      slots[at + Slot.PIECE] = piece;
    }
    this.#slots = slots;
  }

  #reserveReferences(more: number): void {
    const count = this.#referenceCount + more;
    this.#references = grown(this.#references, count);
    if (this.#isStrings) this.#referenceAt = grown(this.#referenceAt, count);
  }

  /** The last reference in [first, end) that is not behind `offset`. */
  #referenceBefore(first: number, end: number, offset: number): number {
    const referenceAt = this.#referenceAt;
    let low = first;
    let high = end - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (referenceAt[middle]! >>> 0 <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** log2 of the alignment that `offset` of a section aligned to `alignLog2` has for certain. */
function alignAt(offset: number, alignLog2: number): number {
  const low = offset | 0;
  return low === 0 ? alignLog2 : Math.min(alignLog2, 31 - Math.clz32(low & -low));
}

function hashOf(view: DataView, start: number, size: number): number {
  let hash = 0x9e3779b9 ^ size;
  let at = start;
  for (const stop = start + size - 3; at < stop; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0xcc9e2d51);
    hash = (hash << 13) | (hash >>> 19);
  }
  for (const stop = start + size; at < stop; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function isEqual(view: DataView, a: number, b: number, size: number): boolean {
  let i = 0;
  for (const stop = size - 3; i < stop; i += 4)
    if (view.getInt32(a + i, true) !== view.getInt32(b + i, true)) return false;
  for (; i < size; i++) if (view.getUint8(a + i) !== view.getUint8(b + i)) return false;
  return true;
}
