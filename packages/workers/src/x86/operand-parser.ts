/**
 * Reads operands in GNU `as`'s Intel syntax into the fields of an `Instruction`. An operand is a register, or a sum of
 * registers, symbols and constants in which brackets are little more than a plus sign: `[rax+rbx*4-8]`, `8[rax]`,
 * `sym[rip+4]`, `DWORD PTR fs:sym@tpoff`, `OFFSET FLAT:sym+4` (see `i386_intel_operand` in binutils'
 * `gas/config/tc-i386-intel.c`).
 */
import { constantTerm } from "./constant-expression.js";
import type { Draft } from "./draft.js";
import type { ErrorList } from "./error-list.js";
import * as errors from "./errors.js";
import { type Instruction, MAX_OPERANDS, type Term } from "./instruction.js";
import { FOLD, HASH_PRIME, HASH_SEED, Word } from "./keywords.js";
import { ANY_IMMEDIATE, Kind, memoryKinds } from "./operand-kinds.js";
import {
  AddressRegister,
  REGISTER_ST,
  registerAddressing,
  registerKind,
  registerNumber,
  registerSize,
} from "./registers.js";
import { MODIFIERS } from "./relocation-types.js";
import { BEGIN, Begin, type Scanner } from "./scanner.js";
import { nearest } from "./suggest.js";
import { hashName, type SymbolTable, textOf } from "./symbols.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const Start = Begin;
const Words = Word;
const Kinds = Kind;
const anyImmediate = ANY_IMMEDIATE;
const Address = AddressRegister;
const most = MAX_OPERANDS;
const st = REGISTER_ST;

const begin = BEGIN;
const fold = FOLD;
const kindOf = registerKind;
const sizeOf = registerSize;
const numberOf = registerNumber;
const addressing = registerAddressing;

const LINE_FEED = 10;
const COMMA = 44;
const COLON = 58;
const LEFT_BRACKET = 91;
const RIGHT_BRACKET = 93;
const LEFT_PAREN = 40;
const RIGHT_PAREN = 41;
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

export class OperandParser {
  readonly #scanner: Scanner;
  readonly #instruction: Instruction;
  readonly #symbols: SymbolTable;
  readonly #draft: Draft;
  readonly #errors: ErrorList;

  /** What the sum that is being read has shown so far. */
  #size = 0;
  #brackets = false;
  #offset = false;
  #width = 0;
  #scaled = false;
  #segment = -1;
  #base = -1;
  #index = -1;
  #scale = 0;

  constructor(scanner: Scanner, instruction: Instruction, symbols: SymbolTable, draft: Draft, errorList: ErrorList) {
    this.#scanner = scanner;
    this.#instruction = instruction;
    this.#symbols = symbols;
    this.#draft = draft;
    this.#errors = errorList;
  }

  /** Reads all operands up to the end of the statement. `branch`: a bare symbol is a place in code. */
  operands(branch: boolean): boolean {
    const scanner = this.#scanner;
    const text = scanner.text;
    const instruction = this.#instruction;
    if (text[scanner.position] === LINE_FEED || scanner.atEndOfStatement()) return true;
    for (;;) {
      if (!this.#operand(instruction.count, branch)) return false;
      instruction.count++;
      const c = text[scanner.position]!;
      if (c === LINE_FEED) return true;
      if (c !== COMMA) {
        if (scanner.atEndOfStatement()) return true;
        if (text[scanner.position] !== COMMA) return this.#errors.add(errors.trailingText(this.#restOfStatement()));
      }
      if (instruction.count === most) return this.#errors.add(errors.trailingText(this.#restOfStatement()));
      scanner.position++;
    }
  }

  /** Reads a sum without registers, for directives, into `term`; the position is then behind it. */
  value(term: Term): boolean {
    this.#scanner.next();
    const start = this.#scanner.position;
    this.#beginSum(term, start);
    if (!this.#sum(term, start, false)) return false;
    if (this.#brackets || this.#width !== 0 || this.#size !== 0 || this.#segment !== -1) {
      return this.#errors.add(
        errors.badExpression(this.#spanFrom(start), "a number, a symbol or a difference of labels"),
      );
    }
    return true;
  }

  #spanFrom(start: number): errors.Span {
    return { offset: start, length: Math.max(1, this.#scanner.position - start) };
  }

  #restOfStatement(): errors.Span {
    const scanner = this.#scanner;
    const start = scanner.position;
    scanner.skipStatement();
    let end = scanner.position;
    while (end > start + 1 && begin[scanner.text[end - 1]!] === Start.BLANK) end--;
    return { offset: start, length: Math.max(1, end - start) };
  }

  #operand(i: number, branch: boolean): boolean {
    const scanner = this.#scanner;
    const instruction = this.#instruction;
    const c = scanner.next();
    const start = scanner.position;
    instruction.starts[i] = start;
    const kind = begin[c]!;
    if (kind === Start.IDENTIFIER) {
      scanner.identifier();
      if (scanner.keyword >>> 16 === Words.REGISTER) {
        const register = scanner.keyword & 0xffff;
        const next = scanner.text[scanner.position]!;
        if (next === COMMA || next === LINE_FEED || scanner.next() === COMMA || scanner.atEndOfStatement()) {
          return this.#register(i, register);
        }
        if (register === st && scanner.next() === LEFT_PAREN) return this.#stackRegister(i);
        scanner.position = scanner.tokenEnd;
      }
    } else if ((kind === Start.DIGIT || c === MINUS) && !branch && this.#plainNumber(i, c === MINUS)) return true;
    // A second memory operand is an error, so the displacement is free where there is none yet.
    const term = instruction.hasMemory ? this.#freeImmediate() : instruction.displacement;
    this.#beginSum(term, start);
    if (!this.#sum(term, start, kind === Start.IDENTIFIER)) return false;
    instruction.ends[i] = scanner.position;
    if (!this.#isMemory(term, branch)) return this.#immediateOrTarget(i, term, branch);
    if (!instruction.hasMemory) return this.#memory(i, start);
    return this.#errors.add(
      errors.badAddress(this.#spanFrom(start), "a second memory operand", "at most one memory operand"),
    );
  }

  #freeImmediate(): Term {
    return this.#instruction.hasImmediate ? this.#instruction.secondImmediate : this.#instruction.immediate;
  }

  #register(i: number, register: number): boolean {
    const instruction = this.#instruction;
    instruction.ends[i] = this.#scanner.tokenEnd;
    instruction.kinds[i] = kindOf[register]!;
    instruction.sizes[i] = sizeOf[register]!;
    instruction.registers[i] = numberOf[register]!;
    if (kindOf[register] === 0) {
      const span = { offset: instruction.starts[i]!, length: instruction.ends[i]! - instruction.starts[i]! };
      return this.#errors.add(
        errors.badAddress(span, "the instruction pointer is no operand", "a general register, or [rip + ...]"),
      );
    }
    return true;
  }

  /** `st(i)`; the position is at the parenthesis. */
  #stackRegister(i: number): boolean {
    const scanner = this.#scanner;
    const instruction = this.#instruction;
    const start = instruction.starts[i]!;
    scanner.position++;
    scanner.next();
    const number = scanner.text[scanner.position]! - 48;
    scanner.position++;
    if (number < 0 || number > 7 || scanner.next() !== RIGHT_PAREN) {
      return this.#errors.add(errors.badExpression(this.#spanFrom(start), "st(0) to st(7)"));
    }
    scanner.position++;
    instruction.ends[i] = scanner.position;
    instruction.kinds[i] = number === 0 ? Kinds.ST | Kinds.ST0 : Kinds.ST;
    instruction.sizes[i] = 0;
    instruction.registers[i] = number;
    return true;
  }

  /** A lone number: the common immediate. False, and nothing moved, where more follows. */
  #plainNumber(i: number, negative: boolean): boolean {
    const scanner = this.#scanner;
    const instruction = this.#instruction;
    const start = scanner.position;
    if (negative) scanner.position++;
    if (begin[scanner.text[scanner.position]!] === Start.DIGIT && scanner.number()) {
      const end = scanner.position;
      if (scanner.text[end] === COMMA || scanner.atEndOfStatement()) {
        const term = this.#freeImmediate();
        term.clear();
        if (negative) term.subtract(scanner.numberLow, scanner.numberHigh);
        else {
          term.low = scanner.numberLow;
          term.high = scanner.numberHigh;
        }
        term.source = start;
        instruction.ends[i] = end;
        instruction.kinds[i] = anyImmediate;
        instruction.sizes[i] = 0;
        instruction.hasImmediate = true;
        return true;
      }
    }
    scanner.position = start;
    return false;
  }

  #isMemory(term: Term, branch: boolean): boolean {
    if (this.#brackets || this.#width !== 0 || this.#segment !== -1) return true;
    if (this.#offset || term.symbol === -1 || term.minus !== -1) return false;
    return !branch || this.#size !== 0;
  }

  #immediateOrTarget(i: number, term: Term, branch: boolean): boolean {
    const instruction = this.#instruction;
    const target = this.#freeImmediate();
    if (target !== term) target.assign(term);
    instruction.sizes[i] = 0;
    if (branch && term.symbol !== -1) {
      instruction.kinds[i] = Kinds.REL;
      return true;
    }
    instruction.kinds[i] = anyImmediate;
    instruction.hasImmediate = true;
    return true;
  }

  #memory(i: number, start: number): boolean {
    const instruction = this.#instruction;
    const { displacement } = instruction;
    instruction.hasMemory = true;
    let base = this.#base;
    let index = this.#index;
    // rsp cannot be an index: unscaled, it changes places with the base.
    if (index === 4) {
      if (this.#scaled || base === 4) {
        return this.#errors.add(
          errors.badAddress(this.#spanFrom(start), "rsp cannot be an index", "another index register"),
        );
      }
      index = base;
      base = 4;
    }
    if (base === Address.RIP && index !== -1) {
      return this.#errors.add(
        errors.badAddress(this.#spanFrom(start), "rip takes no index", "[rip + symbol + constant]"),
      );
    }
    instruction.base = base;
    instruction.index = index;
    instruction.scale = this.#scale;
    instruction.segment = this.#segment;
    instruction.address32 = this.#width === 2;
    const size = this.#size;
    let kinds = memoryKinds(size);
    const fits = displacement.high === displacement.low >> 31;
    if (base === -1 && index === -1) kinds = fits ? kinds | Kinds.MOFFS : Kinds.MOFFS;
    else if (!fits && !(this.#width === 2 && displacement.high === 0)) {
      return this.#errors.add(errors.displacementRange(this.#spanFrom(start)));
    }
    instruction.kinds[i] = kinds;
    instruction.sizes[i] = size <= 8 ? size : 0;
    return true;
  }

  #beginSum(term: Term, start: number): void {
    term.clear();
    this.#size = 0;
    this.#brackets = false;
    this.#offset = false;
    this.#width = 0;
    this.#scaled = false;
    this.#segment = -1;
    this.#base = -1;
    this.#index = -1;
    this.#scale = 0;
    term.source = start;
  }

  /** Reads the whole sum, which begins at `start`. `read`: it begins with the identifier that the scanner has just read. */
  #sum(term: Term, start: number, read: boolean): boolean {
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
        this.#brackets = true;
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
            this.#segment = numberOf[register]!;
            scanner.position++;
            continue;
          }
          if (!this.#addressRegister(register, negative, depth)) return false;
        } else if (word === Words.SIZE && this.#sizeFollows()) {
          this.#size = scanner.keyword & 0xffff;
          this.#skipPtr();
          continue;
        } else if (word === Words.OFFSET) {
          this.#offset = true;
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
    const span = (): errors.Span => this.#spanFrom(start);
    if (misplaced) {
      return this.#errors.add(
        errors.badAddress(
          span(),
          "a register cannot stand here",
          "brackets around an address, and a plus before the register",
        ),
      );
    }
    if (width === 0 || (this.#width !== 0 && this.#width !== width)) {
      return this.#errors.add(
        errors.badAddress(
          span(),
          "this register cannot be part of the address",
          "64-bit registers, or 32-bit ones throughout",
        ),
      );
    }
    this.#width = width;
    const number = numberOf[register]!;
    if (scale === -1 && this.#base === -1) {
      this.#base = number;
      return true;
    }
    if (this.#index !== -1 || number === Address.RIP) {
      return this.#errors.add(errors.badAddress(span(), "too many registers in the address", "a base and an index"));
    }
    this.#index = number;
    this.#scale = Math.max(scale, 0);
    this.#scaled = scale !== -1;
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
