/**
 * What the coordinator keeps of each manifest's types: the declarations that emission came upon, and the chunks that hold
 * typed values. Such a chunk is emitted when all text before a link is known, and again whenever types or errors have
 * been added since: its values may use them, and the table of error names follows the error set (seed: `updateErrorData`,
 * line 3681).
 */

import { ChunkStatus, type ChunkTable } from "../protocol/chunk-table.js";
import type { ShiftReport } from "../protocol/pool.js";
import type { Blamed, Source } from "../protocol/sources.js";
import type { ManifestTypes, TypeText } from "../protocol/types.js";

interface TypedManifest {
  readonly declarations: TypeText[];
  /** Chunks with typed values. */
  readonly chunks: Set<number>;
  /** Declarations were added since the chunks were emitted. */
  stale: boolean;
  /** What is wrong with the declarations and in the chunks. */
  blamed: Blamed[];
}

/** What has to be emitted, and the types it takes. */
export interface TypedEmission {
  readonly types: readonly ManifestTypes[];
  readonly chunks: readonly number[];
}

export class TypedManifests {
  readonly #byScope = new Map<number, TypedManifest>();
  readonly #sources: readonly Source[];
  readonly #chunks: ChunkTable;
  readonly #scopeOfChunk: (chunk: number) => number;

  constructor(sources: readonly Source[], chunks: ChunkTable, scopeOfChunk: (chunk: number) => number) {
    this.#sources = sources;
    this.#chunks = chunks;
    this.#scopeOfChunk = scopeOfChunk;
  }

  /** Whether chunks with typed values have been emitted, which text to come may ask to be emitted again. */
  get hasEmitted(): boolean {
    for (const { chunks } of this.#byScope.values())
      for (const chunk of chunks) if (this.#chunks.isFinished(chunk)) return true;
    return false;
  }

  /** The chunks that are to be emitted again because of new types. */
  get staleChunks(): readonly number[] {
    return [...this.#byScope.values()].filter(({ stale }) => stale).flatMap(({ chunks }) => [...chunks]);
  }

  get blamed(): readonly Blamed[] {
    return [...this.#byScope.values()].flatMap(({ blamed }) => blamed);
  }

  /** Notes what a shift over new chunks came upon. A declaration for which `replaces` holds takes the place of others. */
  found({ types, waiting }: ShiftReport, replaces: (declaration: TypeText) => boolean): void {
    for (const declaration of types) {
      const { scope } = this.#sources[declaration.source]!;
      if (replaces(declaration)) this.remove(scope, keyOf(declaration), declaration.source);
      const manifest = this.#of(scope);
      manifest.declarations.push(declaration);
      manifest.stale = true;
    }
    for (const chunk of waiting) this.#of(this.#scopeOfChunk(chunk)).chunks.add(chunk);
  }

  /**
   * Forgets the type called `name`, or where that is undefined all declarations of errors, which add up: those that came
   * with source `by` stay.
   */
  remove(scope: number, name: string | undefined, by?: number): void {
    const manifest = this.#of(scope);
    const stays = (declaration: TypeText): boolean =>
      keyOf(declaration) !== name || (name === undefined && declaration.source === by);
    const kept = manifest.declarations.filter(stays);
    if (kept.length === manifest.declarations.length) return;
    manifest.declarations.splice(0, manifest.declarations.length, ...kept);
    manifest.stale = true;
  }

  has(chunk: number): boolean {
    for (const { chunks } of this.#byScope.values()) if (chunks.has(chunk)) return true;
    return false;
  }

  /** Forgets chunks that are not to be emitted any more. */
  drop(chunk: number): void {
    for (const { chunks } of this.#byScope.values()) chunks.delete(chunk);
  }

  /** Notes what is wrong with typed values and types, found by the shift that `take` asked for. */
  blame(blamed: readonly Blamed[]): void {
    for (const one of blamed) this.#of(this.#sources[one.source]!.scope).blamed.push(one);
  }

  /** What is to be emitted now; undefined where all is up to date. */
  take(): TypedEmission | undefined {
    const types: ManifestTypes[] = [];
    const all: number[] = [];
    for (const [scope, manifest] of this.#byScope) {
      const isOpen = (chunk: number): boolean => this.#chunks.status(chunk) !== ChunkStatus.EMITTED;
      const chunks = [...manifest.chunks].filter((chunk) => manifest.stale || isOpen(chunk));
      if (!manifest.stale && chunks.length === 0) continue;
      manifest.declarations.sort((a, b) => a.source - b.source || a.offset - b.offset);
      manifest.stale = false;
      manifest.blamed = [];
      types.push({ scope, declarations: manifest.declarations });
      all.push(...chunks);
    }
    return types.length === 0 ? undefined : { types, chunks: all.sort((a, b) => a - b) };
  }

  #of(scope: number): TypedManifest {
    let manifest = this.#byScope.get(scope);
    if (manifest === undefined) {
      manifest = { declarations: [], chunks: new Set(), stale: false, blamed: [] };
      this.#byScope.set(scope, manifest);
    }
    return manifest;
  }
}

/** The name of the type that is declared; undefined for a declaration of errors. */
function keyOf({ text }: TypeText): string | undefined {
  return (JSON.parse(text) as { type?: string }).type;
}
