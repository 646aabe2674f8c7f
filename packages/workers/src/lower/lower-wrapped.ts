/**
 * Optionals, errors and error unions. An error is its 16-bit number in the global error set, 0 where there is none.
 * The payload of an error union that is an error, and of an optional that is null, is undefined; an optional pointer
 * or error that is null is zeros. Source: seed lines 5556-5614 and 5650-5675.
 */

import { unknownError } from "@manifold/core";
import { writeNumber } from "./integer.js";
import { get, has, isObject, nearestName, unknownKey } from "./json.js";
import type { Lowering } from "./lowering.js";
import { type ErrorSetType, type ErrorUnionType, type OptionalType, typeName } from "./type.js";

export function lowerOptional(lowering: Lowering, type: OptionalType, value: unknown, at: number): void {
  const { payload, flagOffset } = type;
  if (value === null) {
    if (flagOffset >= 0) lowering.fillUndefined(at, payload.size);
    return;
  }
  const some = optionalPayload(lowering, type, value);
  if (some === undefined) return;
  lowering.part("some", payload, some.value, at);
  if (flagOffset >= 0) lowering.bytes[at + flagOffset] = 1;
}

/** What `{"some": …}` holds; undefined, and a report, where the value is not of that shape. */
export function optionalPayload(
  lowering: Lowering,
  type: OptionalType,
  value: unknown,
): { readonly value: unknown } | undefined {
  if (isObject(value) && has(value, "some") && unknownKey(value, ["some"]) === undefined) {
    return { value: get(value, "some") };
  }
  lowering.wrong(type, 'null or {"some": value}', value);
  return undefined;
}

export function lowerErrorSet(lowering: Lowering, type: ErrorSetType, value: unknown, at: number): void {
  const number = errorNumber(lowering, type, value);
  if (number !== undefined) writeNumber(lowering.bytes, at, type.size, number, lowering.littleEndian);
}

export function lowerErrorUnion(lowering: Lowering, type: ErrorUnionType, value: unknown, at: number): void {
  const keys = isObject(value) ? Object.keys(value) : [];
  if (isObject(value) && keys.length === 1 && keys[0] === "ok") {
    lowering.part("ok", type.payload, get(value, "ok"), at + type.payloadOffset);
  } else if (isObject(value) && keys.length === 1 && keys[0] === "error") {
    lowering.fillUndefined(at + type.payloadOffset, type.payload.size);
    lowering.part("error", type.errors, get(value, "error"), at + type.errorOffset);
  } else lowering.wrong(type, '{"ok": value} or {"error": "Name"}', value);
}

function errorNumber(lowering: Lowering, type: ErrorSetType, value: unknown): number | undefined {
  if (typeof value !== "string") {
    lowering.wrong(type, "the name of an error", value);
    return undefined;
  }
  const number = lowering.types.errors.number(value);
  if (number !== undefined && (type.names === null || type.names.has(value))) return number;
  const nearest = nearestName(value, type.names ?? lowering.types.errors.names);
  const set = type.names === null ? "the global error set" : typeName(type);
  lowering.report(unknownError(lowering.place.at(), set, value, nearest));
  return undefined;
}
