/**
 * Reads operands in GNU `as`'s Intel syntax into the fields of an `Instruction`. An operand is a register, a number, or a
 * sum that is an address, an immediate or a place in code: which, shows when it has been read.
 */
import type { Draft } from "./draft.js";
import type { ErrorList } from "./error-list.js";
import * as errors from "./errors.js";
import { isString } from "./form-table.js";
import { type Instruction, MAX_OPERANDS, type Term } from "./instruction.js";
import { Word } from "./keywords.js";
import { ANY_IMMEDIATE, Kind, memoryKinds } from "./operand-kinds.js";
import { AddressRegister, REGISTER_ST, registerKind, registerNumber, registerSize } from "./registers.js";
import { BEGIN, Begin, type Scanner } from "./scanner.js";
import { SumParser } from "./sum-parser.js";
import type { SymbolTable } from "./symbols.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const kindsOfMemory = memoryKinds;
const Start = Begin;
const Words = Word;
const Kinds = Kind;
const anyImmediate = ANY_IMMEDIATE;
const Address = AddressRegister;
const most = MAX_OPERANDS;
const st = REGISTER_ST;

const begin = BEGIN;
const kindOf = registerKind;
const sizeOf = registerSize;
const numberOf = registerNumber;

const LINE_FEED = 10;
const COMMA = 44;
const LEFT_PAREN = 40;
const RIGHT_PAREN = 41;
const MINUS = 45;

export class OperandParser {
  readonly #scanner: Scanner;
  readonly #instruction: Instruction;
  readonly #errors: ErrorList;

  readonly #sum: SumParser;

  constructor(scanner: Scanner, instruction: Instruction, symbols: SymbolTable, draft: Draft, errorList: ErrorList) {
    this.#scanner = scanner;
    this.#instruction = instruction;
    this.#errors = errorList;
    this.#sum = new SumParser(scanner, symbols, draft, errorList);
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
    if (!this.#sum.parse(term, start, false)) return false;
    if (this.#sum.brackets || this.#sum.width !== 0 || this.#sum.size !== 0 || this.#sum.segment !== -1) {
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
    if (!this.#sum.parse(term, start, kind === Start.IDENTIFIER)) return false;
    instruction.ends[i] = scanner.position;
    if (!this.#isMemory(term, branch)) return this.#immediateOrTarget(i, term, branch);
    if (!instruction.hasMemory || isString[instruction.mnemonic] === 1) return this.#memory(i, start, term);
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
    if (this.#sum.brackets || this.#sum.width !== 0 || this.#sum.segment !== -1) return true;
    if (this.#sum.offset || term.symbol === -1 || term.minus !== -1) return false;
    return !branch || this.#sum.size !== 0;
  }

  #immediateOrTarget(i: number, term: Term, branch: boolean): boolean {
    const instruction = this.#instruction;
    const target = this.#freeImmediate();
    if (target !== term) target.assign(term);
    instruction.sizes[i] = 0;
    if (branch && term.symbol !== -1 && term.minus === -1) {
      instruction.kinds[i] = Kinds.REL;
      if (term.high === term.low >> 31) return true;
      return this.#errors.add(errors.displacementRange(this.#spanFrom(instruction.starts[i]!)));
    }
    instruction.kinds[i] = anyImmediate;
    instruction.hasImmediate = true;
    return true;
  }

  #memory(i: number, start: number, displacement: Term): boolean {
    const instruction = this.#instruction;
    instruction.hasMemory = true;
    let base = this.#sum.base;
    let index = this.#sum.index;
    // rsp cannot be an index: unscaled, it changes places with the base.
    if (index === 4) {
      if (this.#sum.scaled || base === 4) {
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
    instruction.scale = this.#sum.scale;
    instruction.segment = this.#sum.segment;
    instruction.address32 = this.#sum.width === 2;
    const size = this.#sum.size;
    let kinds = kindsOfMemory(size);
    const fits = displacement.high === displacement.low >> 31;
    if (base === -1 && index === -1 && size <= 8) kinds = fits ? kinds | Kinds.MOFFS : Kinds.MOFFS;
    else if (!fits && !(this.#sum.width === 2 && displacement.high === 0)) {
      return this.#errors.add(errors.displacementRange(this.#spanFrom(start)));
    }
    instruction.kinds[i] = kinds;
    instruction.sizes[i] = size <= 8 ? size : 0;
    const plain = index === -1 && displacement.low === 0 && displacement.high === 0 && displacement.symbol === -1;
    instruction.registers[i] = plain ? base : -1;
    instruction.segments[i] = this.#sum.segment;
    return true;
  }
}
