/**
 * The assembler of one emit worker: turns the assembly text of a function, in GNU `as`'s Intel syntax, into machine code
 * and relocations. One instance serves any number of functions, one after the other, and allocates nothing per
 * instruction; results are valid until the next call.
 */
import { Directives } from "./directives.js";
import { Emitter } from "./emitter.js";
import * as errors from "./errors.js";
import { isBranch } from "./form-table.js";
import { Word, wordsOfKind } from "./keywords.js";
import { Relocation } from "./layout.js";
import { LineCache } from "./line-cache.js";
import { OperandParser } from "./operand-parser.js";
import { BEGIN, Begin, Scanner } from "./scanner.js";
import { nearest } from "./suggest.js";
import { textOf } from "./symbols.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const takesTarget = isBranch;
const Words = Word;
const Start = Begin;

const begin = BEGIN;
const COLON = 58;
const DOT = 46;

export class Assembler {
  readonly #emitter = new Emitter();
  readonly #scanner = new Scanner();
  readonly #operands = new OperandParser(
    this.#scanner,
    this.#emitter.instruction,
    this.#emitter.symbols,
    this.#emitter.draft,
    this.#emitter.errors,
  );
  readonly #directives = new Directives(this.#scanner, this.#operands, this.#emitter);
  readonly #lines = new LineCache(this.#scanner, this.#emitter);
  #base = 0;

  /**
   * Assembles the text `source[start, end)`, one function. True: `code`, `relocations` and `alignment` hold the result.
   * False: `errors` says why; there is no result.
   */
  assemble(source: Uint8Array, start: number, end: number): boolean {
    this.#scanner.load(source, start, end);
    return this.#run(start);
  }

  /**
   * The same with the JSON string whose characters begin at `start` and which must end before `limit`; returns where it
   * ends, or -1: then it must be decoded and assembled anew. Offsets in results are those in the source as it stands.
   */
  assembleJson(source: Uint8Array, start: number, limit: number): number {
    const end = this.#scanner.loadJson(source, start, limit);
    return end === -1 || !this.#run(start) ? -1 : end;
  }

  #run(base: number): boolean {
    this.#base = base;
    const scanner = this.#scanner;
    const lines = this.#lines;
    this.#emitter.begin(scanner.text, base);
    while (scanner.nextStatement()) {
      if (lines.replay()) continue;
      if (this.#statement()) {
        lines.learn();
        continue;
      }
      if (this.#emitter.errors.full) break;
      scanner.skipStatement();
    }
    return this.#emitter.finish();
  }

  /** The code is the first `codeLength` bytes. */
  get code(): Uint8Array {
    return this.#emitter.layout.code;
  }

  get codeLength(): number {
    return this.#emitter.layout.codeLength;
  }

  /** Records of `Relocation.SIZE` words (see `Relocation`), by ascending offset. */
  get relocations(): Int32Array {
    return this.#emitter.layout.relocations;
  }

  get relocationCount(): number {
    return this.#emitter.layout.relocationCount;
  }

  /** The alignment in bytes that the function must have at least for those inside it to hold. */
  get alignment(): number {
    return this.#emitter.draft.alignment;
  }

  /** What was wrong, in the order of the text. */
  get errors(): readonly errors.AssemblyError[] {
    return this.#emitter.errors.list;
  }

  /** The first error, or undefined. */
  get error(): errors.AssemblyError | undefined {
    return this.errors[0];
  }

  /**
   * The error for relocation `i` whose name turned out to mean nothing to the linker, with the nearest of the function's
   * own labels.
   */
  unknownName(i: number): errors.AssemblyError {
    const { symbols } = this.#emitter;
    const at = i * Relocation.SIZE;
    const offset = this.relocations[at + Relocation.NAME_START]!;
    const length = this.relocations[at + Relocation.NAME_LENGTH]!;
    const name = textOf(symbols.text, offset - this.#base, length);
    const labels: string[] = [];
    for (let id = 0; id < symbols.count; id++) {
      if (symbols.fragment[id] !== -1 && symbols.nameLength[id] !== 0) {
        labels.push(textOf(symbols.text, symbols.nameStart[id]!, symbols.nameLength[id]!));
      }
    }
    return errors.unknownLabel({ offset, length }, name, nearest(name, labels));
  }

  /** One statement, or a label before one. The position is at its first byte. */
  #statement(): boolean {
    const scanner = this.#scanner;
    const kind = begin[scanner.text[scanner.position]!]!;
    if (kind === Start.DIGIT) return this.#numericLabel();
    if (this.#isCfi()) {
      scanner.skipStatement();
      return true;
    }
    if (kind !== Start.IDENTIFIER) return this.#emitter.errors.add(errors.missing(this.#here(), "an instruction"));
    const { instruction } = this.#emitter;
    let prefixes = 0;
    const start = scanner.position;
    for (;;) {
      scanner.identifier();
      const { keyword, tokenStart, tokenEnd } = scanner;
      const c = scanner.text[tokenEnd]!;
      if (c === COLON || (begin[c] === Start.BLANK && scanner.skipBlanks() === COLON)) return this.#label();
      const word = keyword >>> 16;
      const value = keyword & 0xffff;
      if (word === Words.MNEMONIC) {
        instruction.reset(value);
        instruction.prefixes = prefixes;
        if (!this.#operands.operands(takesTarget[value] === 1)) return false;
        const { count } = instruction;
        return this.#emitter.emit(start, count === 0 ? tokenEnd : instruction.ends[count - 1]!);
      }
      if (word === Words.DIRECTIVE) return this.#directives.run(value, tokenStart) && this.#endOfStatement();
      if (word !== Words.PREFIX) return this.#unknown(tokenStart, tokenEnd);
      prefixes |= value;
      if (scanner.atEndOfStatement()) {
        this.#emitter.emitPrefixes(prefixes);
        return true;
      }
      if (begin[scanner.text[scanner.position]!] !== Start.IDENTIFIER) {
        return this.#emitter.errors.add(errors.missing(this.#here(), "an instruction"));
      }
    }
  }

  /** Whether the statement is one of the many `.cfi_` directives, which describe frames to unwinders and emit nothing. */
  #isCfi(): boolean {
    const { text, position } = this.#scanner;
    if (text[position] !== DOT || text[position + 1] !== 99 || text[position + 2] !== 102) return false;
    return text[position + 3] === 105 && text[position + 4] === 95;
  }

  #here(): errors.Span {
    return { offset: this.#scanner.position, length: 1 };
  }

  #endOfStatement(): boolean {
    if (this.#scanner.atEndOfStatement()) return true;
    return this.#emitter.errors.add(errors.trailingText(this.#here()));
  }

  /** The identifier that was just read is a label; the position is at the colon or at blanks before it. */
  #label(): boolean {
    const scanner = this.#scanner;
    const { tokenStart, tokenEnd, hash } = scanner;
    scanner.skipBlanks();
    scanner.position++;
    if (this.#emitter.define(this.#emitter.symbols.intern(tokenStart, tokenEnd, hash))) return true;
    const span = { offset: tokenStart, length: tokenEnd - tokenStart };
    return this.#emitter.errors.add(errors.duplicateLabel(span, textOf(scanner.text, tokenStart, span.length)));
  }

  #numericLabel(): boolean {
    const scanner = this.#scanner;
    const start = scanner.position;
    const plain = scanner.number();
    const n = scanner.numberLow;
    const span = { offset: start, length: scanner.position - start };
    if (!plain || scanner.skipBlanks() !== COLON) {
      return this.#emitter.errors.add(errors.missing(span, "an instruction or a label"));
    }
    scanner.position++;
    if (scanner.numberHigh !== 0 || n < 0 || n > 99) return this.#emitter.errors.add(errors.numericLabelRange(span));
    this.#emitter.define(this.#emitter.symbols.defineNumeric(n));
    return true;
  }

  #unknown(start: number, end: number): boolean {
    const span = { offset: start, length: end - start };
    const name = textOf(this.#scanner.text, start, span.length);
    const folded = name.toLowerCase();
    if (this.#scanner.text[start] === DOT) {
      const suggestion = nearest(folded, wordsOfKind(Words.DIRECTIVE));
      return this.#emitter.errors.add(errors.unknownDirective(span, name, suggestion));
    }
    const words = [...wordsOfKind(Words.MNEMONIC), ...wordsOfKind(Words.PREFIX)];
    return this.#emitter.errors.add(errors.unknownMnemonic(span, name, nearest(folded, words)));
  }
}
