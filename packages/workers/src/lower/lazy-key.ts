/** Which lazy symbols there are, and what identifies one: its kind and its type. */

import { type Diagnostic, noLazySymbol, type ValueAt } from "@manifold/core";
import { type Type, typeName } from "./type.js";
import type { TypeTable } from "./type-table.js";

/** Lazy code takes the tag in one register. */
const MAX_CODE_TAG_BITS = 64;

/** The key of a lazy symbol, or what speaks against there being one. */
export function lazyKey(types: TypeTable, kind: "code" | "data", type: Type, at: ValueAt): string | Diagnostic {
  const isErrors = kind === "data" && type.kind === "errorSet" && type.names === null;
  const isEnum = type.kind === "enum" && (kind === "data" || type.tag.bits <= MAX_CODE_TAG_BITS);
  if (isErrors || isEnum) return `${kind} ${types.key(type)}`;
  const expected = kind === "data" ? "enums and anyerror" : `enums with tags of at most ${MAX_CODE_TAG_BITS} bits`;
  return noLazySymbol(at, kind, typeName(type), expected);
}
