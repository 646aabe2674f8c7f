/**
 * Arrays and vectors. An array is its elements, then its sentinel; a list, a text or bytes (elements of 8 bits), or one
 * element repeated. A vector of bool is one bit an element from the least significant up, the bits that are left over
 * undefined; other vectors are their elements, padded with zeros (seed lines 5686-5740).
 */

import { loneSurrogate, wrongLength } from "@manifold/core";
import { decodeBytes } from "./bytes.js";
import { get, has, isObject, isUndefinedMarker, unknownKey } from "./json.js";
import type { Lowering } from "./lowering.js";
import { isScalar, writeScalar } from "./scalar.js";
import { type ArrayType, type Type, typeName, type VectorType } from "./type.js";

const encoder = new TextEncoder();

export function lowerArray(lowering: Lowering, type: ArrayType, value: unknown, at: number): void {
  lowerElements(lowering, type, value, at);
  if (type.sentinel === null || !isScalar(type.element)) return;
  const end = at + type.length * type.element.size;
  writeScalar(lowering.bytes, end, type.element, type.sentinel, lowering.littleEndian);
}

export function lowerVector(lowering: Lowering, type: VectorType, value: unknown, at: number): void {
  if (type.element.kind === "bool") lowerBits(lowering, type, value, at);
  else lowerElements(lowering, type, value, at);
}

/** Whether texts and bytes can be the contents of an array of such elements. */
export function isByte(element: Type): boolean {
  return element.kind === "int" && element.bits === 8;
}

function lowerElements(lowering: Lowering, type: ArrayType | VectorType, value: unknown, at: number): void {
  const { element, length } = type;
  if (Array.isArray(value)) {
    if (value.length !== length) {
      wrongCount(lowering, type, `${length} elements`, `${value.length}`);
      return;
    }
    const isNumber = element.kind === "int" || element.kind === "float";
    for (let index = 0; index < length; index++) {
      const item: unknown = value[index];
      const offset = at + index * element.size;
      if (isNumber && typeof item === "number" && lowering.number(element, item, offset)) continue;
      lowering.part(index, element, item, offset);
    }
    return;
  }
  if (isObject(value) && has(value, "repeat") && unknownKey(value, ["repeat"]) === undefined) {
    repeat(lowering, type, get(value, "repeat"), at);
    return;
  }
  const contents = isByte(element) ? byteContents(lowering, value) : undefined;
  if (contents === undefined) {
    const bytes = isByte(element) ? ', a text, {"bytes": "…"}' : "";
    lowering.wrong(type, `a list${bytes} or {"repeat": element}`, value);
    return;
  }
  if (contents === null) return;
  if (contents.length !== length) {
    wrongCount(lowering, type, `${length} bytes`, `${contents.length}`);
    return;
  }
  lowering.bytes.set(contents, at);
}

function wrongCount(lowering: Lowering, type: Type, expected: string, found: string): void {
  lowering.report(wrongLength(lowering.place.at(), typeName(type), expected, found));
}

/** The bytes that a text or `{"bytes": …}` stands for; undefined for another value, null for a faulty one. */
export function byteContents(lowering: Lowering, value: unknown): Uint8Array | null | undefined {
  if (typeof value === "string") {
    if (!/\p{Surrogate}/u.test(value)) return encoder.encode(value);
    lowering.report(loneSurrogate(lowering.place.at()));
    return null;
  }
  if (!isObject(value) || !has(value, "bytes") || unknownKey(value, ["bytes"]) !== undefined) return undefined;
  return decodeBytes(get(value, "bytes"));
}

/** Lowers one element and copies it, with its references, to the others. */
function repeat(lowering: Lowering, type: ArrayType | VectorType, value: unknown, at: number): void {
  const { element, length } = type;
  if (length === 0) return;
  const first = lowering.references.length;
  lowering.part("repeat", element, value, at);
  // Doubling what is there: a long run costs few copies.
  const total = length * element.size;
  for (let done = element.size; done > 0 && done < total; done *= 2) {
    lowering.bytes.copyWithin(at + done, at, at + Math.min(done, total - done));
  }
  const references = lowering.references.slice(first);
  if (references.length === 0) return;
  for (let index = 1; index < length; index++) {
    for (const { offset, target, addend } of references) {
      lowering.reference(offset + index * element.size, target, addend);
    }
  }
}

function lowerBits(lowering: Lowering, type: VectorType, value: unknown, at: number): void {
  if (!Array.isArray(value)) {
    lowering.wrong(type, "a list of true and false", value);
    return;
  }
  if (value.length !== type.length) {
    wrongCount(lowering, type, `${type.length} elements`, `${value.length}`);
    return;
  }
  lowering.fillUndefined(at, type.size);
  for (let index = 0; index < value.length; index++) {
    const bit: unknown = value[index];
    if (isUndefinedMarker(bit)) continue;
    if (typeof bit !== "boolean") {
      lowering.part(index, type.element, bit, at);
      continue;
    }
    // On a big-endian target the last element is the least significant, as in the seed.
    const position = lowering.littleEndian ? index : type.length - 1 - index;
    const mask = 1 << (position & 7);
    const byte = at + (position >> 3);
    if (bit) lowering.bytes[byte]! |= mask;
    else lowering.bytes[byte]! &= ~mask;
  }
}
