/**
 * Unnamed values inside values: `{"uav": {"type": T, "init": V}}` and the short forms that stand for one. Each is
 * lowered here once for its key, by which equal ones become one symbol, and again by whoever emits that symbol.
 */

import { malformedType, unknownField } from "@manifold/core";
import { arrayOf } from "./build-composite.js";
import { readInteger } from "./integer.js";
import { found, get, has, isObject, nearestName, unknownKey } from "./json.js";
import { byteContents, isByte } from "./lower-array.js";
import type { Lowering } from "./lowering.js";
import { isScalar } from "./scalar.js";
import type { UavTarget } from "./sink.js";
import type { PointerType, Type, TypeSpec } from "./type.js";

/** An unnamed value, with its type both ways. */
export interface Uav {
  readonly type: Type;
  readonly spec: TypeSpec;
  readonly value: unknown;
  readonly align: number;
}

/** With the key under which its contents stand. */
export type ReadUav = Uav & { readonly step: string };

const KEYS = ["type", "init", "text", "bytes", "zero", "align"] as const;

/** Lowers a uav for its key, and gives the target of references to it. `promised` is the pointer's alignment or 0. */
export function uavTarget(lowering: Lowering, uav: Uav, promised: number): UavTarget {
  const key = lowering.key(uav.type, uav.value);
  const align = Math.max(uav.type.align, uav.align, promised);
  return { uav: key, type: uav.spec, value: uav.value, align };
}

/**
 * Reads the body of `{"uav": …}`: a type with a value, or `text`, `bytes` or `zero` for arrays of u8.
 * @param expected the type to take where none is stated
 * @returns null, and a report, where the body is of no such shape
 */
export function readUav(lowering: Lowering, body: unknown, expected: PointerType | null): ReadUav | null {
  const { place } = lowering;
  if (!isObject(body)) return fail(lowering, 'an object such as {"type": T, "init": value}', body);
  const unknown = unknownKey(body, KEYS);
  if (unknown !== undefined) {
    lowering.report(unknownField(place.at(), "a uav", unknown, nearestName(unknown, KEYS)));
    return null;
  }
  const align = has(body, "align") ? readAlign(get(body, "align")) : 1;
  if (align === undefined) return fail(lowering, '"align", a power of two', get(body, "align"));
  const contents = ["init", "text", "bytes", "zero"].filter((key) => has(body, key));
  const step = contents[0];
  if (step === undefined || contents.length > 1) {
    return fail(lowering, "one of init, text, bytes and zero", body);
  }
  if (step !== "init") {
    if (has(body, "type")) return fail(lowering, `no "type" beside "${step}"`, get(body, "type"));
    return place.within(step, () => readRaw(lowering, step, get(body, step), align));
  }
  const value = get(body, "init");
  if (has(body, "type")) {
    const spec = get(body, "type");
    return { type: lowering.type("type", spec), spec, value, align, step };
  }
  if (expected === null || expected.pointerSize !== "one" || expected.child.kind === "opaque") {
    return fail(lowering, 'a "type"', body);
  }
  return { type: expected.child, spec: expected.childSpec, value, align, step };
}

/**
 * A text, `{"bytes": …}` or list in the place of a pointer: the array that a pointer to one array points to, or for other
 * pointers and slices an array as long as the contents. Such a text ends with a zero byte that is not counted.
 * @returns undefined where the value is no such thing; null, and a report, where it is a faulty one
 */
export function shortUav(lowering: Lowering, pointer: PointerType, value: unknown): Uav | null | undefined {
  const { child, childSpec, sentinel } = pointer;
  if (pointer.pointerSize === "one") {
    const isShort = Array.isArray(value) || typeof value === "string";
    if (!isShort || child.kind !== "array") return undefined;
    return { type: child, spec: childSpec, value, align: 1 };
  }
  const bytes = isByte(child) ? byteContents(lowering, value) : undefined;
  if (bytes === null) return null;
  const length = bytes?.length ?? (Array.isArray(value) ? value.length : undefined);
  if (length === undefined || child.kind === "opaque") return undefined;
  const end = bytes === undefined ? sentinel : (sentinel ?? 0n);
  const spec = { array: childSpec, len: length, ...(end === null ? {} : { sentinel: sentinelSpec(child, end) }) };
  return { type: arrayOf(child, length, end), spec, value, align: 1 };
}

/** JSON for the bits of a sentinel. */
function sentinelSpec(element: Type, bits: bigint): unknown {
  if (!isScalar(element)) return null;
  if (element.kind === "bool") return bits !== 0n;
  if (element.kind === "enum") return element.names[element.values.indexOf(bits)] ?? String(bits);
  return element.kind === "float" ? { bits: String(bits) } : String(bits);
}

/** `text`, `bytes` and `zero`: an array of u8 as long as its contents. */
function readRaw(lowering: Lowering, key: string, contents: unknown, align: number): ReadUav | null {
  if (key === "zero") {
    const size = readInteger(contents);
    if (size === undefined || size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) {
      return fail(lowering, "a size in bytes", contents);
    }
    return { ...byteArray(lowering, Number(size), { repeat: 0 }), align, step: key };
  }
  const value = key === "text" ? contents : { bytes: contents };
  const bytes = key === "text" && typeof contents !== "string" ? undefined : byteContents(lowering, value);
  if (bytes === undefined) return fail(lowering, key === "text" ? "a text" : "hexadecimal or base64", contents);
  return bytes === null ? null : { ...byteArray(lowering, bytes.length, value), align, step: key };
}

function byteArray(lowering: Lowering, length: number, value: unknown): Omit<Uav, "align"> {
  const spec = { array: "u8", len: length };
  return { type: lowering.types.resolveSized(spec, lowering.place.origin()), spec, value };
}

function readAlign(value: unknown): number | undefined {
  const align = readInteger(value);
  if (align === undefined || align < 1n || align > 2n ** 28n || (align & (align - 1n)) !== 0n) return undefined;
  return Number(align);
}

function fail(lowering: Lowering, expected: string, value: unknown): null {
  lowering.report(malformedType(lowering.place.at(), expected, found(value)));
  return null;
}
