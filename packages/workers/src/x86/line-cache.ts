/**
 * Remembers what lines of assembly came to, so that a line that comes again costs a look at its bytes and no parsing:
 * what a statement adds to a draft follows from its text alone, and compilers write the same few thousand lines over and
 * over. The careful path assembles a line the first time; `learn` then takes from the draft what it added.
 *
 * Lines that differ only in the name of a symbol, or in a large immediate at their end, are one to the cache: that part is
 * the line's *hole*. A line is kept only where it is plainly written (see `PlainLine`) and adds what an entry can hold: some
 * bytes, and at most one branch, alignment or fixup. Whether it was right to take a part for a hole is checked when the line
 * is learnt; everything else in lines of one entry is the same, byte for byte.
 */
import { ALIGN } from "./draft.js";
import { type Emitter, NO_MNEMONIC } from "./emitter.js";
import { FOLD, HASH_PRIME, HASH_SEED } from "./keywords.js";
import { CODE_SIZE, Effect, Entry, LineEntries } from "./line-entries.js";
import { LineLearner } from "./line-learner.js";
import { Hole, PlainLine } from "./plain-line.js";
import type { Scanner } from "./scanner.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const fold = FOLD;
const seed = HASH_SEED;
const prime = HASH_PRIME;
const align = ALIGN;
const noMnemonic = NO_MNEMONIC;
const Record = Entry;
const Effects = Effect;
const Holes = Hole;
const codeSize = CODE_SIZE;

const DOT = 46;
const COLON = 58;
const LETTER_C = 99;
const LETTER_P = 112;

export class LineCache {
  readonly #scanner: Scanner;
  readonly #emitter: Emitter;
  readonly #line: PlainLine;
  readonly #entries: LineEntries;
  readonly #learner: LineLearner;

  constructor(scanner: Scanner, emitter: Emitter) {
    this.#scanner = scanner;
    this.#emitter = emitter;
    this.#line = new PlainLine(scanner);
    this.#entries = new LineEntries(scanner);
    this.#learner = new LineLearner(scanner, emitter, this.#line, this.#entries);
  }

  /**
   * Assembles the statement at the position if it is a label or a line that is known. False: nothing has happened, the
   * careful path must do it, and `learn` may follow.
   */
  replay(): boolean {
    const { text, position } = this.#scanner;
    const line = this.#line;
    const entries = this.#entries;
    const dotted = text[position] === DOT;
    const second = text[position + 1];
    if (dotted && second !== LETTER_C && second !== LETTER_P) {
      this.#learner.unmark();
      return this.#label();
    }
    const end = line.read(position);
    // Lines with a number for their hole are never known as a whole.
    line.findNumber();
    let slot = entries.find(line);
    if (slot === -1 && !dotted && line.findSymbol()) slot = entries.find(line);
    if (slot === -1) {
      if (line.isPlain()) this.#learner.mark();
      else this.#learner.unmark();
      return false;
    }
    this.#apply(slot);
    this.#scanner.position = end;
    return true;
  }

  /** Takes note of what the line came to that `replay` did not know and that has been assembled since. */
  learn(): void {
    this.#learner.learn();
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

  /** Adds to the draft what the entry says. */
  #apply(slot: number): void {
    const emitter = this.#emitter;
    const { draft } = emitter;
    const entries = this.#entries.records;
    const codes = this.#entries.codes;
    const at = slot * Record.SIZE;
    const length = entries[at + Record.CODE_LENGTH]!;
    const code = draft.reserve(codeSize);
    const from = draft.length;
    for (let i = 0, q = slot * codeSize; i < length; i++) code[from + i] = codes[q++]!;
    draft.length = from + length;
    if (entries[at + Record.MNEMONIC] !== noMnemonic) emitter.last = entries[at + Record.MNEMONIC]!;
    if (this.#line.hole === Holes.NUMBER) {
      const value = this.#line.holeValue;
      const field = from + length - 4;
      code[field] = value;
      code[field + 1] = value >> 8;
      code[field + 2] = value >> 16;
      code[field + 3] = value >> 24;
    }
    if (entries[at + Record.EFFECT] !== Effects.NONE) this.#applyEffect(at, from);
  }

  #applyEffect(at: number, from: number): void {
    const { draft, symbols } = this.#emitter;
    const entries = this.#entries.records;
    const source = this.#line.start + entries[at + Record.SOURCE]!;
    let sourceLength = entries[at + Record.SOURCE_LENGTH]!;
    const a = entries[at + Record.A]!;
    const b = entries[at + Record.B]!;
    const c = entries[at + Record.C]!;
    const d = entries[at + Record.D]!;
    if (entries[at + Record.EFFECT] === Effects.ITEM && a === align) {
      draft.alignment = Math.max(draft.alignment, d);
      draft.addItem(align, d, b, c, source, sourceLength);
      return;
    }
    let symbol = 0;
    if (this.#line.hole === Holes.SYMBOL) {
      sourceLength += this.#line.holeEnd - this.#line.holeStart;
      symbol = symbols.intern(this.#line.holeStart, this.#line.holeEnd, this.#line.holeValue);
    } else {
      const start = this.#line.start + entries[at + Record.SYMBOL_START]!;
      symbol = symbols.intern(start, start + entries[at + Record.SYMBOL_LENGTH]!, entries[at + Record.SYMBOL_HASH]!);
    }
    if (entries[at + Record.EFFECT] === Effects.ITEM) draft.addItem(a, symbol, b, c, source, sourceLength);
    else draft.addFixup(from + a, b, symbol, -1, c, d, source, sourceLength);
  }
}
