/**
 * From a typed constant value to bytes and references: the entry. Pure: what comes out depends on the types, the value
 * and the target alone.
 */

import { DiagnosticError } from "@manifold/core";
import type { Layout } from "./abi.js";
import { JsonPlace, type Origin } from "./json-place.js";
import { Lowering } from "./lowering.js";
import type { ValueSink } from "./sink.js";
import type { Type, TypeSpec } from "./type.js";
import type { TypeTable } from "./type-table.js";

/** Where a type and its value stand in their declaration; the paths default to `type` and `init`. */
export interface ValueOrigin extends Origin {
  readonly typePath?: string;
}

/** What was written: `size` bytes at `offset` of the sink, for a symbol aligned to `align`. */
export interface Lowered extends Layout {
  readonly offset: number;
}

/**
 * Writes `value` as a constant of the type `spec` to the end of `sink`, without aligning that end, and its pointers as
 * references with offsets in the sink.
 * @throws DiagnosticError with all that is wrong (up to 20); the sink is then as it was
 */
export function lower(
  types: TypeTable,
  spec: TypeSpec,
  value: unknown,
  sink: ValueSink,
  origin: ValueOrigin = {},
): Lowered {
  const type = types.resolveSized(spec, { ...origin, path: origin.typePath ?? "type" });
  return write(start(types, type, value, origin), type, sink);
}

/**
 * As `lower`, and the value's canonical key with it, for less than both cost alone.
 * @throws DiagnosticError with all that is wrong (up to 20); the sink is then as it was
 */
export function lowerKeyed(
  types: TypeTable,
  spec: TypeSpec,
  value: unknown,
  sink: ValueSink,
  origin: ValueOrigin = {},
): Lowered & { readonly key: string } {
  const type = types.resolveSized(spec, { ...origin, path: origin.typePath ?? "type" });
  const lowering = start(types, type, value, origin);
  return { ...write(lowering, type, sink), key: lowering.contentsKey(type) };
}

/**
 * A text that is equal for equal values of equal types, however they are spelled; the name under which a uav is found
 * again. It does not depend on the alignment that is asked for.
 * @throws DiagnosticError
 */
export function canonicalKey(types: TypeTable, spec: TypeSpec, value: unknown, origin: ValueOrigin = {}): string {
  const type = types.resolveSized(spec, { ...origin, path: origin.typePath ?? "type" });
  return start(types, type, value, origin).contentsKey(type);
}

/** Lowers in private memory, so that a faulty value leaves no trace. */
function start(types: TypeTable, type: Type, value: unknown, origin: Origin): Lowering {
  const place = new JsonPlace(origin.path ?? "init", origin.place);
  const lowering = new Lowering(types, place, type.size);
  try {
    lowering.value(type, value, 0);
  } catch (failure) {
    // A faulty type inside the value ends the lowering; what was found before is told as well.
    if (!(failure instanceof DiagnosticError)) throw failure;
    throw new DiagnosticError(...new Set([...place.diagnostics, ...failure.diagnostics]));
  }
  place.finish();
  return lowering;
}

function write(lowering: Lowering, { size, align }: Type, sink: ValueSink): Lowered {
  const offset = sink.reserve(size);
  sink.bytes.set(lowering.bytes, offset);
  for (const reference of lowering.references) {
    sink.reference(offset === 0 ? reference : { ...reference, offset: reference.offset + offset });
  }
  return { offset, size, align };
}
