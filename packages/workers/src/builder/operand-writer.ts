/** From operands as values to the fields of the assembler's `Instruction`. */

import { badAddress, displacementRange, localModifier } from "../x86/errors.js";
import { isBranch, isString } from "../x86/form-table.js";
import type { Emitter, Instruction, Term } from "../x86/index.js";
import { Kind } from "../x86/operand-kinds.js";
import { type Constant, setConstant } from "./constants.js";
import type { CurrentDeclaration } from "./declaration.js";
import { badInstruction, misuse } from "./failures.js";
import { Memory } from "./memory.js";
import { AddressOf, Label, type Place, Ref, SymbolPlace } from "./places.js";
import { type InstructionPointer, Register, rip } from "./registers.js";

/** What instructions take. A place is a target for branches, and memory relative to `rip` for all others. */
export type Operand = Exclude<Register, InstructionPointer> | Memory | Constant | Place | AddressOf;

const SPAN = { offset: 0, length: 0 };

export class OperandWriter {
  readonly #emitter: Emitter;
  readonly #instruction: Instruction;
  readonly #declaration: () => CurrentDeclaration;
  /** The assembler's symbols of the declaration's targets, by target; those of declarations before are stale. */
  #symbols: number[] = [];
  #declarationId = -1;

  constructor(emitter: Emitter, declaration: () => CurrentDeclaration) {
    this.#emitter = emitter;
    this.#instruction = emitter.instruction;
    this.#declaration = declaration;
  }

  /** Appends an operand of the instruction that was begun. */
  add(operand: Operand): void {
    if (operand instanceof Register) this.#register(operand);
    else if (typeof operand === "number" || typeof operand === "bigint")
      setConstant(this.#instruction.addImmediate(), operand);
    else if (operand instanceof Memory) this.#memory(operand);
    else if (operand instanceof AddressOf) this.#place(this.#instruction.addImmediate(), operand.place);
    else if (isBranch[this.#instruction.mnemonic] === 1) this.#target(operand);
    else this.#relative(operand);
  }

  /** The assembler's symbol of a place. */
  symbolOf(place: string | Label | Ref): number {
    const declaration = this.#declaration();
    if (place instanceof Label) {
      if (place.declaration !== declaration.id)
        throw misuse(`${place} is a label of another function`, declaration.name);
      place.used = true;
      return place.symbol;
    }
    if (this.#declarationId !== declaration.id) {
      this.#declarationId = declaration.id;
      this.#symbols = [];
    }
    const isName = typeof place === "string";
    if (!isName && !(place instanceof Ref)) throw misuse(`${String(place)} is no operand`, declaration.name);
    const target = isName ? declaration.targetOfName(place) : declaration.targetOfRef(place);
    // The name's place in the text, which there is none of, is the target's number.
    this.#symbols[target] ??= this.#emitter.symbols.intern(target, target + 1, target);
    return this.#symbols[target];
  }

  #register(register: Register): void {
    const instruction = this.#instruction;
    if (register.class === "pointer")
      throw this.#bad(badAddress(SPAN, `${register} is no operand`, "a base of ptr(...)"));
    instruction.addRegister(register.id);
    if (register.class !== "x87") return;
    const i = instruction.count - 1;
    instruction.kinds[i] = register.depth === 0 ? Kind.ST | Kind.ST0 : Kind.ST;
    instruction.registers[i] = register.depth;
  }

  #memory(memory: Memory): void {
    const instruction = this.#instruction;
    this.#checkSecond();
    const { size, base, index, low, high, segment } = memory;
    const displacement = instruction.addMemory(size, base, index, memory.scale);
    const i = instruction.count - 1;
    if (base === -1 && index === -1) {
      if (size > 8) instruction.kinds[i]! &= ~Kind.MOFFS;
      else if (!memory.fits) instruction.kinds[i] = Kind.MOFFS;
    }
    displacement.low = low;
    displacement.high = high;
    if (segment !== -1) {
      instruction.segment = segment;
      instruction.segments[i] = segment;
    }
    if (low !== 0 || memory.symbol !== undefined) instruction.registers[i] = -1;
    if (memory.symbol === undefined) return;
    // The memory operand has added the place's constant to its displacement.
    displacement.symbol = this.symbolOf(memory.symbol.place);
    displacement.modifier = this.#modifier(memory.symbol);
  }

  #target(place: Place): void {
    const instruction = this.#instruction;
    if (!(place instanceof SymbolPlace)) {
      instruction.addTarget(this.symbolOf(place));
      return;
    }
    instruction.addTarget(this.symbolOf(place.place));
    this.#place(instruction.immediate, place);
    if (instruction.immediate.high !== instruction.immediate.low >> 31) throw this.#bad(displacementRange(SPAN));
  }

  #relative(place: Place): void {
    const instruction = this.#instruction;
    this.#checkSecond();
    const displacement = instruction.addMemory(0, rip.id, -1, 0);
    instruction.registers[instruction.count - 1] = -1;
    if (place instanceof SymbolPlace) this.#place(displacement, place);
    else displacement.symbol = this.symbolOf(place);
  }

  #place(term: Term, place: SymbolPlace): void {
    term.symbol = this.symbolOf(place.place);
    setConstant(term, place.offset);
    term.modifier = this.#modifier(place);
  }

  #modifier({ place, modifier }: SymbolPlace): number {
    if (modifier !== 0 && place instanceof Label) throw this.#bad(localModifier(SPAN, place.name));
    return modifier;
  }

  #checkSecond(): void {
    const { hasMemory, mnemonic } = this.#instruction;
    if (hasMemory && isString[mnemonic] === 0)
      throw this.#bad(badAddress(SPAN, "a second memory operand", "at most one memory operand"));
  }

  #bad(error: Parameters<typeof badInstruction>[0][number]): Error {
    return badInstruction([error], "", this.#declaration().name);
  }
}
