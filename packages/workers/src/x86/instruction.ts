/**
 * One instruction as fields: what the parser reads from text, or a builder sets by hand, and what the matcher and the
 * encoder take. There is one instance per assembler, written over for each instruction; which fields count follows from
 * the operands' kinds.
 */

import { ANY_IMMEDIATE, Kind, memoryKinds } from "./operand-kinds.js";
import { registerAddressing, registerKind, registerNumber, registerSize } from "./registers.js";

/** Bits of `Instruction.prefixes`. */
export const Prefix = {
  LOCK: 1,
  REP: 2,
  REPE: 4,
  REPNE: 8,
  NOTRACK: 16,
  BND: 32,
  DATA16: 64,
  ADDR32: 128,
  REX_W: 256,
} as const;

export const MAX_OPERANDS = 3;

/** A constant of 64 bits, with symbols where the linker has to complete it: `symbol - minus + constant`. */
export class Term {
  /** The constant: two's complement, two words. */
  low = 0;
  high = 0;
  /** Symbol ids (see `SymbolTable`), -1 for none. */
  symbol = -1;
  minus = -1;
  /** Id of the operand modifier, `sym@MODIFIER` (see `MODIFIERS`), 0 for none. */
  modifier = 0;
  /** Where the term stands in the source, for relocations and messages. */
  source = 0;

  clear(): void {
    this.low = 0;
    this.high = 0;
    this.symbol = -1;
    this.minus = -1;
    this.modifier = 0;
  }

  assign(other: Term): void {
    this.low = other.low;
    this.high = other.high;
    this.symbol = other.symbol;
    this.minus = other.minus;
    this.modifier = other.modifier;
    this.source = other.source;
  }

  /** Sets a constant that fits 32 bits, signed. */
  setInteger(value: number): void {
    this.clear();
    this.low = value | 0;
    this.high = value < 0 ? -1 : 0;
  }

  /** Adds 64 bits, wrapping. */
  add(low: number, high: number): void {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.low = sum | 0;
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
  }

  /** Subtracts 64 bits, wrapping. */
  subtract(low: number, high: number): void {
    this.add(-low | 0, low === 0 ? -high | 0 : ~high);
  }
}

export class Instruction {
  mnemonic = 0;
  /** Bits of `Prefix`. */
  prefixes = 0;
  /** How many operands there are. */
  count = 0;
  /** Per operand: kinds it can stand for (bits of `Kind`; an immediate's are computed when it is matched). */
  readonly kinds: Int32Array = new Int32Array(MAX_OPERANDS);
  /** Per operand: bytes, 0 where it says nothing about the instruction's size. */
  readonly sizes: Int32Array = new Int32Array(MAX_OPERANDS);
  /** Per operand: the register's number with its `RegisterFlag`s; of memory, the base where there is nothing else, or -1. */
  readonly registers: Int32Array = new Int32Array(MAX_OPERANDS);
  /** Per operand that is memory: its segment register or -1. */
  readonly segments: Int32Array = new Int32Array(MAX_OPERANDS);
  /** Per operand: its range in the source. */
  readonly starts: Int32Array = new Int32Array(MAX_OPERANDS);
  readonly ends: Int32Array = new Int32Array(MAX_OPERANDS);

  /** The memory operand: segment register number or -1; base and index number, `AddressRegister` or -1. */
  segment = -1;
  base = -1;
  index = -1;
  /** log2 of the index's factor. */
  scale = 0;
  /** The address is computed in 32 bits. */
  address32 = false;
  readonly displacement: Term = new Term();

  /** Some operand is memory: the fields of the memory operand are taken. */
  hasMemory = false;
  /** Some operand is an immediate. */
  hasImmediate = false;
  /** Bytes the instruction works on, 0 where its form has no sizes; the matcher sets it. */
  size = 0;

  /** The immediate, or the branch target (REL). */
  readonly immediate: Term = new Term();
  /** The second immediate of `enter`. */
  readonly secondImmediate: Term = new Term();

  /** Forgets the previous instruction. */
  reset(mnemonic: number): void {
    this.mnemonic = mnemonic;
    this.prefixes = 0;
    this.count = 0;
    this.segment = -1;
    this.hasImmediate = false;
    this.hasMemory = false;
  }

  /** Appends a register operand, by its id (see `registerId`). */
  addRegister(register: number): void {
    const i = this.count++;
    this.kinds[i] = registerKind[register]!;
    this.sizes[i] = registerSize[register]!;
    this.registers[i] = registerNumber[register]!;
  }

  /** Appends an immediate; the caller sets the term that is returned. */
  addImmediate(): Term {
    const i = this.count++;
    this.kinds[i] = ANY_IMMEDIATE;
    this.sizes[i] = 0;
    const term = this.hasImmediate ? this.secondImmediate : this.immediate;
    this.hasImmediate = true;
    term.clear();
    return term;
  }

  /** Appends a place in code: a symbol of the emitter's table. */
  addTarget(symbol: number): void {
    const i = this.count++;
    this.kinds[i] = Kind.REL;
    this.sizes[i] = 0;
    this.immediate.clear();
    this.immediate.symbol = symbol;
  }

  /**
   * Appends a memory operand of `bytes` bytes (0: not said) at `[base + index << scale]`, registers by id or -1; the caller
   * sets the displacement that is returned. At most one operand is memory, but for string instructions.
   */
  addMemory(bytes: number, base: number, index: number, scale: number): Term {
    const i = this.count++;
    this.hasMemory = true;
    this.base = base === -1 ? -1 : registerNumber[base]!;
    this.index = index === -1 ? -1 : registerNumber[index]!;
    this.scale = scale;
    this.segment = -1;
    this.address32 =
      ((base === -1 ? 0 : registerAddressing[base]!) | (index === -1 ? 0 : registerAddressing[index]!)) === 2;
    this.kinds[i] = memoryKinds(bytes) | (base === -1 && index === -1 ? Kind.MOFFS : 0);
    this.sizes[i] = bytes <= 8 ? bytes : 0;
    this.registers[i] = index === -1 ? this.base : -1;
    this.segments[i] = -1;
    this.displacement.clear();
    return this.displacement;
  }
}
