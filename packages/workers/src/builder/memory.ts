/** Memory operands: an address, and how many bytes there are. */

import { badAddress, displacementRange } from "../x86/errors.js";
import type { AssemblyError } from "../x86/index.js";
import { AddressRegister, REGISTER_NAMES, registerAddressing, registerNumber } from "../x86/registers.js";
import { type Constant, setConstant } from "./constants.js";
import { badInstruction } from "./failures.js";
import { Label, type Place, Ref, SymbolPlace, symbol } from "./places.js";
import { type GeneralRegister, type InstructionPointer, Register, rip, type SegmentRegister } from "./registers.js";

/** The parts of an address: `base + index * scale + disp + symbol`. */
export interface Address {
  readonly base?: GeneralRegister | InstructionPointer;
  readonly index?: GeneralRegister;
  readonly scale?: 1 | 2 | 4 | 8;
  readonly disp?: Constant;
  /** Without a base this is an absolute address of 32 bits; with `rip` as base it is relative. */
  readonly symbol?: Place;
  readonly segment?: SegmentRegister;
}

const SPAN = { offset: 0, length: 0 };
const RSP = 4;
const SCALES: readonly number[] = [1, 2, 4, 8];
const SEGMENTS: readonly string[] = ["es", "cs", "ss", "ds", "fs", "gs"];
const SIZES: Readonly<Record<number, string>> = {
  1: "byte",
  2: "word",
  4: "dword",
  8: "qword",
  10: "tbyte",
  16: "xmmword",
};

/** Memory as an operand. It is checked when it is made, and may be used any number of times. */
export class Memory {
  /** Bytes, 0 where it is not said. */
  readonly size: number;
  /** Registers by the assembler's ids, -1 for none. */
  readonly base: number;
  readonly index: number;
  /** log2 of the factor. */
  readonly scale: number;
  /** The displacement with the symbol's own offset, 64 bits. */
  readonly low: number = 0;
  readonly high: number = 0;
  readonly symbol: SymbolPlace | undefined;
  /** Number of the segment register, -1 for the usual one. */
  readonly segment: number;
  /** The displacement fits the 32 bits that addresses have; else it is an absolute address of 64 bits. */
  readonly fits: boolean;

  constructor(
    size: number,
    base: Register | undefined,
    index: Register | undefined,
    scale: number | undefined,
    disp: Constant,
    place: Place | undefined,
    segment: SegmentRegister | undefined,
  ) {
    // rsp cannot be an index: unscaled, it changes places with the base.
    const swapped = index !== undefined && scale === undefined && isStackPointer(index) && !isStackPointer(base);
    this.size = size;
    this.base = (swapped ? index : base)?.id ?? -1;
    this.index = (swapped ? base : index)?.id ?? -1;
    this.scale = scale === undefined ? 0 : SCALES.indexOf(scale);
    this.symbol = place === undefined || place instanceof SymbolPlace ? place : symbol(place);
    this.segment = segment === undefined ? -1 : registerNumber[segment.id]!;
    setConstant(this, this.symbol === undefined ? disp : Number(disp) + this.symbol.offset);
    this.fits = this.high === this.low >> 31 || (this.#isNarrow() && this.high === 0);
    this.#check(scale);
  }

  toString(): string {
    const { base, index, scale, low, high, symbol: place } = this;
    const parts = [
      ...(base === -1 ? [] : [REGISTER_NAMES[base]!]),
      ...(index === -1 ? [] : [scale === 0 ? REGISTER_NAMES[index]! : `${REGISTER_NAMES[index]}*${SCALES[scale]}`]),
      ...(place === undefined ? [] : [`${place}`]),
    ];
    const disp = high * 0x1_0000_0000 + (low >>> 0) - (place?.offset ?? 0);
    const constant = disp === 0 && parts.length > 0 ? "" : disp < 0 || parts.length === 0 ? `${disp}` : `+${disp}`;
    const size = this.size === 0 ? "" : `${SIZES[this.size]} ptr `;
    return `${size}${this.segment === -1 ? "" : `${SEGMENTS[this.segment]}:`}[${parts.join("+")}${constant}]`;
  }

  #isNarrow(): boolean {
    return (registerAddressing[this.base] ?? registerAddressing[this.index]) === 2;
  }

  #check(scale: number | undefined): void {
    const { base, index } = this;
    if (this.scale === -1) this.#fail(badAddress(SPAN, `an index cannot be multiplied by ${scale}`, "1, 2, 4 or 8"));
    if ((base !== -1 && registerAddressing[base] === 0) || (index !== -1 && registerAddressing[index] === 0))
      this.#fail(badAddress(SPAN, "this register is no address", "registers of 64 or of 32 bits"));
    if (index !== -1) this.#checkIndex();
    if (!this.fits && (base !== -1 || index !== -1 || this.size > 8 || this.symbol !== undefined))
      this.#fail(displacementRange(SPAN));
  }

  #checkIndex(): void {
    const { base, index } = this;
    if (base !== -1 && registerAddressing[base] !== registerAddressing[index])
      this.#fail(badAddress(SPAN, "base and index differ in size", "both of 64 bits or both of 32"));
    if (registerNumber[index] === RSP) this.#fail(badAddress(SPAN, "rsp cannot be an index", "another index register"));
    if (registerNumber[index] === AddressRegister.RIP)
      this.#fail(badAddress(SPAN, "rip cannot be an index", "another index register"));
    if (base !== -1 && registerNumber[base] === AddressRegister.RIP)
      this.#fail(badAddress(SPAN, "rip takes no index", "[rip + symbol + constant]"));
  }

  #fail(error: AssemblyError): never {
    throw badInstruction([error], `${this}`, "");
  }
}

function isStackPointer(register: Register | undefined): boolean {
  return register !== undefined && registerNumber[register.id] === RSP && registerAddressing[register.id] !== 0;
}

/**
 * Makes memory operands of one size:
 *
 *     qword(rsp)                                    [rsp]
 *     qword(rsp, 8)                                 [rsp+8]
 *     qword(rsp, { index: rbx, scale: 4, disp: 8 }) [rsp+rbx*4+8]
 *     qword("counter")                              [rip+counter]
 *     qword({ symbol: "table", index: rax, scale: 8 }) [table+rax*8], an absolute address
 *     qword(0x28, { segment: fs })                  fs:0x28
 */
export type MemoryMaker = (
  at: GeneralRegister | InstructionPointer | Constant | Place | Address,
  rest?: Constant | Omit<Address, "base">,
) => Memory;

const NOTHING: Address = {};

function maker(size: number): MemoryMaker {
  return (at, rest = NOTHING) => {
    const more: Address = typeof rest === "object" ? rest : NOTHING;
    const { index, scale, segment } = more;
    const disp = typeof rest === "object" ? (rest.disp ?? 0) : rest;
    if (at instanceof Register) return new Memory(size, at, index, scale, disp, more.symbol, segment);
    if (typeof at === "number" || typeof at === "bigint")
      return new Memory(size, undefined, index, scale, at, more.symbol, segment);
    if (typeof at === "string" || at instanceof Label || at instanceof Ref || at instanceof SymbolPlace)
      return new Memory(size, rip, index, scale, disp, at, segment);
    const all: Address = rest === NOTHING ? at : { ...at, ...(typeof rest === "object" ? rest : { disp: rest }) };
    return new Memory(size, all.base, all.index, all.scale, all.disp ?? 0, all.symbol, all.segment);
  };
}

/** Memory whose size the instruction knows, such as that of `lea`. */
export const ptr: MemoryMaker = maker(0);
/** 1 byte. */
export const byte: MemoryMaker = maker(1);
/** 2 bytes. */
export const word: MemoryMaker = maker(2);
/** 4 bytes. */
export const dword: MemoryMaker = maker(4);
/** 8 bytes. */
export const qword: MemoryMaker = maker(8);
/** 10 bytes. */
export const tbyte: MemoryMaker = maker(10);
/** 16 bytes. */
export const xmmword: MemoryMaker = maker(16);
