/**
 * The coordinator of a link: cuts sources into chunks and has them emitted as soon as they are added, while a compiler
 * still produces the next ones; `link` then makes the image. Chunks that were emitted stay so: linking again after
 * more has been added parses nothing twice.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import {
  type DeclarationIdentity,
  declarationKey,
  identityOfRecord,
  scopedIdentityText,
} from "../manifest/declaration-key.js";
import type { Header } from "../manifest/header.js";
import { locateBlamed, readText } from "../manifest/locate.js";
import { type Phase, PhaseLog } from "../phases/phase.js";
import { Chunk, ChunkStatus, ChunkTable } from "../protocol/chunk-table.js";
import { Control, Slot, slotWord } from "../protocol/control.js";
import type { EmitPool, EmitShift, ShiftReport } from "../protocol/pool.js";
import { Decl, DeclFlag } from "../protocol/records.js";
import { type Blamed, type RecordsBatch, type Source, TEXT_LEAD } from "../protocol/sources.js";
import type { ManifestTypes, TypeText } from "../protocol/types.js";
import { type DeclaredInput, DeclaredInputs } from "./declared-inputs.js";
import { linesOf } from "./explode.js";
import { LinkPass } from "./link-pass.js";
import { Records } from "./link-records.js";
import type { Linked } from "./linked.js";
import { Rejected } from "./rejected.js";
import type { Removal } from "./supersede.js";
import type { SymbolTable } from "./symbol-table.js";
import { TypedManifests } from "./typed-manifests.js";

/** The bytes `[start, end)` of a source, which hold one declaration. */
export interface SourcePart {
  readonly start: number;
  readonly end: number;
  readonly replaces: boolean;
}

export class Linker {
  readonly #functionAlignLog2: number;
  readonly #inputs: DeclaredInputs;
  readonly #keepsTree: boolean;
  readonly #pool: EmitPool;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #expectedNames: number;
  readonly #sources: Source[] = [];
  readonly #chunks = new ChunkTable();
  /** Arenas of records that were added, by their makers' numbers; their slots come behind the pool's. */
  readonly #added: SharedArrayBuffer[] = [];
  readonly #typed = new TypedManifests(
    this.#sources,
    this.#chunks,
    (chunk) => this.#sources[this.#chunks.get(chunk, Chunk.SOURCE)]!.scope,
  );
  /** What is wrong with declarations that were emitted, typed values and types aside. */
  #blamed: Blamed[] = [];
  /** By chunk: records that no longer count, so that they do not either when the chunk is emitted again. */
  readonly #dead = new Map<number, Set<number>>();
  /** Chunks that others took the place of, or that were rejected: nothing more is done about them. */
  readonly #exploded = new Set<number>();
  readonly #rejected = new Rejected();
  readonly #log = new PhaseLog();
  /** Chunks with typed values that were emitted since they were last asked for. */
  #again: number[] = [];
  /** Below it `#noteRejected` has looked at all chunks, those that were emitted again since aside. */
  #settled = 0;
  readonly #emittedAgain = new Set<number>();
  #emitted = 0;
  #emitting: Promise<void> | undefined;

  /**
   * `expectedNames` sizes the tables; a guess that is too low costs time only. `takesInputs`: whoever links knows what to do
   * where inputs are declared. `keepsTree`: see `PassInput`.
   */
  constructor(
    header: Header,
    pool: EmitPool,
    control: Int32Array<SharedArrayBuffer>,
    expectedNames = 1024,
    takesInputs = false,
    keepsTree = false,
  ) {
    this.#functionAlignLog2 = header.functionAlignLog2;
    this.#inputs = new DeclaredInputs(header, takesInputs);
    this.#keepsTree = keepsTree;
    this.#pool = pool;
    this.#control = control;
    this.#expectedNames = expectedNames;
  }

  /** Adds bytes `[start, end)` of a source, cut into chunks of `chunkBytes`; emission begins at once. */
  addSource(source: Source, start: number, end: number, chunkBytes: number): void {
    const index = this.#sources.push(source) - 1;
    for (let at = start; at < end; at += chunkBytes) this.#chunks.add(index, at, Math.min(end, at + chunkBytes));
    Atomics.store(this.#control, Control.CHUNKS_TOTAL, this.#chunks.length);
    this.#emit();
  }

  /**
   * Adds parts of a source, each of them a declaration: what is wrong with one leaves the others alone. `replaces` says
   * of each whether it takes the place of what is declared under its name.
   */
  addParts(source: Source, parts: readonly SourcePart[]): void {
    const index = this.#sources.push(source) - 1;
    for (const { start, end, replaces } of parts)
      this.#chunks.set(this.#chunks.add(index, start, end), Chunk.REPLACES, replaces ? 1 : 0);
    Atomics.store(this.#control, Control.CHUNKS_TOTAL, this.#chunks.length);
    this.#emit();
  }

  /** What the manifests declare to be linked with them; all of it is known when a link has ended. */
  get inputs(): readonly DeclaredInput[] {
    return this.#inputs.list(this.#sources);
  }

  /** Makes a relocatable file of the declarations, whatever the header asks for. */
  becomeObject(): void {
    this.#inputs.becomeObject();
  }

  get chunks(): ChunkTable {
    return this.#chunks;
  }

  get held(): { readonly chunks: number; readonly sources: number; readonly arenaBytes: number } {
    let arenaBytes = 0;
    for (let slot = 0; slot < this.#pool.arenas.length; slot++)
      arenaBytes += this.#control[slotWord(slot, Slot.ARENA_TOP)]! >>> 0;
    for (const arena of this.#added) arenaBytes += arena.byteLength;
    return { chunks: this.#chunks.length, sources: this.#sources.length, arenaBytes };
  }

  /** Finds records again, those of chunks that were added since included. */
  records(symbols: SymbolTable): Records {
    return new Records(this.#chunks, symbols, this.#sources, this.#arenas());
  }

  /** Says that record `record` of `chunk` was replaced or removed: it is as if it were not there. */
  kill(chunk: number, record: number): void {
    const dead = this.#dead.get(chunk) ?? new Set();
    this.#dead.set(chunk, dead);
    if (dead.has(record)) return;
    dead.add(record);
    this.#bury(chunk, record);
  }

  /** Forgets a type of a manifest, or with undefined its errors. */
  removeType(scope: number, name: string | undefined): void {
    this.#typed.remove(scope, name);
  }

  /**
   * Ends the emission of all that was added, for an update: a declaration that is rejected leaves its neighbours alone.
   * Returns what is wrong with those that stand rejected, and the chunks with typed values that were emitted again because
   * the types of their manifest changed. Chunks from `first` on are new, and `removed` are removed since.
   */
  async settle(
    first: number,
    removed: readonly Removal[],
  ): Promise<{ readonly diagnostics: readonly Diagnostic[]; readonly again: readonly number[] }> {
    while (this.#emitting !== undefined) await this.#emitting;
    this.#explodeTyped(first, removed);
    await this.#emission();
    if (this.#explodeFailed(removed)) {
      this.#emit();
      await this.#emission();
    }
    this.#noteRejected();
    for (const { scope, key, before } of removed) this.declared(scope, key, before);
    const again = this.#again;
    this.#again = [];
    return { diagnostics: this.#locate(this.#standing()), again };
  }

  /** A declaration was made anew, in chunk `by`, or removed: what was wrong with it counts no more. */
  declared(scope: number, key: DeclarationIdentity, by?: number): void {
    for (const chunk of this.#rejected.settle(scope, key, by)) {
      this.#exploded.add(chunk);
      this.#typed.drop(chunk);
    }
  }

  /** What cannot be mended, because it has no name, was told of. */
  told(): void {
    this.#rejected.forgetUnknown();
  }

  /** Typed values of text that is no longer what it was are not emitted again: whoever changed it adds them anew. */
  forgetTyped(): void {
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) this.#typed.drop(chunk);
  }

  /**
   * Typed values that are to be emitted again, because types changed, are so one by one, and not those that something new
   * has taken the place of: they may not fit the types any more.
   */
  #explodeTyped(first: number, removed: readonly Removal[]): void {
    const stale = this.#typed.staleChunks.filter((chunk) => chunk < first);
    if (stale.length === 0) return;
    const gone = new Set(removed.map(({ scope, key }) => scopedIdentityText(scope, key)));
    for (let chunk = first; chunk < this.#chunks.length; chunk++)
      for (const { scope, key } of this.#keysOf(chunk)) gone.add(scopedIdentityText(scope, key));
    for (const chunk of stale) {
      if (this.#chunks.get(chunk, Chunk.DEAD_COUNT) === this.#chunks.get(chunk, Chunk.DECL_COUNT)) {
        this.#typed.drop(chunk);
        continue;
      }
      const [only, ...more] = this.#keysOf(chunk);
      if (more.length > 0) this.#explode(chunk, gone);
      else if (only !== undefined && gone.has(scopedIdentityText(only.scope, only.key))) this.#typed.drop(chunk);
    }
    this.#emit();
  }

  /** What a chunk declares; of a file, what a part of one declaration does. */
  #keysOf(chunk: number): { readonly scope: number; readonly key: DeclarationIdentity }[] {
    const source = this.#sources[this.#chunks.get(chunk, Chunk.SOURCE)]!;
    const { scope } = source;
    if (source.kind === "file") {
      const key = this.#keyOf(source, this.#chunks.start(chunk), this.#chunks.end(chunk));
      return key === undefined ? [] : [{ scope, key }];
    }
    if (source.kind === "records") {
      const words = new Int32Array(source.arena, source.decls, source.declCount * Decl.WORDS);
      return Array.from({ length: source.declCount }, (_, decl) => ({
        scope,
        key: identityOfRecord(words, decl * Decl.WORDS),
      }));
    }
    const bytes = new Uint8Array(source.buffer);
    return linesOf(source, this.#chunks.start(chunk), this.#chunks.end(chunk)).flatMap(({ start, end }) => {
      const key = declarationKey(bytes, start, end);
      return key === undefined ? [] : [{ scope, key }];
    });
  }

  /** Of chunks that failed as a whole, what something later has taken the place of is left out. */
  #explodeFailed(removed: readonly Removal[]): boolean {
    let any = false;
    const { length } = this.#chunks;
    for (const chunk of this.#unsettled()) {
      if (this.#chunks.status(chunk) !== ChunkStatus.FAILED || this.#exploded.has(chunk)) continue;
      const gone = new Set<string>();
      for (const { scope, key, before } of removed) if (before > chunk) gone.add(scopedIdentityText(scope, key));
      for (let later = chunk + 1; later < length; later++)
        for (const { scope, key } of this.#keysOf(later)) gone.add(scopedIdentityText(scope, key));
      any = this.#explode(chunk, gone) || any;
    }
    return any;
  }

  /** The chunks that were emitted since `#noteRejected` looked at all of them. */
  #unsettled(): number[] {
    const chunks = [...this.#emittedAgain].filter((chunk) => chunk < this.#settled);
    for (let chunk = this.#settled; chunk < this.#chunks.length; chunk++) chunks.push(chunk);
    return chunks;
  }

  /** Puts parts in the place of a chunk of text; false where it is one part already, or no text. */
  #explode(chunk: number, gone: ReadonlySet<string> = NOTHING): boolean {
    const source = this.#chunks.get(chunk, Chunk.SOURCE);
    const text = this.#sources[source]!;
    if (text.kind !== "text") return false;
    const lines = linesOf(text, this.#chunks.start(chunk), this.#chunks.end(chunk));
    const isEmitted = this.#chunks.status(chunk) === ChunkStatus.EMITTED;
    if (lines.length === 1 && !isEmitted) return false;
    const dead = this.#deadOffsets(chunk);
    for (const { start, end } of lines) {
      if (dead.some((at) => at >= start && at < end)) continue;
      const key = gone.size === 0 ? undefined : declarationKey(new Uint8Array(text.buffer), start, end);
      if (key !== undefined && gone.has(scopedIdentityText(text.scope, key))) continue;
      this.#chunks.set(this.#chunks.add(source, start, end), Chunk.REPLACES, 1);
    }
    this.#exploded.add(chunk);
    this.#typed.drop(chunk);
    this.#chunks.finish(chunk, ChunkStatus.FAILED);
    for (const count of [Chunk.DECL_COUNT, Chunk.RELOC_COUNT, Chunk.REF_COUNT, Chunk.UAV_COUNT])
      this.#chunks.set(chunk, count, 0);
    this.#blamed = this.#blamed.filter((one) => !this.#isOf(one, chunk));
    Atomics.store(this.#control, Control.CHUNKS_TOTAL, this.#chunks.length);
    return true;
  }

  /** Where in its source the dead declarations of a chunk begin. */
  #deadOffsets(chunk: number): number[] {
    const words = new Int32Array(this.#arenas()[this.#chunks.get(chunk, Chunk.SLOT)]!);
    const decls = this.#chunks.getUnsigned(chunk, Chunk.DECLS) / 4;
    const start = this.#chunks.start(chunk) - TEXT_LEAD;
    return [...(this.#dead.get(chunk) ?? [])].map(
      (record) => start + words[decls + record * Decl.WORDS + Decl.SOURCE]!,
    );
  }

  /**
   * Notes which declarations stand rejected. A typed value may be right again when its types are: it stays among those that
   * are emitted with them.
   */
  #noteRejected(): void {
    for (const chunk of this.#rejected.chunks)
      if (this.#chunks.status(chunk) === ChunkStatus.EMITTED) this.#rejected.drop(chunk);
    for (const chunk of this.#unsettled()) {
      if (this.#chunks.status(chunk) !== ChunkStatus.FAILED || this.#exploded.has(chunk)) continue;
      if (!this.#typed.has(chunk)) this.#exploded.add(chunk);
      const source = this.#sources[this.#chunks.get(chunk, Chunk.SOURCE)]!;
      const all = [...this.#blamed, ...this.#typed.blamed];
      const blamed = all.filter((one) => this.#isOf(one, chunk));
      const key = this.#keyOf(source, this.#chunks.start(chunk), this.#chunks.end(chunk));
      this.#rejected.add(chunk, source.scope, key, blamed);
    }
    this.#settled = this.#chunks.length;
    this.#emittedAgain.clear();
    this.#blamed = [];
  }

  #keyOf(source: Source, start: number, end: number): DeclarationIdentity | undefined {
    const text = Buffer.from(readText(source, start, end - start));
    const comma = text.lastIndexOf("}");
    return declarationKey(text, 0, comma + 1);
  }

  #isOf({ source, offset }: Blamed, chunk: number): boolean {
    const isIn = offset >= this.#chunks.start(chunk) - TEXT_LEAD && offset < this.#chunks.end(chunk);
    return source === this.#chunks.get(chunk, Chunk.SOURCE) && isIn;
  }

  /** What is wrong with rejected declarations, typed values among them, with other typed values, and with types. */
  #standing(): Blamed[] {
    return [...this.#rejected.blamed, ...this.#typed.blamed.filter((one) => !this.#isRejected(one))];
  }

  #isRejected(one: Blamed): boolean {
    for (const chunk of [...this.#exploded, ...this.#rejected.chunks]) if (this.#isOf(one, chunk)) return true;
    return false;
  }

  #locate(blamed: readonly Blamed[]): Diagnostic[] {
    return [...blamed]
      .sort((a, b) => a.source - b.source || a.offset - b.offset)
      .map((one) => locateBlamed(one, this.#sources));
  }

  takePhases(): readonly Phase[] {
    return this.#log.take();
  }

  /** Adds declarations that their maker emitted: a chunk of its own, finished from the start. */
  addRecords({ label, arena, arenaIndex, fields }: RecordsBatch, scope: number, replaces = false): void {
    this.#added[arenaIndex] ??= arena;
    const chunk = this.#chunks.add(this.#sources.length, TEXT_LEAD, TEXT_LEAD);
    this.#chunks.set(chunk, Chunk.SLOT, this.#pool.arenas.length + arenaIndex);
    this.#chunks.set(chunk, Chunk.REPLACES, replaces ? 1 : 0);
    for (const [field, value] of fields) this.#chunks.set(chunk, field, value);
    this.#sources.push({
      kind: "records",
      label,
      arena: this.#added[arenaIndex],
      decls: this.#chunks.getUnsigned(chunk, Chunk.DECLS),
      declCount: this.#chunks.get(chunk, Chunk.DECL_COUNT),
      scope,
    });
    this.#chunks.finish(chunk, ChunkStatus.EMITTED);
    Atomics.add(this.#control, Control.CHUNKS_DONE, 1);
    Atomics.store(this.#control, Control.CHUNKS_TOTAL, this.#chunks.length);
  }

  /**
   * Links all that was added so far. Resolves also when there are errors; rejects for faults of the linker. Where inputs are
   * declared and the output is not to be a relocatable file, nothing is laid out.
   */
  async link(growing = false): Promise<Linked> {
    // New types may ask for typed values again that have been emitted: nothing is committed before that is known.
    while (this.#emitting !== undefined && this.#typed.hasEmitted) await this.#emitting;
    const emitted = this.#emission();
    // The pass awaits it, but only when all chunks have been committed.
    emitted.catch(() => {});
    const pass = new LinkPass({
      header: this.#inputs.header,
      pool: this.#pool,
      control: this.#control,
      sources: this.#sources,
      arenas: this.#arenas(),
      chunks: this.#chunks,
      expectedNames: this.#expectedNames,
      growing,
      keepsTree: this.#keepsTree,
    });
    const linked = await pass.run(
      () => emitted,
      () => !this.#inputs.areLeftOut,
    );
    this.#again = [];
    return { ...linked, phases: [...this.takePhases(), ...linked.phases] };
  }

  #bury(chunk: number, record: number): void {
    const slot = this.#chunks.get(chunk, Chunk.SLOT);
    const at = this.#chunks.getUnsigned(chunk, Chunk.DECLS) + (record * Decl.WORDS + Decl.FLAGS) * 4;
    new Int32Array(this.#arenas()[slot]!, at, 1)[0]! |= DeclFlag.DEAD;
    this.#chunks.set(chunk, Chunk.DEAD_COUNT, this.#chunks.get(chunk, Chunk.DEAD_COUNT) + 1);
  }

  /** Records of chunks that were emitted again are new ones. */
  #buryAgain(chunk: number): void {
    this.#chunks.set(chunk, Chunk.DEAD_COUNT, 0);
    if (this.#chunks.status(chunk) !== ChunkStatus.EMITTED) return;
    for (const record of this.#dead.get(chunk) ?? []) this.#bury(chunk, record);
  }

  /** Starts a shift over the chunks that no shift has had, unless one is running; that one's end starts the next. */
  #emit(): void {
    if (this.#emitting !== undefined) return;
    while (this.#emitted < this.#chunks.length && this.#chunks.isFinished(this.#emitted)) this.#emitted++;
    if (this.#emitted === this.#chunks.length) return;
    this.#emitting = this.#emitNew(this.#emitted).then(() => {
      this.#emitting = undefined;
      this.#emit();
    });
    this.#emitted = this.#chunks.length;
    // Whoever awaits emission learns of a fault; nobody may be awaiting it yet.
    this.#emitting.catch(() => {});
  }

  /** By slot. */
  #arenas(): SharedArrayBuffer[] {
    return [...this.#pool.arenas, ...this.#added];
  }

  /**
   * Ends the emission of all that was added, typed values last. Returns what it rejected. Where nothing is being emitted,
   * chunks that are to be emitted again are no longer finished when this returns its promise.
   */
  async #emission(): Promise<readonly Diagnostic[]> {
    while (this.#emitting !== undefined) await this.#emitting;
    const typed = this.#typed.take();
    if (typed !== undefined) {
      for (const chunk of typed.chunks) {
        if (this.#chunks.isFinished(chunk)) Atomics.sub(this.#control, Control.CHUNKS_DONE, 1);
        this.#chunks.finish(chunk, ChunkStatus.PENDING);
      }
      const report = await this.#shift("typed", typed.types, 0, typed.chunks.length, typed.chunks);
      this.#typed.blame(report.blamed);
      this.#inputs.add(report.inputs);
      for (const chunk of typed.chunks) this.#buryAgain(chunk);
      for (const chunk of typed.chunks) {
        this.#again.push(chunk);
        this.#emittedAgain.add(chunk);
      }
    }
    return this.#locate([...this.#blamed, ...this.#standing()]);
  }

  /** Whether a declaration of types stands in a part that replaces others; `first`: a chunk that is not behind it. */
  #replaces({ source, offset }: TypeText, first: number): boolean {
    for (let chunk = first; chunk < this.#chunks.length; chunk++) {
      const isIn = this.#chunks.get(chunk, Chunk.SOURCE) === source && this.#chunks.end(chunk) > offset;
      if (isIn) return this.#chunks.get(chunk, Chunk.REPLACES) !== 0;
    }
    return false;
  }

  async #emitNew(first: number): Promise<void> {
    const report = await this.#shift("emit", [], first, this.#chunks.length);
    this.#blamed.push(...report.blamed);
    this.#inputs.add(report.inputs);
    this.#typed.found(report, (declaration) => this.#replaces(declaration, first));
  }

  #sourcesOf(first: number, limit: number, only: readonly number[] | undefined): Map<number, Source> {
    const sources = new Map<number, Source>();
    for (let at = first; at < limit; at++) {
      const source = this.#chunks.get(only?.[at] ?? at, Chunk.SOURCE);
      sources.set(source, this.#sources[source]!);
    }
    return sources;
  }

  async #shift(
    name: string,
    types: readonly ManifestTypes[],
    first: number,
    limit: number,
    only?: readonly number[],
  ): Promise<ShiftReport> {
    const end = this.#log.begin(name, "parallel", { items: limit - first });
    const shift: EmitShift = {
      work: { kind: "emit", functionAlignLog2: this.#functionAlignLog2, types, inputs: this.#inputs.policy },
      first,
      limit,
      ...(only === undefined ? {} : { only }),
      emission: {
        control: this.#control.buffer,
        chunks: this.#chunks.buffer,
        chunkCount: this.#chunks.length,
        arenas: this.#arenas(),
      },
      sources: this.#sourcesOf(first, limit, only),
    };
    try {
      const report = await this.#pool.run(shift);
      end();
      this.#log.add(report.phases);
      return report;
    } catch (fault) {
      // Whoever waits for one of its chunks waits no longer.
      for (let at = first; at < limit; at++) {
        const chunk = only?.[at] ?? at;
        if (!this.#chunks.isFinished(chunk)) this.#chunks.finish(chunk, ChunkStatus.FAILED);
      }
      throw fault;
    }
  }
}

const NOTHING: ReadonlySet<string> = new Set();
