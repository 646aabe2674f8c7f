/**
 * From the JSON of a type to the resolved type, and the built-in names; composites are in `build-composite.ts` and
 * `build-container.ts`. The syntax is documented in `docs/values.md`.
 *
 * Parts held by value are built on the way, since their layout is needed; a pointer's child waits in `pending` until
 * the type that has the pointer is done. So a cycle through pointers ends, and one by value is noticed.
 */

import {
  DiagnosticError,
  malformedType,
  nestedTooDeep,
  typeTooLarge,
  typeWithoutSize,
  unknownField,
  unknownType,
} from "@manifold/core";
import { type Abi, ceilPowerOfTwo, type FloatBits } from "./abi.js";
import {
  buildArray,
  buildErrorSet,
  buildErrorUnion,
  buildOptional,
  buildPointer,
  buildVector,
  readErrorNames,
  readSentinel,
} from "./build-composite.js";
import { buildEnum, buildStruct, buildTuple, buildUnion } from "./build-container.js";
import type { GlobalErrorSet } from "./error-set.js";
import { MAX_INT_BITS, readInteger } from "./integer.js";
import { found, get, has, isObject, type JsonObject, nearestName, unknownKey } from "./json.js";
import type { JsonPlace } from "./json-place.js";
import { type IntType, type PointerType, type Type, type TypeSpec, typeName } from "./type.js";

/** Levels that types may hold each other by value; each costs a few stack frames. */
const MAX_NESTING = 200;

/** The largest alignment that can be asked for. */
const MAX_ALIGN = 2 ** 28;

const INTEGER_NAME = /^([ui])(0|[1-9][0-9]{0,8})$/;
const FLOAT_BITS: readonly FloatBits[] = [16, 32, 64, 80, 128];

/** The keys that say which kind of type an object is, with the keys that may stand beside them. */
const KINDS: readonly (readonly [kind: string, ...others: string[]])[] = [
  ["ptr", "size", "align", "sentinel", "allowzero"],
  ["array", "len", "sentinel"],
  ["vector", "len"],
  ["optional"],
  ["errorUnion", "error"],
  ["error"],
  ["struct", "layout", "backing"],
  ["union", "layout", "backing", "tag"],
  ["enum", "tag", "open"],
  ["tuple"],
];

/** What building needs to know of the declarations around it. */
export interface TypeScope {
  readonly abi: Abi;
  readonly errors: GlobalErrorSet;
  readonly declaredNames: Iterable<string>;
  /** The declared type of that name, built now if it was not yet; undefined where there is none. */
  declared(name: string, work: BuildWork): Type | undefined;
}

/** What is under way: shared by everything that is built on behalf of one question. */
export interface BuildWork {
  readonly pending: { readonly pointer: PointerType; readonly sentinel: unknown; readonly place: JsonPlace }[];
  /** Declared types that are being built, outermost first. */
  readonly names: string[];
  depth: number;
}

/** Whether a declared type may not take this name. */
export function isBuiltInName(name: string): boolean {
  return (
    INTEGER_NAME.test(name) ||
    ["void", "bool", "usize", "isize", "anyerror", "opaque", "fn"].includes(name) ||
    FLOAT_BITS.some((bits) => name === `f${bits}`)
  );
}

export class TypeBuilder {
  readonly scope: TypeScope;
  readonly place: JsonPlace;
  readonly work: BuildWork;

  constructor(scope: TypeScope, place: JsonPlace, work: BuildWork) {
    this.scope = scope;
    this.place = place;
    this.work = work;
  }

  /**
   * @param name the declared name that the type gets, or ""
   * @throws DiagnosticError
   */
  build(spec: TypeSpec, name: string): Type {
    if (this.work.depth >= MAX_NESTING) throw new DiagnosticError(nestedTooDeep(this.place.at(), MAX_NESTING));
    this.work.depth++;
    const type = typeof spec === "string" ? this.#named(spec, name) : this.#composite(spec, name);
    this.work.depth--;
    if (type.size > this.scope.abi.addressable) {
      throw new DiagnosticError(typeTooLarge(this.place.at(), typeName(type), `${this.scope.abi.addressable} bytes`));
    }
    return type;
  }

  /** Builds a part that is held by value, at one step further into the JSON. */
  part(step: string | number, spec: TypeSpec): Type {
    this.place.enter(step);
    const type = this.build(spec, "");
    if (type.kind === "opaque") throw new DiagnosticError(typeWithoutSize(this.place.at(), typeName(type)));
    this.place.leave();
    return type;
  }

  /** A part that has to be an integer type. */
  integer(step: string, spec: TypeSpec): IntType {
    const type = this.part(step, spec);
    return type.kind === "int" ? type : this.fail("an integer type", spec, step);
  }

  int(signed: boolean, bits: number): IntType {
    return { kind: "int", signed, bits, name: "", ...this.scope.abi.int(bits) };
  }

  /** A size, length or count: an integer from 0 to `limit`, or `fallback` where the key is missing. */
  count(object: JsonObject, key: string, limit: number, fallback?: number): number {
    if (fallback !== undefined && !has(object, key)) return fallback;
    const value = readInteger(get(object, key));
    if (value !== undefined && value >= 0n && value <= BigInt(limit)) return Number(value);
    return this.fail(`"${key}", an integer from 0 to ${limit}`, get(object, key));
  }

  /** The alignment under `align`, a power of two in bytes, or 0. */
  align(object: JsonObject): number {
    const align = this.count(object, "align", MAX_ALIGN, 0);
    if (align === ceilPowerOfTwo(align) || !has(object, "align")) return align;
    return this.fail('"align", a power of two', get(object, "align"));
  }

  /** `true` or `false` under `key`; `false` where it is missing. */
  flag(object: JsonObject, key: string): boolean {
    const value = has(object, key) ? get(object, key) : false;
    return typeof value === "boolean" ? value : this.fail(`"${key}", true or false`, value);
  }

  fail(expected: string, value: unknown, step?: string | number): never {
    if (step !== undefined) this.place.enter(step);
    throw new DiagnosticError(malformedType(this.place.at(), expected, found(value)));
  }

  checkKeys(object: JsonObject, what: string, known: readonly string[]): void {
    const unknown = unknownKey(object, known);
    if (unknown === undefined) return;
    throw new DiagnosticError(unknownField(this.place.at(), what, unknown, nearestName(unknown, known)));
  }

  /** Binds what waits in `pending`, and what comes to wait there meanwhile. */
  bindPointers(): void {
    for (let next = this.work.pending.pop(); next !== undefined; next = this.work.pending.pop()) {
      const builder = new TypeBuilder(this.scope, next.place, this.work);
      const pointer = next.pointer as { child: Type; sentinel: bigint | null };
      next.place.enter("ptr");
      pointer.child = builder.build(next.pointer.childSpec, "");
      next.place.leave();
      if (next.sentinel !== undefined) pointer.sentinel = readSentinel(builder, pointer.child, next.sentinel);
    }
  }

  #named(spec: string, name: string): Type {
    const { abi } = this.scope;
    const integer = INTEGER_NAME.exec(spec);
    if (integer !== null) {
      const bits = Number(integer[2]);
      if (bits <= MAX_INT_BITS) return this.int(integer[1] === "i", bits);
      throw new DiagnosticError(typeTooLarge(this.place.at(), `"${spec}"`, `${MAX_INT_BITS} bits`));
    }
    const float = FLOAT_BITS.find((bits) => spec === `f${bits}`);
    if (float !== undefined) return { kind: "float", bits: float, name: "", ...abi.float(float) };
    switch (spec) {
      case "void":
        return { kind: "void", size: 0, align: 1, name: "" };
      case "bool":
        return { kind: "bool", size: 1, align: 1, name: "" };
      case "usize":
      case "isize":
        return this.int(spec === "isize", abi.pointerBytes * 8);
      case "anyerror":
        return buildErrorSet(this, null, "");
      case "opaque":
      case "fn":
        return { kind: "opaque", size: 0, align: 1, name: name === "" ? spec : name };
    }
    const declared = this.scope.declared(spec, this.work);
    if (declared !== undefined) return declared;
    const nearest = nearestName(spec, this.scope.declaredNames);
    throw new DiagnosticError(unknownType(this.place.at(), spec, nearest));
  }

  #composite(spec: TypeSpec, name: string): Type {
    if (!isObject(spec)) return this.fail('a type: a name, or an object such as {"ptr": "u8"}', spec);
    const row = KINDS.find(([kind]) => has(spec, kind));
    if (row === undefined)
      return this.fail(`a type with one of the keys ${KINDS.map(([kind]) => kind).join(", ")}`, spec);
    const kind = row[0];
    this.checkKeys(spec, `{"${kind}": …}`, row);
    switch (kind) {
      case "ptr":
        return buildPointer(this, spec, name);
      case "array":
        return buildArray(this, spec, name);
      case "vector":
        return buildVector(this, spec, name);
      case "optional":
        return buildOptional(this, spec, name);
      case "errorUnion":
        return buildErrorUnion(this, spec, name);
      case "error":
        return buildErrorSet(this, readErrorNames(this, get(spec, "error")), name);
      case "struct":
        return buildStruct(this, spec, name);
      case "union":
        return buildUnion(this, spec, name);
      case "enum":
        return buildEnum(this, spec, name);
      default:
        return buildTuple(this, get(spec, "tuple"), name);
    }
  }
}
