/** What names mean: within a manifest, among all of them, and which of several exports of one name wins. */

import { GLOBAL_SCOPE, internalScope } from "../link/resolve.js";
import { UNDEFINED } from "../link/sections.js";
import { SymbolKind, SymField } from "../link/symbol-table.js";
import { hash0, hash1, hash2, hashBytes } from "../memory/hash.js";
import { DeclFlag, DeclKind, ExportLinkage, linkageOf } from "../protocol/records.js";
import type { Program } from "./program.js";
import type { References } from "./references.js";
import { Declaration, exportScope, Graph, NONE } from "./tables.js";

/** The export that a global name stands for: a strong one, else that of the first manifest; NONE without any. */
export function winningExport(program: Program, symbol: number): number {
  const { declarations } = program.parts;
  let best: number = NONE;
  for (let at = program.graph(symbol, Graph.DECL); at !== NONE; at = declarations.get(at, Declaration.NEXT)) {
    const flags = declarations.get(at, Declaration.FLAGS);
    if ((flags & DeclFlag.KIND) !== DeclKind.EXPORT) continue;
    if (best === NONE || isBefore(flags, declarations.get(at, Declaration.SCOPE), best)) best = at;
  }
  return best;

  function isBefore(flags: number, scope: number, other: number): boolean {
    const weak = linkageOf(flags) === ExportLinkage.WEAK;
    const otherWeak = linkageOf(declarations.get(other, Declaration.FLAGS)) === ExportLinkage.WEAK;
    if (weak !== otherWeak) return otherWeak;
    return scope < declarations.get(other, Declaration.SCOPE);
  }
}

/** The symbol that a name means within a manifest, made where the name is used for the first time. */
export function localName(
  program: Program,
  references: References,
  scope: number,
  h0: number,
  h1: number,
  h2: number,
): number {
  const present = references.find(scope, h0, h1, h2);
  if (present !== NONE) return present;
  const local = references.create(SymbolKind.LOCAL, scope, h0, h1, h2);
  forward(program, references, local);
  return local;
}

/** Makes a name that a manifest does not declare stand for its own internal export of that name, or for the global name. */
export function forward(program: Program, references: References, local: number): boolean {
  const scope = program.graph(local, Graph.SCOPE);
  const h0 = program.graph(local, Graph.HASH0);
  const h1 = program.graph(local, Graph.HASH1);
  const h2 = program.graph(local, Graph.HASH2);
  let target = references.find(internalScope(scope), h0, h1, h2);
  // An internal export that is gone is a name until nothing stands for it.
  if (target !== NONE && program.graph(target, Graph.DECL) === NONE) target = NONE;
  if (target === NONE) target = references.find(GLOBAL_SCOPE, h0, h1, h2);
  if (target === NONE) target = references.create(SymbolKind.GLOBAL, GLOBAL_SCOPE, h0, h1, h2);
  return references.setAlias(local, target);
}

/** Whether a symbol that stands for nothing else has a definition, now or when exports have been chosen. */
export function isDefined(program: Program, symbol: number): boolean {
  if (program.parts.symbols.get(symbol, SymField.SECTION) !== UNDEFINED) return true;
  return winningExport(program, symbol) !== NONE;
}

/** The exported symbol at which the program begins, or NONE. */
export function entryOf(program: Program, references: References): number {
  const bytes = new TextEncoder().encode(program.parts.header.entry);
  hashBytes(bytes, 0, bytes.length);
  const name = [hash0, hash1, hash2] as const;
  for (const scope of [GLOBAL_SCOPE, ...program.parts.scopes.map(internalScope)]) {
    const symbol = references.find(scope, ...name);
    if (symbol !== NONE && winningExport(program, symbol) !== NONE) return symbol;
  }
  return NONE;
}

/** The declarations of a manifest that are called so: of a nav or extern, and of an export. */
export function rowsOfName(
  program: Program,
  references: References,
  scope: number,
  name: readonly [number, number, number],
): number[] {
  const symbol = references.find(scope, ...name);
  const rows = symbol === NONE ? [] : [program.graph(symbol, Graph.DECL)];
  return [...rows, references.find(exportScope(scope), ...name)].filter((row) => row !== NONE);
}
