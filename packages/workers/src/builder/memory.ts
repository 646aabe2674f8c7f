/** Memory operands: an address, and how many bytes there are. */

import { badAddress, displacementRange } from "../x86/errors.js";
import type { AssemblyError } from "../x86/index.js";
import { AddressRegister, registerAddressing, registerNumber } from "../x86/registers.js";
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

const RSP = 4;
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
  readonly low: number = 0;
  readonly high: number = 0;
  readonly symbol: SymbolPlace | undefined;
  /** Number of the segment register, -1 for the usual one. */
  readonly segment: number;
  /** The displacement fits the 32 bits that addresses have; else it is an absolute address of 64 bits. */
  readonly fits: boolean;
  readonly #address: Address;

  constructor(size: number, address: Address) {
    const { base, index, scale = 1, disp = 0, segment } = address;
    this.size = size;
    this.#address = address;
    const swapped =
      index !== undefined && address.scale === undefined && isStackPointer(index) && !isStackPointer(base);
    this.base = (swapped ? index : base)?.id ?? -1;
    this.index = (swapped ? base : index)?.id ?? -1;
    this.scale = Math.log2(scale);
    this.symbol = address.symbol === undefined ? undefined : symbol(address.symbol);
    this.segment = segment === undefined ? -1 : registerNumber[segment.id]!;
    const value = { low: 0, high: 0 };
    setConstant(value, disp);
    if (this.symbol !== undefined) {
      const sum = Number(disp) + this.symbol.offset;
      setConstant(value, sum);
    }
    this.low = value.low;
    this.high = value.high;
    this.fits = this.high === this.low >> 31 || (this.#isNarrow() && this.high === 0);
    this.#check();
  }

  toString(): string {
    const { base, index, scale, disp = 0, symbol: place, segment } = this.#address;
    const parts = [
      ...(base === undefined ? [] : [`${base}`]),
      ...(index === undefined ? [] : [scale === undefined ? `${index}` : `${index}*${scale}`]),
      ...(place === undefined ? [] : [`${place}`]),
    ];
    const constant = disp === 0 && parts.length > 0 ? "" : disp < 0 || parts.length === 0 ? `${disp}` : `+${disp}`;
    const size = this.size === 0 ? "" : `${SIZES[this.size]} ptr `;
    return `${size}${segment === undefined ? "" : `${segment}:`}[${parts.join("+")}${constant}]`;
  }

  #isNarrow(): boolean {
    return (registerAddressing[this.base] ?? registerAddressing[this.index]) === 2;
  }

  #check(): void {
    const { base, index } = this;
    const span = { offset: 0, length: 0 };
    if (!Number.isInteger(this.scale) || this.scale < 0 || this.scale > 3)
      this.#fail(badAddress(span, `an index cannot be multiplied by ${2 ** this.scale}`, "1, 2, 4 or 8"));
    for (const register of [base, index])
      if (register !== -1 && registerAddressing[register] === 0)
        this.#fail(badAddress(span, "this register is no address", "registers of 64 or of 32 bits"));
    if (base !== -1 && index !== -1 && registerAddressing[base] !== registerAddressing[index])
      this.#fail(badAddress(span, "base and index differ in size", "both of 64 bits or both of 32"));
    if (index !== -1 && registerNumber[index] === RSP)
      this.#fail(badAddress(span, "rsp cannot be an index", "another index register"));
    if (index !== -1 && registerNumber[index] === AddressRegister.RIP)
      this.#fail(badAddress(span, "rip cannot be an index", "another index register"));
    if (base !== -1 && index !== -1 && registerNumber[base] === AddressRegister.RIP)
      this.#fail(badAddress(span, "rip takes no index", "[rip + symbol + constant]"));
    if (!this.fits && (base !== -1 || index !== -1 || this.size > 8 || this.symbol !== undefined))
      this.#fail(displacementRange(span));
  }

  #fail(error: AssemblyError): never {
    throw badInstruction([error], `${this}`, "");
  }
}

function isStackPointer(register: GeneralRegister | InstructionPointer | undefined): boolean {
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

function maker(size: number): MemoryMaker {
  return (at, rest = {}) => {
    const more: Address = typeof rest === "object" ? rest : { disp: rest };
    if (at instanceof Register) return new Memory(size, { base: at, ...more });
    if (typeof at === "number" || typeof at === "bigint") return new Memory(size, { disp: at, ...more });
    if (typeof at === "string" || at instanceof Label || at instanceof Ref || at instanceof SymbolPlace)
      return new Memory(size, { base: rip, symbol: at, ...more });
    return new Memory(size, { ...at, ...more });
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
