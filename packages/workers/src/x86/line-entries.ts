/** What the cache of lines holds: a hash table of lines, and for each what it adds to a draft. */
import { Hole, type PlainLine, TEXT_SIZE } from "./plain-line.js";
import type { Scanner } from "./scanner.js";

/** What an entry adds beside bytes. */
export const Effect = { NONE: 0, ITEM: 1, FIXUP: 2 } as const;

/** Record of an entry. */
export const Entry = {
  HASH: 0,
  /** Bytes of the line before and behind the hole; the first is the whole line where there is none. 0 both: free. */
  HEAD: 1,
  REST: 2,
  HOLE: 3,
  CODE_LENGTH: 4,
  /** Mnemonic id, or `NO_MNEMONIC`. */
  MNEMONIC: 5,
  EFFECT: 6,
  /** Fields of the item or the fixup. The position of a fixup is relative to the line's code. */
  A: 7,
  B: 8,
  C: 9,
  D: 10,
  /** Where it says that it stands, from the line's start on, and how long it is but for the hole. */
  SOURCE: 11,
  SOURCE_LENGTH: 12,
  /** The symbol where it is no hole: its place in the line, its length, its hash. */
  SYMBOL_START: 13,
  SYMBOL_LENGTH: 14,
  SYMBOL_HASH: 15,
  SIZE: 16,
} as const;

/** Slots come in pairs: a line is in one of two, so that two lines that want the same slot do not drive each other out. */
const SLOT_BITS = 13;
const slotMask = (1 << SLOT_BITS) - 1;
const TEXT_WORDS = TEXT_SIZE / 4;
export const CODE_SIZE = 16;

export class LineEntries {
  readonly #scanner: Scanner;
  readonly records: Int32Array = new Int32Array(Entry.SIZE << SLOT_BITS);
  /** By slot: the line without its hole, the part behind it at the next word, and zeros behind each part; and its code. */
  readonly words: Int32Array<ArrayBuffer> = new Int32Array(TEXT_WORDS << SLOT_BITS);
  readonly texts: Uint8Array = new Uint8Array(this.words.buffer);
  readonly codes: Uint8Array = new Uint8Array(CODE_SIZE << SLOT_BITS);

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** The slot of the line, or -1. */
  find(line: PlainLine): number {
    const slot = line.hash & slotMask;
    if (line.hole === Hole.NONE) {
      if (this.#isWholeAt(slot, line)) return slot;
      return this.#isWholeAt(slot ^ 1, line) ? slot ^ 1 : -1;
    }
    if (this.#isHoledAt(slot, line)) return slot;
    return this.#isHoledAt(slot ^ 1, line) ? slot ^ 1 : -1;
  }

  /** A free slot for the line. The one that was there first becomes second: of two, the one that was learnt before goes. */
  free(line: PlainLine): number {
    const slot = line.hash & slotMask;
    const at = slot * Entry.SIZE;
    if (this.records[at + Entry.HEAD] !== 0) this.#move(slot, slot ^ 1);
    this.records[at + Entry.HEAD] = 0;
    this.records[at + Entry.REST] = 0;
    this.records[at + Entry.HASH] = 0;
    return slot;
  }

  #isWholeAt(slot: number, line: PlainLine): boolean {
    const entries = this.records;
    const at = slot * Entry.SIZE;
    if (entries[at + Entry.HASH] !== line.hash || entries[at + Entry.HOLE] !== Hole.NONE) return false;
    if (entries[at + Entry.HEAD] !== line.end - line.start) return false;
    return this.#isSame(slot * TEXT_WORDS, line.start, line.end);
  }

  #isHoledAt(slot: number, line: PlainLine): boolean {
    const entries = this.records;
    const at = slot * Entry.SIZE;
    if (entries[at + Entry.HASH] !== line.hash || entries[at + Entry.HOLE] !== line.hole) return false;
    const head = line.holeStart - line.start;
    if (entries[at + Entry.HEAD] !== head || entries[at + Entry.REST] !== line.end - line.holeEnd) return false;
    const word = slot * TEXT_WORDS;
    return (
      this.#isSame(word, line.start, line.holeStart) && this.#isSame(word + ((head + 3) >> 2), line.holeEnd, line.end)
    );
  }

  /** Whether the words from `word` on are the text from `start` to `end`, with zeros behind. */
  #isSame(word: number, start: number, end: number): boolean {
    const { view } = this.#scanner;
    const words = this.words;
    let q = word;
    let p = start;
    for (; p + 4 <= end; p += 4) if (view.getInt32(p, true) !== words[q++]) return false;
    return p === end || (view.getInt32(p, true) & ((1 << ((end - p) << 3)) - 1)) === words[q];
  }

  #move(from: number, to: number): void {
    this.records.copyWithin(to * Entry.SIZE, from * Entry.SIZE, (from + 1) * Entry.SIZE);
    this.words.copyWithin(to * TEXT_WORDS, from * TEXT_WORDS, (from + 1) * TEXT_WORDS);
    this.codes.copyWithin(to * CODE_SIZE, from * CODE_SIZE, (from + 1) * CODE_SIZE);
  }
}
