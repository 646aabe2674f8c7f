/**
 * Reads JSON (RFC 8259) from bytes, value by value, without building anything: what the caller does not ask for is
 * skipped, strings are byte ranges. A manifest of a million functions is half a gigabyte, and JSON.parse alone would
 * cost more than the rest of the link.
 *
 * Reading an object:  cursor.enterObject("what it is"); for (let first = true; cursor.nextKey(first); first = false) { ... }
 * After `nextKey` and `string` the string is at `[stringStart, stringEnd)` of `bytes`, without its quotes.
 * What is malformed throws ManifestError, which carries a diagnostic and the byte range it is about.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { malformedJson, notANumber, tooDeep, wrongType } from "../diagnostics/manifest.js";
import type { EscapeMap } from "./escape-map.js";
import { decodeEscapes } from "./json-string.js";

/** A diagnostic about `length` bytes from `offset` on, an offset into the cursor's buffer. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly diagnostic: Diagnostic;
  readonly offset: number;
  readonly length: number;

  constructor(diagnostic: Diagnostic, offset: number, length: number) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
    this.offset = offset;
    this.length = length;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** By byte: what may stand behind a backslash, `u` aside. */
const IS_ESCAPE = new Uint8Array(256);
for (const letter of '"\\/bfnrt') IS_ESCAPE[letter.charCodeAt(0)] = 1;
/** Typed values may take 500 steps, see `docs/values.md`; of these, some are two levels of JSON. */
const DEPTH_LIMIT = 1200;
/** Up to so many bytes a loop is faster than making the views that a bulk copy needs. */
const LOOP_LIMIT = 48;
/** How many bytes of a string a message quotes. */
const SHOWN_LIMIT = 80;

export class JsonCursor {
  bytes: Uint8Array = new Uint8Array();
  at = 0;
  end = 0;
  stringStart = 0;
  stringEnd = 0;
  /** The string has escapes: `decodeString` gives its bytes. */
  stringEscaped = false;

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Skips white space; the byte at the cursor, or -1 at the end. */
  peek(): number {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        this.at = at;
        return byte;
      }
      at++;
    }
    this.at = at;
    return -1;
  }

  enterObject(what: string): void {
    if (this.peek() !== OPEN_BRACE) this.#wrongType(what, "an object");
    this.at++;
  }

  /** Steps to the next key of the object, and over its colon; false, behind the brace, at the end. */
  nextKey(first: boolean): boolean {
    let byte = this.peek();
    if (byte === CLOSE_BRACE) {
      this.at++;
      return false;
    }
    if (!first) {
      if (byte !== COMMA) this.#unexpected('"," or "}"');
      this.at++;
      byte = this.peek();
    }
    if (byte !== QUOTE) this.#unexpected("a key in quotes");
    this.#scanString();
    if (this.peek() !== COLON) this.#unexpected('":"');
    this.at++;
    return true;
  }

  enterArray(what: string): void {
    if (this.peek() !== OPEN_BRACKET) this.#wrongType(what, "an array");
    this.at++;
  }

  /** Steps to the next item of the array; false, behind the bracket, at the end. */
  nextItem(first: boolean): boolean {
    const byte = this.peek();
    if (byte === CLOSE_BRACKET) {
      this.at++;
      return false;
    }
    if (!first) {
      if (byte !== COMMA) this.#unexpected('"," or "]"');
      this.at++;
      this.peek();
    }
    return true;
  }

  /** Steps over the comma between two elements that the caller counts itself. */
  expectComma(): void {
    if (this.peek() !== COMMA) this.#unexpected('","');
    this.at++;
  }

  /** Reads a string; `what` names it where it is something else. */
  string(what: string): void {
    if (this.peek() !== QUOTE) this.#wrongType(what, "a string");
    this.#scanString();
  }

  /**
   * Reads a string whose characters the caller checks one by one, such as digits: only its end is looked for, which the
   * engine does many bytes at a time. An escape in it is left for the caller to stumble over.
   */
  digits(what: string): void {
    if (this.peek() !== QUOTE) this.#wrongType(what, "a string");
    const start = this.at + 1;
    const quote = this.bytes.indexOf(QUOTE, start);
    if (quote === -1 || quote >= this.end) {
      // The careful scan says what is wrong.
      this.#scanString();
      return;
    }
    this.stringStart = start;
    this.stringEnd = quote;
    this.stringEscaped = false;
    this.at = quote + 1;
  }

  boolean(what: string): boolean {
    const byte = this.peek();
    if (byte === 0x74 && this.#literal("true")) return true;
    if (byte === 0x66 && this.#literal("false")) return false;
    return this.#wrongType(what, "true or false");
  }

  /** Reads an integer that a Number holds exactly. */
  integer(what: string): number {
    const { bytes, end } = this;
    let byte = this.peek();
    const start = this.at;
    const negative = byte === MINUS;
    if (negative) byte = bytes[++this.at]!;
    if (this.at >= end || byte < ZERO || byte > NINE) {
      this.at = start;
      return this.#wrongType(what, "an integer");
    }
    let value = byte - ZERO;
    const leadingZero = value === 0;
    let at = this.at + 1;
    for (; at < end; at++) {
      byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
    }
    const digits = at - this.at;
    this.at = at;
    const fraction = at < end && (byte === 0x2e || byte === 0x65 || byte === 0x45);
    if (fraction || !Number.isSafeInteger(value) || (leadingZero && digits > 1)) {
      while (this.at < end && /[-+.eE0-9]/.test(String.fromCharCode(bytes[this.at]!))) this.at++;
      throw new ManifestError(notANumber(what, this.textOf(start, this.at)), start, this.at - start);
    }
    return negative ? -value : value;
  }

  /** Skips one value of any kind, checking its syntax. */
  skip(depth = 0): void {
    if (depth > DEPTH_LIMIT) throw new ManifestError(tooDeep(DEPTH_LIMIT), this.at, 1);
    const byte = this.peek();
    if (byte === QUOTE) this.#scanString();
    else if (byte === OPEN_BRACE) {
      this.enterObject("");
      for (let first = true; this.nextKey(first); first = false) this.skip(depth + 1);
    } else if (byte === OPEN_BRACKET) {
      this.enterArray("");
      for (let first = true; this.nextItem(first); first = false) this.skip(depth + 1);
    } else if (byte === 0x74 || byte === 0x66) this.boolean("");
    else if (byte === 0x6e && this.#literal("null")) return;
    else this.#skipNumber();
  }

  /** Checks that nothing but white space is left. */
  finish(): void {
    if (this.peek() !== -1) this.#unexpected("the end of the line");
  }

  /** Fails about the string read last. */
  failString(diagnostic: Diagnostic): never {
    throw new ManifestError(diagnostic, this.stringStart, this.stringEnd - this.stringStart);
  }

  /** The string read last, as JavaScript has it. */
  stringText(): string {
    const raw = this.textOf(this.stringStart, this.stringEnd);
    return this.stringEscaped ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  /**
   * Writes the UTF-8 bytes of the string read last to `target` from `at` on, and returns where they end. `escapes`, where
   * given, learns of the escapes.
   */
  decodeString(target: Uint8Array, at: number, escapes?: EscapeMap): number {
    if (this.stringEscaped) return decodeEscapes(this.bytes, this.stringStart, this.stringEnd, target, at, escapes);
    const { bytes, stringStart, stringEnd } = this;
    if (stringEnd - stringStart > LOOP_LIMIT) {
      target.set(bytes.subarray(stringStart, stringEnd), at);
      return at + stringEnd - stringStart;
    }
    for (let from = stringStart; from < stringEnd; from++) target[at++] = bytes[from]!;
    return at;
  }

  /** The string read last, shortened for a message. */
  shownString(): string {
    const end = Math.min(this.stringEnd, this.stringStart + SHOWN_LIMIT);
    return this.textOf(this.stringStart, end) + (end < this.stringEnd ? "…" : "");
  }

  textOf(start: number, end: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, end - start).toString("utf8");
  }

  #scanString(): void {
    const { bytes, end } = this;
    const start = this.at + 1;
    let escaped = false;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.stringStart = start;
        this.stringEnd = at;
        this.stringEscaped = escaped;
        this.at = at + 1;
        return;
      }
      if (byte < 0x20) {
        this.at = at;
        this.#unexpected("an escape, for control characters may not stand in a string");
      }
      if (byte === BACKSLASH) {
        escaped = true;
        at = this.#checkEscape(at);
      }
    }
    this.at = end;
    throw new ManifestError(malformedJson('a closing "\\""', "the end of the text"), start - 1, 1);
  }

  /** `at` is at the backslash; returns where the escape ends, so that the scan goes on behind it. */
  #checkEscape(at: number): number {
    const { bytes, end } = this;
    if (at + 1 < end && IS_ESCAPE[bytes[at + 1]!] === 1) return at + 1;
    const kind = at + 1 < end ? String.fromCharCode(bytes[at + 1]!) : "";
    const digits = kind === "u" && at + 6 <= end ? this.textOf(at + 2, at + 6) : "";
    if (/^[0-9a-fA-F]{4}$/.test(digits)) return at + 5;
    throw new ManifestError(malformedJson("an escape sequence of JSON", `"\\${kind}"`), at, 2);
  }

  #skipNumber(): void {
    const start = this.at;
    const { bytes, end } = this;
    while (this.at < end && /[-+.eE0-9]/.test(String.fromCharCode(bytes[this.at]!))) this.at++;
    const text = this.textOf(start, this.at);
    if (!/^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(text)) {
      this.at = start;
      this.#unexpected("a value");
    }
  }

  #literal(word: string): boolean {
    if (this.textOf(this.at, Math.min(this.end, this.at + word.length)) !== word) return false;
    this.at += word.length;
    return true;
  }

  #wrongType(what: string, expected: string): never {
    const byte = this.at < this.end ? this.bytes[this.at]! : -1;
    const found = valueKind(byte);
    if (found === undefined) this.#unexpected(expected);
    throw new ManifestError(wrongType(what, expected, found), this.at, 1);
  }

  #unexpected(expected: string): never {
    const found =
      this.at < this.end ? `"${this.textOf(this.at, Math.min(this.end, this.at + 1))}"` : "the end of the text";
    throw new ManifestError(malformedJson(expected, found), Math.min(this.at, this.end), 1);
  }
}

/** What a value that begins with `byte` would be. */
function valueKind(byte: number): string | undefined {
  if (byte === QUOTE) return "a string";
  if (byte === OPEN_BRACE) return "an object";
  if (byte === OPEN_BRACKET) return "an array";
  if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return "a number";
  if (byte === 0x74 || byte === 0x66) return "true or false";
  if (byte === 0x6e) return "null";
  return undefined;
}
