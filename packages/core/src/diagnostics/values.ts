/**
 * What can be wrong with a typed constant value or with a type: codes MF0601 to MF0629. Every one of them names the
 * place inside the declaration as a JSON path (`init.items[3].name`), what was expected there and what was found.
 */

import { type Diagnostic, error, type Place } from "./diagnostic.js";

/** A place inside one declaration of the manifest. */
export interface ValueAt {
  /** JSON path from the declaration, e.g. `init.items[3].name` or `type.struct.x`. */
  readonly path: string;
  /** The declaration's own place, as far as the caller knows it. */
  readonly place?: Place;
}

function at(where: ValueAt, code: string, message: string, suggestion?: string): Diagnostic {
  return error(code, `${where.path}: ${message}`, {
    ...(where.place === undefined ? {} : { place: where.place }),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

const didYouMean = (nearest: string | undefined): string | undefined =>
  nearest === undefined ? undefined : `Did you mean "${nearest}"?`;

/** MF0601: a type's name is neither built in nor declared. */
export function unknownType(where: ValueAt, name: string, nearest?: string): Diagnostic {
  return at(
    where,
    "MF0601",
    `there is no type "${name}"`,
    didYouMean(nearest) ?? `Declare it: {"type": "${name}", "is": …}.`,
  );
}

/** MF0602: JSON that should describe a type, or a part of one, does not. */
export function malformedType(where: ValueAt, expected: string, found: string): Diagnostic {
  return at(where, "MF0602", `expected ${expected}, found ${found}`);
}

/** MF0603: the same name twice where names must differ (`what` is "field", "tag", "error" or "type"). */
export function duplicateName(where: ValueAt, what: string, name: string): Diagnostic {
  return at(where, "MF0603", `the ${what} "${name}" is there twice`, "Rename or remove one of the two.");
}

/** MF0604: a type contains itself by value. `cycle` lists the names on the way, from the type back to itself. */
export function typeContainsItself(where: ValueAt, cycle: readonly string[]): Diagnostic {
  return at(
    where,
    "MF0604",
    `the type "${cycle[0]}" contains itself: ${cycle.join(" → ")}`,
    "Put a pointer somewhere on the way.",
  );
}

/** MF0605: a type is larger, or more aligned, than the target or this linker can hold. */
export function typeTooLarge(where: ValueAt, what: string, limit: string): Diagnostic {
  return at(where, "MF0605", `${what} is too large: the limit is ${limit}`);
}

/** MF0606: types or values are nested deeper than the limit. */
export function nestedTooDeep(where: ValueAt, limit: number): Diagnostic {
  return at(where, "MF0606", `nested more than ${limit} deep`, "Name the inner values and point to them.");
}

/** MF0607: a declared type has the name of a built-in one. */
export function reservedTypeName(where: ValueAt, name: string): Diagnostic {
  return at(where, "MF0607", `"${name}" is the name of a built-in type`, "Choose another name.");
}

/** MF0608: a type without a size (`opaque`, `fn`) where a size is needed. */
export function typeWithoutSize(where: ValueAt, name: string): Diagnostic {
  return at(where, "MF0608", `"${name}" has no size and stands only behind a pointer`, `Use {"ptr": "${name}"}.`);
}

/** MF0609: a type that has no place in packed memory. */
export function notPackable(where: ValueAt, type: string): Diagnostic {
  return at(
    where,
    "MF0609",
    `${type} cannot be part of a packed type`,
    "Integers, floats, bool, enums, packed types and pointers can.",
  );
}

/** MF0610: a value does not have the shape its type asks for. */
export function wrongValue(where: ValueAt, type: string, expected: string, found: string): Diagnostic {
  return at(where, "MF0610", `${type} takes ${expected}, found ${found}`);
}

/** MF0611: an integer outside the range of its type. */
export function integerOutOfRange(where: ValueAt, type: string, range: string, found: string): Diagnostic {
  return at(where, "MF0611", `${type} takes ${range}, found ${found}`);
}

/** MF0612: an integer that JSON's numbers cannot hold exactly. */
export function integerNotExact(where: ValueAt, found: number): Diagnostic {
  return at(
    where,
    "MF0612",
    `${found} is beyond 2^53, where JSON numbers are no longer exact`,
    'Write it as a string: "18446744073709551615" or "0xffffffffffffffff".',
  );
}

/** MF0613: a struct value lacks a field. */
export function missingField(where: ValueAt, type: string, name: string): Diagnostic {
  return at(
    where,
    "MF0613",
    `the field "${name}" of ${type} is missing`,
    `Give it a value, or {"undefined": true} if none matters.`,
  );
}

/** MF0614: a value, pointer or type has a key that means nothing there. */
export function unknownField(where: ValueAt, type: string, name: string, nearest?: string): Diagnostic {
  return at(where, "MF0614", `${type} has no "${name}"`, didYouMean(nearest));
}

/** MF0615: a list or text of the wrong length. */
export function wrongLength(where: ValueAt, type: string, expected: string, found: string): Diagnostic {
  return at(where, "MF0615", `${type} takes ${expected}, found ${found}`);
}

/** MF0616: a name that an enum does not have. */
export function unknownTag(where: ValueAt, type: string, name: string, nearest?: string): Diagnostic {
  return at(where, "MF0616", `${type} has no tag "${name}"`, didYouMean(nearest));
}

/** MF0617: an error name outside its error set, or outside the global one. */
export function unknownError(where: ValueAt, set: string, name: string, nearest?: string): Diagnostic {
  return at(where, "MF0617", `${set} has no error "${name}"`, didYouMean(nearest));
}

/** MF0618: a pointer goes on from a place of unknown type. */
export function pointeeUnknown(where: ValueAt, step: string): Diagnostic {
  return at(
    where,
    "MF0618",
    `"${step}" needs to know what the pointer under it points to`,
    'State it there: {"nav": "x", "type": T}.',
  );
}

/** MF0619: a pointer to a part that the type has not, or that has no address. */
export function noSuchPart(where: ValueAt, type: string, part: string): Diagnostic {
  return at(where, "MF0619", `${type} has no ${part} that a pointer can point to`);
}

/** MF0620: a pointer in a packed type that begins within a byte. */
export function pointerNotByteAligned(where: ValueAt, bitOffset: number): Diagnostic {
  return at(
    where,
    "MF0620",
    `a relocated pointer lies at bit ${bitOffset}, which is not the start of a byte`,
    "Move the field to a multiple of 8 bits.",
  );
}

/** MF0621: a packed type's backing integer and fields differ in width. */
export function backingMismatch(where: ValueAt, backingBits: number, fieldBits: number): Diagnostic {
  return at(
    where,
    "MF0621",
    `the backing integer has ${backingBits} bits, the fields take ${fieldBits}`,
    "Make them equal, with a padding field where one is needed.",
  );
}

/** MF0622: the tag enum of a union and its fields differ. `name` is in one and not in the other. */
export function tagMismatch(where: ValueAt, name: string, missingIn: "tag" | "union"): Diagnostic {
  return at(
    where,
    "MF0622",
    missingIn === "tag" ? `the tag enum has no "${name}"` : `the union has no field "${name}", which its tag enum has`,
    "A union has exactly the fields that its tag enum names.",
  );
}

/** MF0623: a lazy symbol of a type that has none. */
export function noLazySymbol(where: ValueAt, kind: string, type: string, expected: string): Diagnostic {
  return at(where, "MF0623", `there is no lazy ${kind} for ${type}, only for ${expected}`);
}

/** MF0624: more errors than error values can number. */
export function tooManyErrors(where: ValueAt, count: number, limit: number): Diagnostic {
  return at(where, "MF0624", `${count} errors are more than the ${limit} that an error value can number`);
}

/** MF0625: names that JavaScript would sort before the others, in an object whose order matters. */
export function orderLost(where: ValueAt, name: string): Diagnostic {
  return at(
    where,
    "MF0625",
    `the name "${name}" loses its place in a JSON object`,
    'Use the list form: [{"name": …, …}, …].',
  );
}

/** MF0626: text that cannot be UTF-8. */
export function loneSurrogate(where: ValueAt): Diagnostic {
  return at(
    where,
    "MF0626",
    "the text has half of a surrogate pair and cannot be UTF-8",
    'Write the contents as {"bytes": "…"}.',
  );
}

/** MF0627: a value that takes more bytes than it may, together with the uavs in it. */
export function valueTooLarge(where: ValueAt, size: number, limit: number): Diagnostic {
  return at(
    where,
    "MF0627",
    `${size} bytes here are more than a value may have: ${limit} with all uavs in it`,
    'For zeros, declare {"zero": size}.',
  );
}

/** MF0628: more pointers in one value than can be held. */
export function tooManyReferences(where: ValueAt, limit: number): Diagnostic {
  return at(where, "MF0628", `more than ${limit} pointers in one value`, "Split the value into several.");
}
