/** The builtin types of the Itanium C++ ABI (5.1.5.2) by their letters; those of two letters begin with D. */

import type { Builtin } from "./node.js";

const TABLE: readonly (readonly [code: string, text: string, literal?: Builtin["literal"]])[] = [
  ["a", "signed char"],
  ["b", "bool", "truth"],
  ["c", "char"],
  ["d", "double", "bits"],
  ["e", "long double", "bits"],
  ["f", "float", "bits"],
  ["g", "__float128", "bits"],
  ["h", "unsigned char"],
  ["i", "int", ""],
  ["j", "unsigned int", "u"],
  ["l", "long", "l"],
  ["m", "unsigned long", "ul"],
  ["n", "__int128"],
  ["o", "unsigned __int128"],
  ["s", "short"],
  ["t", "unsigned short"],
  ["v", "void"],
  ["w", "wchar_t"],
  ["x", "long long", "ll"],
  ["y", "unsigned long long", "ull"],
  ["z", "..."],
  ["Da", "auto"],
  ["Dc", "decltype(auto)"],
  ["Dd", "decimal64"],
  ["De", "decimal128"],
  ["Df", "decimal32"],
  ["Dh", "half"],
  ["Di", "char32_t"],
  ["Dn", "decltype(nullptr)"],
  ["Ds", "char16_t"],
  ["Du", "char8_t"],
];

export const BUILTIN_TYPES: ReadonlyMap<string, Builtin> = new Map(
  TABLE.map(([code, text, literal = "cast"]) => [code, builtin(text, literal)]),
);

export function builtin(text: string, literal: Builtin["literal"] = "cast"): Builtin {
  return { kind: "builtin", text, literal };
}

export function isVoid(node: { readonly kind: string }): boolean {
  return node === BUILTIN_TYPES.get("v");
}
