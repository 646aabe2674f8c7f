/**
 * One value on its way to bytes: what all parts of the lowering share, and the choice by kind of type. The layout is
 * known before the first byte is written, so every part writes at its own offset into zeroed memory; padding needs
 * no code. Mistakes are reported and the rest is lowered on, so that one run names them all.
 *
 * Source: seed lines 5615-5905 (`generateSymbol`), for what each kind of value becomes.
 */

import { type Diagnostic, tooManyReferences, valueTooLarge, wrongValue } from "@manifold/core";
import { writeNumber } from "./integer.js";
import { found, isUndefinedMarker } from "./json.js";
import type { JsonPlace } from "./json-place.js";
import { lowerArray, lowerVector } from "./lower-array.js";
import { lowerPacked } from "./lower-packed.js";
import { lowerPointer } from "./lower-pointer.js";
import { lowerStruct, lowerUnion } from "./lower-struct.js";
import { lowerErrorSet, lowerErrorUnion, lowerOptional } from "./lower-wrapped.js";
import { scalarBits, writeScalar } from "./scalar.js";
import type { ReferenceTarget, ValueReference } from "./sink.js";
import { type FloatType, type IntType, type Type, type TypeSpec, typeName } from "./type.js";
import { digest } from "./type-key.js";
import type { TypeTable } from "./type-table.js";

/** The most bytes of one value with the uavs in it; larger ones are zeros, and declared as such. */
const MAX_VALUE_BYTES = 2 ** 28;

/** The most references of one value. */
const MAX_REFERENCES = 2 ** 21;

/** Contents up to this size are their own key; hashing them would take longer. */
const MAX_KEY_BYTES = 32;

/** 2^0 to 2^53; every exact Number is below the last. */
const POWERS = Float64Array.from({ length: 54 }, (_, power) => 2 ** power);

/** What undefined memory is filled with, as in the seed. */
const UNDEFINED_BYTE = 0xaa;

export class Lowering {
  readonly types: TypeTable;
  readonly place: JsonPlace;
  /** The memory of the value, zeroed. */
  readonly bytes: Uint8Array;
  /** Offsets are from the start of `bytes`. */
  readonly references: ValueReference[] = [];
  readonly littleEndian: boolean;
  readonly #view: DataView;

  /** Bytes that the value and the uavs in it may still take; shared by all of them. */
  readonly #budget: { left: number };

  /** @param outer the lowering of the value that this one is a uav in */
  constructor(types: TypeTable, place: JsonPlace, size: number, outer?: Lowering) {
    this.types = types;
    this.place = place;
    this.littleEndian = types.abi.littleEndian;
    this.#budget = outer === undefined ? { left: MAX_VALUE_BYTES } : outer.#budget;
    this.#budget.left -= size;
    if (this.#budget.left < 0) {
      place.report(valueTooLarge(place.at(), size, MAX_VALUE_BYTES));
      place.finish();
    }
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Lowers `value` at the current place of the JSON to `bytes` from `at`. */
  value(type: Type, value: unknown, at: number): void {
    if (isUndefinedMarker(value) && !hasUndefinedField(type)) {
      this.fillUndefined(at, type.size);
      return;
    }
    switch (type.kind) {
      case "int":
      case "float":
        if (typeof value !== "number" || !this.number(type, value, at)) this.#scalar(type, value, at);
        return;
      case "bool":
      case "enum":
        this.#scalar(type, value, at);
        return;
      case "void":
        if (value !== null) this.wrong(type, "null", value);
        return;
      case "array":
        lowerArray(this, type, value, at);
        return;
      case "vector":
        lowerVector(this, type, value, at);
        return;
      case "struct":
        if (type.backing === null) lowerStruct(this, type, value, at);
        else lowerPacked(this, type, type.backing, value, at);
        return;
      case "union":
        if (type.backing === null) lowerUnion(this, type, value, at);
        else lowerPacked(this, type, type.backing, value, at);
        return;
      case "optional":
        lowerOptional(this, type, value, at);
        return;
      case "errorSet":
        lowerErrorSet(this, type, value, at);
        return;
      case "errorUnion":
        lowerErrorUnion(this, type, value, at);
        return;
      case "pointer":
        lowerPointer(this, type, value, at);
        return;
      case "opaque":
        // Types of values are never opaque: building them refuses it.
        return;
    }
  }

  /**
   * Writes the plain numbers that are the bulk of all tables, without BigInts.
   * @returns whether it did; anything unusual is left to the rest of the lowering
   */
  number(type: IntType | FloatType, value: number, at: number): boolean {
    if (type.kind === "int") {
      if (!Number.isSafeInteger(value)) return false;
      const high = POWERS[Math.min(type.signed ? Math.max(type.bits - 1, 0) : type.bits, 53)]!;
      const low = type.signed && type.bits > 0 ? -high : 0;
      if (value < low || value >= high) return false;
      if (type.size === 1) this.bytes[at] = value;
      else if (type.size === 2) this.#view.setInt16(at, value, this.littleEndian);
      else if (type.size === 4) this.#view.setInt32(at, value, this.littleEndian);
      else writeNumber(this.bytes, at, type.size, value, this.littleEndian);
      return true;
    }
    if (Number.isNaN(value) || (type.bits !== 32 && type.bits !== 64)) return false;
    if (type.bits === 32) this.#view.setFloat32(at, value, this.littleEndian);
    else this.#view.setFloat64(at, value, this.littleEndian);
    return true;
  }

  /** Lowers a part of the value, one step further into the JSON. */
  part(step: string | number, type: Type, value: unknown, at: number): void {
    this.place.enter(step);
    this.value(type, value, at);
    this.place.leave();
  }

  fillUndefined(at: number, size: number): void {
    this.bytes.fill(UNDEFINED_BYTE, at, at + size);
  }

  /** Records that the pointer at `at` points `addend` bytes after the start of `target`. */
  reference(at: number, target: ReferenceTarget, addend: number): void {
    const type = this.types.abi.pointerBytes === 8 ? "64" : "32";
    if (this.references.length === MAX_REFERENCES) {
      this.place.report(tooManyReferences(this.place.at(), MAX_REFERENCES));
      this.place.finish();
    }
    this.references.push({ offset: at, type, target, addend });
  }

  /**
   * The canonical key of a value: its type's key, and what it lowers to or the hash of that. Two spellings of one value
   * lower to the same bytes and references, and so have one key; nothing about the spelling goes into it.
   */
  key(type: Type, value: unknown): string {
    const inner = new Lowering(this.types, this.place, type.size, this);
    inner.value(type, value, 0);
    return inner.contentsKey(type);
  }

  /** The canonical key of what was lowered, see `key`. */
  contentsKey(type: Type): string {
    if (this.references.length === 0 && this.bytes.length <= MAX_KEY_BYTES) {
      return `${this.types.key(type)} =${Buffer.from(this.bytes).toString("hex")}`;
    }
    const references = this.references.map(({ offset, target, addend }) => [offset, addend, identity(target)]);
    return `${this.types.key(type)} ${digest(this.bytes, JSON.stringify(references))}`;
  }

  /** Resolves a type that stands inside the value. */
  type(step: string, spec: TypeSpec): Type {
    this.place.enter(step);
    const type = this.types.resolveSized(spec, this.place.origin());
    this.place.leave();
    return type;
  }

  wrong(type: Type, expected: string, value: unknown): void {
    this.report(wrongValue(this.place.at(), typeName(type), expected, found(value)));
  }

  report(diagnostic: Diagnostic): void {
    this.place.report(diagnostic);
  }

  #scalar(type: Extract<Type, { kind: "int" | "float" | "bool" | "enum" }>, value: unknown, at: number): void {
    const bits = scalarBits(type, value, this.place.at());
    if (typeof bits === "bigint") writeScalar(this.bytes, at, type, bits, this.littleEndian);
    else this.report(bits);
  }
}

/** A field called `undefined` takes the marker's place. */
function hasUndefinedField(type: Type): boolean {
  return (type.kind === "struct" || type.kind === "union") && type.index.has("undefined");
}

/** What a target is, whatever alignment this reference to it asks for. */
function identity(target: ReferenceTarget): readonly string[] {
  if ("nav" in target) return ["nav", target.nav];
  if ("uav" in target) return ["uav", target.uav];
  return ["lazy", target.key];
}
