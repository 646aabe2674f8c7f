/**
 * From the JSON of pointers, arrays, vectors, optionals and errors to resolved types, with the rules of their layout.
 */

import { DiagnosticError, typeTooLarge, unknownError } from "@manifold/core";
import { alignForward, ceilPowerOfTwo } from "./abi.js";
import type { TypeBuilder } from "./build-type.js";
import { get, has, type JsonObject, nearestName } from "./json.js";
import { isScalar, scalarBits } from "./scalar.js";
import {
  type ArrayType,
  type ErrorSetType,
  type PointerSize,
  type PointerType,
  type Type,
  type TypeSpec,
  typeName,
} from "./type.js";

/** The most bytes a vector may have. */
const MAX_VECTOR_BYTES = 65536;

const POINTER_SIZES: readonly string[] = ["one", "many", "slice", "c"] satisfies PointerSize[];

export function buildArray(builder: TypeBuilder, spec: JsonObject, name: string): Type {
  const element = builder.part("array", get(spec, "array"));
  const length = builder.count(spec, "len", Number.MAX_SAFE_INTEGER - 1);
  const sentinel = has(spec, "sentinel") ? readSentinel(builder, element, get(spec, "sentinel")) : null;
  return { ...arrayOf(element, length, sentinel), name };
}

/** The type of `length` elements, with the sentinel behind them where there is one. */
export function arrayOf(element: Type, length: number, sentinel: bigint | null): ArrayType {
  const size = element.size * (length + (sentinel === null ? 0 : 1));
  return { kind: "array", element, length, sentinel, size, align: element.align, name: "" };
}

export function buildPointer(builder: TypeBuilder, spec: JsonObject, name: string): PointerType {
  const { abi } = builder.scope;
  const pointerSize = has(spec, "size") ? get(spec, "size") : "one";
  if (typeof pointerSize !== "string" || !POINTER_SIZES.includes(pointerSize)) {
    return builder.fail(`"size", one of ${POINTER_SIZES.join(", ")}`, pointerSize);
  }
  const pointer: Omit<PointerType, "child"> = {
    kind: "pointer",
    pointerSize: pointerSize as PointerSize,
    childSpec: get(spec, "ptr"),
    childAlign: builder.align(spec),
    allowZero: builder.flag(spec, "allowzero") || pointerSize === "c",
    sentinel: null,
    size: pointerSize === "slice" ? 2 * abi.pointerBytes : abi.pointerBytes,
    align: abi.pointerBytes,
    name,
  };
  const sentinel = has(spec, "sentinel") ? get(spec, "sentinel") : undefined;
  if (sentinel !== undefined && (pointerSize === "one" || pointerSize === "c")) {
    return builder.fail(`no sentinel on a pointer of size "${pointerSize}"`, sentinel, "sentinel");
  }
  // The child is bound before anyone outside sees the type.
  const unbound = pointer as PointerType;
  builder.work.pending.push({ pointer: unbound, sentinel, place: builder.place.fork() });
  return unbound;
}

/** The bits of a sentinel: a scalar, or null where that is all zeros. */
export function readSentinel(builder: TypeBuilder, element: Type, value: unknown): bigint {
  builder.place.enter("sentinel");
  if (isScalar(element)) {
    const bits = scalarBits(element, value, builder.place.at());
    if (typeof bits !== "bigint") throw new DiagnosticError(bits);
    builder.place.leave();
    return bits;
  }
  const nullable =
    (element.kind === "optional" && element.flagOffset < 0) || (element.kind === "pointer" && element.allowZero);
  if (!nullable || value !== null)
    return builder.fail(`a sentinel of ${typeName(element)}: ${nullable ? "null" : "none"}`, value);
  builder.place.leave();
  return 0n;
}

/** The whole vector is aligned as its size, rounded up to a power of two; a vector of bool is one bit an element. */
export function buildVector(builder: TypeBuilder, spec: JsonObject, name: string): Type {
  const element = builder.part("vector", get(spec, "vector"));
  if (
    !["int", "float", "bool", "pointer"].includes(element.kind) ||
    (element.kind === "pointer" && element.pointerSize === "slice")
  ) {
    return builder.fail("a vector of integers, floats, bool or pointers", get(spec, "vector"), "vector");
  }
  const length = builder.count(spec, "len", MAX_VECTOR_BYTES * 8);
  const bytes = element.kind === "bool" ? Math.ceil(length / 8) : element.size * length;
  if (bytes > MAX_VECTOR_BYTES) {
    throw new DiagnosticError(typeTooLarge(builder.place.at(), "the vector", `${MAX_VECTOR_BYTES} bytes`));
  }
  const align = ceilPowerOfTwo(bytes);
  return { kind: "vector", element, length, size: alignForward(bytes, align), align, name };
}

/** Pointers that are never 0, and errors, need no flag: null is zeros. Others are followed by a flag byte. */
export function buildOptional(builder: TypeBuilder, spec: JsonObject, name: string): Type {
  const payload = builder.part("optional", get(spec, "optional"));
  const isPayload = payload.kind === "errorSet" || (payload.kind === "pointer" && !payload.allowZero);
  if (isPayload) return { kind: "optional", payload, flagOffset: -1, size: payload.size, align: payload.align, name };
  const size = alignForward(payload.size + 1, payload.align);
  return { kind: "optional", payload, flagOffset: payload.size, size, align: payload.align, name };
}

/** The more aligned of error and payload comes first; the payload when they are equal. Seed lines 5564-5610. */
export function buildErrorUnion(builder: TypeBuilder, spec: JsonObject, name: string): Type {
  const payload = builder.part("errorUnion", get(spec, "errorUnion"));
  const errors = has(spec, "error") ? buildErrors(builder, get(spec, "error")) : buildErrorSet(builder, null, "");
  const align = Math.max(payload.align, errors.align);
  const errorFirst = errors.align > payload.align;
  const payloadOffset = errorFirst && payload.size > 0 ? alignForward(errors.size, payload.align) : 0;
  const errorOffset = errorFirst ? 0 : alignForward(payload.size, errors.align);
  const end = Math.max(payloadOffset + payload.size, errorOffset + errors.size);
  return {
    kind: "errorUnion",
    payload,
    errors,
    payloadOffset,
    errorOffset,
    size: alignForward(end, align),
    align,
    name,
  };
}

/** The errors of an error union: a list of names, or a type. */
function buildErrors(builder: TypeBuilder, spec: TypeSpec): ErrorSetType {
  if (Array.isArray(spec)) return buildErrorSet(builder, readErrorNames(builder, spec), "");
  const type = builder.part("error", spec);
  return type.kind === "errorSet" ? type : builder.fail("an error set", spec, "error");
}

export function readErrorNames(builder: TypeBuilder, list: unknown): ReadonlySet<string> {
  if (!Array.isArray(list)) return builder.fail("a list of error names", list, "error");
  const names = new Set<string>();
  builder.place.enter("error");
  for (const [index, name] of list.entries()) {
    builder.place.enter(index);
    if (typeof name !== "string") return builder.fail("the name of an error", name);
    if (builder.scope.errors.number(name) === undefined) {
      const nearest = nearestName(name, builder.scope.errors.names);
      throw new DiagnosticError(unknownError(builder.place.at(), "the global error set", name, nearest));
    }
    names.add(name);
    builder.place.leave();
  }
  builder.place.leave();
  return names;
}

export function buildErrorSet(builder: TypeBuilder, names: ReadonlySet<string> | null, name: string): ErrorSetType {
  const { size, align } = builder.scope.abi.int(16);
  return { kind: "errorSet", names, size, align, name };
}
