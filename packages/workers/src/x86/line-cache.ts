/**
 * Remembers what lines of assembly came to, so that a line that comes again costs a look at its bytes and no parsing:
 * what a statement adds to a draft follows from its text alone, and compilers write the same few thousand lines over and
 * over. The careful path assembles a line the first time; `learn` then takes from the draft what it added.
 *
 * Lines that differ only in the name of a symbol, or in a large immediate at their end, are one to the cache: that part is
 * the line's *hole*. A line is kept only where it is plainly written (see `Class`) and adds what an entry can hold: some
 * bytes, and at most one branch, alignment or fixup. Whether it was right to take a part for a hole is checked when the line
 * is learnt; everything else in lines of one entry is the same, byte for byte.
 */
import { ALIGN, Fixup, Item } from "./draft.js";
import { type Emitter, NO_MNEMONIC } from "./emitter.js";
import { FOLD, HASH_PRIME, HASH_SEED } from "./keywords.js";
import type { Scanner } from "./scanner.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const fold = FOLD;
const seed = HASH_SEED;
const prime = HASH_PRIME;
const align = ALIGN;
const noMnemonic = NO_MNEMONIC;
const ItemField = Item;
const FixupField = Fixup;

/** Bytes compare four at a time. */
const LINE_FEEDS = 0x0a0a0a0a;
const LOW_BITS = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;

/** What a byte is to the cache. A line with any `OTHER` is left to the careful path. */
const Class = {
  OTHER: 0,
  WORD: 1,
  SEPARATOR: 2,
  /** Part of an identifier, but of no keyword other than directives: what holds one is the name of a symbol. */
  MARK: 3,
} as const;

const classes = new Uint8Array(256);
for (let c = 0; c < 256; c++) if (fold[c] !== 0) classes[c] = Class.WORD;
for (let c = 128; c < 256; c++) classes[c] = Class.MARK;
for (const c of "._$") classes[c.charCodeAt(0)] = Class.MARK;
for (const c of " \t,[]+-*:@()") classes[c.charCodeAt(0)] = Class.SEPARATOR;
/** By byte: whether it is part of a line that has no symbol for its hole. */
const isPart = classes.map((kind) => (kind === Class.WORD || kind === Class.SEPARATOR ? 1 : 0));

const TAB = 9;
const BLANK = 32;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const LETTER_C = 99;
const LETTER_P = 112;

/** In place of a hole in the hash; above every byte. */
const Hole = { NONE: 0, SYMBOL: 0x100, NUMBER: 0x200 } as const;
/** Numbers of this size and up, of at most 31 bits, are all the same to the instruction table. */
const LARGE = 65536;
const LARGE_DIGITS = 5;

/** What an entry adds beside bytes. */
const Effect = { NONE: 0, ITEM: 1, FIXUP: 2 } as const;

/** Record of an entry. */
const Entry = {
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
const TEXT_SIZE = 64;
const TEXT_WORDS = TEXT_SIZE / 4;
const CODE_SIZE = 16;
/** Odd, with its bits well spread. */
const FACTOR = 0x9e3779b1 | 0;

export class LineCache {
  readonly #scanner: Scanner;
  readonly #emitter: Emitter;
  readonly #entries = new Int32Array(Entry.SIZE << SLOT_BITS);
  /** By slot: the line without its hole, and its code. */
  readonly #words = new Int32Array(TEXT_WORDS << SLOT_BITS);
  readonly #texts = new Uint8Array(this.#words.buffer);
  readonly #codes = new Uint8Array(CODE_SIZE << SLOT_BITS);

  /** The line that `replay` read last: where it starts and ends (-1: it cannot be learnt), and its hash. */
  #start = 0;
  #lineEnd = -1;
  #hash = 0;
  #hole: number = Hole.NONE;
  #holeStart = 0;
  #holeEnd = 0;
  /** Of a symbol, its hash as `Scanner.identifier` gives it; else the number. */
  #holeValue = 0;
  /** The state of the draft before the line. */
  #length = 0;
  #items = 0;
  #fixups = 0;
  #last = 0;

  constructor(scanner: Scanner, emitter: Emitter) {
    this.#scanner = scanner;
    this.#emitter = emitter;
  }

  /**
   * Assembles the statement at the position if it is a label or a line that is known. False: nothing has happened, the
   * careful path must do it, and `learn` may follow.
   */
  replay(): boolean {
    const { text, position } = this.#scanner;
    this.#lineEnd = -1;
    const dotted = text[position] === DOT;
    const second = text[position + 1];
    if (dotted && second !== LETTER_C && second !== LETTER_P) return this.#label();
    const end = this.#hashLine(position);
    // Lines with a number for their hole are never known as a whole.
    let slot = this.#number(text, position, end) ? this.#holed(end) : this.#whole(position, end);
    if (slot === -1) {
      if (!dotted && this.#findSymbol(position, end)) slot = this.#holed(end);
      if (slot === -1) {
        if (this.#isPlain(position, end, dotted)) this.#mark(end);
        return false;
      }
    }
    this.#apply(slot);
    this.#scanner.position = end;
    return true;
  }

  /**
   * Hashes the line from `start` on as a whole, four bytes at a time, of which the last are zeros; returns where it ends.
   * That looks at no byte by itself: a line with anything in it that is not plain is in no entry.
   */
  #hashLine(start: number): number {
    const { view } = this.#scanner;
    let hash = 0;
    for (let p = start; ; p += 4) {
      const word = view.getInt32(p, true);
      const feeds = word ^ LINE_FEEDS;
      // The lowest bit that is set marks the first byte of `feeds` that is zero.
      const found = (feeds - LOW_BITS) & ~feeds & HIGH_BITS;
      if (found === 0) {
        hash = Math.imul(hash ^ word, FACTOR);
        hash ^= hash >>> 15;
        continue;
      }
      const bits = (31 - Math.clz32(found & -found)) & ~7;
      hash = Math.imul(hash ^ (word & ((1 << bits) - 1)), FACTOR);
      this.#start = start;
      this.#hole = Hole.NONE;
      this.#hash = hash ^ (hash >>> 15);
      return p + (bits >> 3);
    }
  }

  /** The slot of the line as a whole, or -1. */
  #whole(start: number, end: number): number {
    const slot = this.#hash & slotMask;
    if (this.#isWholeAt(slot, start, end)) return slot;
    return this.#isWholeAt(slot ^ 1, start, end) ? slot ^ 1 : -1;
  }

  #isWholeAt(slot: number, start: number, end: number): boolean {
    const entries = this.#entries;
    const at = slot * Entry.SIZE;
    if (entries[at + Entry.HASH] !== this.#hash || entries[at + Entry.HOLE] !== Hole.NONE) return false;
    if (entries[at + Entry.HEAD] !== end - start) return false;
    return this.#isSame(slot * TEXT_WORDS, start, end);
  }

  /** Whether the line can be learnt: that nothing in it is unusual, and it is an instruction or a common directive. */
  #isPlain(start: number, end: number, dotted: boolean): boolean {
    const { text } = this.#scanner;
    if (dotted) {
      // Other directives depend on what stands before them.
      const known = text[start + 1] === LETTER_C ? ".cfi_" : ".p2";
      for (let i = 0; i < known.length; i++) if (text[start + i] !== known.charCodeAt(i)) return false;
      for (let p = start; p < end; p++) if (classes[text[p]!] === Class.OTHER || text[p] === COLON) return false;
      return end - start <= TEXT_SIZE;
    }
    const holed = this.#hole !== Hole.NONE;
    const headEnd = holed ? this.#holeStart : end;
    const restStart = holed ? this.#holeEnd : end;
    for (let p = start; p < headEnd; p++) if (!isPart[text[p]!]) return false;
    for (let p = restStart; p < end; p++) if (!isPart[text[p]!]) return false;
    // A label.
    let p = start;
    while (classes[text[p]!] === Class.WORD) p++;
    while (text[p] === BLANK || text[p] === TAB) p++;
    // The rest begins with a word of its own, hence the room that is left.
    return text[p] !== COLON && headEnd - start + end - restStart <= TEXT_SIZE - 4;
  }

  /** A label that begins with a dot, as compilers name theirs. */
  #label(): boolean {
    const { text, position } = this.#scanner;
    let p = position;
    let hash = seed;
    for (let c = fold[text[p]!]!; c !== 0; c = fold[text[++p]!]!) hash = Math.imul(hash ^ c, prime);
    if (text[p] !== COLON) return false;
    if (!this.#emitter.define(this.#emitter.symbols.intern(position, p, hash))) return false;
    this.#scanner.position = p + 1;
    return true;
  }

  /** Looks for the first token that can only be the name of a symbol; the line's hole is then that. */
  #findSymbol(start: number, end: number): boolean {
    const { text } = this.#scanner;
    let mark = start;
    // The line feed is no part, so that the end needs no check.
    while (isPart[text[mark]!] !== 0) mark++;
    if (mark === end) return false;
    let token = mark;
    while (token > start && classes[text[token - 1]!] === Class.WORD) token--;
    const digit = text[token]! - ZERO;
    if (classes[text[mark]!] !== Class.MARK || token === start || (digit >= 0 && digit <= 9)) return false;
    let hash = seed;
    let p = token;
    for (let c = fold[text[p]!]!; c !== 0; c = fold[text[++p]!]!) hash = Math.imul(hash ^ c, prime);
    // A lone dot is the place of the instruction.
    if (p === token + 1 && text[token] === DOT) return false;
    this.#hole = Hole.SYMBOL;
    this.#holeStart = token;
    this.#holeEnd = p;
    this.#holeValue = hash;
    return true;
  }

  /** Reads a large number that is the last operand: false where the line ends in something else. */
  #number(text: Uint8Array, start: number, end: number): boolean {
    if (!isDigit(text[end - 1]!) || end - start <= LARGE_DIGITS || !isDigit(text[end - LARGE_DIGITS]!)) return false;
    let token = end;
    while (token > start && classes[text[token - 1]!] === Class.WORD) token--;
    if (end - token < LARGE_DIGITS || text[token] === ZERO) return false;
    let value = 0;
    for (let p = token; p < end; p++) {
      const digit = text[p]! - ZERO;
      if (digit < 0 || digit > 9 || value > 0x7fffffff) return false;
      value = value * 10 + digit;
    }
    if (value < LARGE || value > 0x7fffffff) return false;
    let p = token - 1;
    if (text[p] === MINUS) {
      value = -value;
      p--;
    }
    while (text[p] === BLANK || text[p] === TAB) p--;
    if (text[p] !== COMMA) return false;
    this.#hole = Hole.NUMBER;
    this.#holeStart = token;
    this.#holeEnd = end;
    this.#holeValue = value;
    return true;
  }

  /** The slot of the line without its hole, or -1; the hash is then that of the line without. */
  #holed(end: number): number {
    this.#hash = this.#hashRange(this.#holeEnd, end, this.#hashRange(this.#start, this.#holeStart, this.#hole));
    const slot = this.#hash & slotMask;
    if (this.#isHoledAt(slot, end)) return slot;
    return this.#isHoledAt(slot ^ 1, end) ? slot ^ 1 : -1;
  }

  #hashRange(start: number, end: number, begun: number): number {
    const { view } = this.#scanner;
    let hash = begun;
    let p = start;
    for (; p + 4 <= end; p += 4) {
      hash = Math.imul(hash ^ view.getInt32(p, true), FACTOR);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (view.getInt32(p, true) & ((1 << ((end - p) << 3)) - 1)), FACTOR);
    return hash ^ (hash >>> 15);
  }

  #isHoledAt(slot: number, end: number): boolean {
    const entries = this.#entries;
    const at = slot * Entry.SIZE;
    if (entries[at + Entry.HASH] !== this.#hash || entries[at + Entry.HOLE] !== this.#hole) return false;
    const head = this.#holeStart - this.#start;
    if (entries[at + Entry.HEAD] !== head || entries[at + Entry.REST] !== end - this.#holeEnd) return false;
    const word = slot * TEXT_WORDS;
    return (
      this.#isSame(word, this.#start, this.#holeStart) && this.#isSame(word + ((head + 3) >> 2), this.#holeEnd, end)
    );
  }

  /** Whether the words from `word` on are the text from `start` to `end`, with zeros behind. */
  #isSame(word: number, start: number, end: number): boolean {
    const { view } = this.#scanner;
    const words = this.#words;
    let q = word;
    let p = start;
    for (; p + 4 <= end; p += 4) if (view.getInt32(p, true) !== words[q++]) return false;
    return p === end || (view.getInt32(p, true) & ((1 << ((end - p) << 3)) - 1)) === words[q];
  }

  /** Adds to the draft what the entry says. */
  #apply(slot: number): void {
    const emitter = this.#emitter;
    const { draft } = emitter;
    const entries = this.#entries;
    const codes = this.#codes;
    const at = slot * Entry.SIZE;
    const length = entries[at + Entry.CODE_LENGTH]!;
    const code = draft.reserve(CODE_SIZE);
    const from = draft.length;
    for (let i = 0, q = slot * CODE_SIZE; i < length; i++) code[from + i] = codes[q++]!;
    draft.length = from + length;
    if (entries[at + Entry.MNEMONIC] !== noMnemonic) emitter.last = entries[at + Entry.MNEMONIC]!;
    if (this.#hole === Hole.NUMBER) {
      const value = this.#holeValue;
      const field = from + length - 4;
      code[field] = value;
      code[field + 1] = value >> 8;
      code[field + 2] = value >> 16;
      code[field + 3] = value >> 24;
    }
    if (entries[at + Entry.EFFECT] !== Effect.NONE) this.#applyEffect(at, from);
  }

  #applyEffect(at: number, from: number): void {
    const { draft, symbols } = this.#emitter;
    const entries = this.#entries;
    const source = this.#start + entries[at + Entry.SOURCE]!;
    let sourceLength = entries[at + Entry.SOURCE_LENGTH]!;
    const a = entries[at + Entry.A]!;
    const b = entries[at + Entry.B]!;
    const c = entries[at + Entry.C]!;
    const d = entries[at + Entry.D]!;
    if (entries[at + Entry.EFFECT] === Effect.ITEM && a === align) {
      draft.alignment = Math.max(draft.alignment, d);
      draft.addItem(align, d, b, c, source, sourceLength);
      return;
    }
    let symbol = 0;
    if (this.#hole === Hole.SYMBOL) {
      sourceLength += this.#holeEnd - this.#holeStart;
      symbol = symbols.intern(this.#holeStart, this.#holeEnd, this.#holeValue);
    } else {
      const start = this.#start + entries[at + Entry.SYMBOL_START]!;
      symbol = symbols.intern(start, start + entries[at + Entry.SYMBOL_LENGTH]!, entries[at + Entry.SYMBOL_HASH]!);
    }
    if (entries[at + Entry.EFFECT] === Effect.ITEM) draft.addItem(a, symbol, b, c, source, sourceLength);
    else draft.addFixup(from + a, b, symbol, -1, c, d, source, sourceLength);
  }

  /** Remembers the draft as it is before the line is assembled. */
  #mark(end: number): void {
    this.#lineEnd = end;
    const emitter = this.#emitter;
    const { draft } = emitter;
    this.#length = draft.length;
    this.#items = draft.itemCount;
    this.#fixups = draft.fixupCount;
    this.#last = emitter.last;
    emitter.last = noMnemonic;
    // What the line names may have no name, and then does not ask for one.
    emitter.symbols.last = -1;
  }

  /** Takes note of what the line came to that `replay` did not know and that has been assembled since. */
  learn(): void {
    if (this.#lineEnd === -1) return;
    const emitter = this.#emitter;
    const { draft } = emitter;
    const mnemonic = emitter.last;
    if (mnemonic === noMnemonic) emitter.last = this.#last;
    const length = draft.length - this.#length;
    const items = draft.itemCount - this.#items;
    const fixups = draft.fixupCount - this.#fixups;
    const isOneLine = this.#scanner.position === this.#lineEnd;
    if (!isOneLine || length > CODE_SIZE || items + fixups > 1) return;
    if (this.#hole === Hole.SYMBOL && items + fixups === 0) return;
    if (this.#hole === Hole.NUMBER && !this.#isImmediate()) return;
    const entries = this.#entries;
    // The line that was first becomes second: of two, the one that was learnt before goes.
    const slot = this.#hash & slotMask;
    if (entries[slot * Entry.SIZE + Entry.HEAD] !== 0) this.#move(slot, slot ^ 1);
    const at = slot * Entry.SIZE;
    // Free while it is written: it may turn out that it cannot be kept.
    entries[at + Entry.HEAD] = 0;
    entries[at + Entry.REST] = 0;
    entries[at + Entry.HASH] = 0;
    if (items === 1 && !this.#learnItem(at)) return;
    if (fixups === 1 && !this.#learnFixup(at)) return;
    if (items + fixups === 0) entries[at + Entry.EFFECT] = Effect.NONE;
    entries[at + Entry.HASH] = this.#hash;
    entries[at + Entry.HOLE] = this.#hole;
    entries[at + Entry.CODE_LENGTH] = length;
    entries[at + Entry.MNEMONIC] = mnemonic;
    this.#codes.set(draft.bytes.subarray(this.#length, draft.length), slot * CODE_SIZE);
    const { text } = this.#scanner;
    const isWhole = this.#hole === Hole.NONE;
    const headEnd = isWhole ? this.#lineEnd : this.#holeStart;
    const restStart = isWhole ? this.#lineEnd : this.#holeEnd;
    const head = headEnd - this.#start;
    const rest = slot * TEXT_SIZE + ((head + 3) & ~3);
    entries[at + Entry.HEAD] = head;
    entries[at + Entry.REST] = this.#lineEnd - restStart;
    this.#texts.fill(0, slot * TEXT_SIZE, (slot + 1) * TEXT_SIZE);
    this.#texts.set(text.subarray(this.#start, headEnd), slot * TEXT_SIZE);
    this.#texts.set(text.subarray(restStart, this.#lineEnd), rest);
  }

  #move(from: number, to: number): void {
    this.#entries.copyWithin(to * Entry.SIZE, from * Entry.SIZE, (from + 1) * Entry.SIZE);
    this.#words.copyWithin(to * TEXT_WORDS, from * TEXT_WORDS, (from + 1) * TEXT_WORDS);
    this.#codes.copyWithin(to * CODE_SIZE, from * CODE_SIZE, (from + 1) * CODE_SIZE);
  }

  /** Whether the hole is the instruction's immediate, in the four bytes at its end. */
  #isImmediate(): boolean {
    const { draft, instruction } = this.#emitter;
    const value = this.#holeValue;
    const { immediate, hasImmediate } = instruction;
    if (!hasImmediate || immediate.low !== value || immediate.high !== value >> 31) return false;
    if (immediate.symbol !== -1 || draft.length - this.#length <= 4) return false;
    const { bytes, length } = draft;
    const field =
      bytes[length - 4]! | (bytes[length - 3]! << 8) | (bytes[length - 2]! << 16) | (bytes[length - 1]! << 24);
    return field === value;
  }

  #learnItem(at: number): boolean {
    const entries = this.#entries;
    const { items, itemCount } = this.#emitter.draft;
    const item = (itemCount - 1) * ItemField.SIZE;
    const kind = items[item + ItemField.KIND]!;
    const target = items[item + ItemField.TARGET]!;
    entries[at + Entry.EFFECT] = Effect.ITEM;
    entries[at + Entry.A] = kind;
    entries[at + Entry.B] = items[item + ItemField.EXTRA]!;
    entries[at + Entry.C] = items[item + ItemField.DETAIL]!;
    entries[at + Entry.D] = target;
    const source = items[item + ItemField.SOURCE]!;
    const sourceLength = items[item + ItemField.SOURCE_LENGTH]!;
    if (kind !== align) return this.#learnSymbol(at, target, source, sourceLength);
    entries[at + Entry.SOURCE] = source - this.#start;
    entries[at + Entry.SOURCE_LENGTH] = sourceLength;
    return this.#hole === Hole.NONE;
  }

  #learnFixup(at: number): boolean {
    const entries = this.#entries;
    const { fixups, fixupCount } = this.#emitter.draft;
    const fixup = (fixupCount - 1) * FixupField.SIZE;
    entries[at + Entry.EFFECT] = Effect.FIXUP;
    entries[at + Entry.A] = fixups[fixup + FixupField.POSITION]! - this.#length;
    entries[at + Entry.B] = fixups[fixup + FixupField.TYPE]!;
    entries[at + Entry.C] = fixups[fixup + FixupField.ADDEND_LOW]!;
    entries[at + Entry.D] = fixups[fixup + FixupField.ADDEND_HIGH]!;
    if (fixups[fixup + FixupField.MINUS] !== -1) return false;
    const source = fixups[fixup + FixupField.SOURCE]!;
    return this.#learnSymbol(at, fixups[fixup + FixupField.SYMBOL]!, source, fixups[fixup + FixupField.SOURCE_LENGTH]!);
  }

  /** Takes note of where the line names the symbol, which must be where its hole is if that is to be one. */
  #learnSymbol(at: number, symbol: number, source: number, sourceLength: number): boolean {
    const entries = this.#entries;
    const { last, lastStart, lastEnd, lastHash } = this.#emitter.symbols;
    if (symbol !== last || lastStart < this.#start || lastEnd > this.#lineEnd) return false;
    const isHole = this.#hole === Hole.SYMBOL;
    if (isHole && (lastStart !== this.#holeStart || lastEnd !== this.#holeEnd)) return false;
    entries[at + Entry.SOURCE] = source - this.#start;
    entries[at + Entry.SOURCE_LENGTH] = isHole ? sourceLength - (lastEnd - lastStart) : sourceLength;
    entries[at + Entry.SYMBOL_START] = lastStart - this.#start;
    entries[at + Entry.SYMBOL_LENGTH] = lastEnd - lastStart;
    entries[at + Entry.SYMBOL_HASH] = lastHash;
    return true;
  }
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= NINE;
}
