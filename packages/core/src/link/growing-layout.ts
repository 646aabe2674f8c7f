/**
 * The layout of a session that is updated: every section has room in the file and addresses in reserve, so that a change
 * in one moves no other.
 *
 * The file of an executable:
 *   ELF header, room for PROGRAM_HEADERS program headers, and in a PIE .hash .dynsym .dynstr      one segment, R
 *   .rela.dyn, .rodata, .text, .tdata, .data.rel.ro, .dynamic, .data     a segment each, at the start of a page
 *   .comment .symtab .strtab .shstrtab, section headers
 *
 * All sections that this kind of output can have are there from the start, empty or not: the index of a section, which
 * every symbol holds, never changes. A section that outgrows its room moves within the file and keeps its addresses. What
 * thread-local sections take is part of the program's meaning (offsets count back from the end of the block); they have
 * no slack, and a change of their size applies the relocations against them again.
 */

import { ehdrSize } from "../elf/ehdr.js";
import { ELF64_LE } from "../elf/format.js";
import { phdrSize } from "../elf/phdr.js";
import { relaSize } from "../elf/rela.js";
import { shdrSize } from "../elf/shdr.js";
import { symSize } from "../elf/sym.js";
import { AddressSpace, type SavedAddresses } from "../image/address-space.js";
import { type MappedFile, ROOT } from "../image/mapped-file.js";
import { alignDown, alignUp, NONE, NodeKind } from "../image/node-table.js";
import type { Header } from "../manifest/header.js";
import type { ApplyPlan } from "./apply.js";
import { DYNAMIC_BYTES, dynamicSections } from "./dynamic.js";
import { extraSections, programHeaders, relaName, sectionHeaders } from "./growing-headers.js";
import { pagesFor, roomFor } from "./growing-room.js";
import { Layout } from "./layout.js";
import { NeedsFullLink } from "./needs-full-link.js";
import { UNLOADED_SECTIONS } from "./relocatable.js";
import { isNobits, SECTION_COUNT, SECTIONS, Section, SegmentKind } from "./sections.js";

const FORMAT = ELF64_LE;
const PAGE = 4096;
const PAGE_LOG2 = 12;
const PROGRAM_HEADERS = 16;
const RELA_BYTES = relaSize(FORMAT);

/** Entries and bytes of the tables that grow with the program. */
export interface TableSizes {
  readonly symbols: number;
  readonly locals: number;
  readonly stringBytes: number;
  /** Relocations left in the output: of .rela.dyn at index 0; of a relocatable file by section. */
  readonly rela: ArrayLike<number>;
}

/** What a session on disk keeps of the layout. */
export interface SavedLayout {
  readonly sectionNodes: readonly number[];
  readonly alignLog2: readonly number[];
  readonly tables: Readonly<Record<string, number>>;
  readonly ehdrNode: number;
  readonly phdrNode: number;
  readonly shdrNode: number;
  readonly addresses: SavedAddresses;
  readonly firstWaste: number;
}

export class GrowingLayout extends Layout {
  /** By section; all of them that this output can have. */
  readonly sectionNodes: Int32Array;
  /** By section: log2 of the largest alignment of what is in it. */
  readonly alignLog2: Uint8Array;
  readonly image: MappedFile;
  readonly header: Header;
  readonly mode: ApplyPlan["mode"];
  readonly #addresses: AddressSpace;
  /** Nodes of the linker's own sections by name. */
  readonly #tables: Map<string, number>;
  /** Node of the segment that holds the headers. */
  head: number = NONE;
  /** What `makePlan` made of it, and with which entry its headers were written, if that is done; until something changes. */
  plan: ApplyPlan | undefined;
  writtenEntry: number | undefined;
  /** `wasteOf` when all was placed: gaps that alignment makes. */
  firstWaste: number;
  #known: readonly number[] = [];

  /** `origin`: the roots of the sections that have something in them, -1 for others; or what was saved. */
  constructor(image: MappedFile, header: Header, mode: ApplyPlan["mode"], origin: Int32Array | SavedLayout) {
    super();
    this.image = image;
    this.header = header;
    this.mode = mode;
    if (origin instanceof Int32Array) {
      this.sectionNodes = origin;
      this.alignLog2 = new Uint8Array(SECTION_COUNT);
      this.#addresses = new AddressSpace();
      this.#tables = new Map();
      this.firstWaste = 0;
    } else {
      this.sectionNodes = Int32Array.from(origin.sectionNodes);
      this.alignLog2 = Uint8Array.from(origin.alignLog2);
      this.#addresses = new AddressSpace(origin.addresses);
      this.#tables = new Map(Object.entries(origin.tables));
      this.firstWaste = origin.firstWaste;
      this.ehdrNode = origin.ehdrNode;
      this.phdrNode = origin.phdrNode;
      this.shdrNode = origin.shdrNode;
      this.head = image.nodes.parent(this.ehdrNode);
    }
  }

  get state(): SavedLayout {
    return {
      sectionNodes: [...this.sectionNodes],
      alignLog2: [...this.alignLog2],
      tables: Object.fromEntries(this.#tables),
      ehdrNode: this.ehdrNode,
      phdrNode: this.phdrNode,
      shdrNode: this.shdrNode,
      addresses: this.#addresses.state,
      firstWaste: this.firstWaste,
    };
  }

  /** Whether there is something in a section, be it of no size. The dynamic section of a PIE is never empty. */
  present(section: number): boolean {
    const root = this.sectionNodes[section]!;
    return this.size[section]! > 0 || (root !== NONE && this.image.nodes.last(root) !== NONE);
  }

  /** Notes that something aligned so is in a section. */
  raise(section: number, alignLog2: number): void {
    if (alignLog2 > this.alignLog2[section]!) this.alignLog2[section] = alignLog2;
  }

  /** Whether the linker's own section of that name has a node yet. */
  hasTable(name: string): boolean {
    return this.#tables.has(name);
  }

  /** Address of a node that has some reserved, from the image base. */
  addressOf(node: number): number {
    return this.#addresses.address(node);
  }

  /** The node of .symtab, .strtab, .rela.dyn or another of the linker's own sections. */
  table(name: string): number {
    return this.#tables.get(name)!;
  }

  // --- the first time -------------------------------------------------------------------------------------------

  /** Gives everything its node in the file, with room. To be followed by `refresh`. */
  begin(sizes: TableSizes): void {
    const image = this.image;
    if (this.mode === "object") {
      this.ehdrNode = image.addHeader(ROOT, { size: ehdrSize(FORMAT), alignLog2: 3, kind: NodeKind.EHDR });
    } else this.#beginExecutable();
    if (this.mode === "pie") this.#addTable(".rela.dyn", roomFor(sizes.rela[0]! * RELA_BYTES), PAGE_LOG2);
    for (const section of this.sections()) {
      const root = this.sectionNodes[section]!;
      if (root !== NONE) this.raise(section, image.nodes.alignLog2(root));
    }
    for (const section of this.sections()) this.#beginSection(section);
    if (this.mode === "object")
      for (const section of this.sections())
        if (!isNobits(section)) this.#addTable(relaName(section), roomFor(sizes.rela[section]! * RELA_BYTES), 3);
    this.#addTable(".comment", UNLOADED_SECTIONS.comment.size, 0);
    if (this.mode === "object") this.#addTable(".note.GNU-stack", 0, 0);
    this.#addTable(".symtab", roomFor(sizes.symbols * symSize(FORMAT)), 3);
    this.#addTable(".strtab", roomFor(sizes.stringBytes), 0);
    const names = [...extraSections(this, sizes), ...this.sections().map((at) => SECTIONS[at]!)].map(
      ({ name }) => name,
    );
    this.#addTable(
      ".shstrtab",
      names.reduce((bytes, name) => bytes + name.length + 1, 1),
      0,
    );
    this.shdrNode = image.append(ROOT, (names.length + 1) * shdrSize(FORMAT), 3, NodeKind.SHDR, 0);
    if (this.mode !== "object") this.#reserveAddresses();
  }

  #beginExecutable(): void {
    const image = this.image;
    this.head = image.addHeader(ROOT, { size: 0, alignLog2: PAGE_LOG2, kind: NodeKind.SEGMENT, owner: SegmentKind.R });
    const phdrBytes = PROGRAM_HEADERS * phdrSize(FORMAT);
    this.ehdrNode = image.addHeader(this.head, { size: ehdrSize(FORMAT), alignLog2: 3, kind: NodeKind.EHDR });
    this.phdrNode = image.addHeader(this.head, { size: phdrBytes, alignLog2: 3, kind: NodeKind.PHDR });
    if (this.mode !== "pie") return;
    for (const { name, size, alignLog2 } of dynamicSections(0)) {
      const node = image.addHeader(this.head, { size, alignLog2, kind: NodeKind.SECTION, owner: -1 });
      this.#tables.set(name, node);
    }
  }

  #beginSection(section: number): void {
    const image = this.image;
    const { nodes } = image;
    if (this.sectionNodes[section] === NONE)
      this.sectionNodes[section] = image.addRoot({ size: 0, alignLog2: 0, kind: NodeKind.SECTION, owner: section });
    const root = this.sectionNodes[section]!;
    if (isNobits(section)) return;
    const used = this.#used(section);
    const align = Math.max(PAGE_LOG2, this.alignOf(section));
    if (this.mode !== "object" && nodes.alignLog2(root) < align) image.realign(root, align);
    image.resize(root, this.mode === "object" ? roomFor(used) : pagesFor(used));
    image.attach(ROOT, root);
  }

  #addTable(name: string, size: number, alignLog2: number): void {
    this.#tables.set(name, this.image.append(ROOT, size, alignLog2, NodeKind.SECTION, -1));
  }

  /** Addresses in the order of the sections, each with as much again and more in reserve, as far as 32 bits allow. */
  #reserveAddresses(): void {
    const { nodes } = this.image;
    const sections = this.sections().filter((section) => section !== Section.TBSS);
    const taken = sections.reduce((bytes, section) => bytes + nodes.size(this.sectionNodes[section]!), 0);
    // Most code reaches 2 GiB far at most.
    const spare = Math.max(0, REACH - taken) / Math.max(1, taken + sections.length * RESERVE);
    const share = Math.min(1, spare);
    const reserve = (node: number, alignLog2: number): void => {
      const size = nodes.size(node);
      const room = size + alignUp(Math.floor((size + RESERVE) * share), PAGE_LOG2);
      this.#addresses.reserve(node, 0, Math.max(PAGE, 2 ** alignLog2), room);
    };
    reserve(this.head, 0);
    if (this.mode === "pie") reserve(this.table(".rela.dyn"), 0);
    for (const section of sections) reserve(this.sectionNodes[section]!, this.alignOf(section));
  }

  // --- every time -----------------------------------------------------------------------------------------------

  /**
   * Brings everything up to date with the nodes and `sizes`. Where an address changed or a thread-local offset, all that
   * is in the sections that `moved` is called with has moved. Throws NeedsFullLink where there is no room left.
   */
  refresh(sizes: TableSizes, moved: (section: number) => void): void {
    this.#growTables(sizes);
    for (const section of this.sections()) this.size[section] = this.#used(section);
    if (this.mode === "object") this.#refreshObject();
    else this.#refreshAddresses(moved);
    const facts = this.#facts(sizes);
    if (facts.length === this.#known.length && facts.every((fact, index) => fact === this.#known[index])) return;
    this.#known = facts;
    this.plan = undefined;
    this.writtenEntry = undefined;
    this.placed = sectionHeaders(this, sizes);
    if (this.mode !== "object") this.phdrs = programHeaders(this, sizes);
  }

  /** All that headers and plan are made of. */
  #facts(sizes: TableSizes): number[] {
    const { image } = this;
    const headSize = this.head === NONE ? 0 : image.nodes.size(this.head);
    const facts = [sizes.symbols, sizes.locals, sizes.stringBytes, sizes.rela[0]!, headSize, this.tlsSize];
    for (const section of this.sections())
      facts.push(
        sizes.rela[section]!,
        this.address[section]!,
        this.fileOffset[section]!,
        this.size[section]!,
        this.alignLog2[section]!,
        this.tlsOffset[section]!,
        this.present(section) ? 1 : 0,
      );
    for (const node of this.#tables.values()) facts.push(image.fileOffset(node), image.nodes.size(node));
    for (const node of [this.ehdrNode, this.phdrNode, this.shdrNode])
      if (node !== NONE) facts.push(image.fileOffset(node));
    return facts;
  }

  #growTables(sizes: TableSizes): void {
    this.#growTable(".symtab", sizes.symbols * symSize(FORMAT));
    this.#growTable(".strtab", sizes.stringBytes);
    if (this.mode === "pie") this.#growTable(".rela.dyn", sizes.rela[0]! * RELA_BYTES);
    if (this.mode === "object")
      for (const section of this.sections())
        if (!isNobits(section)) this.#growTable(relaName(section), sizes.rela[section]! * RELA_BYTES);
  }

  #growTable(name: string, size: number): void {
    const node = this.table(name);
    if (this.image.nodes.size(node) < size) this.image.resize(node, roomFor(size));
  }

  #refreshObject(): void {
    for (const section of this.sections()) {
      const root = this.sectionNodes[section]!;
      this.fileOffset[section] = isNobits(section) ? ehdrSize(FORMAT) : this.image.fileOffset(root);
    }
  }

  #refreshAddresses(moved: (section: number) => void): void {
    const image = this.image;
    const tls = [...this.tlsOffset, this.tlsSize];
    for (const section of this.sections()) {
      const root = this.sectionNodes[section]!;
      const align = this.alignOf(section);
      let address: number;
      if (section === Section.TBSS) {
        const tdataEnd = this.address[Section.TDATA]! + this.size[Section.TDATA]!;
        address = alignUp(tdataEnd, align);
        this.fileOffset[section] = this.fileOffset[Section.TDATA]! + address - this.address[Section.TDATA]!;
      } else {
        address = this.#addresses.address(root);
        this.#checkRoom(SECTIONS[section]!.name, root, this.size[section]!, align);
        this.fileOffset[section] = isNobits(section)
          ? alignDown(image.nodes.size(ROOT), Math.max(align, PAGE_LOG2))
          : image.fileOffset(root);
      }
      if (this.address[section] !== address) {
        this.address[section] = address;
        moved(section);
      }
    }
    if (this.mode === "pie") {
      const rela = this.table(".rela.dyn");
      this.#checkRoom(".rela.dyn", rela, image.nodes.size(rela), 3);
    }
    this.#layOutTls();
    if (tls.some((value, index) => value !== (index < SECTION_COUNT ? this.tlsOffset[index] : this.tlsSize))) {
      moved(Section.TDATA);
      moved(Section.TBSS);
    }
  }

  #checkRoom(name: string, node: number, size: number, alignLog2: number): void {
    const address = this.#addresses.address(node);
    if (address % 2 ** alignLog2 !== 0) throw new NeedsFullLink(`${name} is to be aligned more than its addresses are`);
    if (!this.#addresses.holds(node, size)) throw new NeedsFullLink(`${name} has outgrown the addresses it reserved`);
    this.#addresses.extend(node, size);
  }

  #layOutTls(): void {
    let end = 0;
    let alignLog2 = 0;
    for (const section of [Section.TDATA, Section.TBSS]) {
      if (!this.present(section)) continue;
      alignLog2 = Math.max(alignLog2, this.alignLog2[section]!);
      this.tlsOffset[section] = alignUp(end, this.alignLog2[section]!);
      end = this.tlsOffset[section]! + this.size[section]!;
    }
    this.tlsSize = alignUp(end, alignLog2);
  }

  /** The sections that atoms can be in, in the order of the file. */
  sections(): number[] {
    const sections: number[] = [];
    for (let section = 1; section < SECTION_COUNT; section++) {
      if (section === Section.DATA_REL_RO && this.mode === "static") continue;
      if (section === Section.DYNAMIC && this.mode !== "pie") continue;
      sections.push(section);
    }
    return sections;
  }

  /** The block of thread-local storage is aligned as .tbss asks, too. */
  alignOf(section: number): number {
    const own = this.alignLog2[section]!;
    return section === Section.TDATA ? Math.max(own, this.alignLog2[Section.TBSS]!) : own;
  }

  /** Bytes that are taken: up to the end of the last child. */
  #used(section: number): number {
    if (section === Section.DYNAMIC) return DYNAMIC_BYTES;
    const last = this.image.nodes.last(this.sectionNodes[section]!);
    return last === NONE ? 0 : this.image.nodes.end(last);
  }
}

/** Addresses that every section has in reserve, besides as much again as it takes. */
const RESERVE = 2 ** 26;
/** What all sections and their reserves take at most, where that is possible. */
const REACH = 1.75 * 2 ** 30;
