/**
 * Floats of 16, 32, 64, 80 and 128 bits from text or numbers, rounded once and correctly (to nearest, ties to even).
 *
 * A text stands for an exact fraction; the fraction is rounded with integers of any size, so no format needs to be
 * reached through another. Sources: IEEE 754-2019 sections 3.4 and 5.12; for 80 bits the Intel SDM volume 1, 4.2.2
 * (the leading bit is stored).
 */

import type { FloatBits } from "./abi.js";
import { MAX_NUMBER_TEXT } from "./integer.js";

interface Format {
  /** Bits of the significand, with the leading one. */
  readonly precision: number;
  readonly exponentBits: number;
  /** Whether the leading bit of the significand is stored. */
  readonly leadingBit: boolean;
}

const FORMATS: Readonly<Record<FloatBits, Format>> = {
  16: { precision: 11, exponentBits: 5, leadingBit: false },
  32: { precision: 24, exponentBits: 8, leadingBit: false },
  64: { precision: 53, exponentBits: 11, leadingBit: false },
  80: { precision: 64, exponentBits: 15, leadingBit: true },
  128: { precision: 113, exponentBits: 15, leadingBit: false },
};

const DECIMAL = /^([0-9]*)(?:\.([0-9]*))?(?:e([+-]?[0-9]+))?$/;
const HEXADECIMAL = /^0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/;

/** Decimal exponents beyond these are infinity or zero in every format; the largest finite one is 4932. */
const HUGE = 6000;

/**
 * The bits of the float that `value` spells, or undefined where it spells none. Numbers are taken as the 64-bit floats
 * that they are; strings are decimal (`-1.5e-3`), hexadecimal (`0x1.8p3`), `inf` or `nan`, with an optional sign.
 */
export function floatBits(width: FloatBits, value: unknown): bigint | undefined {
  if (typeof value === "number") return fromNumber(width, value);
  if (typeof value !== "string" || value.length > MAX_NUMBER_TEXT) return undefined;
  const signed = value.startsWith("-") || value.startsWith("+");
  const sign = value.startsWith("-") ? 1n : 0n;
  const text = (signed ? value.slice(1) : value).toLowerCase();
  if (text === "nan") return special(width, sign, true);
  if (text === "inf" || text === "infinity") return special(width, sign, false);
  const fraction = parseHexadecimal(text) ?? parseDecimal(text);
  if (fraction === undefined) return undefined;
  return roundFraction(width, sign, fraction[0], fraction[1]);
}

type Fraction = readonly [numerator: bigint, denominator: bigint];

/** A fraction so large or so small that every format rounds it to infinity or zero. */
const OVERFLOWING: Fraction = [1n << 20000n, 1n];
const UNDERFLOWING: Fraction = [1n, 1n << 20000n];

function parseDecimal(text: string): Fraction | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const digits = match[1]! + (match[2] ?? "");
  if (digits === "") return undefined;
  const mantissa = BigInt(digits);
  if (mantissa === 0n) return [0n, 1n];
  const exponent = Number(match[3] ?? 0) - (match[2]?.length ?? 0);
  // The place of the first digit decides, leading zeros not counted.
  const magnitude = exponent + digits.replace(/^0+/, "").length;
  if (magnitude > HUGE) return OVERFLOWING;
  if (magnitude < -HUGE) return UNDERFLOWING;
  return exponent >= 0 ? [mantissa * 10n ** BigInt(exponent), 1n] : [mantissa, 10n ** BigInt(-exponent)];
}

function parseHexadecimal(text: string): Fraction | undefined {
  const match = HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const digits = match[1]! + (match[2] ?? "");
  if (digits === "") return undefined;
  const mantissa = BigInt(`0x${digits}`);
  if (mantissa === 0n) return [0n, 1n];
  const exponent = Number(match[3] ?? 0) - 4 * (match[2]?.length ?? 0);
  const magnitude = exponent + bitLength(mantissa);
  if (magnitude > 4 * HUGE) return OVERFLOWING;
  if (magnitude < -4 * HUGE) return UNDERFLOWING;
  return exponent >= 0 ? [mantissa << BigInt(exponent), 1n] : [mantissa, 1n << BigInt(-exponent)];
}

const scratch = new DataView(new ArrayBuffer(8));

function fromNumber(width: FloatBits, value: number): bigint {
  if (Number.isNaN(value)) return special(width, 0n, true);
  // The engine rounds from 64 to 32 bits as IEEE 754 asks.
  if (width === 64) {
    scratch.setFloat64(0, value);
    return scratch.getBigUint64(0);
  }
  if (width === 32) {
    scratch.setFloat32(0, value);
    return BigInt(scratch.getUint32(0));
  }
  const sign = value < 0 || Object.is(value, -0) ? 1n : 0n;
  if (!Number.isFinite(value)) return special(width, sign, false);
  scratch.setFloat64(0, value);
  const bits = scratch.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const significand = (bits & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
  const exponent = Math.max(biased, 1) - 1075;
  return exponent >= 0
    ? roundFraction(width, sign, significand << BigInt(exponent), 1n)
    : roundFraction(width, sign, significand, 1n << BigInt(-exponent));
}

/** Infinity, or the quiet NaN without payload. */
function special(width: FloatBits, sign: bigint, nan: boolean): bigint {
  const format = FORMATS[width];
  const quiet = nan ? 1n << BigInt(format.precision - 2) : 0n;
  const leading = format.leadingBit ? 1n << BigInt(format.precision - 1) : 0n;
  return assemble(width, sign, 2 ** format.exponentBits - 1, leading | quiet);
}

/** Puts sign, exponent field and significand together; a leading bit that the format does not store is dropped. */
function assemble(width: FloatBits, sign: bigint, exponentField: number, significand: bigint): bigint {
  const format = FORMATS[width];
  const stored = format.leadingBit ? format.precision : format.precision - 1;
  const field = BigInt.asUintN(stored, significand);
  return (sign << BigInt(width - 1)) | (BigInt(exponentField) << BigInt(stored)) | field;
}

function roundFraction(width: FloatBits, sign: bigint, numerator: bigint, denominator: bigint): bigint {
  const { precision, exponentBits } = FORMATS[width];
  if (numerator === 0n) return assemble(width, sign, 0, 0n);
  const bias = 2 ** (exponentBits - 1) - 1;
  // 2^exponent <= value < 2^(exponent + 1)
  let exponent = bitLength(numerator) - bitLength(denominator);
  if (scale(numerator, -exponent) < scale(denominator, exponent)) exponent--;
  // The weight of the last bit of the significand; subnormals all have that of the smallest normal number.
  let quantum = Math.max(exponent, 1 - bias) - (precision - 1);
  const dividend = scale(numerator, -quantum);
  const divisor = scale(denominator, quantum);
  let significand = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice > divisor || (twice === divisor && (significand & 1n) === 1n)) significand++;
  if (bitLength(significand) > precision) {
    significand >>= 1n;
    quantum++;
  }
  if (bitLength(significand) < precision) return assemble(width, sign, 0, significand);
  const field = quantum + precision - 1 + bias;
  return field >= 2 ** exponentBits - 1 ? special(width, sign, false) : assemble(width, sign, field, significand);
}

/** `value * 2^power` for positive powers, `value` itself for others. */
function scale(value: bigint, power: number): bigint {
  return power > 0 ? value << BigInt(power) : value;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return value === 0n ? 0 : hex.length * 4 - (Math.clz32(Number.parseInt(hex[0]!, 16)) - 28);
}
