/**
 * Integers of any width: reading them from JSON and writing them in two's complement. JSON numbers are used as far as
 * they are exact; strings (decimal, or with the prefix 0x, 0o or 0b) reach as far as the type does.
 */

import { type Diagnostic, integerNotExact, integerOutOfRange, type ValueAt, wrongValue } from "@manifold/core";
import { found } from "./json.js";
import type { IntType } from "./type.js";

/** The widest integer type, in bits, as in the seed's compiler. */
export const MAX_INT_BITS = 65535;

/** Longest text of a number: the widest integer in decimal has 19 729 digits. */
export const MAX_NUMBER_TEXT = 70_000;

const INTEGER = /^(-?)(0x[0-9a-f]+|0o[0-7]+|0b[01]+|[0-9]+)$/i;

/** The integer that `value` spells, or undefined where it spells none. Never inexact. */
export function readInteger(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || value.length > MAX_NUMBER_TEXT) return undefined;
  const match = INTEGER.exec(value);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2]!.toLowerCase());
  return match[1] === "-" ? -magnitude : magnitude;
}

/** The value of `type` that `value` spells, or what is wrong with it. */
export function readTypedInteger(type: IntType, name: string, value: unknown, at: ValueAt): bigint | Diagnostic {
  const integer = readInteger(value);
  if (integer === undefined) {
    if (typeof value === "number" && Number.isInteger(value)) return integerNotExact(at, value);
    return wrongValue(at, name, "an integer (a number, or a decimal or 0x string)", found(value));
  }
  if (fits(integer, type)) return integer;
  return integerOutOfRange(at, name, rangeOf(type), found(integer));
}

/** Whether `type` can hold `value`. */
export function fits(value: bigint, type: IntType): boolean {
  return (type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value)) === value;
}

/** "0 to 255", "-2^127 to 2^127-1". */
function rangeOf(type: IntType): string {
  const { bits, signed } = type;
  if (bits === 0) return "only 0";
  if (bits > 64) return signed ? `-2^${bits - 1} to 2^${bits - 1}-1` : `0 to 2^${bits}-1`;
  return signed
    ? `${-(1n << BigInt(bits - 1))} to ${(1n << BigInt(bits - 1)) - 1n}`
    : `0 to ${(1n << BigInt(bits)) - 1n}`;
}

/** Writes `value` in two's complement into `size` bytes from `at`, cutting what is wider. */
export function writeInteger(bytes: Uint8Array, at: number, size: number, value: bigint, littleEndian: boolean): void {
  let rest = value;
  let done = 0;
  while (done < size) {
    // 32 bits at a time, in order of significance.
    let word = Number(BigInt.asUintN(32, rest));
    rest >>= 32n;
    for (let end = Math.min(done + 4, size); done < end; done++) {
      bytes[littleEndian ? at + done : at + size - 1 - done] = word;
      word >>>= 8;
    }
  }
}

/** As `writeInteger`, for exact Numbers: no BigInt on the way. */
export function writeNumber(bytes: Uint8Array, at: number, size: number, value: number, littleEndian: boolean): void {
  // From the least significant byte up, as 32-bit words; above them only the sign is left.
  const step = littleEndian ? 1 : -1;
  let next = littleEndian ? at : at + size - 1;
  let word = value | 0;
  let above = Math.floor(value / 2 ** 32) | 0;
  for (let done = 0; done < size; done++) {
    bytes[next] = word;
    next += step;
    word = (word >>> 8) | (above << 24);
    above >>= 8;
  }
}
