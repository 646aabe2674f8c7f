/** The directives a function's text may hold: data between the instructions, alignment, and what is read and ignored. */

import { R_X86_64 } from "@manifold/core";
import { ALIGN, MAX_CODE } from "./draft.js";
import type { Emitter } from "./emitter.js";
import * as errors from "./errors.js";
import { Term } from "./instruction.js";
import { Directive } from "./keywords.js";
import { MODIFIERS } from "./modifiers.js";
import type { OperandParser } from "./operand-parser.js";
import { absoluteType } from "./relocation-choice.js";
import type { Scanner } from "./scanner.js";
import { textOf } from "./symbols.js";

const COMMA = 44;
const QUOTE = 34;
const BACKSLASH = 92;
const LINE_FEED = 10;

const LARGEST_ALIGNMENT = 65536;

/** Escapes of one letter in strings. */
const ESCAPES: Readonly<Record<string, number>> = { b: 8, t: 9, n: 10, f: 12, r: 13, "\\": 92, '"': 34 };

export class Directives {
  readonly #scanner: Scanner;
  readonly #operands: OperandParser;
  readonly #emitter: Emitter;
  readonly #term = new Term();

  constructor(scanner: Scanner, operands: OperandParser, emitter: Emitter) {
    this.#scanner = scanner;
    this.#operands = operands;
    this.#emitter = emitter;
  }

  /** Carries out directive `id`, whose name stands at `start`; the position is behind the name. */
  run(id: number, start: number): boolean {
    switch (id) {
      case Directive.BYTE:
        return this.#data(1);
      case Directive.SHORT:
        return this.#data(2);
      case Directive.LONG:
        return this.#data(4);
      case Directive.QUAD:
        return this.#data(8);
      case Directive.ASCII:
      case Directive.ASCIZ:
        return this.#strings(id === Directive.ASCIZ);
      case Directive.SKIP:
        return this.#skip(start);
      case Directive.P2ALIGN:
      case Directive.BALIGN:
        return this.#align(id === Directive.P2ALIGN, start);
      case Directive.SECTION:
        return this.#section(start);
      default:
        this.#scanner.skipStatement();
        return true;
    }
  }

  #span(start: number): errors.Span {
    return { offset: start, length: Math.max(1, this.#scanner.position - start) };
  }

  /** Moves over a comma; false where the list is over. */
  #comma(): boolean {
    if (this.#scanner.skipBlanks() !== COMMA) return false;
    this.#scanner.position++;
    this.#scanner.skipBlanks();
    return true;
  }

  #data(bytes: number): boolean {
    if (this.#scanner.atEndOfStatement()) return true;
    do {
      this.#scanner.skipBlanks();
      const start = this.#scanner.position;
      if (!this.#operands.value(this.#term) || !this.#datum(bytes, start)) return false;
    } while (this.#comma());
    return true;
  }

  #datum(bytes: number, start: number): boolean {
    const { draft, errors: list } = this.#emitter;
    const term = this.#term;
    let { low, high } = term;
    const code = draft.reserve(8);
    const span = this.#span(start);
    if (term.symbol !== -1 || term.minus !== -1) {
      const type = absoluteType(bytes, term.modifier, false);
      if (type === R_X86_64.NONE) {
        return list.add(errors.noSuchRelocation(span, MODIFIERS[term.modifier - 1]![0], 8 * bytes));
      }
      draft.addFixup(draft.length, type, term.symbol, term.minus, low, high, start, span.length);
      low = 0;
      high = 0;
    } else if (!fitsField(low, high, bytes)) return list.add(errors.valueRange(span, 8 * bytes));
    for (let i = 0; i < bytes; i++) code[draft.length++] = i < 4 ? low >> (8 * i) : high >> (8 * (i - 4));
    return true;
  }

  #strings(terminated: boolean): boolean {
    if (this.#scanner.atEndOfStatement()) return true;
    do {
      const start = this.#scanner.position;
      if (this.#scanner.skipBlanks() !== QUOTE || !this.#string()) {
        return this.#emitter.errors.add(errors.badString(this.#span(start)));
      }
      if (terminated) this.#byte(0);
    } while (this.#comma());
    return true;
  }

  #byte(value: number): void {
    const draft = this.#emitter.draft;
    draft.reserve(1)[draft.length++] = value;
  }

  /** A string at its opening quote. */
  #string(): boolean {
    const scanner = this.#scanner;
    const text = scanner.text;
    scanner.position++;
    for (;;) {
      const c = text[scanner.position]!;
      if (c === LINE_FEED) return false;
      scanner.position++;
      if (c === QUOTE) return true;
      if (c !== BACKSLASH) this.#byte(c);
      else if (!this.#escape()) return false;
    }
  }

  /** What follows a backslash: a letter, up to three octal digits, or `x` and hexadecimal digits (the last two count). */
  #escape(): boolean {
    const scanner = this.#scanner;
    const rest = textOf(scanner.text, scanner.position, Math.min(16, scanner.end - scanner.position));
    const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
    const hex = /^[xX]([0-9a-fA-F]+)/.exec(rest);
    const letter = ESCAPES[rest[0] ?? ""];
    if (octal !== undefined) {
      scanner.position += octal.length;
      this.#byte(Number.parseInt(octal, 8));
    } else if (hex !== null) {
      scanner.position += hex[0].length;
      this.#byte(Number.parseInt(hex[1]!.slice(-2), 16));
    } else if (letter !== undefined) {
      scanner.position++;
      this.#byte(letter);
    } else return false;
    return true;
  }

  /** A constant that is known here, from `low` to `high`; undefined, with an error, for anything else. */
  #constant(directive: string, low: number, high: number): number | undefined {
    const start = this.#scanner.position;
    if (!this.#operands.value(this.#term)) return undefined;
    const { symbol, minus } = this.#term;
    const value = this.#term.high * 0x100000000 + (this.#term.low >>> 0);
    if (symbol === -1 && minus === -1 && value >= low && value <= high) return value;
    this.#emitter.errors.add(errors.constantWanted(this.#span(start), directive, low, high));
    return undefined;
  }

  #skip(start: number): boolean {
    const draft = this.#emitter.draft;
    this.#scanner.skipBlanks();
    const count = this.#constant(".skip", 0, MAX_CODE);
    if (count === undefined) return false;
    const fill = this.#comma() ? this.#constant(".skip", -128, 255) : 0;
    if (fill === undefined) return false;
    if (draft.length + count > MAX_CODE) return this.#emitter.errors.add(errors.tooLarge(this.#span(start), MAX_CODE));
    draft.reserve(count).fill(fill, draft.length, draft.length + count);
    draft.length += count;
    return true;
  }

  /** `boundary[, fill[, most]]`; the fill may be left out. */
  #align(power: boolean, start: number): boolean {
    this.#scanner.skipBlanks();
    const given = this.#constant(power ? ".p2align" : ".balign", 0, power ? 16 : LARGEST_ALIGNMENT);
    if (given === undefined) return false;
    const boundary = power ? 2 ** given : Math.max(1, given);
    if ((boundary & (boundary - 1)) !== 0) return this.#emitter.errors.add(errors.badAlignment(this.#span(start)));
    let fill = -1;
    let most = 0;
    if (this.#comma()) {
      if (this.#scanner.text[this.#scanner.position] !== COMMA && !this.#scanner.atEndOfStatement()) {
        const value = this.#constant(".p2align", -128, 255);
        if (value === undefined) return false;
        // A fill of single no-operations is taken to mean no-operations of any length.
        fill = (value & 0xff) === 0x90 ? -1 : value & 0xff;
      }
      if (this.#comma()) {
        const value = this.#constant(".p2align", 0, 0x7fffffff);
        if (value === undefined) return false;
        most = value;
      }
    }
    const draft = this.#emitter.draft;
    draft.alignment = Math.max(draft.alignment, boundary);
    if (boundary > 1) draft.addItem(ALIGN, boundary, most, fill, start, this.#scanner.position - start);
    return true;
  }

  /**
   * The text's own sections say nothing new. What compilers put into `.rodata` in the middle of a function are jump tables;
   * they stay where they are, in the text, behind the jump that uses them. Other data belongs into declarations of its own.
   */
  #section(start: number): boolean {
    const scanner = this.#scanner;
    const c = scanner.next();
    const from = c === QUOTE ? scanner.position + 1 : scanner.position;
    scanner.skipStatement();
    const name = /^[\w.]*/.exec(textOf(scanner.text, from, Math.min(32, scanner.end - from)))?.[0] ?? "";
    const table = /^\.rodata(?![^.])/.test(name) && this.#emitter.unreachable;
    if (table || /^\.text(?![^.])/.test(name)) return true;
    return this.#emitter.errors.add(errors.foreignSection(this.#span(start)));
  }
}

/** Whether a constant fits a field, read as signed or unsigned. */
function fitsField(low: number, high: number, bytes: number): boolean {
  if (bytes === 8) return true;
  const value = high * 0x100000000 + (low >>> 0);
  const range = 2 ** (8 * bytes);
  return value >= -range / 2 && value < range;
}
