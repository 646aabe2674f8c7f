/** What `remove` takes: names of declarations, as its user writes them, and as the linker looks them up. */

import {
  builderMisuse,
  type DeclarationClass,
  DiagnosticError,
  hash0,
  hash1,
  hash2,
  hashBytes,
  type RemovedKey,
} from "@manifold/core";

/** The name of a function, variable, constant or extern; or that of an export or a type. */
export type Removed = string | { readonly export: string } | { readonly type: string };

/** Throws DiagnosticError for what is no name. */
export function removedKey(removed: Removed): RemovedKey {
  if (typeof removed === "string") return keyOf("nav", removed);
  if ("export" in removed) return keyOf("export", removed.export);
  return keyOf("type", removed.type);
}

function keyOf(kind: DeclarationClass, name: unknown): RemovedKey {
  if (typeof name !== "string" || name === "")
    throw new DiagnosticError(builderMisuse("remove: takes names, { export: NAME } or { type: NAME }", undefined));
  const bytes = Buffer.from(name, "utf8");
  hashBytes(bytes, 0, bytes.length);
  return { class: kind, name, hash0, hash1, hash2 };
}
