/**
 * Before a full link of declarations that were changed since they were added: which of them count. A declaration that
 * replaces makes those of its name that came before it dead, and so does a removal.
 */

import type { DeclarationIdentity } from "../manifest/declaration-key.js";
import { hash0, hash1, hash2, hashScope, hashSet } from "../memory/hash.js";
import { NameTable } from "../memory/name-table.js";
import { Chunk, ChunkStatus, type ChunkTable } from "../protocol/chunk-table.js";
import { Decl, DeclFlag, DeclKind } from "../protocol/records.js";
import type { Records } from "./link-records.js";

/** A declaration that is removed; chunks from `before` on came later. */
export interface Removal {
  readonly before: number;
  readonly scope: number;
  readonly key: DeclarationIdentity;
}

/** Calls `kill` with every record that no longer counts. */
export function supersede(
  chunks: ChunkTable,
  records: Records,
  removals: readonly Removal[],
  kill: (chunk: number, record: number) => void,
): void {
  const names = new NameTable(1024);
  /** Of each entry of the name table: the records that are alive, as pairs. */
  const alive: number[][] = [];
  let removal = 0;
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    for (; removal < removals.length && removals[removal]!.before <= chunk; removal++) remove(removals[removal]!);
    if (chunks.status(chunk) !== ChunkStatus.EMITTED) continue;
    const replaces = chunks.get(chunk, Chunk.REPLACES) !== 0;
    const scope = records.scopeOf(chunk);
    for (let decl = 0; decl < chunks.get(chunk, Chunk.DECL_COUNT); decl++) {
      const { words, at } = records.decl(chunk, decl);
      const flags = words[at + Decl.FLAGS]!;
      if (flags & DeclFlag.DEAD) continue;
      const isExport = (flags & DeclFlag.KIND) === DeclKind.EXPORT;
      const entry = enter(scope, isExport, words[at + Decl.HASH0]!, words[at + Decl.HASH1]!, words[at + Decl.HASH2]!);
      if (replaces) clear(entry);
      alive[entry]!.push(chunk, decl);
    }
  }
  for (; removal < removals.length; removal++) remove(removals[removal]!);

  function remove({ scope, key }: Removal): void {
    if (key.class === "nav" || key.class === "export")
      clear(enter(scope, key.class === "export", key.hash0, key.hash1, key.hash2));
  }

  function enter(scope: number, isExport: boolean, h0: number, h1: number, h2: number): number {
    hashSet(h0, h1, h2);
    hashScope(scope * 2 + (isExport ? 1 : 0));
    names.reserve(1);
    const present = names.insert(hash0, hash1, hash2, alive.length);
    if (present !== -1) return present;
    return alive.push([]) - 1;
  }

  function clear(entry: number): void {
    const pairs = alive[entry]!;
    for (let at = 0; at < pairs.length; at += 2) kill(pairs[at]!, pairs[at + 1]!);
    alive[entry] = [];
  }
}
