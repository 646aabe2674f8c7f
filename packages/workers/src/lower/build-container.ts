/**
 * From the JSON of structs, tuples, unions and enums to resolved types. Fields are an object (`{"x": "f32"}`) or, where
 * the order would be lost or a name is no good key, a list (`[{"name": "x", "type": "f32"}]`).
 */

import { backingMismatch, DiagnosticError, duplicateName, notPackable, orderLost, tagMismatch } from "@manifold/core";
import type { TypeBuilder } from "./build-type.js";
import { fits, MAX_INT_BITS, readTypedInteger } from "./integer.js";
import { get, has, isObject, type JsonObject } from "./json.js";
import { type FieldType, placeFields } from "./layout-struct.js";
import { placeUnion } from "./layout-union.js";
import {
  type ContainerLayout,
  type EnumType,
  type Field,
  type IntType,
  packedBits,
  type StructType,
  type Type,
  typeName,
  type UnionType,
} from "./type.js";

const LAYOUTS: readonly string[] = ["auto", "extern", "packed"] satisfies ContainerLayout[];

/** JavaScript lists such keys first, whatever the text says. */
const INTEGER_KEY = /^(0|[1-9][0-9]*)$/;

export function buildStruct(builder: TypeBuilder, spec: JsonObject, name: string): StructType {
  const layout = layoutOf(builder, spec);
  const given = readFields(builder, get(spec, "struct"), "struct", layout);
  const index = indexOf(builder, "struct", given);
  if (layout !== "packed") return { kind: "struct", layout, ...placeFields(given, layout), index, backing: null, name };
  let bits = 0;
  const fields = given.map((field) => {
    const packed = packedField(field, bits);
    bits += packed.bits;
    return packed;
  });
  const backing = backingOf(builder, spec, bits);
  return { kind: "struct", layout, fields, index, backing, size: backing.size, align: backing.align, name };
}

export function buildTuple(builder: TypeBuilder, list: unknown, name: string): StructType {
  if (!Array.isArray(list)) return builder.fail("a list of types", list, "tuple");
  builder.place.enter("tuple");
  const given = list.map((spec, index) => ({ name: String(index), type: builder.part(index, spec), align: 0 }));
  builder.place.leave();
  const index = new Map(given.map((field, position) => [field.name, position]));
  return { kind: "struct", layout: "tuple", ...placeFields(given, "tuple"), index, backing: null, name };
}

export function buildUnion(builder: TypeBuilder, spec: JsonObject, name: string): UnionType {
  const layout = layoutOf(builder, spec);
  const given = readFields(builder, get(spec, "union"), "union", layout);
  const index = indexOf(builder, "union", given);
  const tag = has(spec, "tag") ? tagOf(builder, get(spec, "tag"), given, index) : null;
  if (tag !== null && layout !== "auto")
    return builder.fail('no "tag" on an extern or packed union', get(spec, "tag"), "tag");
  const placed = placeUnion(given, tag);
  if (layout === "packed") {
    const fields = given.map((field) => packedField(field, 0));
    const bits = fields.reduce((widest, field) => Math.max(widest, field.bits), 0);
    const backing = backingOf(builder, spec, bits);
    const { size, align } = backing;
    return { kind: "union", layout, fields, index, tag, ...placed, payloadSize: size, backing, size, align, name };
  }
  const offset = placed.payloadOffset;
  const fields = given.map((field) => ({ name: field.name, type: field.type, offset, bitOffset: 0, bits: 0 }));
  return { kind: "union", layout, fields, index, tag, ...placed, backing: null, name };
}

export function buildEnum(builder: TypeBuilder, spec: JsonObject, name: string): EnumType {
  const open = builder.flag(spec, "open");
  const stated = has(spec, "tag") ? builder.integer("tag", get(spec, "tag")) : null;
  const wide = builder.int(true, MAX_INT_BITS);
  const names: string[] = [];
  const values: bigint[] = [];
  const index = new Map<string, number>();
  const taken = new Set<bigint>();
  builder.place.enter("enum");
  for (const entry of enumEntries(builder, get(spec, "enum"))) {
    builder.place.enter(entry.step);
    const last = values.at(-1);
    const given = entry.value === undefined ? (last === undefined ? 0n : last + 1n) : entry.value;
    const value = readTypedInteger(
      stated ?? wide,
      `the tag of ${name === "" ? "this enum" : name}`,
      given,
      builder.place.at(),
    );
    if (typeof value !== "bigint") throw new DiagnosticError(value);
    if (index.has(entry.name)) throw new DiagnosticError(duplicateName(builder.place.at(), "tag", entry.name));
    if (taken.has(value)) throw new DiagnosticError(duplicateName(builder.place.at(), "tag number", String(value)));
    index.set(entry.name, names.length);
    taken.add(value);
    names.push(entry.name);
    values.push(value);
    builder.place.leave();
  }
  builder.place.leave();
  const tag = stated ?? smallestTag(builder, values);
  return { kind: "enum", tag, names, values, index, open, size: tag.size, align: tag.align, name };
}

interface EnumEntry {
  readonly step: string | number;
  readonly name: string;
  /** Undefined: one more than the one before. */
  readonly value: unknown;
}

/** `["a", "b", ["c", 8]]`, or `{"a": 0, "b": 1}`. */
function enumEntries(builder: TypeBuilder, spec: unknown): EnumEntry[] {
  if (isObject(spec)) {
    return Object.entries(spec).map(([name, value]) => {
      if (INTEGER_KEY.test(name)) throw new DiagnosticError(orderLost(builder.place.at(), name));
      return { step: name, name, value };
    });
  }
  if (!Array.isArray(spec)) return builder.fail('names and numbers: ["a", ["b", 8]] or {"a": 0, "b": 8}', spec);
  return spec.map((entry: unknown, step) => {
    if (typeof entry === "string") return { step, name: entry, value: undefined };
    if (Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string") {
      return { step, name: entry[0], value: entry[1] as unknown };
    }
    return builder.fail('a name, or a list of name and number: ["b", 8]', entry, step);
  });
}

/** The smallest integer that holds all values; unsigned if none is negative. */
function smallestTag(builder: TypeBuilder, values: readonly bigint[]): IntType {
  const signed = values.some((value) => value < 0n);
  let bits = 0;
  for (const value of values) {
    while (!fits(value, builder.int(signed, bits))) bits++;
  }
  return builder.int(signed, bits);
}

function layoutOf(builder: TypeBuilder, spec: JsonObject): ContainerLayout {
  const layout = has(spec, "layout") ? get(spec, "layout") : "auto";
  if (typeof layout === "string" && LAYOUTS.includes(layout)) {
    if (layout === "packed" || !has(spec, "backing")) return layout as ContainerLayout;
    return builder.fail('"backing" only where the layout is "packed"', get(spec, "backing"), "backing");
  }
  return builder.fail(`"layout", one of ${LAYOUTS.join(", ")}`, layout, "layout");
}

/** Fields with their types built, in order. */
function readFields(builder: TypeBuilder, spec: unknown, key: string, layout: ContainerLayout): FieldType[] {
  builder.place.enter(key);
  const fields: FieldType[] = [];
  if (isObject(spec)) {
    for (const [name, field] of Object.entries(spec)) {
      if (INTEGER_KEY.test(name)) throw new DiagnosticError(orderLost(builder.place.at(), name));
      if (isObject(field) && has(field, "type")) {
        builder.place.enter(name);
        builder.checkKeys(field, "a field", ["type", "align"]);
        fields.push(readField(builder, name, field, layout));
        builder.place.leave();
      } else fields.push(checkPacked(builder, { name, type: builder.part(name, field), align: 0 }, layout, name));
    }
  } else if (Array.isArray(spec)) {
    for (const [index, field] of spec.entries()) {
      builder.place.enter(index);
      const name = isObject(field) ? get(field, "name") : undefined;
      if (!isObject(field) || typeof name !== "string") return builder.fail('a field: {"name": …, "type": …}', field);
      builder.checkKeys(field, "a field", ["name", "type", "align"]);
      fields.push(readField(builder, name, field, layout));
      builder.place.leave();
    }
  } else return builder.fail('fields: {"x": "f32"} or [{"name": "x", "type": "f32"}]', spec);
  builder.place.leave();
  return fields;
}

function readField(builder: TypeBuilder, name: string, field: JsonObject, layout: ContainerLayout): FieldType {
  const type = builder.part("type", get(field, "type"));
  const align = builder.align(field);
  if (align !== 0 && layout === "packed")
    return builder.fail('no "align" in a packed type', get(field, "align"), "align");
  return checkPacked(builder, { name, type, align }, layout, "type");
}

function checkPacked(builder: TypeBuilder, field: FieldType, layout: ContainerLayout, step: string): FieldType {
  if (layout !== "packed" || packedBits(field.type) >= 0) return field;
  builder.place.enter(step);
  throw new DiagnosticError(notPackable(builder.place.at(), typeName(field.type)));
}

function packedField(field: FieldType, bitOffset: number): Field {
  return { name: field.name, type: field.type, offset: 0, bitOffset, bits: packedBits(field.type) };
}

/** Field names and their positions. Lists can name a field twice; objects cannot. */
function indexOf(builder: TypeBuilder, key: string, fields: readonly FieldType[]): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  for (const [position, field] of fields.entries()) {
    if (index.has(field.name)) {
      builder.place.enter(key);
      builder.place.enter(position);
      throw new DiagnosticError(duplicateName(builder.place.at(), "field", field.name));
    }
    index.set(field.name, position);
  }
  return index;
}

function backingOf(builder: TypeBuilder, spec: JsonObject, bits: number): IntType {
  if (!has(spec, "backing")) {
    if (bits > MAX_INT_BITS) return builder.fail(`at most ${MAX_INT_BITS} bits in a packed type`, bits);
    return builder.int(false, bits);
  }
  const backing = builder.integer("backing", get(spec, "backing"));
  if (backing.bits === bits) return backing;
  builder.place.enter("backing");
  throw new DiagnosticError(backingMismatch(builder.place.at(), backing.bits, bits));
}

/** The tag of a union: `true` for an enum of its fields, an integer type for the same with that tag, or an enum. */
function tagOf(
  builder: TypeBuilder,
  spec: unknown,
  fields: readonly FieldType[],
  index: ReadonlyMap<string, number>,
): EnumType {
  const names = fields.map((field) => field.name);
  if (spec === true) return buildEnum(builder, { enum: names }, "");
  const type: Type = builder.part("tag", spec);
  if (type.kind === "int") return buildEnum(builder, { enum: names, tag: spec }, "");
  if (type.kind !== "enum") return builder.fail("true, an integer type or an enum", spec, "tag");
  const extra = type.names.find((name) => !index.has(name));
  const lacking = names.find((name) => !type.index.has(name));
  builder.place.enter("tag");
  if (lacking !== undefined) throw new DiagnosticError(tagMismatch(builder.place.at(), lacking, "tag"));
  if (extra !== undefined) throw new DiagnosticError(tagMismatch(builder.place.at(), extra, "union"));
  builder.place.leave();
  return type;
}
