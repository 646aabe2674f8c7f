/** What a declaration is compared by when its manifest changes: kind and name, read from the first key and its value. */

import { constants, isUtf8 } from "node:buffer";
import { hash0, hash1, hash2, hashBytes } from "../memory/hash.js";
import { WordTable } from "../memory/word-table.js";
import { DECL_KIND_NAMES, Decl, DeclFlag, DeclKind } from "../protocol/records.js";
import { JsonCursor, ManifestError } from "./json-cursor.js";

export type DeclarationKind = (typeof DECL_KIND_NAMES)[number] | "type" | "errors" | "input";

/** All kinds that a declaration's first key can name; those that have records come first, numbered as in these. */
const KIND_NAMES: readonly DeclarationKind[] = [...DECL_KIND_NAMES, "type", "errors", "input"];
export const DECLARATION_KINDS: WordTable = new WordTable(KIND_NAMES);

/** Declarations of one class share a name space. */
export type DeclarationClass = "nav" | "export" | "type" | "errors" | "input";

/** What tells declarations apart: class, and the name's hash as in the records (96 bits, without scope). */
export interface DeclarationIdentity {
  readonly class: DeclarationClass;
  readonly hash0: number;
  readonly hash1: number;
  readonly hash2: number;
}

export interface DeclarationKey extends DeclarationIdentity {
  readonly kind: DeclarationKind;
  /** As it is meant, without escapes. `errors` has none: empty, and its hash zero. */
  readonly name: string;
}

/** The identity as a key of a map or a set. */
export function identityText(key: DeclarationIdentity): string {
  return `${key.class} ${key.hash0} ${key.hash1} ${key.hash2}`;
}

/** As `identityText`, where manifests of several scopes meet. */
export function scopedIdentityText(scope: number, key: DeclarationIdentity): string {
  return `${scope} ${identityText(key)}`;
}

export function isSameDeclaration(one: DeclarationIdentity, other: DeclarationIdentity): boolean {
  return (
    one.class === other.class && one.hash0 === other.hash0 && one.hash1 === other.hash1 && one.hash2 === other.hash2
  );
}

/** The identity of the declaration whose record starts at word `at`. */
export function identityOfRecord(words: Int32Array, at: number): DeclarationIdentity {
  return {
    class: (words[at + Decl.FLAGS]! & DeclFlag.KIND) === DeclKind.EXPORT ? "export" : "nav",
    hash0: words[at + Decl.HASH0]!,
    hash1: words[at + Decl.HASH1]!,
    hash2: words[at + Decl.HASH2]!,
  };
}

const CLASSES: Readonly<Record<DeclarationKind, DeclarationClass>> = {
  func: "nav",
  const: "nav",
  var: "nav",
  extern: "nav",
  export: "export",
  type: "type",
  errors: "errors",
  input: "input",
};

/** Held between calls, so that the cursor keeps no manifest alive. */
const NOTHING = new Uint8Array();
const cursor = new JsonCursor();

/**
 * The key of the declaration in bytes `[start, end)`. Undefined where the text up to the name is malformed, or the name
 * is none: emission says what is wrong. What stands behind the name is not looked at.
 */
export function declarationKey(bytes: Uint8Array, start: number, end: number): DeclarationKey | undefined {
  cursor.reset(bytes, start, end);
  try {
    return readKey();
  } catch (cause) {
    if (cause instanceof ManifestError) return undefined;
    throw cause;
  } finally {
    cursor.reset(NOTHING, 0, 0);
  }
}

function readKey(): DeclarationKey | undefined {
  cursor.enterObject("a declaration");
  if (!cursor.nextKey(true)) return undefined;
  const kind = KIND_NAMES[DECLARATION_KINDS.find(cursor.bytes, cursor.stringStart, cursor.stringEnd)];
  if (kind === undefined) return undefined;
  if (kind === "errors") return { kind, class: "errors", name: "", hash0: 0, hash1: 0, hash2: 0 };
  cursor.string("a name");
  const decoded = Buffer.allocUnsafe(cursor.stringEnd - cursor.stringStart);
  const name = decoded.subarray(0, cursor.decodeString(decoded, 0));
  if (name.length === 0 || name.length > constants.MAX_STRING_LENGTH || name.includes(0) || !isUtf8(name))
    return undefined;
  hashBytes(name, 0, name.length);
  return { kind, class: CLASSES[kind], name: name.toString("utf8"), hash0, hash1, hash2 };
}
