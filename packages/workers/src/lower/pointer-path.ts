/**
 * Where a pointer points: a base (nav, uav, lazy symbol, address), then fields, elements and payloads inside it, which
 * add their offsets. To step inside, the type of what lies there must be known: a uav has one, other bases say it
 * with `type`. Source: seed lines 5907-5990 (`lowerPtr`).
 */

import { malformedType, noSuchPart, pointeeUnknown, unknownField } from "@manifold/core";
import { readInteger } from "./integer.js";
import { found, get, has, isObject, type JsonObject, nearestName, unknownKey } from "./json.js";
import { lazyKey } from "./lazy-key.js";
import type { Lowering } from "./lowering.js";
import type { ReferenceTarget } from "./sink.js";
import { type PointerType, packedByteOffset, type Type, typeName, type VectorType } from "./type.js";
import { readUav, uavTarget } from "./uav.js";

/** The end of a pointer path. */
export interface Reached {
  /** Null for an address, and for a uav of no bytes, which has none. */
  readonly target: ReferenceTarget | null;
  /** Bytes from the target, or the address itself; null where there is nothing to point to. */
  readonly offset: bigint | null;
  /** What lies there, where that is known. */
  readonly type: Type | null;
}

/** The keys that begin a pointer, each with those that may stand beside it. */
const FORMS: readonly (readonly [form: string, ...others: string[]])[] = [
  ["nav", "offset", "type"],
  ["uav", "offset", "type"],
  ["lazy", "type", "offset"],
  ["int", "type"],
  ["field", "of"],
  ["element", "of"],
  ["payload"],
];

/**
 * Follows a pointer value to its end.
 * @param pointer the type of the whole pointer, for what it says of a uav directly under it; null further in
 * @returns null, and a report, where it leads nowhere
 */
export function reach(lowering: Lowering, value: unknown, pointer: PointerType | null): Reached | null {
  const { place } = lowering;
  const row = isObject(value) ? FORMS.find(([form]) => has(value, form)) : undefined;
  if (!isObject(value) || row === undefined) {
    return fail(lowering, `a pointer: an object with ${FORMS.map(([form]) => form).join(", ")}`, value);
  }
  const form = row[0];
  const unknown = unknownKey(value, row);
  if (unknown !== undefined) {
    place.report(unknownField(place.at(), `{"${form}": …}`, unknown, nearestName(unknown, row)));
    return null;
  }
  switch (form) {
    case "field":
    case "element":
      return place.within("of", () => inner(lowering, form, get(value, "of"), get(value, form)));
    case "payload":
      return place.within("payload", () => inner(lowering, form, get(value, "payload"), undefined));
    case "int":
      return address(lowering, value);
    default:
      return based(lowering, form, value, pointer);
  }
}

function based(lowering: Lowering, form: string, value: JsonObject, pointer: PointerType | null): Reached | null {
  const { place } = lowering;
  const offset = has(value, "offset") ? readInteger(get(value, "offset")) : 0n;
  if (offset === undefined || BigInt.asIntN(53, offset) !== offset) {
    return place.within("offset", () => fail(lowering, "an offset in bytes", get(value, "offset")));
  }
  if (form === "lazy") {
    const kind = get(value, "lazy");
    if (kind !== "code" && kind !== "data") return place.within("lazy", () => fail(lowering, '"code" or "data"', kind));
    const type = lowering.type("type", get(value, "type"));
    const key = lazyKey(lowering.types, kind, type, place.at());
    if (typeof key === "string") return { target: { lazy: kind, type: get(value, "type"), key }, offset, type: null };
    place.report(key);
    return null;
  }
  const stated = has(value, "type") ? lowering.type("type", get(value, "type")) : null;
  if (form === "nav") {
    const nav = get(value, "nav");
    if (typeof nav === "string") return { target: { nav }, offset, type: stated };
    return place.within("nav", () => fail(lowering, "a name", nav));
  }
  return place.within("uav", () => {
    const uav = readUav(lowering, get(value, "uav"), pointer);
    if (uav === null) return null;
    // What the pointer promises of its place, it promises of the whole only where the offset keeps it.
    const promise = pointer === null ? 0 : pointer.childAlign;
    const promised = promise > 0 && offset % BigInt(promise) === 0n ? promise : 0;
    const target = place.within(uav.step, () => uavTarget(lowering, uav, promised));
    const type = stated ?? (offset === 0n ? uav.type : null);
    return uav.type.size === 0 ? { target: null, offset: null, type } : { target, offset, type };
  });
}

function address(lowering: Lowering, value: JsonObject): Reached | null {
  const offset = readInteger(get(value, "int"));
  if (offset === undefined || offset < 0n) {
    return lowering.place.within("int", () => fail(lowering, "an address", get(value, "int")));
  }
  const type = has(value, "type") ? lowering.type("type", get(value, "type")) : null;
  return { target: null, offset, type };
}

/** A step into what the pointer under it points to. */
function inner(lowering: Lowering, form: "field" | "element" | "payload", of: unknown, part: unknown): Reached | null {
  const base = reach(lowering, of, null);
  if (base === null) return null;
  const { place } = lowering;
  if (base.type === null) {
    place.report(pointeeUnknown(place.at(), form));
    return null;
  }
  const step =
    form === "field"
      ? fieldStep(lowering, base.type, part)
      : form === "element"
        ? elementStep(base.type, part)
        : payloadStep(base.type);
  if (step === null) {
    const what = form === "payload" ? "payload" : `${form} ${JSON.stringify(part) ?? "without a name"}`;
    place.report(noSuchPart(place.at(), typeName(base.type), what));
    return null;
  }
  return { ...base, type: step.type, offset: base.offset === null ? null : base.offset + BigInt(step.offset) };
}

interface Step {
  readonly type: Type;
  readonly offset: number;
}

/** Fields by name, a tuple's by number; `ptr` and `len` of slices. */
function fieldStep(lowering: Lowering, type: Type, part: unknown): Step | null {
  const { abi } = lowering.types;
  if (type.kind === "pointer" && type.pointerSize === "slice") {
    if (part === "ptr") return { type: { ...type, pointerSize: "many", size: abi.pointerBytes, name: "" }, offset: 0 };
    return part === "len" ? { type: lowering.types.usize, offset: abi.pointerBytes } : null;
  }
  if (type.kind !== "struct" && type.kind !== "union") return null;
  const index =
    typeof part === "number" && type.kind === "struct" && type.layout === "tuple" ? part : type.index.get(String(part));
  const field = index === undefined ? undefined : type.fields[index];
  if (field === undefined) return null;
  if (type.backing === null) return { type: field.type, offset: field.offset };
  const offset = packedByteOffset(type.size, field.bitOffset, field.bits, abi.littleEndian);
  return offset < 0 ? null : { type: field.type, offset };
}

/** Elements by number; the one after the last, or the sentinel, is a place too. */
function elementStep(type: Type, part: unknown): Step | null {
  if (type.kind !== "array" && !isElementVector(type)) return null;
  const index = readInteger(part);
  if (index === undefined || index < 0n || index > BigInt(type.length)) return null;
  return { type: type.element, offset: Number(index) * type.element.size };
}

const isElementVector = (type: Type): type is VectorType => type.kind === "vector" && type.element.kind !== "bool";

function payloadStep(type: Type): Step | null {
  if (type.kind === "optional") return { type: type.payload, offset: 0 };
  return type.kind === "errorUnion" ? { type: type.payload, offset: type.payloadOffset } : null;
}

function fail(lowering: Lowering, expected: string, value: unknown): null {
  lowering.report(malformedType(lowering.place.at(), expected, found(value)));
  return null;
}
