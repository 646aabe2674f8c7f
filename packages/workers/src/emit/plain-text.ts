/**
 * Reads JSON as programs write it, fast: no white space but a blank behind a comma or a colon, strings without escapes,
 * integers of a few digits. Nothing is diagnosed here: where something else stands, every method says that it could not
 * read it, and the caller lets the careful reader (`JsonCursor`) begin again.
 *
 * No method steps over a line's end, because no control character is part of anything it accepts. So one newline at or
 * behind the cursor is all that keeps it from running out of the buffer, and no byte needs a check of its position.
 */

import type { WordTable } from "@manifold/core";

const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;
/** By byte: whether it is part of a plain string. One load and one branch a byte. */
const IN_STRING = new Uint8Array(256).fill(1, BLANK);
IN_STRING[QUOTE] = 0;
IN_STRING[BACKSLASH] = 0;
/** So many digits always fit a word. */
const MOST_DIGITS = 9;

/** What `key` returns where it could not read, and at the end of an object. */
const NOT_PLAIN = -1;
export const NO_KEY = -2;
/** Beyond every integer that is read, and still a small integer to the engine. */
export const NO_INTEGER: number = 2 ** 30;

export class PlainText {
  bytes: Uint8Array = new Uint8Array();
  at = 0;
  /** The string read last, without its quotes. */
  stringStart = 0;
  stringEnd = 0;

  /** Steps over `byte`, if that is next. */
  skip(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /** Steps over a comma, and a blank behind it. */
  comma(): boolean {
    const { bytes, at } = this;
    if (bytes[at] !== COMMA) return false;
    this.at = bytes[at + 1] === BLANK ? at + 2 : at + 1;
    return true;
  }

  /** Steps over a colon, and a blank behind it. */
  colon(): boolean {
    const { bytes, at } = this;
    if (bytes[at] !== COLON) return false;
    this.at = bytes[at + 1] === BLANK ? at + 2 : at + 1;
    return true;
  }

  string(): boolean {
    const { bytes } = this;
    let { at } = this;
    if (bytes[at] !== QUOTE) return false;
    const start = ++at;
    while (IN_STRING[bytes[at]!] !== 0) at++;
    if (bytes[at] !== QUOTE) return false;
    this.stringStart = start;
    this.stringEnd = at;
    this.at = at + 1;
    return true;
  }

  /** Reads the next key of an object and steps to its value: its index in `keys`, or NO_KEY behind the closing brace. */
  key(keys: WordTable, first: boolean): number {
    const { bytes } = this;
    if (!first) {
      if (bytes[this.at] === CLOSE_BRACE) {
        this.at++;
        return NO_KEY;
      }
      if (!this.comma()) return NOT_PLAIN;
    }
    if (!this.string() || !this.colon()) return NOT_PLAIN;
    return keys.find(bytes, this.stringStart, this.stringEnd);
  }

  /** Reads an integer of at most nine digits; NO_INTEGER where something else stands. */
  integer(): number {
    const { bytes } = this;
    let { at } = this;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const start = at;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[at]! - ZERO) {
      value = value * 10 + digit;
      // Checked here and not at the end: more digits would not be small integers any more.
      if (++at - start > MOST_DIGITS) return NO_INTEGER;
    }
    const digits = at - start;
    // What follows tells a fraction from an integer: only these can.
    const next = bytes[at];
    const isEnd = next === COMMA || next === CLOSE_BRACE || next === CLOSE_BRACKET;
    if (digits === 0 || !isEnd || (digits > 1 && bytes[start] === ZERO)) return NO_INTEGER;
    this.at = at;
    return isNegative ? -value : value;
  }
}

const CLOSE_BRACKET = 0x5d;
