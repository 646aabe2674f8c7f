/**
 * A linker with its output: declarations come in, `flush` brings the file up to date. The first flush links in full. Once
 * declarations are replaced or removed the session keeps its program and leaves room in the output, and a flush costs what
 * changed: see `update/`.
 */

import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.js";
import { freshLinkFails } from "../diagnostics/verify.js";
import { changedRanges } from "../image/changed-ranges.js";
import { type Files, systemFiles } from "../image/files.js";
import { type MappedFile, ROOT } from "../image/mapped-file.js";
import { OutputFile } from "../image/output-file.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import { PhaseLog } from "../phases/phase.js";
import { type RecordsBatch, type Source, TEXT_LEAD } from "../protocol/sources.js";
import { buildProgram } from "../update/build-program.js";
import { explainProgram } from "../update/explain-program.js";
import { memoryChanges } from "../update/memory-changes.js";
import { PendingChanges } from "../update/pending-changes.js";
import type { Program } from "../update/program.js";
import { countProgram, dumpProgram } from "../update/report.js";
import { Updater } from "../update/updater.js";
import { verifyProgram } from "../update/verify-program.js";
import type { DeclaredInput } from "./declared-inputs.js";
import { linesOf } from "./explode.js";
import type { LinkCounts, LinkedParts } from "./linked.js";
import { Linker, type SourcePart } from "./linker.js";
import { NeedsFullLink } from "./needs-full-link.js";
import type { FlushResult, RemovedKey, SessionOptions } from "./session-options.js";
import { supersede } from "./supersede.js";
import { SymbolTable } from "./symbol-table.js";

/** Big enough to make claiming a chunk free, small enough to spread over workers. */
const CHUNK_BYTES = 1 << 20;
/** Before the umask, as for open(2). */
const EXECUTABLE_MODE = 0o777;
const FILE_MODE = 0o666;
/** More declarations than these at a time are emitted in chunks, not one by one. */
const PARTS_LIMIT = 512;

export class Session {
  readonly #linker: Linker;
  #file: OutputFile;
  readonly #files: Files;
  readonly #chunkBytes: number;
  #incremental: boolean;
  readonly #describes: boolean;
  /** What a program that can be updated is made of, until it is. */
  #parts: LinkedParts | undefined;
  #program: Program | undefined;
  /** The image that is in the file. */
  #written: MappedFile | undefined;
  readonly #pending: PendingChanges;
  /** Whether declarations were replaced, removed or rejected, so that not all that was emitted counts. */
  #isEdited = false;
  #dump: () => string = () => "";
  /** Whether the last flush had no errors. */
  #isGood = false;
  /** Why the program of the last link cannot be updated. */
  #unfollowed: string | undefined;
  readonly #beforeWrite: (() => void) | undefined;
  /** Most declarations are known to their program only, and not all can be linked again. */
  readonly #isRestored: boolean;

  constructor(options: SessionOptions) {
    const { header, output, pool, control, expectedNames, chunkBytes = CHUNK_BYTES, incremental = false } = options;
    this.#describes = options.describes ?? false;
    this.#chunkBytes = chunkBytes;
    this.#incremental = incremental;
    this.#linker = new Linker(header, pool, control, expectedNames, options.takesInputs, options.keepsTree);
    this.#pending = new PendingChanges(this.#linker);
    this.#files = options.files ?? systemFiles;
    this.#file = new OutputFile(output, header.output === "exe" ? EXECUTABLE_MODE : FILE_MODE, this.#files);
    this.#beforeWrite = options.beforeWrite;
    this.#isRestored = options.restored !== undefined;
    if (options.restored === undefined) return;
    this.#program = options.restored.program;
    this.#file.adopt(options.restored.output);
  }

  // --- what comes in --------------------------------------------------------------------------------------------

  /** Adds a manifest file as scope number `scope`: its navs are seen by its own declarations only. */
  addManifest({ path, spelling, start, end }: OpenedManifest, scope: number): void {
    const chunkBytes = spelling === "lines" ? this.#chunkBytes : Math.max(1, end - start);
    this.#linker.addSource({ kind: "file", path, spelling, scope }, start, end, chunkBytes);
  }

  /** Adds declarations as NDJSON behind a first newline, in shared memory; `label` stands for a file name in messages. */
  addText(label: string, buffer: SharedArrayBuffer, scope: number): void {
    this.#linker.addSource(textSource(label, buffer, scope), TEXT_LEAD, buffer.byteLength, this.#chunkBytes);
  }

  /** As `addText`, for declarations that take the place of those of the same names, where there are such. */
  updateText(label: string, buffer: SharedArrayBuffer, scope: number): void {
    this.#edit();
    const source = textSource(label, buffer, scope);
    const lines = linesOf(source, TEXT_LEAD, buffer.byteLength);
    const parts = lines.length > PARTS_LIMIT ? this.#cut(buffer.byteLength) : lines;
    this.#linker.addParts(
      source,
      parts.map((part) => ({ ...part, replaces: true })),
    );
  }

  /** Adds declarations that stand in parts of a manifest file. */
  updateManifest({ path, spelling }: OpenedManifest, scope: number, parts: readonly SourcePart[]): void {
    this.#edit();
    this.#linker.addParts({ kind: "file", path, spelling, scope }, parts);
  }

  /** Adds declarations as records, which need no emission. */
  addRecords(batch: RecordsBatch, scope: number, replaces = false): void {
    if (replaces) this.#edit();
    this.#linker.addRecords(batch, scope, replaces);
  }

  /** Removes declarations that were added before. Nothing happens for names that are not declared. */
  remove(scope: number, keys: readonly RemovedKey[]): void {
    this.#edit();
    for (const key of keys) {
      this.#linker.declared(scope, key);
      if (key.class === "type" || key.class === "errors") this.#linker.removeType(scope, key.name);
      else this.#pending.removals.push({ before: this.#linker.chunks.length, scope, key });
    }
  }

  /** Objects and archives that are declared to be linked as well; all are known when a flush has ended. */
  get inputs(): readonly DeclaredInput[] {
    return this.#linker.inputs;
  }

  /** From now on the declarations are linked to a relocatable file, at `output`. */
  becomeObject(output: string): void {
    this.#linker.becomeObject();
    this.#file = new OutputFile(output, FILE_MODE, this.#files);
    this.#written = undefined;
  }

  // --- what goes out --------------------------------------------------------------------------------------------

  /** The program that is updated, made now where it is needed and was not yet. Undefined before the first flush. */
  get program(): Program | undefined {
    this.prepare();
    return this.#program;
  }

  get file(): OutputFile {
    return this.#file;
  }

  /** Text that was emitted is no longer what it was: its typed values are added anew when types change. */
  forgetTyped(): void {
    this.#linker.forgetTyped();
  }

  /** Why there is no program that could be updated, where a link holds what updates cannot follow. */
  get unfollowed(): string | undefined {
    return this.#unfollowed;
  }

  /** How many numbers of chunks were used. */
  get chunkCount(): number {
    return this.#linker.chunks.length;
  }

  /** What is held of the declarations that came in, for statistics: chunks, sources, and bytes of the arenas of records. */
  get held(): { readonly chunks: number; readonly sources: number; readonly arenaBytes: number } {
    return this.#linker.held;
  }

  /** The node tree of the last flush, checked and printed: with `keepsTree`, or once changes are expected, with all atoms. */
  dumpTree(): string {
    return this.#dump();
  }

  /** Makes ready for changes what the last flush left: idle work, which the next flush would else do. */
  prepare(): void {
    if (this.#parts === undefined) return;
    const parts = this.#parts;
    this.#parts = undefined;
    try {
      const program = buildProgram(parts);
      this.#program = program;
      this.#dump = () => dumpProgram(program);
    } catch (cause) {
      if (!(cause instanceof NeedsFullLink)) throw cause;
      this.#unfollowed = cause.message;
    }
  }

  /**
   * Links what was added and writes what changed. Rejects for faults of the linker only; in a restored session also with
   * NeedsFullLink, StateError, and DiagnosticError where files cannot be read or written, after which it is of no use.
   */
  async flush(): Promise<FlushResult> {
    this.#isGood = false;
    const result = await this.#flush();
    this.#isGood = result.ok;
    return result;
  }

  async #flush(): Promise<FlushResult> {
    this.prepare();
    if (this.#program === undefined) return this.#linkAll(this.#unfollowed);
    try {
      return await this.#update(this.#program);
    } catch (cause) {
      if (!(cause instanceof NeedsFullLink) || this.#isRestored) throw cause;
      this.#program = undefined;
      return this.#linkAll(cause.message);
    }
  }

  /** Links what was added to a relocatable file in memory, `object`, whatever the header asks for; writes nothing. */
  async linkObject(): Promise<FlushResult & { readonly object: Uint8Array | undefined }> {
    this.#linker.becomeObject();
    const { image, diagnostics, counts, phases } = await this.#linker.link();
    const ok = diagnostics.length === 0;
    const object = ok ? image.bytes.subarray(0, image.nodes.size(ROOT)) : undefined;
    return { ok, diagnostics, counts, phases, bytesWritten: 0, update: undefined, reason: undefined, object };
  }

  /**
   * Compares what the last flush left with a full link, in memory: the first difference, none where there is no program
   * that was updated, or it has errors and is not written. To be called before anything else is added. `makeFresh` makes a session of the same declarations,
   * which is linked and never written; without it the declarations that were added here are linked again.
   */
  async verify(makeFresh?: () => Session): Promise<readonly Diagnostic[]> {
    const program = this.program;
    if (program === undefined || !this.#isGood) return [];
    const { parts, diagnostics } = await (makeFresh?.() ?? this).#linker.link(true);
    if (parts === undefined) return [freshLinkFails(diagnostics.map(({ message }) => message).join("; "))];
    const difference = verifyProgram(program, buildProgram(parts));
    return difference === undefined ? [] : [difference];
  }

  // --- full links -----------------------------------------------------------------------------------------------

  async #linkAll(reason: string | undefined): Promise<FlushResult> {
    if (this.#isEdited) {
      const diagnostics = await this.#pending.settle();
      const records = this.#linker.records(new SymbolTable());
      supersede(this.#linker.chunks, records, this.#pending.removals, (chunk, record) =>
        this.#linker.kill(chunk, record),
      );
      this.#pending.settleNames(records);
      if (diagnostics.length > 0) {
        // What was mended since is rejected no longer.
        const left = await this.#pending.settle();
        if (left.length > 0) return this.#rejected(left, emptyCounts(this.#linker.chunks.length));
      }
    }
    this.#pending.taken();
    const { image, diagnostics, counts, phases, dump, parts, layout } = await this.#linker.link(this.#incremental);
    this.#dump = dump;
    if (diagnostics.length === 0 && layout === undefined)
      return { ok: false, diagnostics, counts, phases, bytesWritten: 0, update: undefined, reason };
    // From now on what is wrong has to be mended by declaring it anew.
    if (diagnostics.length > 0) {
      this.#isEdited = true;
      return { ok: false, diagnostics, counts, phases, bytesWritten: 0, update: undefined, reason };
    }
    this.#parts = parts;
    this.#unfollowed = undefined;
    const size = image.nodes.size(ROOT);
    const written = this.#written;
    const isSame = written?.complete === true;
    const ranges = isSame
      ? changedRanges(written.bytes, written.nodes.size(ROOT), image.bytes, size)
      : image.dirty.take(size);
    if (isSame) image.dirty.take(size);
    return this.#write(image, ranges, { counts, phases, update: undefined, reason });
  }

  // --- updates --------------------------------------------------------------------------------------------------

  async #update(program: Program): Promise<FlushResult> {
    const log = new PhaseLog();
    const end = log.begin("update");
    const rejected = await this.#pending.settle();
    const { chunks } = this.#linker;
    const records = this.#linker.records(program.parts.symbols);
    this.#pending.settleNames(records);
    const updater = new Updater(program, (chunk, record) => this.#linker.kill(chunk, record));
    const duplicates = this.#pending.duplicates(program, updater, records);
    const stale = rejected.length > 0 ? await this.#pending.settle() : [];
    if (duplicates.length + stale.length > 0)
      return this.#rejected([...stale, ...duplicates], countProgram(program, chunks.length));

    // From here on the program is changed; it is of use again when all of it has been, and its image is not what is in
    // the file until that is written.
    const isCurrent = this.#written === program.parts.image;
    this.#program = undefined;
    this.#written = undefined;
    this.#pending.apply(updater, records);
    updater.settle();
    this.#program = program;
    end();
    const phases = [...this.#linker.takePhases(), ...log.take()];
    const counts = countProgram(program, chunks.length);
    const diagnostics = explainProgram(program, records);
    const { image } = program.parts;
    if (diagnostics.length > 0)
      return { ok: false, diagnostics, counts, phases, bytesWritten: 0, update: updater.counts, reason: undefined };
    const size = image.nodes.size(ROOT);
    const ranges = image.dirty.take(size, this.#describes ? 0 : JOIN);
    updater.counts.changed = ranges.reduce((bytes, [from, to]) => bytes + to - from, 0);
    // What changed since the last update that was written cannot be told apart.
    const memory = this.#describes && isCurrent ? { memory: memoryChanges(updater.change, ranges) } : {};
    return this.#write(image, ranges, { counts, phases, update: updater.counts, reason: undefined, ...memory });
  }

  // --- both -----------------------------------------------------------------------------------------------------

  #rejected(diagnostics: readonly Diagnostic[], counts: LinkCounts): FlushResult {
    this.#linker.told();
    this.#isEdited = true;
    const phases = this.#linker.takePhases();
    return { ok: false, diagnostics, counts, phases, bytesWritten: 0, update: undefined, reason: undefined };
  }

  #write(
    image: MappedFile,
    ranges: [start: number, end: number][],
    result: Pick<FlushResult, "counts" | "phases" | "update" | "reason" | "memory">,
  ): FlushResult {
    const log = new PhaseLog();
    const end = log.begin("write");
    const size = image.nodes.size(ROOT);
    try {
      if (ranges.length > 0) this.#beforeWrite?.();
      const bytesWritten = this.#file.flush(image.bytes, size, ranges, { partial: !image.complete });
      this.#written = image;
      image.cut(size);
      end();
      return { ...result, ok: true, diagnostics: [], phases: [...result.phases, ...log.take()], bytesWritten };
    } catch (cause) {
      // A full link may succeed where this did not: it reads nothing of the output, and writes to a new file.
      if (!(cause instanceof DiagnosticError) || this.#isRestored) throw cause;
      // They are written with the next flush.
      for (const [from, to] of ranges) image.dirty.mark(from, to - from);
      return { ...result, ok: false, diagnostics: cause.diagnostics, bytesWritten: 0 };
    }
  }

  #edit(): void {
    this.#isEdited = true;
    this.#incremental = true;
  }

  #cut(size: number): { start: number; end: number }[] {
    const parts: { start: number; end: number }[] = [];
    for (let at = TEXT_LEAD; at < size; at += this.#chunkBytes)
      parts.push({ start: at, end: Math.min(size, at + this.#chunkBytes) });
    return parts;
  }
}

/** Ranges with so few clean bytes between them are written at once: a write costs more. */
const JOIN = 64;

function textSource(label: string, buffer: SharedArrayBuffer, scope: number): Extract<Source, { kind: "text" }> {
  return { kind: "text", label, buffer, spelling: "lines", scope };
}

function emptyCounts(chunks: number): LinkCounts {
  return { declarations: 0, symbols: 0, constants: 0, lazySymbols: 0, relocations: 0, chunks, bytes: 0 };
}
