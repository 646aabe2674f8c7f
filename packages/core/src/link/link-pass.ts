/**
 * One pass from emitted chunks to an image. The coordinator is the single writer of nodes, symbols and names; resolution
 * and relocation are shifts of the pool.
 *
 *   commit, in order -> exports -> resolve shift -> unnamed values get their place -> layout
 *     -> apply shift, while the coordinator writes headers and global symbols
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { baseMisaligned, imageBeyondAddresses, imageTooLarge, noEntry } from "../diagnostics/link.js";
import { dumpImage } from "../image/dump.js";
import { MappedFile, ROOT } from "../image/mapped-file.js";
import { NodeKind } from "../image/node-table.js";
import { verifyImage } from "../image/verify.js";
import type { Header } from "../manifest/header.js";
import { locateBlamed } from "../manifest/locate.js";
import { NameTable } from "../memory/name-table.js";
import { PhaseLog } from "../phases/phase.js";
import { Chunk, ChunkStatus, type ChunkTable } from "../protocol/chunk-table.js";
import { Control } from "../protocol/control.js";
import type { EmitPool, LinkWork, ShiftReport } from "../protocol/pool.js";
import type { Source } from "../protocol/sources.js";
import { LinkQueue } from "../queue/link-queue.js";
import type { ApplyPlan } from "./apply.js";
import { Committer } from "./commit.js";
import { DenseLayout } from "./dense-layout.js";
import { DensePlaces } from "./dense-places.js";
import { countDynamic, DYNAMIC_BYTES, dynamicSections } from "./dynamic.js";
import { Explainer } from "./explain.js";
import { finishImage, makePlan } from "./finish.js";
import { Globals } from "./globals.js";
import { GrowingLayout } from "./growing-layout.js";
import { SLACK } from "./growing-room.js";
import type { Layout } from "./layout.js";
import { Records } from "./link-records.js";
import type { LinkCounts, Linked, LinkedParts } from "./linked.js";
import { countRela, relaSections, UNLOADED_SECTIONS } from "./relocatable.js";
import { isNobits, SECTIONS, Section } from "./sections.js";
import type { LinkBuffers } from "./shared-link.js";
import { SymbolTable, SymField } from "./symbol-table.js";

/** Bytes of memory that one image spans, and where user space ends. */
const SPAN_LIMIT = 2 ** 32;
const ADDRESS_LIMIT = 2 ** 47;

export interface PassInput {
  readonly header: Header;
  readonly pool: EmitPool;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly sources: readonly Source[];
  /** By slot. */
  readonly arenas: readonly SharedArrayBuffer[];
  readonly chunks: ChunkTable;
  readonly expectedNames: number;
  /** Leave room for changes: the output will be updated. */
  readonly growing: boolean;
  /** Give every atom a node also where nothing will change, so that the tree shows them. */
  readonly keepsTree: boolean;
}

export class LinkPass {
  readonly #header: Header;
  readonly #pool: EmitPool;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #sources: readonly Source[];
  readonly #arenas: readonly SharedArrayBuffer[];
  readonly #chunks: ChunkTable;
  readonly #symbols = new SymbolTable();
  readonly #names: NameTable;
  readonly #image: MappedFile;
  readonly #dense: DensePlaces | undefined;
  readonly #committer: Committer;
  readonly #records: Records;
  readonly #log = new PhaseLog();
  readonly #diagnostics: Diagnostic[] = [];
  readonly #mode: ApplyPlan["mode"];
  readonly #growing: boolean;
  /** The chunks that are linked: those that there were at the beginning. */
  #linked = 0;

  constructor(input: PassInput) {
    const { header, pool, expectedNames } = input;
    this.#header = header;
    this.#pool = pool;
    this.#control = input.control;
    this.#sources = input.sources;
    this.#arenas = input.arenas;
    this.#chunks = input.chunks;
    this.#mode = header.output === "obj" ? "object" : header.pie ? "pie" : "static";
    this.#names = new NameTable(expectedNames);
    this.#growing = input.growing;
    this.#image = new MappedFile({
      slack: input.growing ? SLACK : 0,
      expectedNodes: input.growing || input.keepsTree ? expectedNames : 64,
    });
    this.#dense = input.growing || input.keepsTree ? undefined : new DensePlaces();
    this.#committer = new Committer(
      this.#image,
      this.#names,
      this.#symbols,
      this.#chunks,
      this.#mode !== "static",
      this.#dense,
    );
    this.#records = new Records(this.#chunks, this.#symbols, this.#sources, this.#arenas);
  }

  /**
   * Makes the image. `emitted` resolves when emission has ended, with what it rejected; `isMeant` says then whether the
   * image is wanted after all.
   */
  async run(emitted: () => Promise<readonly Diagnostic[]>, isMeant: () => boolean): Promise<Linked> {
    let layout: Layout | undefined;
    await this.#commitAll();
    this.#diagnostics.push(...(await emitted()), ...this.#duplicates());
    if (this.#diagnostics.length === 0 && isMeant()) {
      const globals = this.#defineGlobals();
      if (globals !== undefined && (await this.#resolve())) layout = await this.#build(globals);
    }
    return {
      parts: layout instanceof GrowingLayout ? this.#parts(layout) : undefined,
      diagnostics: this.#diagnostics,
      image: this.#image,
      dump: () => this.#dump(),
      layout,
      counts: this.#counts(),
      phases: this.#log.take(),
    };
  }

  #parts(layout: GrowingLayout): LinkedParts {
    return {
      header: this.#header,
      image: this.#image,
      layout,
      names: this.#names,
      symbols: this.#symbols,
      committer: this.#committer,
      chunks: this.#chunks,
      chunkCount: this.#linked,
      records: this.#records,
      scopes: [...new Set(this.#sources.map(({ scope }) => scope))],
      files: filesByScope(this.#sources),
    };
  }

  // --- commits --------------------------------------------------------------------------------------------------

  /** Commits all chunks in order, entering unnamed values where it would wait for one. */
  async #commitAll(): Promise<void> {
    this.#linked = this.#chunks.length;
    let committed = 0;
    let entered = 0;
    const queue = new LinkQueue(() => {
      if (entered === committed) return false;
      if (this.#chunks.status(entered) === ChunkStatus.EMITTED)
        this.#committer.commitUavs(entered, this.#records.wordsOf(entered));
      entered++;
      const { uavs, lazies } = this.#committer;
      Atomics.store(this.#control, Control.CONSTANTS_TOTAL, uavs.length - lazies);
      return true;
    });
    const end = this.#log.begin("commit");
    const commit = (chunk: number): void => {
      if (this.#chunks.status(chunk) === ChunkStatus.EMITTED) {
        this.#committer.commit(chunk, this.#records.wordsOf(chunk), this.#records.scopeOf(chunk));
      }
      Atomics.store(this.#control, Control.DECLARATIONS, this.#committer.declarations);
      committed++;
    };
    // Loading a source, the first stage, is finding out which parts of it the second stage has to wait for: those that
    // were added together, and parts that took the place of some of them since, which come later.
    const length = this.#chunks.length;
    for (let first = 0; first < length; ) {
      const source = this.#chunks.get(first, Chunk.SOURCE);
      let end = first;
      while (end < length && this.#chunks.get(end, Chunk.SOURCE) === source) end++;
      const [from, to] = [first, end];
      queue.addPrelink(() => {
        for (let chunk = from; chunk < to; chunk++) {
          const ready = (): boolean => this.#chunks.isFinished(chunk);
          queue.addLink({ ready, wait: () => this.#chunks.changed(chunk), run: () => commit(chunk) });
        }
      });
      first = end;
    }
    const waited = await queue.run();
    end({ waited });
  }

  #duplicates(): Diagnostic[] {
    const explainer = this.#explainer();
    return this.#committer.duplicates.map((duplicate) => explainer.duplicate(duplicate));
  }

  // --- names ----------------------------------------------------------------------------------------------------

  #defineGlobals(): Globals | undefined {
    const globals = new Globals(this.#committer, this.#symbols, this.#names, this.#records);
    this.#log.serial("exports", () => {
      globals.defineExports();
      if (this.#mode !== "object") globals.defineLinkerSymbols(this.#mode === "pie");
    });
    const explainer = this.#explainer();
    for (const bad of globals.problems) this.#diagnostics.push(explainer.badExport(bad));
    return globals.problems.length === 0 ? globals : undefined;
  }

  /** Resolves all references; false when some cannot be. */
  async #resolve(): Promise<boolean> {
    const scopes = this.#sources.map((source) => source.scope);
    const options = { scopes, final: this.#mode !== "object" };
    const report = await this.#run({ kind: "resolve", options });
    this.#diagnostics.push(...this.#explainer().unresolved(report.unresolved));
    for (const blamed of report.blamed) this.#diagnostics.push(locateBlamed(blamed, this.#sources));
    return this.#diagnostics.length === 0;
  }

  // --- layout and contents --------------------------------------------------------------------------------------

  async #build(globals: Globals): Promise<Layout | undefined> {
    const endLayout = this.#log.begin("layout");
    const entry = this.#entry(globals);
    if (entry === undefined) return undefined;
    for (let uav = 0; uav < this.#committer.uavs.length; uav++) this.#committer.placeUav(uav);
    this.#dense?.settle(this.#image, this.#committer.sectionNodes);
    Atomics.store(this.#control, Control.CONSTANTS_TOTAL, this.#committer.placedUavs - this.#committer.placedLazies);
    Atomics.store(this.#control, Control.CONSTANTS_DONE, this.#committer.placedUavs - this.#committer.placedLazies);
    const { listed, locals } = globals.assignSlots(this.#mode !== "object");
    const layout = this.#layOut(listed.length, locals);
    globals.setLinkerValues(layout);
    const misplaced = this.#misplaced(layout);
    if (misplaced !== undefined) {
      this.#diagnostics.push(misplaced);
      return undefined;
    }
    const plan = makePlan(this.#header, layout, this.#mode);
    this.#image.written(ROOT);
    endLayout();

    const synthetics = this.#committer.placedLazies + listed.length + layout.placed.length;
    this.#announce(synthetics);
    const applying = this.#run({ kind: "apply", plan });
    this.#log.serial("headers", () =>
      finishImage({
        image: this.#image,
        layout,
        plan,
        header: this.#header,
        symbols: this.#symbols,
        records: this.#records,
        listed,
        entry,
        textGaps: this.#dense?.textGaps ?? [],
      }),
    );
    Atomics.store(this.#control, Control.SYNTHETICS_DONE, synthetics);
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
    if (entry !== undefined) return this.#symbols.get(entry, SymField.ALIAS);
    const names = globals.exported.slice(0, 6).map((symbol) => this.#records.nameOf(symbol));
    this.#diagnostics.push(noEntry(this.#header.entry, names));
    return undefined;
  }

  /** What makes the addresses of the layout impossible, if something does. */
  #misplaced(layout: Layout): Diagnostic | undefined {
    const { imageBase } = this.#header;
    const span = Math.max(...layout.address.map((address, section) => address + layout.size[section]!));
    if (span > SPAN_LIMIT) return imageTooLarge(span, SPAN_LIMIT);
    if (imageBase + span > ADDRESS_LIMIT) return imageBeyondAddresses(imageBase, span);
    const align = layout.phdrs.reduce((largest, phdr) => Math.max(largest, phdr.align), 1);
    return imageBase % align === 0 ? undefined : baseMisaligned(imageBase, align);
  }

  #layOut(globals: number, locals: number): Layout {
    const sectionNodes = this.#committer.sectionNodes;
    const dynamic = this.#mode === "pie" ? countDynamic(this.#buffers(), this.#chunks) : 0;
    if (this.#mode === "pie") {
      sectionNodes[Section.DYNAMIC] = this.#image.addRoot({
        size: DYNAMIC_BYTES,
        alignLog2: 3,
        kind: NodeKind.SECTION,
        owner: Section.DYNAMIC,
      });
    }
    const rela = this.#mode === "object" ? countRela(this.#buffers(), this.#chunks) : undefined;
    if (this.#growing) {
      const layout = new GrowingLayout(this.#image, this.#header, this.#mode, sectionNodes);
      const sizes = {
        symbols: this.#committer.locals + globals,
        locals,
        stringBytes: this.#committer.stringBytes,
        rela: rela ?? [dynamic],
      };
      layout.begin(sizes);
      layout.refresh(sizes, () => {});
      return layout;
    }
    return new DenseLayout(this.#image, {
      header: this.#header,
      sectionNodes,
      readOnly: this.#mode === "pie" ? dynamicSections(dynamic) : [],
      unloaded:
        rela === undefined
          ? [UNLOADED_SECTIONS.comment]
          : [...relaSections(rela), UNLOADED_SECTIONS.comment, UNLOADED_SECTIONS.stack],
      symbols: this.#committer.locals + globals,
      locals,
      stringBytes: this.#committer.stringBytes,
    });
  }

  // --- shared ---------------------------------------------------------------------------------------------------

  async #run(work: LinkWork): Promise<ShiftReport> {
    const end = this.#log.begin(work.kind, "parallel", { items: this.#chunks.length });
    const buffers = this.#buffers();
    const report = await this.#pool.run({
      work,
      first: 0,
      limit: this.#chunks.length,
      emission: buffers,
      link: buffers,
    });
    end();
    this.#log.add(report.phases);
    return report;
  }

  #buffers(): LinkBuffers {
    return {
      control: this.#control.buffer,
      chunks: this.#chunks.buffer,
      chunkCount: this.#chunks.length,
      arenas: this.#arenas,
      names: this.#names.buffer,
      symbols: this.#symbols.buffer,
      nodes: this.#image.nodes.buffer,
      image: this.#image.bytes.buffer,
    };
  }

  /** The node tree: the file, then the sections that take memory only. Checks the tree first. */
  #dump(): string {
    verifyImage(this.#image);
    const { nodes } = this.#image;
    const label = (node: number): string => {
      const owner = nodes.owner(node);
      if (nodes.kind(node) === NodeKind.SECTION) return owner === -1 ? "" : SECTIONS[owner]!.name;
      if (nodes.kind(node) === NodeKind.SEGMENT) return ["R", "RX", "RW"][owner]!;
      return nodes.kind(node) === NodeKind.NAV ? this.#records.nameOf(owner) : "";
    };
    const memory = [...this.#committer.sectionNodes].filter((node, section) => node !== -1 && isNobits(section));
    return [ROOT, ...memory].map((root) => dumpImage(this.#image, root, { label })).join("");
  }

  #explainer(): Explainer {
    return new Explainer(this.#records, this.#chunks, this.#symbols, this.#sources);
  }

  /** Sets the totals of what is to come: things the linker makes itself, and relocations. */
  #announce(synthetics: number): void {
    Atomics.store(this.#control, Control.SYNTHETICS_DONE, 0);
    Atomics.store(this.#control, Control.SYNTHETICS_TOTAL, synthetics);
    Atomics.store(this.#control, Control.RELOCATIONS_DONE, 0);
    Atomics.store(this.#control, Control.RELOCATIONS_TOTAL, this.#relocations());
  }

  #relocations(): number {
    let relocations = 0;
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) relocations += this.#chunks.get(chunk, Chunk.RELOC_COUNT);
    return relocations;
  }

  #counts(): LinkCounts {
    return {
      declarations: this.#committer.declarations,
      symbols: this.#symbols.length,
      constants: this.#committer.placedUavs - this.#committer.placedLazies,
      lazySymbols: this.#committer.placedLazies,
      relocations: this.#relocations(),
      chunks: this.#chunks.length,
      bytes: this.#image.nodes.size(ROOT),
    };
  }
}

function filesByScope(sources: readonly Source[]): (string | undefined)[] {
  const files: (string | undefined)[] = [];
  for (const source of sources) if (source.kind === "file") files[source.scope] = source.path;
  return files;
}
