/**
 * Structs, tuples and unions that are not packed. A struct's value names every field, or lists the fields in the order
 * of declaration; a tuple's is a list; a union's names one field. Sources: seed lines 5742-5905, `layout-*.ts`.
 */

import { missingField, unknownField, wrongLength } from "@manifold/core";
import { get, has, isObject, nearestName } from "./json.js";
import type { Lowering } from "./lowering.js";
import { writeScalar } from "./scalar.js";
import { type Field, type StructType, typeName, type UnionType } from "./type.js";

export function lowerStruct(lowering: Lowering, type: StructType, value: unknown, at: number): void {
  eachField(lowering, type, value, (field, part) => lowering.value(field.type, part, at + field.offset));
}

/** Calls `visit` for every field that has a value, at the field's place in the JSON; reports the others. */
export function eachField(
  lowering: Lowering,
  type: StructType,
  value: unknown,
  visit: (field: Field, part: unknown) => void,
): void {
  const { place } = lowering;
  if (Array.isArray(value)) {
    if (value.length !== type.fields.length) {
      const expected = `${type.fields.length} fields`;
      lowering.report(wrongLength(place.at(), typeName(type), expected, `${value.length}`));
      return;
    }
    for (const [index, field] of type.fields.entries()) {
      place.enter(index);
      visit(field, value[index]);
      place.leave();
    }
    return;
  }
  if (!isObject(value) || type.layout === "tuple") {
    lowering.wrong(type, type.layout === "tuple" ? "a list" : "an object with its fields, or a list", value);
    return;
  }
  for (const field of type.fields) {
    if (!has(value, field.name)) {
      lowering.report(missingField(place.at(), typeName(type), field.name));
      continue;
    }
    place.enter(field.name);
    visit(field, get(value, field.name));
    place.leave();
  }
  for (const name of Object.keys(value)) {
    if (type.index.has(name)) continue;
    lowering.report(unknownField(place.at(), typeName(type), name, nearestName(name, type.index.keys())));
  }
}

export function lowerUnion(lowering: Lowering, type: UnionType, value: unknown, at: number): void {
  const active = activeField(lowering, type, value);
  if (active === null) return;
  const { field } = active;
  // Nothing of an empty field is there to be read.
  if (field.type.size === 0) lowering.fillUndefined(at + type.payloadOffset, type.payloadSize);
  lowering.part(field.name, field.type, active.part, at + field.offset);
  if (type.tag === null) return;
  const tag = type.tag.values[type.tag.index.get(field.name)!]!;
  writeScalar(lowering.bytes, at + type.tagOffset, type.tag, tag, lowering.littleEndian);
}

/** The one field that a union's value names, with its value; null, and a report, where it names none. */
export function activeField(
  lowering: Lowering,
  type: UnionType,
  value: unknown,
): { readonly field: Field; readonly part: unknown } | null {
  const names = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || names.length !== 1) {
    lowering.wrong(type, "an object with one of its fields", value);
    return null;
  }
  const name = names[0]!;
  const index = type.index.get(name);
  if (index !== undefined) return { field: type.fields[index]!, part: get(value, name) };
  lowering.report(unknownField(lowering.place.at(), typeName(type), name, nearestName(name, type.index.keys())));
  return null;
}
