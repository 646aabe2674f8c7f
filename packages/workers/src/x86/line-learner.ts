/**
 * Learns lines for the cache: takes from a draft what the careful path added for a line. A line is kept only where that is
 * what an entry can hold; and whether it was right to take a part of it for a hole is checked here.
 */
import { ALIGN, Fixup, Item } from "./draft.js";
import { type Emitter, NO_MNEMONIC } from "./emitter.js";
import { CODE_SIZE, Effect, Entry, type LineEntries } from "./line-entries.js";
import { Hole, type PlainLine, TEXT_SIZE } from "./plain-line.js";
import type { Scanner } from "./scanner.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const align = ALIGN;
const noMnemonic = NO_MNEMONIC;
const ItemField = Item;
const FixupField = Fixup;

export class LineLearner {
  readonly #scanner: Scanner;
  readonly #emitter: Emitter;
  readonly #line: PlainLine;
  readonly #entries: LineEntries;
  /** The line that was read last is being assembled and can be learnt. */
  #marked = false;
  /** The state of the draft before the line. */
  #length = 0;
  #items = 0;
  #fixups = 0;
  #last = 0;

  constructor(scanner: Scanner, emitter: Emitter, line: PlainLine, entries: LineEntries) {
    this.#scanner = scanner;
    this.#emitter = emitter;
    this.#line = line;
    this.#entries = entries;
  }

  /** The next line is not to be learnt. */
  unmark(): void {
    this.#marked = false;
  }

  /** Remembers the draft as it is before the line is assembled. */
  mark(): void {
    this.#marked = true;
    const emitter = this.#emitter;
    const { draft } = emitter;
    this.#length = draft.length;
    this.#items = draft.itemCount;
    this.#fixups = draft.fixupCount;
    this.#last = emitter.last;
    emitter.last = noMnemonic;
    // What the line names may have no name, and then does not ask for one.
    emitter.symbols.last = -1;
  }

  /** Takes note of what the line came to that `replay` did not know and that has been assembled since. */
  learn(): void {
    if (!this.#marked) return;
    this.#marked = false;
    const emitter = this.#emitter;
    const { draft } = emitter;
    const mnemonic = emitter.last;
    if (mnemonic === noMnemonic) emitter.last = this.#last;
    const length = draft.length - this.#length;
    const items = draft.itemCount - this.#items;
    const fixups = draft.fixupCount - this.#fixups;
    const isOneLine = this.#scanner.position === this.#line.end;
    if (!isOneLine || length > CODE_SIZE || items + fixups > 1) return;
    if (this.#line.hole === Hole.SYMBOL && items + fixups === 0) return;
    if (this.#line.hole === Hole.NUMBER && !this.#isImmediate()) return;
    const slot = this.#entries.free(this.#line);
    const entries = this.#entries.records;
    const at = slot * Entry.SIZE;
    if (items === 1 && !this.#learnItem(at)) return;
    if (fixups === 1 && !this.#learnFixup(at)) return;
    if (items + fixups === 0) entries[at + Entry.EFFECT] = Effect.NONE;
    entries[at + Entry.HASH] = this.#line.hash;
    entries[at + Entry.HOLE] = this.#line.hole;
    entries[at + Entry.CODE_LENGTH] = length;
    entries[at + Entry.MNEMONIC] = mnemonic;
    this.#entries.codes.set(draft.bytes.subarray(this.#length, draft.length), slot * CODE_SIZE);
    const { text } = this.#scanner;
    const isWhole = this.#line.hole === Hole.NONE;
    const headEnd = isWhole ? this.#line.end : this.#line.holeStart;
    const restStart = isWhole ? this.#line.end : this.#line.holeEnd;
    const head = headEnd - this.#line.start;
    const rest = slot * TEXT_SIZE + ((head + 3) & ~3);
    entries[at + Entry.HEAD] = head;
    entries[at + Entry.REST] = this.#line.end - restStart;
    this.#entries.texts.fill(0, slot * TEXT_SIZE, (slot + 1) * TEXT_SIZE);
    this.#entries.texts.set(text.subarray(this.#line.start, headEnd), slot * TEXT_SIZE);
    this.#entries.texts.set(text.subarray(restStart, this.#line.end), rest);
  }

  /** Whether the hole is the instruction's immediate, in the four bytes at its end. */
  #isImmediate(): boolean {
    const { draft, instruction } = this.#emitter;
    const value = this.#line.holeValue;
    const { immediate, hasImmediate } = instruction;
    if (!hasImmediate || immediate.low !== value || immediate.high !== value >> 31) return false;
    if (immediate.symbol !== -1 || draft.length - this.#length <= 4) return false;
    const { bytes, length } = draft;
    const field =
      bytes[length - 4]! | (bytes[length - 3]! << 8) | (bytes[length - 2]! << 16) | (bytes[length - 1]! << 24);
    return field === value;
  }

  #learnItem(at: number): boolean {
    const entries = this.#entries.records;
    const { items, itemCount } = this.#emitter.draft;
    const item = (itemCount - 1) * ItemField.SIZE;
    const kind = items[item + ItemField.KIND]!;
    const target = items[item + ItemField.TARGET]!;
    entries[at + Entry.EFFECT] = Effect.ITEM;
    entries[at + Entry.A] = kind;
    entries[at + Entry.B] = items[item + ItemField.EXTRA]!;
    entries[at + Entry.C] = items[item + ItemField.DETAIL]!;
    entries[at + Entry.D] = target;
    const source = items[item + ItemField.SOURCE]!;
    const sourceLength = items[item + ItemField.SOURCE_LENGTH]!;
    if (kind !== align) return this.#learnSymbol(at, target, source, sourceLength);
    entries[at + Entry.SOURCE] = source - this.#line.start;
    entries[at + Entry.SOURCE_LENGTH] = sourceLength;
    return this.#line.hole === Hole.NONE;
  }

  #learnFixup(at: number): boolean {
    const entries = this.#entries.records;
    const { fixups, fixupCount } = this.#emitter.draft;
    const fixup = (fixupCount - 1) * FixupField.SIZE;
    entries[at + Entry.EFFECT] = Effect.FIXUP;
    entries[at + Entry.A] = fixups[fixup + FixupField.POSITION]! - this.#length;
    entries[at + Entry.B] = fixups[fixup + FixupField.TYPE]!;
    entries[at + Entry.C] = fixups[fixup + FixupField.ADDEND_LOW]!;
    entries[at + Entry.D] = fixups[fixup + FixupField.ADDEND_HIGH]!;
    if (fixups[fixup + FixupField.MINUS] !== -1) return false;
    const source = fixups[fixup + FixupField.SOURCE]!;
    return this.#learnSymbol(at, fixups[fixup + FixupField.SYMBOL]!, source, fixups[fixup + FixupField.SOURCE_LENGTH]!);
  }

  /** Takes note of where the line names the symbol, which must be where its hole is if that is to be one. */
  #learnSymbol(at: number, symbol: number, source: number, sourceLength: number): boolean {
    const entries = this.#entries.records;
    const { last, lastStart, lastEnd, lastHash } = this.#emitter.symbols;
    if (symbol !== last || lastStart < this.#line.start || lastEnd > this.#line.end) return false;
    const isHole = this.#line.hole === Hole.SYMBOL;
    if (isHole && (lastStart !== this.#line.holeStart || lastEnd !== this.#line.holeEnd)) return false;
    entries[at + Entry.SOURCE] = source - this.#line.start;
    entries[at + Entry.SOURCE_LENGTH] = isHole ? sourceLength - (lastEnd - lastStart) : sourceLength;
    entries[at + Entry.SYMBOL_START] = lastStart - this.#line.start;
    entries[at + Entry.SYMBOL_LENGTH] = lastEnd - lastStart;
    entries[at + Entry.SYMBOL_HASH] = lastHash;
    return true;
  }
}
