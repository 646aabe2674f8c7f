/**
 * Pointers and slices. A pointer to a nav, a uav or a lazy symbol becomes a reference, one to an address its number;
 * a pointer into a uav of no bytes is undefined, since nothing is there (seed lines 5925-5932). A slice is a pointer
 * and a length. Texts and lists are short for a uav that holds them.
 */

import { integerOutOfRange, unknownField } from "@manifold/core";
import { writeInteger, writeNumber } from "./integer.js";
import { get, has, isObject, isUndefinedMarker, unknownKey } from "./json.js";
import { optionalPayload } from "./lower-wrapped.js";
import type { Lowering } from "./lowering.js";
import { type Reached, reach } from "./pointer-path.js";
import type { ReferenceTarget } from "./sink.js";
import { type PointerType, type Type, typeName } from "./type.js";
import { shortUav, uavTarget } from "./uav.js";

/** Where a pointer points, when it is not a mere address. */
export interface PointerTarget {
  readonly target: ReferenceTarget;
  readonly addend: number;
}

export function lowerPointer(lowering: Lowering, type: PointerType, value: unknown, at: number): void {
  if (type.pointerSize === "slice") lowerSlice(lowering, type, value, at);
  else writePointer(lowering, pointerValue(lowering, type, value), at);
}

/**
 * What a pointer, or an optional one, that is one word holds: its bits, or where they come from; null, and a report,
 * where the value is faulty.
 */
export function pointerValue(lowering: Lowering, type: Type, value: unknown): PointerTarget | bigint | null {
  if (type.kind === "optional") {
    if (value === null) return 0n;
    const some = optionalPayload(lowering, type, value);
    if (some === undefined) return null;
    return lowering.place.within("some", () => pointerValue(lowering, type.payload, some.value));
  }
  if (type.kind !== "pointer") return null;
  if (isUndefinedMarker(value)) return undefinedPointer(lowering);
  if (value === null && type.allowZero) return 0n;
  const reached = follow(lowering, type, value);
  if (reached === null) return null;
  if (reached.target === null && reached.offset === 0n && !type.allowZero) {
    lowering.wrong(type, 'an address other than 0 (that is for {"optional": …}, "allowzero" and C pointers)', value);
    return null;
  }
  return settle(lowering, type, reached);
}

/** Where a pointer value, or a text or list in the place of one, leads. */
function follow(lowering: Lowering, type: PointerType, value: unknown): Reached | null {
  const short = shortUav(lowering, type, value);
  if (short === null) return null;
  if (short === undefined) return reach(lowering, value, type);
  const target = uavTarget(lowering, short, type.childAlign);
  return short.type.size === 0
    ? { target: null, offset: null, type: short.type }
    : { target, offset: 0n, type: short.type };
}

/** A pointer's bits where they are known, else its target and addend. */
function settle(lowering: Lowering, type: Type, reached: Reached): PointerTarget | bigint | null {
  const { target, offset } = reached;
  if (offset === null) return undefinedPointer(lowering);
  const bits = lowering.types.abi.pointerBytes * 8;
  const isExact =
    target === null ? offset >> BigInt(bits) === 0n : BigInt.asIntN(bits === 64 ? 54 : 32, offset) === offset;
  if (!isExact) {
    const range = target === null ? `addresses of ${bits} bits` : `offsets of ${bits === 64 ? 54 : 32} bits`;
    lowering.report(integerOutOfRange(lowering.place.at(), typeName(type), range, String(offset)));
    return null;
  }
  return target === null ? offset : { target, addend: Number(offset) };
}

function undefinedPointer(lowering: Lowering): bigint {
  return BigInt(`0x${"aa".repeat(lowering.types.abi.pointerBytes)}`);
}

function writePointer(lowering: Lowering, pointer: PointerTarget | bigint | null, at: number): void {
  if (pointer === null) return;
  if (typeof pointer !== "bigint") lowering.reference(at, pointer.target, pointer.addend);
  else writeInteger(lowering.bytes, at, lowering.types.abi.pointerBytes, pointer, lowering.littleEndian);
}

/** A pointer and a length; the length may be left out where the pointer leads to an array. */
function lowerSlice(lowering: Lowering, type: PointerType, value: unknown, at: number): void {
  const { place, types } = lowering;
  const { pointerBytes } = types.abi;
  const isPair = isObject(value) && has(value, "ptr");
  const unknown = isPair ? unknownKey(value, ["ptr", "len"]) : undefined;
  if (unknown !== undefined) {
    place.report(unknownField(place.at(), "a slice", unknown));
    return;
  }
  const hasLength = isPair && has(value, "len");
  if (hasLength) lowering.part("len", types.usize, get(value, "len"), at + pointerBytes);
  const pointer = isPair ? get(value, "ptr") : value;
  if (isPair) place.enter("ptr");
  if (isUndefinedMarker(pointer)) lowering.fillUndefined(at, pointerBytes);
  const reached = isUndefinedMarker(pointer) ? null : follow(lowering, type, pointer);
  if (isPair) place.leave();
  if (reached !== null) writePointer(lowering, settle(lowering, type, reached), at);
  if (hasLength || (reached === null && !isUndefinedMarker(pointer))) return;
  if (reached?.type?.kind === "array") {
    writeNumber(lowering.bytes, at + pointerBytes, pointerBytes, reached.type.length, lowering.littleEndian);
  } else lowering.wrong(type, 'a "len", or a pointer to an array', value);
}
