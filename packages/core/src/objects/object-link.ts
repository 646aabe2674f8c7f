/**
 * A full link of relocatable objects, step by step: load, choose sections, scan relocations, lay out, write. Everything
 * is a function of the inputs and their order; each step needs those before it.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { undefinedInDefinition } from "../diagnostics/objects.js";
import { malformedProperties } from "../diagnostics/sections.js";
import { STT } from "../elf/sym.js";
import { type Phase, PhaseLog } from "../phases/phase.js";
import { Addresses } from "./addresses.js";
import { Comdat } from "./comdat.js";
import { EhFrame } from "./eh-frame.js";
import { explainMissing, explainWarnings } from "./explain.js";
import { Globals } from "./globals.js";
import { mergeGnuProperties } from "./gnu-property.js";
import { SHDR_BYTES } from "./headers.js";
import { InputBytes } from "./input-bytes.js";
import { LinkerNames } from "./linker-names.js";
import { Liveness } from "./liveness.js";
import { isReadAhead, Loader } from "./loader.js";
import { MadeSections } from "./made-sections.js";
import { ObjectTable, ST, sectionIndex } from "./object-table.js";
import type { InputFile, ObjectLinkOptions } from "./options.js";
import type { OutputSection } from "./output-section.js";
import { OutputSections } from "./output-sections.js";
import { type ObjectSource, ReadAhead, type ReadingThreads } from "./parallel/read-ahead.js";
import type { WritingThreads } from "./parallel/write-parts.js";
import { type Placement, place } from "./place.js";
import type { KeptObjects } from "./resident/kept-objects.js";
import { Scan } from "./scan.js";
import { type SymbolContext, SymbolTable } from "./symtab.js";
import { writeImage } from "./write-image.js";

/** Other threads that take part in a link. */
export interface LinkThreads extends ReadingThreads, WritingThreads {
  /** What they noted of their work since they were last asked. */
  takePhases(): readonly Phase[];
}

/** What a process that stays has from its links before. */
export interface Resident {
  readonly objects: KeptObjects;
  /** Memory for an image of so many bytes: zeros. */
  image(size: number): Uint8Array<SharedArrayBuffer>;
}

/** Objects of C code have a name in about so many bytes; C++ has more of both. */
const BYTES_PER_NAME = 700;
const MOST_EXPECTED = 2 ** 22;

const DEFAULT_BASE = 0x400000;
/** Images of more bytes may be larger than direct addressing reaches. */
const FAR = 2 ** 30;

export class ObjectLink {
  readonly options: ObjectLinkOptions;
  readonly updatable: boolean;
  readonly resident: Resident | undefined;
  readonly table: ObjectTable;
  readonly globals: Globals;
  readonly ehFrame: EhFrame;
  readonly comdat: Comdat;
  readonly liveness: Liveness;
  readonly names: LinkerNames;
  scan: Scan;
  /** Where the time goes. */
  readonly phases: PhaseLog = new PhaseLog();
  readonly diagnostics: Diagnostic[] = [];
  /** Objects that are linked, in order. */
  objects: readonly number[] = [];
  outputs!: OutputSections;
  made!: MadeSections;
  symtab!: SymbolTable;
  /** By entry of .symtab: where its name is in .strtab. */
  strings: Int32Array = new Int32Array(0);
  /** All sections of the output, in order. */
  order: OutputSection[] = [];
  /** ... with those that are not loaded, by their indices less one. */
  sections: readonly OutputSection[] = [];
  addresses!: Addresses;
  placement!: Placement;
  image: Uint8Array<SharedArrayBuffer> = new Uint8Array(new SharedArrayBuffer(0));
  /** The name of the entry; -1: it is an address. */
  entry = -1;

  /** `updatable`: parts stay apart, and room is left between them, for a session that brings the output up to date. */
  constructor(options: ObjectLinkOptions, updatable = false, resident?: Resident) {
    this.options = options;
    this.updatable = updatable;
    this.resident = resident;
    this.table = new ObjectTable(resident?.objects.input ?? new InputBytes());
    this.globals = new Globals(this.table);
    this.comdat = new Comdat(this.table);
    this.ehFrame = new EhFrame(this.table, this.globals);
    this.liveness = new Liveness(this.table, this.globals, this.ehFrame, options);
    this.names = new LinkerNames(this.globals);
    this.scan = new Scan(this.table, this.globals, options.output === "static-pie");
  }

  get hasErrors(): boolean {
    return this.diagnostics.some(({ severity }) => severity === "error");
  }

  get executableStack(): boolean {
    const { executableStack, silent } = this.liveness;
    return this.options.execStack ?? (executableStack || silent.length > 0);
  }

  get base(): number {
    return this.options.imageBase ?? (this.options.output === "static-pie" ? 0 : DEFAULT_BASE);
  }

  /** Reads the inputs, and finds out which objects are linked and who defines each name. */
  load(inputs: readonly InputFile[], threads?: LinkThreads): void {
    const { options, globals } = this;
    for (const name of options.wraps) globals.wrap(name);
    if (!/^(0x[0-9a-fA-F]+|\d+)$/.test(options.entry)) this.entry = globals.prefer(options.entry);
    for (const name of options.undefined) globals.require(name);
    this.names.define(options.definitions);
    const bytes = inputs.reduce((sum, { size = 0 }) => sum + size, 0);
    globals.expect(Math.min(MOST_EXPECTED, bytes / BYTES_PER_NAME));
    const start = performance.now();
    const source = this.#source(inputs, threads);
    const loader = new Loader(this.table, globals, this.comdat, this.updatable, source);
    try {
      loader.load(inputs);
    } finally {
      source?.close();
    }
    this.objects = loader.linked;
    this.diagnostics.push(...loader.diagnostics);
    this.phases.add(loader.phases(start));
  }

  /** Chooses the sections that are linked, and the output sections that they are parts of. */
  choose(): void {
    for (const object of this.objects) this.#guard(() => this.liveness.addObject(object));
    if (this.options.gcSections) this.liveness.collect(this.objects, this.entry);
    this.ehFrame.layout(this.updatable);
    this.outputs = new OutputSections(this.table);
    this.outputs.assign(this.objects, this.ehFrame, this.options.merge && !this.updatable);
    this.names.claim(this.outputs, this.options);
    this.scan.far = this.outputs.loadedBytes > FAR;
    for (const object of this.objects) this.scan.addObject(object, this.outputs.list);
    const { bytes, malformed } = mergeGnuProperties(this.liveness.properties);
    for (const index of malformed)
      this.diagnostics.push(malformedProperties({ ...this.table.labels[this.objects[index]!]! }));
    this.made = new MadeSections(this.table, this.globals, this.outputs, this.options, this.scan);
    this.made.make(this.ehFrame, bytes, this.updatable);
    this.diagnostics.push(...explainMissing(this), ...explainWarnings(this));
  }

  /** Gives everything its place in the file and its address. */
  layOut(): void {
    const { outputs } = this;
    outputs.measure(this.ehFrame, this.updatable);
    const empty = new Set(outputs.list.filter((section) => section.size === 0 && !section.made));
    for (const section of usedSections(this, empty)) empty.delete(section);
    this.order = outputs.order().filter((section) => !empty.has(section));
    this.placeSections();
    this.addressSections();
    this.addresses.settleGlobals();
    this.made.common.settle();
    for (const name of this.names.settle(outputs, this.order, this.base, this.addresses))
      this.diagnostics.push(undefinedInDefinition(this.globals.names.text(name), this.#definitionOf(name)));
    this.layOutSymbols();
  }

  /** Gives the loaded ones of `order` their places, by their sizes. */
  placeSections(): void {
    const { pageSize, separateCode, relro, output, stackSize } = this.options;
    const { base, executableStack } = this;
    const pie = output === "static-pie";
    this.placement = place(this.order, { base, pageSize, separateCode, relro, pie, executableStack, stackSize });
  }

  /** Finds the addresses of all that is in the sections, where these are now. */
  addressSections(): void {
    const { table, globals, outputs, ehFrame, scan, placement } = this;
    this.addresses = new Addresses(table, globals, outputs, ehFrame, scan.plt, scan.got.count, placement);
  }

  /** Chooses the entries of .symtab. */
  layOutSymbols(): void {
    this.symtab = new SymbolTable(this.table, this.globals, this.outputs, this.options);
    if (this.options.strip !== "all") this.symtab.choose(this.objects, this.names.sections.keys());
  }

  #definitionOf(name: number): string {
    const text = this.globals.names.text(name);
    return this.options.definitions.find((definition) => definition.name === text)?.symbol ?? "";
  }

  /** Writes the image. */
  write(threads?: LinkThreads): void {
    writeImage(this, threads);
  }

  /** Bytes of the file: the section headers are last. */
  get fileSize(): number {
    const { offset, size } = this.sections.at(-1)!;
    return Math.ceil((offset + size) / 8) * 8 + (this.sections.length + 1) * SHDR_BYTES;
  }

  get symbolContext(): SymbolContext {
    return {
      addresses: this.addresses,
      own: this.names.sections,
      commonOf: (name) => this.made.common.sectionOf(name),
    };
  }

  /** What reads objects before their turn has come; undefined where that is not worth it. */
  #source(inputs: readonly InputFile[], threads: LinkThreads | undefined): ObjectSource | undefined {
    const files = inputs.filter(isReadAhead).map(({ path }) => path);
    if (this.resident !== undefined) return this.resident.objects.source(files, threads);
    if (threads === undefined || files.length === 0) return undefined;
    return new ReadAhead(files, this.table.input, this.updatable, threads);
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (!(cause instanceof DiagnosticError)) throw cause;
      this.diagnostics.push(...cause.diagnostics);
    }
  }
}

/** Those of `sections`, which are empty, that symbols stand in. */
function usedSections(
  { table, objects, outputs }: ObjectLink,
  sections: ReadonlySet<OutputSection>,
): Set<OutputSection> {
  const used = new Set<OutputSection>();
  const { words } = table.input;
  if (sections.size === 0) return used;
  for (const object of objects) {
    const base = table.sectionBase[object]!;
    for (let index = 1; index < table.symbolCount[object]!; index++) {
      if ((words[table.symtab[object]! + index * ST.WORDS + ST.INFO]! & 15) === STT.SECTION) continue;
      const section = sectionIndex(table.shndxOf(object, index));
      const output = section === -1 ? undefined : outputs.list[table.sectionOutput[base + section]!];
      if (output !== undefined && sections.has(output)) used.add(output);
    }
  }
  return used;
}
