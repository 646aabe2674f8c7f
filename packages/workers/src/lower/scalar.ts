/**
 * Values that are one number: integers, floats, bool and enum tags, as the bits that stand for them. Array elements,
 * packed fields, union tags and sentinels all read them here.
 */

import { type Diagnostic, integerOutOfRange, unknownTag, type ValueAt, wrongValue } from "@manifold/core";
import { floatBits } from "./float.js";
import { fits, readInteger, readTypedInteger, writeInteger } from "./integer.js";
import { found, nearestName } from "./json.js";
import { type BoolType, type EnumType, type FloatType, type IntType, type Type, typeName } from "./type.js";

export type ScalarType = IntType | FloatType | BoolType | EnumType;

export function isScalar(type: Type): type is ScalarType {
  return type.kind === "int" || type.kind === "float" || type.kind === "bool" || type.kind === "enum";
}

/**
 * The bits of `value` as a `type`: negative for negative integers, non-negative for everything else. Or what is wrong
 * with the value.
 */
export function scalarBits(type: ScalarType, value: unknown, at: ValueAt): bigint | Diagnostic {
  switch (type.kind) {
    case "int":
      return readTypedInteger(type, typeName(type), value, at);
    case "bool":
      if (typeof value === "boolean") return value ? 1n : 0n;
      return wrongValue(at, "bool", "true or false", found(value));
    case "float":
      return floatValue(type, value, at);
    case "enum":
      return enumValue(type, value, at);
  }
}

function floatValue(type: FloatType, value: unknown, at: ValueAt): bigint | Diagnostic {
  if (typeof value === "object" && value !== null && Object.keys(value).join() === "bits") {
    const bits = { kind: "int", signed: false, bits: type.bits, size: type.size, align: type.align, name: "" } as const;
    return readTypedInteger(bits, `the bits of ${typeName(type)}`, (value as { bits: unknown }).bits, at);
  }
  const bits = floatBits(type.bits, value);
  if (bits !== undefined) return bits;
  return wrongValue(
    at,
    typeName(type),
    'a number, a string such as "1.5", "0x1.8p3", "inf" or "nan", or {"bits": n}',
    found(value),
  );
}

function enumValue(type: EnumType, value: unknown, at: ValueAt): bigint | Diagnostic {
  const name = typeName(type);
  const index = typeof value === "string" ? type.index.get(value) : undefined;
  if (index !== undefined) return type.values[index]!;
  const integer = readInteger(value);
  if (integer === undefined) {
    if (typeof value === "string") return unknownTag(at, name, value, nearestName(value, type.names));
    return wrongValue(at, name, "the name of a tag, or its number", found(value));
  }
  if (!fits(integer, type.tag)) return readTypedInteger(type.tag, name, value, at) as Diagnostic;
  if (type.open || type.values.includes(integer)) return integer;
  return integerOutOfRange(at, name, "only the numbers of its tags", found(value));
}

/** Writes the bits of a scalar as the target stores them; an 80-bit float is 10 bytes, then zeros. */
export function writeScalar(
  bytes: Uint8Array,
  at: number,
  type: ScalarType,
  bits: bigint,
  littleEndian: boolean,
): void {
  const size = type.kind === "float" ? type.bits / 8 : type.size;
  writeInteger(bytes, at, size, bits, littleEndian);
}
