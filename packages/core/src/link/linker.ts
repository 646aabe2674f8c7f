/**
 * The coordinator: takes declarations from its sources to an image. It is the single writer of nodes, symbols and names;
 * emission, resolution and relocation are shifts of the pool.
 *
 *   sources -> chunks -> emit shift -> commit, in order -> exports -> resolve shift -> unnamed values get their place
 *           -> layout -> apply shift, while the coordinator writes headers and global symbols
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { imageTooLarge, noEntry } from "../diagnostics/link.js";
import { MappedFile, ROOT } from "../image/mapped-file.js";
import { NodeKind } from "../image/node-table.js";
import type { Header } from "../manifest/header.js";
import { locateBlamed } from "../manifest/locate.js";
import { NameTable } from "../memory/name-table.js";
import { Chunk, ChunkStatus, ChunkTable } from "../protocol/chunk-table.js";
import { Control } from "../protocol/control.js";
import type { EmitPool, ShiftReport, Span, Work } from "../protocol/pool.js";
import type { Source } from "../protocol/sources.js";
import { LinkQueue } from "../queue/link-queue.js";
import type { ApplyPlan } from "./apply.js";
import { Committer } from "./commit.js";
import { DYNAMIC_BYTES, dynamicSections } from "./dynamic.js";
import { Explainer } from "./explain.js";
import { Globals } from "./globals.js";
import { finishImage, makePlan } from "./finish.js";
import { Layout } from "./layout.js";
import { Records } from "./link-records.js";
import { countRela, relaSections, UNLOADED_SECTIONS } from "./relocatable.js";
import { Section } from "./sections.js";
import type { LinkBuffers } from "./shared-link.js";
import { Symbol, SymbolTable } from "./symbol-table.js";

/** How a link ended. */
export interface Linked {
  /** Errors first; without errors the image is complete. */
  readonly diagnostics: readonly Diagnostic[];
  readonly image: MappedFile;
  readonly layout: Layout | undefined;
  readonly counts: LinkCounts;
  readonly spans: readonly Span[];
}

export interface LinkCounts {
  readonly declarations: number;
  readonly symbols: number;
  readonly constants: number;
  readonly relocations: number;
  readonly chunks: number;
  /** Bytes of the output. */
  readonly bytes: number;
}

export class Linker {
  readonly #header: Header;
  readonly #pool: EmitPool;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #sources: Source[] = [];
  readonly #chunks = new ChunkTable();
  readonly #symbols = new SymbolTable();
  readonly #names: NameTable;
  readonly #image: MappedFile;
  readonly #committer: Committer;
  readonly #records: Records;
  readonly #spans: Span[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #mode: ApplyPlan["mode"];
  #emitted = 0;
  #emitting: Promise<void> | undefined;

  /** `expectedNames` sizes the tables; a guess that is too low costs time only. */
  constructor(header: Header, pool: EmitPool, control: Int32Array<SharedArrayBuffer>, expectedNames = 1024) {
    this.#header = header;
    this.#pool = pool;
    this.#control = control;
    this.#mode = header.output === "obj" ? "object" : header.pie ? "pie" : "static";
    this.#names = new NameTable(expectedNames);
    this.#image = new MappedFile({ slack: 0, expectedNodes: expectedNames });
    this.#committer = new Committer(this.#image, this.#names, this.#symbols, this.#chunks, this.#mode !== "static");
    this.#records = new Records(this.#chunks, this.#symbols, this.#sources, pool.arenas);
  }

  /** Adds bytes `[start, end)` of a source, cut into chunks of `chunkBytes`; emission begins at once. */
  addSource(source: Source, start: number, end: number, chunkBytes: number): void {
    const index = this.#sources.push(source) - 1;
    for (let at = start; at < end; at += chunkBytes) this.#chunks.add(index, at, Math.min(end, at + chunkBytes));
    Atomics.store(this.#control, Control.CHUNKS_TOTAL, this.#chunks.length);
    this.#emit();
  }

  /** Links what was added. Resolves also when there are errors; rejects for faults of the linker. */
  async link(): Promise<Linked> {
    let layout: Layout | undefined;
    if (await this.#commitAll()) {
      const globals = this.#defineGlobals();
      if (globals !== undefined && (await this.#resolve())) layout = await this.#build(globals);
    }
    return {
      diagnostics: this.#diagnostics,
      image: this.#image,
      layout,
      counts: this.#counts(),
      spans: this.#spans,
    };
  }

  // --- emission and commits -------------------------------------------------------------------------------------

  /** Starts a shift over the chunks that no shift has had, unless one is running; that one's end starts the next. */
  #emit(): void {
    if (this.#emitting !== undefined || this.#emitted === this.#chunks.length) return;
    const first = this.#emitted;
    this.#emitted = this.#chunks.length;
    this.#emitting = this.#run({ kind: "emit", functionAlignLog2: this.#header.functionAlignLog2 }, first).then((report) => {
      for (const blamed of report.blamed) this.#diagnostics.push(locateBlamed(blamed, this.#sources));
      this.#emitting = undefined;
      this.#emit();
    });
  }

  /** Commits all chunks in order, entering unnamed values where it would wait for one. False when there are errors. */
  async #commitAll(): Promise<boolean> {
    let committed = 0;
    let entered = 0;
    const queue = new LinkQueue(() => {
      if (entered === committed) return false;
      if (this.#chunks.status(entered) === ChunkStatus.EMITTED) this.#committer.commitUavs(entered, this.#records.wordsOf(entered));
      entered++;
      Atomics.store(this.#control, Control.CONSTANTS_TOTAL, this.#committer.uavs.length);
      return true;
    });
    const start = performance.now();
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) {
      queue.addLink({
        ready: () => this.#chunks.status(chunk) !== ChunkStatus.PENDING,
        wait: () => this.#chunks.changed(chunk),
        run: () => {
          if (this.#chunks.status(chunk) === ChunkStatus.EMITTED) {
            this.#committer.commit(chunk, this.#records.wordsOf(chunk), this.#records.scopeOf(chunk));
          }
          Atomics.store(this.#control, Control.DECLARATIONS, this.#committer.declarations);
          committed++;
        },
      });
    }
    await queue.run();
    while (this.#emitting !== undefined) await this.#emitting;
    this.#span("commit", start);
    const explainer = this.#explainer();
    for (const duplicate of this.#committer.duplicates) this.#diagnostics.push(explainer.duplicate(duplicate));
    return this.#diagnostics.length === 0;
  }

  // --- names ----------------------------------------------------------------------------------------------------

  #defineGlobals(): Globals | undefined {
    const start = performance.now();
    const globals = new Globals(this.#committer, this.#symbols, this.#names, this.#records);
    globals.defineExports();
    globals.defineLinkerSymbols(this.#mode === "pie");
    this.#span("exports", start);
    const explainer = this.#explainer();
    for (const bad of globals.problems) this.#diagnostics.push(explainer.badExport(bad));
    return globals.problems.length === 0 ? globals : undefined;
  }

  /** Resolves all references; false when some cannot be. */
  async #resolve(): Promise<boolean> {
    const scopes = this.#sources.map((source) => source.scope);
    const options = { scopes, final: this.#mode !== "object", dynamic: this.#mode === "pie" };
    const report = await this.#run({ kind: "resolve", options }, 0);
    this.#diagnostics.push(...this.#explainer().unresolved(report.unresolved));
    for (const blamed of report.blamed) this.#diagnostics.push(locateBlamed(blamed, this.#sources));
    return this.#diagnostics.length === 0;
  }

  // --- layout and contents --------------------------------------------------------------------------------------

  async #build(globals: Globals): Promise<Layout | undefined> {
    const start = performance.now();
    const entry = this.#entry(globals);
    if (entry === undefined) return undefined;
    for (let uav = 0; uav < this.#committer.uavs.length; uav++) this.#committer.placeUav(uav);
    Atomics.store(this.#control, Control.CONSTANTS_DONE, this.#committer.uavs.length);
    const { listed, locals } = globals.assignSlots(this.#mode !== "object");
    const layout = this.#layOut(listed.length, locals);
    globals.setLinkerValues(layout);
    const span = Math.max(...layout.address.map((address, section) => address + layout.size[section]!));
    if (this.#header.imageBase + span > 2 ** 47 || span > 2 ** 32) {
      this.#diagnostics.push(imageTooLarge(span, 2 ** 32));
      return undefined;
    }
    const plan = makePlan(this.#header, layout, this.#mode);
    this.#image.written(ROOT);
    this.#span("layout", start);

    const applying = this.#run({ kind: "apply", plan }, 0);
    const finishing = performance.now();
    finishImage({ image: this.#image, layout, plan, header: this.#header, symbols: this.#symbols, records: this.#records, listed, entry });
    this.#span("headers", finishing);
    const report = await applying;
    const explainer = this.#explainer();
    for (const failure of report.unapplied) this.#diagnostics.push(explainer.unapplied(failure, plan));
    for (const blamed of report.blamed) this.#diagnostics.push(locateBlamed(blamed, this.#sources));
    return this.#diagnostics.length === 0 ? layout : undefined;
  }

  /** The entry's symbol, -1 for a relocatable file; undefined, with a diagnostic, where it is missing. */
  #entry(globals: Globals): number | undefined {
    if (this.#mode === "object") return -1;
    const entry = globals.exported.find((symbol) => this.#records.nameOf(symbol) === this.#header.entry);
    if (entry !== undefined) return this.#symbols.get(entry, Symbol.ALIAS);
    const names = globals.exported.slice(0, 6).map((symbol) => this.#records.nameOf(symbol));
    this.#diagnostics.push(noEntry(this.#header.entry, names));
    return undefined;
  }

  #layOut(globals: number, locals: number): Layout {
    const sectionNodes = this.#committer.sectionNodes;
    let dynamic = 0;
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) {
      this.#chunks.set(chunk, Chunk.DYNAMIC_BASE, dynamic);
      dynamic += this.#chunks.get(chunk, Chunk.DYNAMIC);
    }
    if (this.#mode === "pie") {
      sectionNodes[Section.DYNAMIC] = this.#image.addRoot({ size: DYNAMIC_BYTES, alignLog2: 3, kind: NodeKind.SECTION, owner: Section.DYNAMIC });
    }
    const rela = this.#mode === "object" ? countRela(this.#buffers(), this.#chunks) : undefined;
    return new Layout(this.#image, {
      header: this.#header,
      sectionNodes,
      readOnly: this.#mode === "pie" ? dynamicSections(dynamic) : [],
      unloaded: rela === undefined ? [UNLOADED_SECTIONS.comment] : [...relaSections(rela), UNLOADED_SECTIONS.comment, UNLOADED_SECTIONS.stack],
      symbols: this.#committer.locals + globals,
      locals,
      stringBytes: this.#committer.stringBytes,
    });
  }

  // --- shared ---------------------------------------------------------------------------------------------------

  async #run(work: Work, first: number): Promise<ShiftReport> {
    const start = performance.now();
    const report = await this.#pool.run({ work, buffers: this.#buffers(), first, limit: this.#chunks.length });
    this.#spans.push(...report.spans);
    this.#span(`${work.kind} shift`, start);
    return report;
  }

  #buffers(): LinkBuffers {
    return {
      control: this.#control.buffer,
      chunks: this.#chunks.buffer,
      chunkCount: this.#chunks.length,
      arenas: this.#pool.arenas,
      sources: this.#sources,
      names: this.#names.buffer,
      symbols: this.#symbols.buffer,
      nodes: this.#image.nodes.buffer,
      image: this.#image.contents.buffer,
    };
  }

  #explainer(): Explainer {
    return new Explainer(this.#records, this.#chunks, this.#symbols, this.#sources);
  }

  #span(name: string, start: number): void {
    this.#spans.push({ name, thread: 0, start, end: performance.now() });
  }

  #counts(): LinkCounts {
    let relocations = 0;
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) relocations += this.#chunks.get(chunk, Chunk.RELOC_COUNT);
    return {
      declarations: this.#committer.declarations,
      symbols: this.#symbols.length,
      constants: this.#committer.uavs.length,
      relocations,
      chunks: this.#chunks.length,
      bytes: this.#image.nodes.size(ROOT),
    };
  }
}
