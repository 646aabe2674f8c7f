/**
 * For tests: random types and values, each with its twin in C. A type writes its typedefs, a value its initializer, and
 * what it points to as objects of its own; names are given while writing.
 */

import fc from "fast-check";
import {
  arrayType,
  errorUnionType,
  optionalType,
  structType,
  taggedType,
  unionType,
  vectorType,
} from "./c-twin-aggregate.test.support.js";
import {
  optionalPointerType,
  packedType,
  pointerType,
  pointerValue,
  sliceType,
} from "./c-twin-pointer.test.support.js";
import { boolType, enumType, errorType, floatType, intType } from "./c-twin-scalar.test.support.js";
import type { TwinType } from "./c-twin-writer.test.support.js";

export interface TwinOptions {
  readonly pointerBytes: 4 | 8;
  /** Only what gcc can store in the other byte order: integers, small floats, and structs and arrays of them. */
  readonly plain?: boolean;
}

/** Random types with C twins. */
export function twinTypes(options: TwinOptions): fc.Arbitrary<TwinType> {
  const { pointerBytes, plain = false } = options;
  const attributes = plain ? '__attribute__((scalar_storage_order("big-endian"))) ' : "";
  const intWidths = pointerBytes === 8 && !plain ? [8, 16, 32, 64, 128] : [8, 16, 32, 64];
  const ints = intWidths.flatMap((bits) => [intType(bits, false), intType(bits, true)]);
  const floats = (plain ? [32, 64] : [16, 32, 64, 80, 128]).map(floatType);
  const enums = fc
    .tuple(
      fc.constantFrom(8, 16, 32),
      fc.uniqueArray(fc.bigInt({ min: -128n, max: 127n }), { minLength: 1, maxLength: 4 }),
    )
    .map(([bits, numbers]) => enumType(intType(bits, true), numbers));
  const scalar = fc.oneof(fc.constantFrom(...ints, ...floats, boolType, ...(plain ? [] : [errorType])), enums);
  const { type } = fc.letrec<{ type: TwinType; shallow: TwinType }>((tie) => {
    const any = tie("type");
    const fields = fc
      .array(fc.tuple(any, plain ? fc.constant(0) : fc.constantFrom(0, 0, 0, 0, 1, 2, 4, 8, 16, 64)), {
        minLength: 1,
        maxLength: 6,
      })
      .map((list) => list.map(([type, align], index) => ({ name: `f${index}`, type, align })));
    const scalars = fc
      .array(scalar, { minLength: 1, maxLength: 4 })
      .map((list) => list.map((type, index) => ({ name: `f${index}`, type, align: 0 })));
    const array = fc
      .tuple(any, fc.integer({ min: 1, max: 5 }), fc.boolean())
      .map(([element, length, sentinel]) => arrayType(element, length, sentinel && ints.includes(element)));
    const struct = fc
      .tuple(fields, fc.constantFrom("auto", "extern"))
      .map(([list, layout]) => structType(list, layout as "auto", attributes));
    const packed = fc
      .tuple(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(8, 16, 32, 64),
      )
      .map(([widths, signs, total]) => packedType(widths, signs, total, null, plain));
    if (plain)
      return { type: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, array, struct, packed), shallow: scalar };
    const vector = fc
      .tuple(fc.constantFrom(8, 16, 32, 64), fc.boolean(), fc.constantFrom(1, 2, 4, 8))
      // On i386 gcc aligns 8-byte vectors to 8 on their own, and to 4 in some unions and structs.
      .filter(([bits, , length]) => pointerBytes === 8 || bits * length !== 64)
      .map(([bits, signed, length]) => vectorType(intType(bits, signed), length, (bits / 8) * length));
    const floatVector = fc
      .tuple(fc.constantFrom(32, 64), fc.constantFrom(2, 4))
      .filter(([bits, length]) => pointerBytes === 8 || bits * length !== 64)
      .map(([bits, length]) => vectorType(floatType(bits), length, (bits / 8) * length));
    const pointer = fc.constant(pointerType(pointerValue(any, pointerBytes)));
    const packedPointer = fc
      .tuple(
        pointer,
        fc.nat({ max: pointerBytes }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
      )
      .map(([type, at, widths]) => packedType(widths, [false], pointerBytes * 16, { at, type }, false));
    const union = fc.tuple(fields, fc.constantFrom("auto", "extern")).map(([list, layout]) =>
      unionType(
        list.map((field) => ({ ...field, align: 0 })),
        layout as "auto",
      ),
    );
    const tagged = fc
      .tuple(scalars, fc.constantFrom(8, 16, 32))
      .map(([list, bits]) => taggedType(list, intType(bits, false)));
    const tuple = fields.map((list) =>
      structType(
        list.map((field) => ({ ...field, align: 0 })),
        "tuple",
        "",
      ),
    );
    return {
      type: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        scalar,
        array,
        struct,
        struct,
        packed,
        packedPointer,
        vector,
        floatVector,
        pointer,
        pointer.map(optionalPointerType),
        union,
        tagged,
        tuple,
        any.filter((payload) => !isBarePointer(payload) && payload.spec !== "anyerror").map(optionalType),
        any.map(errorUnionType),
        any.map(sliceType),
      ),
      shallow: scalar,
    };
  });
  return type;
}

/** Whether an optional of it would be one word. */
function isBarePointer(type: TwinType): boolean {
  return typeof type.spec === "object" && type.spec !== null && "ptr" in type.spec;
}
