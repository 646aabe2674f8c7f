/**
 * A full link of relocatable objects, step by step: load, choose sections, scan relocations, lay out, write. Everything
 * is a function of the inputs and their order; each step needs those before it.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import {
  badUnwindTable,
  noEntrySymbol,
  outputTooLarge,
  tooMany,
  undefinedInDefinition,
} from "../diagnostics/objects.js";
import { malformedProperties } from "../diagnostics/sections.js";
import { SHF, SHN, SHT } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { REGION_LIMIT } from "../memory/shared-region.js";
import { Addresses } from "./addresses.js";
import { BUILD_ID_OFFSET, buildIdNote, computeBuildId } from "./build-id.js";
import { Comdat } from "./comdat.js";
import { EhFrame } from "./eh-frame.js";
import { ehFrameHdrWithoutTable, makeEhFrameHdr } from "./eh-frame-hdr.js";
import { explainFaults, explainMissing, explainWarnings } from "./explain.js";
import { Globals, Mark, State } from "./globals.js";
import { mergeGnuProperties } from "./gnu-property.js";
import { nameTable, SHDR_BYTES, writeHeaders } from "./headers.js";
import { InputBytes } from "./input-bytes.js";
import { LinkerNames } from "./linker-names.js";
import { Liveness } from "./liveness.js";
import { Loader } from "./loader.js";
import { MadeSections } from "./made-sections.js";
import { ObjectTable, SH, ST, sectionIndex } from "./object-table.js";
import type { InputFile, ObjectLinkOptions } from "./options.js";
import { type OutputSection, OutputSections } from "./output-sections.js";
import { type Placement, place } from "./place.js";
import { type RelocationPlace, Relocator } from "./relocate.js";
import { leaveRoom } from "./room.js";
import { Scan } from "./scan.js";
import { type SymbolContext, SymbolTable } from "./symtab.js";

const DEFAULT_BASE = 0x400000;
/** Images of more bytes may be larger than direct addressing reaches. */
const FAR = 2 ** 30;
/** nop: what lies between the pieces of a code section may be run through. */
const NOP = 0x90;
/** Nobody runs through more: what is aligned further apart is zeros, which cost nothing. */
const LONGEST_NOPS = 65536;

export class ObjectLink {
  readonly options: ObjectLinkOptions;
  readonly updatable: boolean;
  readonly table: ObjectTable;
  readonly globals: Globals;
  readonly ehFrame: EhFrame;
  readonly comdat: Comdat;
  readonly liveness: Liveness;
  readonly names: LinkerNames;
  readonly scan: Scan;
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
  #entry = -1;

  /** `updatable`: parts stay apart, and room is left between them, for a session that brings the output up to date. */
  constructor(options: ObjectLinkOptions, updatable = false) {
    this.options = options;
    this.updatable = updatable;
    this.table = new ObjectTable(new InputBytes());
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

  /** Bytes of all that is loaded, before anything has its place. */
  #loadedBytes(): number {
    const { table } = this;
    const { words } = table.input;
    let bytes = 0;
    for (const object of this.objects) {
      const base = table.sectionBase[object]!;
      for (let section = base + 1; section < base + table.shnum[object]!; section++)
        if (table.sectionOutput[section]! >= 0 && words[table.headerOf(section) + SH.FLAGS]! & SHF.ALLOC)
          bytes += table.sizeOf(section);
    }
    return bytes;
  }

  get base(): number {
    return this.options.imageBase ?? (this.options.output === "static-pie" ? 0 : DEFAULT_BASE);
  }

  /** Reads the inputs, and finds out which objects are linked and who defines each name. */
  load(inputs: readonly InputFile[]): void {
    const { options, globals } = this;
    for (const name of options.wraps) globals.wrap(name);
    if (!/^(0x[0-9a-fA-F]+|\d+)$/.test(options.entry)) this.#entry = globals.prefer(options.entry);
    for (const name of options.undefined) globals.require(name);
    this.names.define(options.definitions);
    const loader = new Loader(this.table, globals, this.comdat, this.updatable);
    loader.load(inputs);
    this.objects = loader.linked;
    this.diagnostics.push(...loader.diagnostics);
  }

  /** Chooses the sections that are linked, and the output sections that they are parts of. */
  choose(): void {
    for (const object of this.objects) this.#guard(() => this.liveness.addObject(object));
    if (this.options.gcSections) this.liveness.collect(this.objects, this.#entry);
    this.ehFrame.layout(this.updatable);
    this.outputs = new OutputSections(this.table);
    this.outputs.assign(this.objects, this.ehFrame, this.options.merge && !this.updatable);
    this.names.claim(this.outputs, this.options);
    this.scan.far = this.#loadedBytes() > FAR;
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
    const { outputs, options } = this;
    outputs.measure(this.ehFrame, this.updatable);
    const empty = new Set(outputs.list.filter((section) => section.size === 0 && !section.made));
    for (const section of usedSections(this, empty)) empty.delete(section);
    this.order = outputs.order().filter((section) => !empty.has(section));
    const isPie = options.output === "static-pie";
    this.placement = place(this.order, {
      base: this.base,
      pageSize: options.pageSize,
      separateCode: options.separateCode,
      relro: options.relro,
      pie: isPie,
      executableStack: this.executableStack,
      stackSize: options.stackSize,
    });
    this.addresses = new Addresses(
      this.table,
      this.globals,
      outputs,
      this.ehFrame,
      this.scan.plt,
      this.scan.got.count,
      this.placement,
    );
    this.addresses.settleGlobals();
    this.made.settleCommon();
    for (const name of this.names.settle(outputs, this.order, this.base, this.addresses))
      this.diagnostics.push(undefinedInDefinition(this.globals.names.text(name), this.#definitionOf(name)));
    this.layOutSymbols();
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
  write(): void {
    const sections = this.#unloaded();
    this.sections = sections;
    const names = nameTable(sections);
    const shstrtab = sections.at(-1)!;
    shstrtab.size = names.bytes.length;
    shstrtab.room = names.bytes.length;
    const shoff = Math.ceil((shstrtab.offset + shstrtab.size) / 8) * 8;
    const size = shoff + (sections.length + 1) * SHDR_BYTES;
    if (size > REGION_LIMIT) throw new DiagnosticError(outputTooLarge(size));
    this.image = new Uint8Array(new SharedArrayBuffer(size));
    const { image, options } = this;
    if (options.strip !== "all" && sections.length >= SHN.LORESERVE)
      throw new DiagnosticError(tooMany("sections with symbols", sections.length, SHN.LORESERVE - 1));
    const isPie = options.output === "static-pie";
    const relocator = new Relocator(image, this.table, this.globals, this.addresses, this.scan, isPie);
    for (const section of this.order) this.#writeSection(section, relocator);
    this.#writeFrames(relocator);
    for (const [section, bytes] of this.made.contents(this.addresses, relocator.relative))
      image.set(bytes, section.offset + section.extraOffset);
    this.#writeBuildIdNote();
    const symtab = sections.find(({ name }) => name === ".symtab");
    if (symtab !== undefined) {
      const strtab = sections.find(({ name }) => name === ".strtab")!;
      this.strings = this.symtab.write(image, symtab.offset, strtab.offset, this.symbolContext);
    }
    image.set(names.bytes, shstrtab.offset);
    const gnu = this.scan.plt.count > 0 || this.#hasUnique();
    writeHeaders(image, {
      sections,
      nameOffsets: names.offsets,
      phdrs: this.placement.phdrs,
      entry: this.#entryAddress(),
      pie: isPie,
      gnu,
      shoff,
    });
    this.diagnostics.push(...explainFaults(this, relocator.faults));
    // An image that nobody gets needs no name.
    if (!this.hasErrors) this.#identify();
  }

  /** Bytes of the file: the section headers are last. */
  get fileSize(): number {
    const { offset, size } = this.sections.at(-1)!;
    return Math.ceil((offset + size) / 8) * 8 + (this.sections.length + 1) * SHDR_BYTES;
  }

  get symbolContext(): SymbolContext {
    return { addresses: this.addresses, own: this.names.sections, commonOf: (name) => this.made.commonOf(name) };
  }

  /** Places what is not loaded behind what is; returns all sections, numbered. */
  #unloaded(): OutputSection[] {
    const sections = [...this.order];
    let offset = this.placement.loadedBytes;
    const put = (section: OutputSection): void => {
      offset = Math.ceil(offset / section.align) * section.align;
      section.offset = offset;
      offset += section.type === SHT.NOBITS ? 0 : section.room;
    };
    for (const section of sections) if (!(section.flags & SHF.ALLOC)) put(section);
    if (this.options.strip !== "all") {
      const { count, locals, stringBytes } = this.symtab;
      const symtab = plainSection(".symtab", SHT.SYMTAB, count * 24, 8);
      sections.push(
        Object.assign(symtab, { entsize: 24, link: ".strtab", info: locals }),
        plainSection(".strtab", SHT.STRTAB, stringBytes, 1),
      );
      if (this.updatable) for (const section of sections.slice(-2)) leaveRoom(section);
      put(sections.at(-2)!);
      put(sections.at(-1)!);
    }
    sections.push(plainSection(".shstrtab", SHT.STRTAB, 0, 1));
    put(sections.at(-1)!);
    sections.forEach((section, i) => {
      section.index = i + 1;
    });
    return sections;
  }

  /** Copies the input sections of an output section, and applies their relocations. */
  #writeSection(output: OutputSection, relocator: Relocator): void {
    if (output.type === SHT.NOBITS) return;
    const { table, outputs, image } = this;
    const isCode = (output.flags & SHF.EXECINSTR) !== 0;
    let written = output.offset;
    for (const section of output.sections) {
      if (outputs.poolOf[section] !== -1 || this.ehFrame.has(section)) continue;
      const to = output.offset + table.sectionOffset[section]!;
      if (isCode && to > written && to - written <= LONGEST_NOPS) image.fill(NOP, written, to);
      written = to + this.writeInput(section, output, to, relocator);
    }
    for (const pool of output.pools) pool.merge.write(image, output.offset + pool.offset);
  }

  /** Writes an input section to `to` of the relocator's image; returns its bytes. */
  writeInput(section: number, output: OutputSection, to: number, relocator: Relocator): number {
    const { table } = this;
    const { bytes, words } = table.input;
    const size = table.sizeOf(section);
    const loaded = (output.flags & SHF.ALLOC) !== 0;
    const object = table.sectionObject[section]!;
    if (words[table.headerOf(section) + SH.TYPE] === SHT.NOBITS) {
      relocator.image.fill(0, to, to + size);
      return size;
    }
    const from = table.contentsOf(section);
    relocator.image.set(bytes.subarray(from, from + size), to);
    const rela = table.sectionRela[section]!;
    if (rela === 0) return size;
    const header = table.shdrs[object]! + rela * SH.WORDS;
    const first = (table.base[object]! + (words[header + SH.OFFSET]! >>> 0)) / 4;
    const place: RelocationPlace = {
      object,
      section,
      at: to,
      address: output.address + table.sectionOffset[section]!,
      start: to,
      end: to + size,
      loaded,
      tombstone: tombstoneOf(output.name, loaded),
    };
    const before = relocator.relative.length;
    relocator.apply(place, first, first + (words[header + SH.SIZE]! >>> 0) / 4);
    if (this.outputs.reversed.has(section))
      reverseWords(relocator.image, to, size, relocator.relative, before, place.address);
    return size;
  }

  #writeFrames(relocator: Relocator): void {
    const output = this.outputs.find(".eh_frame");
    if (output === undefined) return;
    for (let record = 0; record < this.ehFrame.count; record++)
      if (this.ehFrame.isWritten(record)) this.writeFrame(record, output, output.offset, relocator);
    const header = this.outputs.find(".eh_frame_hdr");
    if (header === undefined) return;
    const frames = this.image.subarray(output.offset, output.offset + output.size);
    const table = makeEhFrameHdr(frames, output.address, header.address);
    if (table === undefined) this.diagnostics.push(badUnwindTable());
    this.image.set(table ?? ehFrameHdrWithoutTable(output.address, header.address), header.offset);
  }

  /** Writes a record of `.eh_frame`, whose section begins at `at` of the relocator's image. */
  writeFrame(record: number, output: OutputSection, at: number, relocator: Relocator): void {
    const { ehFrame, table } = this;
    const section = ehFrame.section[record]!;
    const base = table.sectionOffset[section]!;
    const to = at + base + ehFrame.output[record]!;
    ehFrame.copy(record, relocator.image, to);
    const shift = base + ehFrame.output[record]! - ehFrame.offset[record]!;
    const object = table.sectionObject[section]!;
    const place = {
      object,
      section,
      at: at + shift,
      address: output.address + shift,
      start: to,
      end: to + ehFrame.size[record]!,
      loaded: true,
      tombstone: 0,
    };
    relocator.apply(place, ehFrame.relaFrom[record]!, ehFrame.relaEnd[record]!);
  }

  #entryAddress(): number {
    if (this.#entry === -1) return Number(this.options.entry);
    const address = this.globals.address[this.#entry]!;
    // Not a number: it is in a section that is not linked.
    if (this.globals.state[this.#entry] !== State.UNDEFINED && !Number.isNaN(address)) return address;
    this.diagnostics.push(noEntrySymbol(this.options.entry));
    return this.outputs.find(".text")?.address ?? 0;
  }

  #hasUnique(): boolean {
    for (let name = 0; name < this.globals.count; name++)
      if (
        this.globals.marks[name]! & Mark.UNIQUE ||
        (this.globals.type[name] === STT.GNU_IFUNC && this.globals.state[name] === State.DEFINED)
      )
        return true;
    return false;
  }

  #writeBuildIdNote(): void {
    const section = this.outputs.find(".note.gnu.build-id");
    if (section === undefined || this.options.buildId === "none") return;
    this.image.set(buildIdNote(this.options.buildId), section.offset + section.extraOffset);
  }

  /** Writes the build id, which is a hash of everything else. */
  #identify(): void {
    const section = this.outputs.find(".note.gnu.build-id");
    if (section === undefined || this.options.buildId === "none") return;
    this.image.set(
      computeBuildId(this.options.buildId, this.image),
      section.offset + section.extraOffset + BUILD_ID_OFFSET,
    );
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

function plainSection(name: string, type: number, size: number, align: number): OutputSection {
  const sections = new Int32Array(0);
  return {
    name,
    type,
    flags: 0,
    align,
    entsize: 0,
    size,
    room: size,
    top: size,
    sections,
    pools: [],
    extra: 0,
    extraAlign: 1,
    extraOffset: 0,
    address: 0,
    offset: 0,
    index: 0,
    made: true,
  };
}

/**
 * What stands for addresses of what is not linked. Debug information of a discarded function is at address 0; lists of
 * ranges end at two zeros, and have 1. Tables of exceptions are looked up by function, and one that is gone is never.
 */
function tombstoneOf(name: string, loaded: boolean): number {
  if (!loaded) return name === ".debug_ranges" || name === ".debug_loc" ? 1 : 0;
  return name === ".gcc_except_table" ? 0 : -1;
}

/** Turns round the order of 8-byte words, and of the run-time relocations from `first` on that are in them. */
function reverseWords(
  image: Uint8Array,
  at: number,
  size: number,
  relative: number[],
  first: number,
  address: number,
): void {
  for (let low = at, high = at + size - 8; low < high; low += 8, high -= 8) {
    const word = image.slice(low, low + 8);
    image.copyWithin(low, high, high + 8);
    image.set(word, high);
  }
  for (let i = first; i < relative.length; i += 2) relative[i] = address + size - 8 - (relative[i]! - address);
}
