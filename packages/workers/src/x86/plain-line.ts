/**
 * Reads a line of assembly for the cache: a hash over it, and its hole, which is what it has of its own among lines that are
 * alike but for the name of a symbol or a large number at their end. The line is taken as bytes and not understood.
 */
import { FOLD, HASH_PRIME, HASH_SEED } from "./keywords.js";
import type { Scanner } from "./scanner.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const fold = FOLD;
const seed = HASH_SEED;
const prime = HASH_PRIME;

/** Bytes are looked at four at a time. */
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

/** In place of a hole in the hash; above every byte. */
export const Hole = { NONE: 0, SYMBOL: 0x100, NUMBER: 0x200 } as const;
/** Numbers of this size and up, of at most 31 bits, are all the same to the instruction table. */
const LARGE = 65536;
const LARGE_DIGITS = 5;

/** A line has no more bytes than this beside its hole. */
export const TEXT_SIZE = 64;
/** Odd, with its bits well spread. */
const FACTOR = 0x9e3779b1 | 0;

export class PlainLine {
  readonly #scanner: Scanner;
  /** The line in the scanner's text, and the hash over all of it but the hole. */
  start = 0;
  end = 0;
  hash = 0;
  hole: number = Hole.NONE;
  holeStart = 0;
  holeEnd = 0;
  /** Of a symbol, its hash as `Scanner.identifier` gives it; else the number. */
  holeValue = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /**
   * Hashes the line from `start` on as a whole, four bytes at a time, of which the last are zeros; returns where it ends.
   * That looks at no byte by itself: a line with anything in it that is not plain is in no entry.
   */
  read(start: number): number {
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
      this.start = start;
      this.hole = Hole.NONE;
      this.hash = hash ^ (hash >>> 15);
      this.end = p + (bits >> 3);
      return this.end;
    }
  }

  /** Reads a large number that is the last operand: false where the line ends in something else. */
  findNumber(): boolean {
    const { text } = this.#scanner;
    const { start, end } = this;
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
    this.hole = Hole.NUMBER;
    this.holeStart = token;
    this.holeEnd = end;
    this.holeValue = value;
    this.#hashParts();
    return true;
  }

  /** Looks for the first token that can only be the name of a symbol; the line's hole is then that. */
  findSymbol(): boolean {
    const { start, end } = this;
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
    this.hole = Hole.SYMBOL;
    this.holeStart = token;
    this.holeEnd = p;
    this.holeValue = hash;
    this.#hashParts();
    return true;
  }

  /** Makes the hash that of the line without its hole. */
  #hashParts(): void {
    this.hash = this.#hashRange(this.holeEnd, this.end, this.#hashRange(this.start, this.holeStart, this.hole));
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

  /** Whether the line can be learnt: that nothing in it is unusual, and it is an instruction or a common directive. */
  isPlain(): boolean {
    const { start, end } = this;
    const { text } = this.#scanner;
    if (text[start] === DOT) {
      // Other directives depend on what stands before them.
      const known = text[start + 1] === LETTER_C ? ".cfi_" : ".p2";
      for (let i = 0; i < known.length; i++) if (text[start + i] !== known.charCodeAt(i)) return false;
      for (let p = start; p < end; p++) if (classes[text[p]!] === Class.OTHER || text[p] === COLON) return false;
      return end - start <= TEXT_SIZE;
    }
    const holed = this.hole !== Hole.NONE;
    const headEnd = holed ? this.holeStart : end;
    const restStart = holed ? this.holeEnd : end;
    for (let p = start; p < headEnd; p++) if (!isPart[text[p]!]) return false;
    for (let p = restStart; p < end; p++) if (!isPart[text[p]!]) return false;
    // A label.
    let p = start;
    while (classes[text[p]!] === Class.WORD) p++;
    while (text[p] === BLANK || text[p] === TAB) p++;
    // The rest begins with a word of its own, hence the room that is left.
    return text[p] !== COLON && headEnd - start + end - restStart <= TEXT_SIZE - 4;
  }
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= NINE;
}
