/**
 * Resolved types: what the JSON of a type means on one target, with its layout worked out. One small object per type,
 * made once and not changed afterwards; the lowering of values switches on `kind`.
 *
 * A pointer's `child` is bound after the pointer itself is made: that is what lets named types refer to themselves
 * and to each other in any order. No rule of layout looks behind a pointer.
 */

import type { FloatBits } from "./abi.js";

/** A type as JSON: a string for built-in and declared names, an object for composites. See `docs/values.md`. */
export type TypeSpec = unknown;

interface TypeBase {
  /** Bytes, a multiple of `align`. */
  readonly size: number;
  readonly align: number;
  /** The name it was declared under, or "". */
  readonly name: string;
}

interface VoidType extends TypeBase {
  readonly kind: "void";
}

export interface BoolType extends TypeBase {
  readonly kind: "bool";
}

export interface IntType extends TypeBase {
  readonly kind: "int";
  readonly signed: boolean;
  readonly bits: number;
}

export interface FloatType extends TypeBase {
  readonly kind: "float";
  readonly bits: FloatBits;
}

/** `opaque` and `fn`: only behind pointers. */
interface OpaqueType extends TypeBase {
  readonly kind: "opaque";
}

export interface EnumType extends TypeBase {
  readonly kind: "enum";
  readonly tag: IntType;
  /** In the order of declaration. */
  readonly names: readonly string[];
  readonly values: readonly bigint[];
  readonly index: ReadonlyMap<string, number>;
  /** Whether values without a name are allowed. */
  readonly open: boolean;
}

export interface ErrorSetType extends TypeBase {
  readonly kind: "errorSet";
  /** Null for `anyerror`, which has them all. */
  readonly names: ReadonlySet<string> | null;
}

export interface ErrorUnionType extends TypeBase {
  readonly kind: "errorUnion";
  readonly payload: Type;
  readonly errors: ErrorSetType;
  readonly payloadOffset: number;
  readonly errorOffset: number;
}

export interface OptionalType extends TypeBase {
  readonly kind: "optional";
  readonly payload: Type;
  /** Where the flag byte lies; -1 when null is a payload of zeros and there is no flag. */
  readonly flagOffset: number;
}

export type PointerSize = "one" | "many" | "slice" | "c";

export interface PointerType extends TypeBase {
  readonly kind: "pointer";
  readonly pointerSize: PointerSize;
  readonly child: Type;
  readonly childSpec: TypeSpec;
  /** Alignment that the pointer promises, in bytes; 0 for the pointee's own. */
  readonly childAlign: number;
  /** Whether address 0 is a pointer like any other; always for C pointers. */
  readonly allowZero: boolean;
  readonly sentinel: bigint | null;
}

export interface ArrayType extends TypeBase {
  readonly kind: "array";
  readonly element: Type;
  /** Without the sentinel. */
  readonly length: number;
  /** The bits of the element that follows the last, or null. */
  readonly sentinel: bigint | null;
}

export interface VectorType extends TypeBase {
  readonly kind: "vector";
  readonly element: Type;
  readonly length: number;
}

export interface Field {
  readonly name: string;
  readonly type: Type;
  /** Bytes from the start; 0 in packed types. */
  readonly offset: number;
  /** Bits from the least significant of the backing integer; 0 in other types. */
  readonly bitOffset: number;
  /** Width in a packed type; 0 in other types. */
  readonly bits: number;
}

export type ContainerLayout = "auto" | "extern" | "packed";

export interface StructType extends TypeBase {
  readonly kind: "struct";
  readonly layout: ContainerLayout | "tuple";
  /** In the order of declaration. */
  readonly fields: readonly Field[];
  readonly index: ReadonlyMap<string, number>;
  /** Of packed structs. */
  readonly backing: IntType | null;
}

export interface UnionType extends TypeBase {
  readonly kind: "union";
  readonly layout: ContainerLayout;
  readonly fields: readonly Field[];
  readonly index: ReadonlyMap<string, number>;
  readonly tag: EnumType | null;
  readonly tagOffset: number;
  readonly payloadOffset: number;
  readonly payloadSize: number;
  /** Of packed unions. */
  readonly backing: IntType | null;
}

export type Type =
  | VoidType
  | BoolType
  | IntType
  | FloatType
  | OpaqueType
  | EnumType
  | ErrorSetType
  | ErrorUnionType
  | OptionalType
  | PointerType
  | ArrayType
  | VectorType
  | StructType
  | UnionType;

/** What a message calls the type: its name, or a short description. */
export function typeName(type: Type): string {
  if (type.name !== "") return type.name;
  switch (type.kind) {
    case "void":
    case "bool":
    case "opaque":
      return type.kind;
    case "int":
      return `${type.signed ? "i" : "u"}${type.bits}`;
    case "float":
      return `f${type.bits}`;
    case "errorSet":
      return type.names === null ? "anyerror" : "this error set";
    case "errorUnion":
      return "an error union";
    case "pointer":
      return type.pointerSize === "slice" ? "a slice" : "a pointer";
    case "array":
      return `an array of ${type.length}`;
    case "vector":
      return `a vector of ${type.length}`;
    case "struct":
      return type.layout === "tuple" ? "this tuple" : "this struct";
    case "optional":
      return "an optional";
    case "enum":
    case "union":
      return `this ${type.kind}`;
  }
}

/**
 * Bits that a value takes in a packed type, or -1 where it cannot be in one. A slice is two words and cannot; an
 * optional pointer can, being one.
 */
export function packedBits(type: Type): number {
  switch (type.kind) {
    case "void":
      return 0;
    case "bool":
      return 1;
    case "int":
    case "float":
      return type.bits;
    case "enum":
      return type.tag.bits;
    case "pointer":
      return type.pointerSize === "slice" ? -1 : type.size * 8;
    case "optional":
      return type.payload.kind === "pointer" && type.flagOffset < 0 ? packedBits(type.payload) : -1;
    case "struct":
    case "union":
      return type.backing === null ? -1 : type.backing.bits;
    default:
      return -1;
  }
}

/**
 * Where in a packed type of `size` bytes a part of `bits` bits at `bitOffset` begins, in bytes; -1 where it does not
 * fill whole bytes. The backing integer is stored in the target's byte order, so the first bits are in the first byte
 * of a little-endian target and in the last of a big-endian one.
 */
export function packedByteOffset(size: number, bitOffset: number, bits: number, littleEndian: boolean): number {
  if (bitOffset % 8 !== 0 || bits % 8 !== 0) return -1;
  return littleEndian ? bitOffset / 8 : size - (bitOffset + bits) / 8;
}
