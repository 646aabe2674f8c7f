/**
 * One function being emitted: operand fields go in, bytes and relocations come out. The text assembler drives it, and a
 * builder can do so without any text:
 *
 *     emitter.begin(names, 0);
 *     emitter.instruction.reset(mnemonicId("mov"));   // then its operands
 *     emitter.emit();
 *     emitter.finish();
 */
import { Draft } from "./draft.js";
import { Encoded, Encoder } from "./encoder.js";
import { ErrorList } from "./error-list.js";
import * as errors from "./errors.js";
import { FormField, FormFlag, formTable, isBranch, MNEMONICS, mnemonicId, Tail } from "./form-table.js";
import { Instruction, Prefix } from "./instruction.js";
import { Layout } from "./layout.js";
import { AMBIGUOUS_SIZE, matchForm } from "./matcher.js";
import { explainMismatch } from "./mismatch.js";
import { MODIFIERS } from "./modifiers.js";
import { SymbolTable } from "./symbols.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const match = matchForm;
const table = formTable;
const Field = FormField;
const Flag = FormFlag;
const Result = Encoded;
const ambiguous = AMBIGUOUS_SIZE;

/** Bytes of prefixes that stand alone in a statement, in the order of `Prefix`. */
const LONE_PREFIXES: readonly (readonly [bit: number, byte: number])[] = [
  [Prefix.NOTRACK, 0x3e],
  [Prefix.ADDR32, 0x67],
  [Prefix.DATA16, 0x66],
  [Prefix.REP | Prefix.REPE, 0xf3],
  [Prefix.REPNE | Prefix.BND, 0xf2],
  [Prefix.LOCK, 0xf0],
  [Prefix.REX_W, 0x48],
];

/** Number of rsi, and of the segment register es. */
const SOURCE_BASE = 6;
const ES = 0;

/** Instructions behind which control never goes on to the next. */
const ENDS_FLOW: ReadonlySet<number> = new Set(["jmp", "ret", "ud2", "hlt", "iretq", "sysretq"].map(mnemonicId));

export const NO_MNEMONIC = -1;

export class Emitter {
  readonly instruction: Instruction = new Instruction();
  readonly symbols: SymbolTable = new SymbolTable();
  readonly draft: Draft = new Draft();
  readonly errors: ErrorList = new ErrorList();
  readonly layout: Layout = new Layout(this.draft, this.symbols, this.errors);
  readonly #encoder = new Encoder(this.draft);
  #base = 0;
  /** Mnemonic id of the last instruction, `NO_MNEMONIC` at the start. */
  last: number = NO_MNEMONIC;

  /** Begins a function. Names of symbols are byte ranges of `text`; `base` is added to them in results. */
  begin(text: Uint8Array, base: number): void {
    this.#base = base;
    this.last = NO_MNEMONIC;
    this.symbols.clear(text);
    this.draft.clear();
    this.errors.clear(base);
  }

  /** Appends `instruction`. False, with an error that names `start` to `end` of the text, where it does not exist. */
  emit(start: number, end: number): boolean {
    const instruction = this.instruction;
    const form = match(instruction);
    if (form < 0) return this.#explain(form, start, end);
    if (instruction.prefixes !== 0 && !this.#checkPrefixes(form, start, end)) return false;
    if ((table[form * Field.SIZE + Field.FLAGS]! & Flag.STRING) !== 0 && !this.#takeString(form)) return false;
    this.last = instruction.mnemonic;
    const result = this.#encoder.encode(instruction, form);
    if (result === Result.OK) return true;
    const span = { offset: start, length: end - start };
    if (result === Result.HIGH_BYTE) return this.errors.add(errors.byteRegisters(span));
    const modifier = Math.max(instruction.displacement.modifier, instruction.immediate.modifier);
    return this.errors.add(
      errors.noSuchRelocation(span, MODIFIERS[modifier - 1]?.[0] ?? "", 8 * (instruction.size || 4)),
    );
  }

  /** Whether control cannot come here from the instruction before: data may stand here. */
  get unreachable(): boolean {
    return ENDS_FLOW.has(this.last);
  }

  /** Appends prefixes that stand alone in their statement. */
  emitPrefixes(prefixes: number): void {
    const code = this.draft.reserve(LONE_PREFIXES.length);
    for (const [bits, byte] of LONE_PREFIXES) if ((prefixes & bits) !== 0) code[this.draft.length++] = byte;
  }

  /** Places a label here; false where it has a place already. */
  define(symbol: number): boolean {
    return this.symbols.define(symbol, this.draft.itemCount, this.draft.length);
  }

  /** Lays the function out: the results are then in `layout`. False where there were errors. */
  finish(): boolean {
    if (this.errors.list.length === 0) this.layout.run(this.#base);
    return this.errors.list.length === 0;
  }

  #explain(result: number, start: number, end: number): false {
    const span = { offset: start, length: end - start };
    const { mnemonic } = this.instruction;
    if (result === ambiguous) return this.errors.add(errors.ambiguousSize(span, MNEMONICS[mnemonic]!));
    return this.errors.add(explainMismatch(this.instruction, span));
  }

  /** Checks that a string instruction's memory is where it must be; the segment it takes is the source's. */
  #takeString(form: number): boolean {
    const instruction = this.instruction;
    const bases = table[form * Field.SIZE + Field.EXTRA]!;
    instruction.segment = -1;
    for (let i = 0; i < instruction.count; i++) {
      const base = (bases >> (4 * i)) & 15;
      if (base === 0) continue;
      const segment = instruction.segments[i]!;
      const source = base === SOURCE_BASE;
      if (source) instruction.segment = segment;
      if (instruction.registers[i] === base && (source || segment === -1 || segment === ES)) continue;
      const offset = instruction.starts[i]!;
      const expected = source ? "[rsi]" : "[rdi], in the segment es";
      const span = { offset, length: instruction.ends[i]! - offset };
      return this.errors.add(errors.badAddress(span, "a string instruction does not work there", expected));
    }
    return true;
  }

  #checkPrefixes(form: number, start: number, end: number): boolean {
    const { prefixes, mnemonic, hasMemory } = this.instruction;
    const flags = table[form * Field.SIZE + Field.FLAGS]!;
    const span = { offset: start, length: end - start };
    const name = MNEMONICS[mnemonic]!;
    if ((prefixes & Prefix.LOCK) !== 0 && !(hasMemory && (flags & Flag.LOCK) !== 0)) {
      return this.errors.add(errors.notLockable(span, name));
    }
    if ((prefixes & (Prefix.REP | Prefix.REPE | Prefix.REPNE)) !== 0 && (flags & Flag.REP) === 0) {
      return this.errors.add(errors.wrongPrefix(span, name, "rep", "a string instruction"));
    }
    const branch = isBranch[mnemonic] === 1;
    if ((prefixes & Prefix.NOTRACK) !== 0 && !(branch && table[form * Field.SIZE + Field.TAIL] === Tail.NONE)) {
      return this.errors.add(errors.wrongPrefix(span, name, "notrack", "an indirect call or jmp"));
    }
    if ((prefixes & Prefix.BND) !== 0 && !(branch || name === "ret")) {
      return this.errors.add(errors.wrongPrefix(span, name, "bnd", "a branch"));
    }
    return true;
  }
}
