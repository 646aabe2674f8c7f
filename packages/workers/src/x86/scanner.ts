/**
 * Reads the source byte by byte: blanks and comments, identifiers with their keyword, numbers. The text is a private
 * copy that ends in a line feed and a zero byte, so that no read needs a bounds check.
 */
import { endOfJson, unescapeLines } from "./json-text.js";
import { FOLD, findKeyword, HASH_PRIME, HASH_SEED } from "./keywords.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const seed = HASH_SEED;
const prime = HASH_PRIME;
const find = findKeyword;

const fold = FOLD;

/** What a byte can begin. */
export const Begin = {
  OTHER: 0,
  IDENTIFIER: 1,
  DIGIT: 2,
  BLANK: 3,
  /** Line feed, `;`, `#` and the byte after the source. */
  END: 4,
  SLASH: 5,
} as const;

export const BEGIN: Uint8Array = new Uint8Array(256);
for (let c = 0; c < 256; c++) if (fold[c] !== 0) BEGIN[c] = Begin.IDENTIFIER;
for (const c of "0123456789") BEGIN[c.charCodeAt(0)] = Begin.DIGIT;
for (const c of " \t\r\f") BEGIN[c.charCodeAt(0)] = Begin.BLANK;
for (const c of "\n;#\0") BEGIN[c.charCodeAt(0)] = Begin.END;
BEGIN["/".charCodeAt(0)] = Begin.SLASH;
const begin = BEGIN;

const LINE_FEED = 10;
const SEMICOLON = 59;
const STAR = 42;
const SLASH = 47;
const QUOTE = 34;
const BACKSLASH = 92;

/** Value of a hexadecimal digit, 255 for other bytes. */
const digitValue = new Uint8Array(256).fill(255);
for (let i = 0; i < 16; i++) {
  digitValue[i.toString(16).charCodeAt(0)] = i;
  digitValue[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}

/** Bytes behind the source: line feed and zero byte, and as many as a read of four may go beyond them. */
const SLACK = 8;

export class Scanner {
  text: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  /** The same bytes, for reads of four at a time: these may go beyond the end. */
  view: DataView = new DataView(this.text.buffer);
  /** Length of the source within `text`. */
  end = 0;
  position = 0;

  /** The identifier that `identifier` read last: range, hash over folded bytes, keyword (`kind << 16 | value`) or 0. */
  tokenStart = 0;
  tokenEnd = 0;
  hash = 0;
  keyword = 0;

  /** The number that `number` read last: 64 bits. */
  numberLow = 0;
  numberHigh = 0;

  /** Takes `source[start, end)` as the text to read. */
  load(source: Uint8Array, start: number, end: number): void {
    this.#copy(source, start, end);
    this.#close(end - start);
  }

  /**
   * Takes the JSON string that begins at `start`, behind its quote, so that offsets in it stay those in the source; returns
   * where it ends, or -1 where it needs to be decoded first (see `json-text.ts`) or does not end before `limit`.
   */
  loadJson(source: Uint8Array, start: number, limit: number): number {
    const end = endOfJson(source, start);
    if (end === -1 || end >= limit) return -1;
    this.#copy(source, start, end);
    if (!unescapeLines(this.text, this.view, end - start)) return -1;
    this.#close(end - start);
    return end;
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.text.length < length + SLACK) {
      this.text = new Uint8Array(2 * length + SLACK);
      this.view = new DataView(this.text.buffer);
    }
    this.text.set(source.subarray(start, end));
  }

  #close(length: number): void {
    this.text[length] = LINE_FEED;
    this.text[length + 1] = 0;
    this.end = length;
    this.position = 0;
  }

  /** Moves over blanks and block comments; returns the byte that follows. */
  skipBlanks(): number {
    const text = this.text;
    let p = this.position;
    for (;;) {
      const c = text[p]!;
      const kind = begin[c]!;
      if (kind === Begin.BLANK) p++;
      else if (kind === Begin.SLASH && text[p + 1] === STAR) p = this.#endOfComment(p);
      else {
        this.position = p;
        return c;
      }
    }
  }

  /** The same, where mostly no blank comes: bytes above the blank that begin no comment need no look into the table. */
  next(): number {
    const c = this.text[this.position]!;
    return c > 32 && c !== SLASH ? c : this.skipBlanks();
  }

  /** Moves to the next statement's first byte, over blanks, separators and comments; false at the end of the source. */
  nextStatement(): boolean {
    const text = this.text;
    for (;;) {
      let p = this.position;
      let kind = begin[text[p]!]!;
      while (kind === Begin.BLANK || text[p] === LINE_FEED) kind = begin[text[++p]!]!;
      this.position = p;
      // No identifier begins behind the end.
      if (kind === Begin.IDENTIFIER) return true;
      if (p >= this.end) return false;
      const c = this.skipBlanks();
      if (this.position >= this.end) return false;
      if (c === LINE_FEED || c === SEMICOLON || c === 0) this.position++;
      else if (begin[c] === Begin.END || (c === SLASH && text[this.position + 1] === SLASH)) this.skipLine();
      else return true;
    }
  }

  /** Whether the statement is over at the current position; blanks are skipped first. */
  atEndOfStatement(): boolean {
    const c = this.next();
    return begin[c] === Begin.END || (c === SLASH && this.text[this.position + 1] === SLASH);
  }

  /** Moves to the line feed that ends the line. */
  skipLine(): void {
    const text = this.text;
    let p = this.position;
    while (text[p] !== LINE_FEED) p++;
    this.position = p;
  }

  /** Moves to the end of the statement without looking at what it holds, but for strings and comments. */
  skipStatement(): void {
    const text = this.text;
    for (;;) {
      let p = this.position;
      let c = text[p]!;
      while (begin[c] !== Begin.END && c !== SLASH && c !== QUOTE) c = text[++p]!;
      this.position = p;
      if (begin[c] === Begin.END) return;
      if (c === QUOTE) this.#skipString();
      else if (this.atEndOfStatement()) return;
      // A slash that begins no comment; behind a comment the position is elsewhere.
      else if (this.position === p) this.position++;
    }
  }

  #skipString(): void {
    const text = this.text;
    let p = this.position + 1;
    while (text[p] !== QUOTE && text[p] !== LINE_FEED) p += text[p] === BACKSLASH && text[p + 1] !== LINE_FEED ? 2 : 1;
    this.position = text[p] === QUOTE ? p + 1 : p;
  }

  /** Reads the identifier at the current position and looks it up. */
  identifier(): void {
    const text = this.text;
    const start = this.position;
    let p = start;
    let hash = seed;
    let low = 0;
    let high = 0;
    for (let c = fold[text[p]!]!; c !== 0; c = fold[text[p]!]!) {
      hash = Math.imul(hash ^ c, prime);
      high = (high << 8) | (low >>> 24);
      low = (low << 8) | c;
      p++;
    }
    this.tokenStart = start;
    this.tokenEnd = p;
    this.position = p;
    this.hash = hash;
    this.keyword = find(text, start, p - start, hash, low, high);
  }

  /**
   * Reads a number: decimal, `0x`, `0b` or octal with a leading zero, at most 64 bits. False where it is malformed; the
   * position is then behind it.
   */
  number(): boolean {
    const text = this.text;
    const start = this.position;
    let p = start;
    let value = 0;
    let digit = digitValue[text[p]!]!;
    if (digit !== 0) {
      // Up to 15 digits are exact in a Number.
      for (; digit < 10 && p - start < 15; digit = digitValue[text[p]!]!) {
        value = value * 10 + digit;
        p++;
      }
      if (fold[text[p]!] === 0) {
        this.position = p;
        this.numberLow = value | 0;
        this.numberHigh = value < 0x100000000 ? 0 : (value / 0x100000000) | 0;
        return true;
      }
      return this.#radix(start, 10);
    }
    const letter = fold[text[p + 1]!]!;
    if (letter === 0) {
      this.position = p + 1;
      this.numberLow = 0;
      this.numberHigh = 0;
      return true;
    }
    if (letter === 120) return this.#radix(p + 2, 16);
    if (letter === 98) return this.#radix(p + 2, 2);
    return this.#radix(p + 1, 8);
  }

  #radix(start: number, radix: number): boolean {
    const text = this.text;
    let p = start;
    let low = 0;
    let high = 0;
    let fits = true;
    for (let digit = digitValue[text[p]!]!; digit < radix; digit = digitValue[text[p]!]!) {
      const next = low * radix + digit;
      const carried = high * radix + Math.floor(next / 0x100000000);
      low = next >>> 0;
      high = carried >>> 0;
      fits &&= carried <= 0xffffffff;
      p++;
    }
    fits &&= p > start && fold[text[p]!] === 0;
    while (fold[text[p]!] !== 0) p++;
    this.position = p;
    this.numberLow = low | 0;
    this.numberHigh = high | 0;
    return fits;
  }

  #endOfComment(start: number): number {
    const text = this.text;
    let p = start + 2;
    while (p < this.end && !(text[p] === STAR && text[p + 1] === SLASH)) p++;
    return p < this.end ? p + 2 : this.end;
  }
}
