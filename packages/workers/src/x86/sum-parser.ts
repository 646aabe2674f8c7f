/**
 * Reads sums in GNU `as`'s Intel syntax: registers, symbols and constants joined by plus and minus, in which brackets are
 * little more than a plus sign, with the words that may stand before them: `DWORD PTR fs:sym@tpoff`,
 * `OFFSET FLAT:sym+4`, `8[rax]`, `[rax+rbx*4-8]` (see `i386_intel_operand` in binutils' `gas/config/tc-i386-intel.c`).
 */
import { constantTerm } from "./constant-expression.js";
import type { Draft } from "./draft.js";
import type { ErrorList } from "./error-list.js";
import * as errors from "./errors.js";
import type { Term } from "./instruction.js";
import { FOLD, HASH_PRIME, HASH_SEED, Word } from "./keywords.js";
import { MODIFIERS } from "./modifiers.js";
import { Kind } from "./operand-kinds.js";
import { AddressRegister, registerAddressing, registerKind, registerNumber } from "./registers.js";
import { BEGIN, Begin, type Scanner } from "./scanner.js";
import { nearest } from "./suggest.js";
import { hashName, type SymbolTable, textOf } from "./symbols.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const Start = Begin;
const Words = Word;
const Kinds = Kind;
const Address = AddressRegister;

const begin = BEGIN;
const fold = FOLD;
const kindOf = registerKind;
const numberOf = registerNumber;
const addressing = registerAddressing;

const COLON = 58;
const LEFT_BRACKET = 91;
const RIGHT_BRACKET = 93;
const LEFT_PAREN = 40;
const PLUS = 43;
const MINUS = 45;
const STAR = 42;
const TILDE = 126;
const BANG = 33;
const QUOTE = 34;
const APOSTROPHE = 39;
const AT = 64;
const DOT = 46;

/** Operators that make a term more than a number. */
const OPERATOR: Uint8Array = new Uint8Array(256);
for (const c of "*/%<>|&^") OPERATOR[c.charCodeAt(0)] = 1;

export class SumParser {
  readonly #scanner: Scanner;
  readonly #symbols: SymbolTable;
  readonly #draft: Draft;
  readonly #errors: ErrorList;

  /** Bytes that a size word told, 0 for none. */
  size = 0;
  /** There were brackets. */
  brackets = false;
  /** `OFFSET` stood before it. */
  offset = false;
  /** How its registers address (see `registerAddressing`), 0 where there are none. */
  width = 0;
  /** Segment register, base and index by number, -1 for none; log2 of the index's factor, and whether it was written. */
  segment = -1;
  base = -1;
  index = -1;
  scale = 0;
  scaled = false;

  constructor(scanner: Scanner, symbols: SymbolTable, draft: Draft, errorList: ErrorList) {
    this.#scanner = scanner;
    this.#symbols = symbols;
    this.#draft = draft;
    this.#errors = errorList;
  }

  #spanFrom(start: number): errors.Span {
    return { offset: start, length: Math.max(1, this.#scanner.position - start) };
  }

  #begin(term: Term, start: number): void {
    term.clear();
    this.size = 0;
    this.brackets = false;
    this.offset = false;
    this.width = 0;
    this.scaled = false;
    this.segment = -1;
    this.base = -1;
    this.index = -1;
    this.scale = 0;
    term.source = start;
  }

  /**
   * Reads a whole sum, which begins at `start`: constants and symbols into `term`, the rest into the fields above. `read`: it
   * begins with the identifier that the scanner has just read. False where it is malformed.
   */
  parse(term: Term, start: number, read: boolean): boolean {
    this.#begin(term, start);
    const scanner = this.#scanner;
    const text = scanner.text;
    let depth = 0;
    let negative = false;
    /** An operand of the sum must come next: at the start, after a sign or a prefix. */
    let wanted = true;
    let pending = read;
    for (;;) {
      const c = pending ? 0 : scanner.next();
      const kind = pending ? Start.IDENTIFIER : begin[c]!;
      if (c === LEFT_BRACKET) {
        depth++;
        this.brackets = true;
        wanted = true;
        scanner.position++;
      } else if (c === RIGHT_BRACKET) {
        if (depth === 0 || wanted) return this.#malformed(wanted ? "a register, symbol or number" : "[ before ]");
        depth--;
        scanner.position++;
      } else if (c === PLUS || c === MINUS) {
        if (!wanted) negative = false;
        if (c === MINUS) negative = !negative;
        wanted = true;
        scanner.position++;
      } else if (!wanted) {
        // Brackets may follow anything; everything else is the end of the operand.
        if (depth > 0) return this.#malformed("] or an operator");
        return true;
      } else if (kind === Start.IDENTIFIER) {
        if (!pending) scanner.identifier();
        pending = false;
        const word = scanner.keyword >>> 16;
        if (word === Words.REGISTER) {
          const register = scanner.keyword & 0xffff;
          if ((kindOf[register]! & Kinds.SREG) !== 0 && scanner.next() === COLON) {
            this.segment = numberOf[register]!;
            scanner.position++;
            continue;
          }
          if (!this.#addressRegister(register, negative, depth)) return false;
        } else if (word === Words.SIZE && this.#sizeFollows()) {
          this.size = scanner.keyword & 0xffff;
          this.#skipPtr();
          continue;
        } else if (word === Words.OFFSET) {
          this.offset = true;
          if (this.#skipWord(Words.FLAT) && scanner.next() === COLON) scanner.position++;
          continue;
        } else if (!this.#symbol(term, negative)) return false;
        wanted = false;
        negative = false;
      } else if (kind === Start.DIGIT || c === LEFT_PAREN || c === TILDE || c === BANG || c === APOSTROPHE) {
        if (!this.#numeric(term, negative, c)) return false;
        wanted = false;
        negative = false;
      } else if (c === QUOTE) {
        const nameStart = scanner.position + 1;
        let p = nameStart;
        while (text[p] !== QUOTE && text[p] !== 10) p++;
        scanner.position = p;
        if (text[p] !== QUOTE || p === nameStart)
          return this.#errors.add(errors.badString(this.#spanFrom(nameStart - 1)));
        scanner.position++;
        const hash = hashName(text, nameStart, p, HASH_SEED, HASH_PRIME);
        if (!this.#addSymbol(term, this.#symbols.intern(nameStart, p, hash), negative, nameStart)) return false;
        wanted = false;
        negative = false;
      } else {
        if (scanner.position === start && depth === 0)
          return this.#errors.add(errors.missing(this.#spanFrom(start), "an operand"));
        return this.#malformed("a register, symbol or number");
      }
    }
  }

  #malformed(expected: string): false {
    return this.#errors.add(errors.badExpression({ offset: this.#scanner.position, length: 1 }, expected));
  }

  /** After a size word: whether it is one, and not a symbol of that name. */
  #sizeFollows(): boolean {
    const c = this.#scanner.next();
    return begin[c] === Start.IDENTIFIER || c === LEFT_BRACKET;
  }

  /** Moves over `PTR`, if it comes next. */
  #skipPtr(): void {
    const { text, position } = this.#scanner;
    if (fold[text[position]!] !== 112 || fold[text[position + 1]!] !== 116 || fold[text[position + 2]!] !== 114) return;
    if (fold[text[position + 3]!] === 0) this.#scanner.position = position + 3;
  }

  /** Moves over a word of one kind, if it comes next. */
  #skipWord(kind: number): boolean {
    const scanner = this.#scanner;
    const { keyword } = scanner;
    if (begin[scanner.next()] !== Start.IDENTIFIER) return false;
    const start = scanner.position;
    scanner.identifier();
    const found = scanner.keyword >>> 16 === kind;
    if (!found) scanner.position = start;
    scanner.keyword = keyword;
    return found;
  }

  /** A register in a sum: base, or index with an optional factor. */
  #addressRegister(register: number, negative: boolean, depth: number): boolean {
    const scanner = this.#scanner;
    const start = scanner.tokenStart;
    let scale = -1;
    if (scanner.next() === STAR) {
      scanner.position++;
      if (begin[scanner.next()] !== Start.DIGIT || !scanner.number()) return this.#malformed("1, 2, 4 or 8");
      scale = scaleOf(scanner.numberLow);
      if (scale === -1) {
        return this.#errors.add(errors.badAddress(this.#spanFrom(start), "no such factor of an index", "1, 2, 4 or 8"));
      }
    }
    return this.#placeRegister(register, scale, negative || depth === 0, start);
  }

  #placeRegister(register: number, scale: number, misplaced: boolean, start: number): boolean {
    const width = addressing[register]!;
    if (misplaced) {
      return this.#errors.add(
        errors.badAddress(
          this.#spanFrom(start),
          "a register cannot stand here",
          "brackets around an address, and a plus before the register",
        ),
      );
    }
    if (width === 0 || (this.width !== 0 && this.width !== width)) {
      return this.#errors.add(
        errors.badAddress(
          this.#spanFrom(start),
          "this register cannot be part of the address",
          "64-bit registers, or 32-bit ones throughout",
        ),
      );
    }
    this.width = width;
    const number = numberOf[register]!;
    if (scale === -1 && this.base === -1) {
      this.base = number;
      return true;
    }
    if (this.index !== -1 || number === Address.RIP) {
      return this.#errors.add(
        errors.badAddress(this.#spanFrom(start), "too many registers in the address", "a base and an index"),
      );
    }
    this.index = number;
    this.scale = Math.max(scale, 0);
    this.scaled = scale !== -1;
    return true;
  }

  /** A number, a numeric label, a constant expression, or a factor before an index. */
  #numeric(term: Term, negative: boolean, c: number): boolean {
    const scanner = this.#scanner;
    const start = scanner.position;
    if (c === APOSTROPHE) {
      if (!this.#character()) return this.#errors.add(errors.badExpression(this.#spanFrom(start), "a character"));
    } else if (begin[c] === Start.DIGIT) {
      if (!scanner.number()) return this.#numericLabel(term, negative, start);
      const after = scanner.next();
      if (after === STAR && this.#registerFollows()) {
        const scale = scanner.numberHigh === 0 ? scaleOf(scanner.numberLow) : -1;
        return this.#placeRegister(scanner.keyword & 0xffff, scale, negative || scale === -1, start);
      }
      if (OPERATOR[after] === 1 && !scanner.atEndOfStatement()) {
        scanner.position = start;
        if (!constantTerm(scanner)) return this.#malformed("a constant");
      }
    } else if (!constantTerm(scanner)) return this.#malformed("a constant");
    if (negative) term.subtract(scanner.numberLow, scanner.numberHigh);
    else term.add(scanner.numberLow, scanner.numberHigh);
    return true;
  }

  /** `4*rax`, at the star: whether a register follows; it is then read. Else nothing moves. */
  #registerFollows(): boolean {
    const scanner = this.#scanner;
    const star = scanner.position;
    scanner.position++;
    if (begin[scanner.next()] === Start.IDENTIFIER) {
      scanner.identifier();
      if (scanner.keyword >>> 16 === Words.REGISTER) return true;
    }
    scanner.position = star;
    return false;
  }

  /** `'a'` or `'a`, with the escapes of C's that matter; the value is left in the scanner. */
  #character(): boolean {
    const scanner = this.#scanner;
    let p = scanner.position + 1;
    let value = scanner.text[p++]!;
    if (value === 92) {
      const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, "\\": 92, "'": 39, '"': 34 };
      value = escapes[String.fromCharCode(scanner.text[p++]!)] ?? -1;
    }
    if (value < 32 && value !== 10 && value !== 9 && value !== 13 && value !== 8 && value !== 12) return false;
    if (scanner.text[p] === APOSTROPHE) p++;
    if (p > scanner.end) return false;
    scanner.position = p;
    scanner.numberLow = value;
    scanner.numberHigh = 0;
    return true;
  }

  /** `1b`, `1f`: what looked like a malformed number from `start` on. */
  #numericLabel(term: Term, negative: boolean, start: number): boolean {
    const scanner = this.#scanner;
    const text = textOf(scanner.text, start, scanner.position - start);
    const match = /^(\d{1,2})([bf])$/.exec(text);
    if (match === null) return this.#errors.add(errors.badNumber(this.#spanFrom(start), text));
    const n = Number(match[1]);
    const symbol = match[2] === "b" ? this.#symbols.numericBackward(n) : this.#symbols.numericForward(n);
    if (symbol === -1) return this.#errors.add(errors.unknownLabel(this.#spanFrom(start), text, undefined));
    return this.#addSymbol(term, symbol, negative, start);
  }

  /** The identifier that was just read, as a symbol, with its modifier. */
  #symbol(term: Term, negative: boolean): boolean {
    const scanner = this.#scanner;
    const { text, tokenStart, tokenEnd } = scanner;
    if (tokenEnd - tokenStart === 1 && text[tokenStart] === DOT) {
      const here = this.#symbols.anonymous();
      this.#symbols.define(here, this.#draft.itemCount, this.#draft.length);
      return this.#addSymbol(term, here, negative, tokenStart);
    }
    const symbol = this.#symbols.intern(tokenStart, tokenEnd, scanner.hash);
    return this.#addSymbol(term, symbol, negative, tokenStart);
  }

  #addSymbol(term: Term, symbol: number, negative: boolean, start: number): boolean {
    const scanner = this.#scanner;
    if (negative ? term.minus !== -1 : term.symbol !== -1) {
      return this.#errors.add(errors.badSymbolArithmetic(this.#spanFrom(start), "one symbol, or a difference of two"));
    }
    if (negative) term.minus = symbol;
    else term.symbol = symbol;
    if (scanner.text[scanner.position] !== AT) return true;
    return this.#modifier(term);
  }

  #modifier(term: Term): boolean {
    const scanner = this.#scanner;
    scanner.position++;
    scanner.identifier();
    const { tokenStart, tokenEnd } = scanner;
    const length = tokenEnd - tokenStart;
    const name = textOf(scanner.text, tokenStart, length).toLowerCase();
    term.modifier = MODIFIERS.findIndex((row) => row[0] === name) + 1;
    if (term.modifier !== 0) return true;
    const suggestion = nearest(
      name,
      MODIFIERS.map((row) => row[0]),
    );
    return this.#errors.add(
      errors.unknownModifier({ offset: tokenStart, length: Math.max(1, length) }, name, suggestion),
    );
  }
}

function scaleOf(factor: number): number {
  return factor === 1 ? 0 : factor === 2 ? 1 : factor === 4 ? 2 : factor === 8 ? 3 : -1;
}
