/**
 * Packed structs and unions: the fields' bits from the least significant up make one integer, which is stored as the
 * backing integer is. A pointer in it becomes a reference where it fills whole bytes, and is refused where it does
 * not (seed lines 5755-5800). Undefined fields have the bits that 0xaa has at their place, so that a struct whose
 * fields are all undefined is an undefined struct.
 */

import { pointerNotByteAligned } from "@manifold/core";
import { writeInteger } from "./integer.js";
import { isUndefinedMarker } from "./json.js";
import { pointerValue } from "./lower-pointer.js";
import { activeField, eachField } from "./lower-struct.js";
import type { Lowering } from "./lowering.js";
import { isScalar, scalarBits } from "./scalar.js";
import { type Field, type IntType, packedByteOffset, type StructType, type Type, type UnionType } from "./type.js";

/** Where the outermost packed value lies, since pointers in it are found from there. */
interface Whole {
  readonly at: number;
  readonly size: number;
}

export function lowerPacked(
  lowering: Lowering,
  type: StructType | UnionType,
  backing: IntType,
  value: unknown,
  at: number,
): void {
  const bits = containerBits(lowering, type, value, 0, { at, size: type.size });
  // The sign of the backing integer reaches into the bytes that its bits do not.
  const stored = backing.signed ? BigInt.asIntN(backing.bits, bits) : bits;
  writeInteger(lowering.bytes, at, type.size, stored, lowering.littleEndian);
}

function containerBits(
  lowering: Lowering,
  type: StructType | UnionType,
  value: unknown,
  base: number,
  whole: Whole,
): bigint {
  let bits = 0n;
  const add = (field: Field, part: unknown): void => {
    const own = fieldBits(lowering, field.type, field.bits, part, base + field.bitOffset, whole);
    bits |= BigInt.asUintN(field.bits, own) << BigInt(field.bitOffset);
  };
  if (type.kind === "struct") eachField(lowering, type, value, add);
  else {
    const active = activeField(lowering, type, value);
    if (active === null) return 0n;
    lowering.place.enter(active.field.name);
    add(active.field, active.part);
    lowering.place.leave();
  }
  return bits;
}

function fieldBits(
  lowering: Lowering,
  type: Type,
  width: number,
  value: unknown,
  bitOffset: number,
  whole: Whole,
): bigint {
  const isContainer = type.kind === "struct" || type.kind === "union";
  if (isUndefinedMarker(value) && !(isContainer && type.index.has("undefined"))) return undefinedBits(width, bitOffset);
  if (isContainer) return containerBits(lowering, type, value, bitOffset, whole);
  if (isScalar(type)) {
    const bits = scalarBits(type, value, lowering.place.at());
    if (typeof bits === "bigint") return bits;
    lowering.report(bits);
    return 0n;
  }
  if (type.kind === "void") {
    if (value !== null) lowering.wrong(type, "null", value);
    return 0n;
  }
  const pointer = pointerValue(lowering, type, value);
  if (pointer === null || typeof pointer === "bigint") return pointer ?? 0n;
  const offset = packedByteOffset(whole.size, bitOffset, width, lowering.littleEndian);
  if (offset < 0) lowering.report(pointerNotByteAligned(lowering.place.at(), bitOffset));
  else lowering.reference(whole.at + offset, pointer.target, pointer.addend);
  return 0n;
}

/** `width` bits of the pattern 0xaa, as they are from `bitOffset` on. */
function undefinedBits(width: number, bitOffset: number): bigint {
  const pattern = BigInt(`0x${"aa".repeat(Math.ceil(width / 8) + 1)}`);
  return BigInt.asUintN(width, pattern >> BigInt(bitOffset & 1));
}
