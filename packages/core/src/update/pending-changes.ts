/**
 * What was added and removed since the last flush: it is taken in the order in which it came, when all of it has been
 * emitted and none was rejected.
 */

import type { Diagnostic, Place } from "../diagnostics/diagnostic.js";
import { duplicateExport } from "../diagnostics/link.js";
import { duplicateName } from "../diagnostics/manifest.js";
import type { Records } from "../link/link-records.js";
import type { Linker } from "../link/linker.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import type { Removal } from "../link/supersede.js";
import { type DeclarationIdentity, identityOfRecord, scopedIdentityText } from "../manifest/declaration-key.js";
import { Chunk, ChunkStatus } from "../protocol/chunk-table.js";
import { DECL_KIND_NAMES, Decl, DeclFlag, ExportLinkage, linkageOf } from "../protocol/records.js";
import type { Program } from "./program.js";
import { Declaration, NONE } from "./tables.js";
import type { Updater } from "./updater.js";

export class PendingChanges {
  readonly #linker: Linker;
  /** The first chunk that no flush has taken. */
  next = 0;
  removals: Removal[] = [];
  /** Older chunks with typed values that were emitted again. */
  readonly again: Set<number> = new Set<number>();

  constructor(linker: Linker) {
    this.#linker = linker;
  }

  /** All of it was taken. */
  taken(): void {
    this.removals = [];
    this.again.clear();
    this.next = this.#linker.chunks.length;
  }

  /** Ends the emission of it, and returns what is wrong with declarations that stand rejected. */
  async settle(): Promise<readonly Diagnostic[]> {
    const { diagnostics, again } = await this.#linker.settle(this.next, this.removals);
    for (const chunk of again) this.again.add(chunk);
    return diagnostics;
  }

  /** Takes what was added and removed since the last flush, in the order in which it came. */
  apply(updater: Updater, records: Records): void {
    const { chunks } = this.#linker;
    const again = [...this.again].sort((a, b) => a - b);
    for (const chunk of again) if (chunk < this.next) this.#declareChunk(updater, records, chunk, DeclFlag.TYPED);
    const end = chunks.length;
    let removal = 0;
    for (let chunk = this.next; chunk <= end; chunk++) {
      for (; removal < this.removals.length && this.removals[removal]!.before <= chunk; removal++) {
        const { scope, key } = this.removals[removal]!;
        const row = find(updater, scope, key);
        if (row !== NONE) updater.remove(row);
      }
      if (chunk < end) this.#declareChunk(updater, records, chunk, 0);
    }
    this.taken();
  }

  /** Declares what is in a chunk; with `only`, what has that flag. */
  #declareChunk(updater: Updater, records: Records, chunk: number, only: number): void {
    const { chunks } = this.#linker;
    if (chunks.status(chunk) !== ChunkStatus.EMITTED) return;
    for (let decl = 0; decl < chunks.get(chunk, Chunk.DECL_COUNT); decl++) {
      const { words, at } = records.decl(chunk, decl);
      const flags = words[at + Decl.FLAGS]!;
      if (!(flags & DeclFlag.DEAD) && (flags & only) === only) updater.declare(records, chunk, decl);
    }
  }

  /** Declarations that were added under names that are taken. They are rejected, and the others wait for the next flush. */
  duplicates(program: Program, updater: Updater, records: Records): Diagnostic[] {
    const { chunks } = this.#linker;
    const diagnostics: Diagnostic[] = [];
    const removed = new Set<number>();
    const added = new Set<string>();
    let removal = 0;
    for (let chunk = this.next; chunk < chunks.length; chunk++) {
      for (; removal < this.removals.length && this.removals[removal]!.before <= chunk; removal++) {
        const { scope, key } = this.removals[removal]!;
        removed.add(find(updater, scope, key));
        added.delete(scopedIdentityText(scope, key));
      }
      if (chunks.status(chunk) !== ChunkStatus.EMITTED) continue;
      const replaces = chunks.get(chunk, Chunk.REPLACES) !== 0;
      for (let decl = 0; decl < chunks.get(chunk, Chunk.DECL_COUNT); decl++) {
        const { words, at } = records.decl(chunk, decl);
        if (words[at + Decl.FLAGS]! & DeclFlag.DEAD) continue;
        const scope = records.scopeOf(chunk);
        const key = identityOfRecord(words, at);
        const row = find(updater, scope, key);
        const isTaken = added.has(scopedIdentityText(scope, key)) || (row !== NONE && !removed.has(row));
        if (!replaces && isTaken) {
          const isExport = key.class === "export";
          if (isExport && (isWeak(words[at + Decl.FLAGS]!) || row === NONE || isWeak(flagsOf(program, row))))
            throw new NeedsFullLink("a manifest exports one name twice");
          const name = records.declName({ words, at });
          const kind = DECL_KIND_NAMES[words[at + Decl.FLAGS]! & DeclFlag.KIND]!;
          const first = firstDeclared(program, row, records);
          diagnostics.push({
            ...(isExport ? duplicateExport(name, first) : duplicateName(name, kind, first)),
            place: records.placeOf(chunk, words[at + Decl.SOURCE]!),
          });
          this.#linker.kill(chunk, decl);
        } else added.add(scopedIdentityText(scope, key));
      }
    }
    return diagnostics;
  }

  /** Declarations that were emitted take the place of what was rejected under their names. */
  settleNames(records: Records): void {
    const { chunks } = this.#linker;
    for (let chunk = this.next; chunk < chunks.length; chunk++) {
      if (chunks.status(chunk) !== ChunkStatus.EMITTED || chunks.get(chunk, Chunk.REPLACES) === 0) continue;
      for (let decl = 0; decl < chunks.get(chunk, Chunk.DECL_COUNT); decl++) {
        const { words, at } = records.decl(chunk, decl);
        this.#linker.declared(records.scopeOf(chunk), identityOfRecord(words, at), chunk);
      }
    }
  }
}

function find(updater: Updater, scope: number, key: DeclarationIdentity): number {
  const name = [key.hash0, key.hash1, key.hash2] as const;
  return key.class === "export" ? updater.findExport(scope, name) : updater.findNav(scope, name);
}

function firstDeclared(program: Program, row: number, records: Records): { message: string; place?: Place } {
  const chunk = row === NONE ? NONE : program.chunkOf(row);
  if (chunk === NONE) return { message: "it is declared already" };
  const { words, at } = records.decl(chunk, program.parts.declarations.get(row, Declaration.RECORD));
  return { message: "first declared here", place: records.placeOf(chunk, words[at + Decl.SOURCE]!) };
}

function isWeak(flags: number): boolean {
  return linkageOf(flags) === ExportLinkage.WEAK;
}

function flagsOf(program: Program, row: number): number {
  return program.parts.declarations.get(row, Declaration.FLAGS);
}
