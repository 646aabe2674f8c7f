/** For tests: numbers, bool, errors and enums with their twins in C. */

import fc from "fast-check";
import type { TwinType } from "./c-twin-writer.test.support.js";

const INT_NAMES: Readonly<Record<number, string>> = {
  8: "char",
  16: "short",
  32: "int",
  64: "long long",
  128: "__int128",
};

export function intValue(bits: number, signed: boolean): fc.Arbitrary<bigint> {
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = low + (1n << BigInt(bits)) - 1n;
  return fc.oneof(fc.bigInt({ min: low, max: high }), fc.constantFrom(low, high, 0n, 1n));
}

/** One integer in one of the spellings that JSON has for it. */
export function spell(value: bigint): fc.Arbitrary<unknown> {
  const magnitude = value < 0n ? -value : value;
  const texts: unknown[] = [String(value), `${value < 0n ? "-" : ""}0x${magnitude.toString(16)}`];
  if (magnitude < 2n ** 53n) texts.push(Number(value), Number(value));
  return fc.constantFrom(...texts);
}

export function cInteger(type: string, bits: number, value: bigint): string {
  const raw = BigInt.asUintN(bits, value);
  const part = (word: bigint): string => `0x${BigInt.asUintN(64, word).toString(16)}ULL`;
  return bits <= 64
    ? `(${type})${part(raw)}`
    : `(${type})((unsigned __int128)${part(raw >> 64n)} << 64 | ${part(raw)})`;
}

export function intType(bits: number, signed: boolean): TwinType {
  const name = `${signed ? "signed" : "unsigned"} ${INT_NAMES[bits]}`;
  return {
    spec: `${signed ? "i" : "u"}${bits}`,
    isScalar: true,
    typedef: (writer) => writer.define(`${name} @`),
    value: intValue(bits, signed).chain((value) =>
      spell(value).map((json) => () => ({ json, c: cInteger(name, bits, value) })),
    ),
  };
}

const FLOATS: Readonly<
  Record<number, readonly [type: string, suffix: string, decimalExponent: number, binaryExponent: number]>
> = {
  16: ["_Float16", "f16", 9, 27],
  32: ["float", "f", 48, 152],
  64: ["double", "", 330, 1080],
  80: ["long double", "L", 4960, 16460],
  128: ["__float128", "Q", 4970, 16500],
};

export function floatType(bits: number): TwinType {
  const [type, suffix, decimals, binaries] = FLOATS[bits]!;
  const sign = fc.constantFrom("", "-");
  const decimal = fc
    .tuple(sign, fc.stringMatching(/^[0-9]{1,40}\.[0-9]{0,20}$/), fc.integer({ min: -decimals, max: decimals }))
    .map(([minus, digits, exponent]) => `${minus}${digits}e${exponent}`);
  const hexadecimal = fc
    .tuple(sign, fc.stringMatching(/^[0-9a-f]{1,8}\.[0-9a-f]{0,32}$/), fc.integer({ min: -binaries, max: binaries }))
    .map(([minus, digits, exponent]) => `${minus}0x${digits}p${exponent}`);
  const text = fc.oneof(decimal, hexadecimal).map((json) => ({ json: json as unknown, c: `${json}${suffix}` }));
  const number = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((json) => ({ json: json as unknown, c: cDouble(json) }));
  const special = fc.constantFrom(
    { json: "inf" as unknown, c: "__builtin_inf()" },
    { json: "-inf", c: "-__builtin_inf()" },
    { json: "nan", c: '__builtin_nan("")' },
    { json: "-0", c: "-0.0" },
  );
  const value = fc.oneof(
    { weight: 6, arbitrary: text },
    { weight: 3, arbitrary: number },
    { weight: 1, arbitrary: special },
  );
  return {
    spec: `f${bits}`,
    isScalar: true,
    typedef: (writer) => writer.define(`${type} @`),
    value: value.map((twin) => () => twin),
  };
}

/** A 64-bit constant, exactly; the initializer rounds it further. */
function cDouble(value: number): string {
  return Object.is(value, -0) ? "-0.0" : value.toExponential(17);
}

export const boolType: TwinType = {
  spec: "bool",
  isScalar: true,
  typedef: (writer) => writer.define("_Bool @"),
  value: fc.boolean().map((json) => () => ({ json, c: json ? "1" : "0" })),
};

export const errorType: TwinType = {
  spec: "anyerror",
  isScalar: true,
  typedef: (writer) => writer.define("unsigned short @"),
  value: fc.constantFrom("A", "B", "C").map((json) => () => ({ json, c: String(" ABC".indexOf(json)) })),
};

export function enumType(tag: TwinType, numbers: readonly bigint[]): TwinType {
  const names = numbers.map((_, index) => `tag${index}`);
  return {
    spec: { enum: names.map((name, index) => [name, String(numbers[index])]), tag: tag.spec },
    isScalar: true,
    typedef: (writer) => writer.type(tag),
    value: fc.nat({ max: names.length - 1 }).map((index) => () => ({ json: names[index], c: `${numbers[index]}` })),
  };
}
