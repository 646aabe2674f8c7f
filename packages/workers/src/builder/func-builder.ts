/**
 * A function being built: one call an instruction, checked and encoded at once by the assembler's table, so that what is
 * wrong is thrown where it was written.
 */

import { alignLog2Of, blame, R_X86_64 } from "@manifold/core";
import { ALIGN } from "../x86/draft.js";
import { Emitter } from "../x86/emitter.js";
import { duplicateLabel, unknownLabel } from "../x86/errors.js";
import { MNEMONICS, mnemonicId } from "../x86/form-table.js";
import { Prefix } from "../x86/instruction.js";
import { makeRef } from "./contents.js";
import type { CurrentDeclaration } from "./declaration.js";
import { badDeclaration, badInstruction, misuse } from "./failures.js";
import { type Instructions, InstructionWriter, withMethods } from "./instruction-methods.js";
import type { Mnemonic } from "./instructions.js";
import { type Operand, OperandWriter } from "./operand-writer.js";
import { Label, type Place, type Ref, type SymbolPlace, symbol } from "./places.js";
import type { Reference } from "./reference.js";

const EMPTY = new Uint8Array(0);
const SPAN = { offset: 0, length: 0 };

/** Instructions behind a prefix. */
class Prefixed extends InstructionWriter {
  readonly #func: FuncBuilder;
  readonly #prefix: number;

  constructor(func: FuncBuilder, prefix: number) {
    super();
    this.#func = func;
    this.#prefix = prefix;
  }

  override write(mnemonic: number, a?: Operand, b?: Operand, c?: Operand): void {
    this.#func.emit(this.#prefix, mnemonic, a, b, c);
  }
}

const prefixed = (func: FuncBuilder, prefix: number): Instructions => withMethods(new Prefixed(func, prefix));

export class FuncBuilder extends InstructionWriter {
  /** `f.lock.cmpxchg(...)`; the other prefixes likewise. */
  readonly lock: Instructions = prefixed(this, Prefix.LOCK);
  readonly rep: Instructions = prefixed(this, Prefix.REP);
  readonly repe: Instructions = prefixed(this, Prefix.REPE);
  readonly repne: Instructions = prefixed(this, Prefix.REPNE);
  readonly notrack: Instructions = prefixed(this, Prefix.NOTRACK);
  readonly #emitter = new Emitter();
  readonly #operands = new OperandWriter(this.#emitter, () => this.#current());
  #declaration: CurrentDeclaration | undefined;
  #labels: Label[] = [];

  /** A label without a place; `name` is for messages. */
  label(name?: string): Label {
    const { id } = this.#current();
    const label = new Label(name ?? `label ${this.#labels.length}`, id, this.#emitter.symbols.anonymous());
    this.#labels.push(label);
    return label;
  }

  /** Places a label here, or a new one; returns it. */
  place(label: Label = this.label()): Label {
    const { id, name } = this.#current();
    if (label.declaration !== id) throw misuse(`${label} is a label of another function`, name);
    if (!this.#emitter.define(label.symbol)) throw badInstruction([duplicateLabel(SPAN, label.name)], "", name);
    label.placed = true;
    return label;
  }

  /** An unnamed value or a place inside a nav, for operands of this function. */
  ref(reference: Reference): Ref {
    return makeRef(this.#current(), reference);
  }

  /** An instruction by its name, for compilers that choose it at run time. */
  op(mnemonic: Mnemonic, ...operands: readonly Operand[]): void {
    const id = mnemonicId(mnemonic);
    if (id === -1) throw misuse(`there is no instruction "${mnemonic}"`, this.#current().name);
    if (operands.length > 3) throw misuse(`no instruction takes ${operands.length} operands`, this.#current().name);
    this.emit(0, id, operands[0], operands[1], operands[2]);
  }

  /** Pads with instructions that do nothing up to a multiple of `boundary` bytes; the function is aligned accordingly. */
  align(boundary: number): void {
    const { name } = this.#current();
    if (alignLog2Of(boundary) === -1) throw badDeclaration(blame.badAlignment(boundary), name);
    const { draft } = this.#emitter;
    draft.alignment = Math.max(draft.alignment, boundary);
    if (boundary > 1) draft.addItem(ALIGN, boundary, 0, -1, 0, 0);
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.#current();
    const { draft } = this.#emitter;
    draft.reserve(bytes.length).set(bytes, draft.length);
    draft.length += bytes.length;
  }

  /** The address of a place, 8 bytes: a row of a jump table. */
  pointer(place: Place): void {
    this.#field(symbol(place), undefined, R_X86_64["64"], 8);
  }

  /** The distance from a label to a place, 4 bytes: a row of a jump table that needs no run-time relocations. */
  distance(place: Place, from: Label): void {
    this.#field(symbol(place), from, R_X86_64["32"], 4);
  }

  /** Appends an instruction. */
  override write(mnemonic: number, a?: Operand, b?: Operand, c?: Operand): void {
    this.emit(0, mnemonic, a, b, c);
  }

  /** Appends an instruction with bits of `Prefix`. */
  emit(prefix: number, mnemonic: number, a?: Operand, b?: Operand, c?: Operand): void {
    const emitter = this.#emitter;
    const { instruction } = emitter;
    if (this.#declaration === undefined) this.#current();
    instruction.reset(mnemonic);
    instruction.prefixes = prefix;
    if (a !== undefined) {
      this.#operands.add(a);
      if (b !== undefined) {
        this.#operands.add(b);
        if (c !== undefined) this.#operands.add(c);
      }
    }
    if (emitter.emit(0, 0)) return;
    const text = spell(prefix, mnemonic, [a, b, c]);
    throw badInstruction([emitter.errors.list.at(-1)!], text, this.#declaration!.name);
  }

  /** Starts a function. */
  begin(declaration: CurrentDeclaration): void {
    this.#declaration = declaration;
    this.#labels = [];
    this.#emitter.begin(EMPTY, 0);
  }

  /** Lays the function out; what came of it is valid until the next one begins. Throws for what is wrong with it. */
  finish(): { readonly layout: Emitter["layout"]; readonly alignment: number } {
    const { name } = this.#current();
    for (const label of this.#labels)
      if (label.used && !label.placed) throw badInstruction([unknownLabel(SPAN, label.name, undefined)], "", name);
    if (!this.#emitter.finish()) throw badInstruction(this.#emitter.errors.list, "", name);
    return { layout: this.#emitter.layout, alignment: this.#emitter.draft.alignment };
  }

  /** Ends the function, finished or not. */
  end(): void {
    this.#declaration = undefined;
  }

  #current(): CurrentDeclaration {
    if (this.#declaration === undefined)
      throw misuse("the function has ended: use `f` in the function that it is given to");
    return this.#declaration;
  }

  #field({ place, offset, modifier }: SymbolPlace, minus: Label | undefined, type: number, bytes: number): void {
    const { name } = this.#current();
    if (modifier !== 0) throw misuse("a row of a table takes no modifier", name);
    const { draft } = this.#emitter;
    const low = this.#operands.symbolOf(place);
    const base = minus === undefined ? -1 : this.#operands.symbolOf(minus);
    const code = draft.reserve(bytes);
    draft.addFixup(draft.length, type, low, base, offset, offset >> 31, 0, 0);
    code.fill(0, draft.length, draft.length + bytes);
    draft.length += bytes;
  }
}

/** A function being built: instructions by name, and what stands between them. */
export type Func = FuncBuilder & Instructions;

/** How assembly spells an instruction, for messages. */
function spell(prefix: number, mnemonic: number, operands: readonly (Operand | undefined)[]): string {
  const before = Object.entries(Prefix).flatMap(([name, bit]) => (prefix & bit ? [name.toLowerCase()] : []));
  const list = operands.filter((operand) => operand !== undefined).map(String);
  return [...before, MNEMONICS[mnemonic]!, list.join(", ")].join(" ").trim();
}
