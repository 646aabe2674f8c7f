/**
 * Gives every section its place in the file and its address, and writes what follows from that alone: the ELF header,
 * program headers and section headers.
 *
 * The file of an executable:                            A relocatable file:
 *   segment R    ELF header, program headers,             ELF header, sections with contents,
 *                .rela.dyn .dynsym .dynstr .hash .rodata  a .rela section for each that has relocations,
 *   segment RX   .text                                    .note.GNU-stack, and the last four as beside
 *   segment RW   .tdata .data.rel.ro .dynamic .data
 *   .comment .symtab .strtab .shstrtab, section headers
 *
 * Segments follow each other in the file without gaps; their addresses are reserved apart from that, a page further on
 * and congruent to the file offset, so that the page which holds the end of one and the start of the next is mapped
 * twice, with the permissions of each (System V ABI, "Program Loading"). `.tbss` and `.bss` take addresses only.
 */

import { ehdrSize } from "../elf/ehdr.js";
import { ELF64_LE } from "../elf/format.js";
import { PF, PT, phdrSize } from "../elf/phdr.js";
import { SHF, SHT, shdrSize } from "../elf/shdr.js";
import { symSize } from "../elf/sym.js";
import { AddressSpace } from "../image/address-space.js";
import { type MappedFile, ROOT } from "../image/mapped-file.js";
import { alignUp, NodeKind } from "../image/node-table.js";
import type { Header } from "../manifest/header.js";
import { type ExtraSection, Layout } from "./layout.js";
import { isNobits, SECTION_COUNT, SECTIONS, Section, SegmentKind } from "./sections.js";

const FORMAT = ELF64_LE;
const PAGE = 4096;
const SEGMENT_FLAGS = [PF.R, PF.R | PF.X, PF.R | PF.W];

export interface LayoutInput {
  readonly header: Header;
  /** By section, -1 where a section is empty. */
  readonly sectionNodes: Int32Array;
  /** Linker-made sections of segment R, before .rodata. */
  readonly readOnly: readonly ExtraSection[];
  /** Linker-made sections that are not loaded, before the symbol table. */
  readonly unloaded: readonly ExtraSection[];
  /** Entries of .symtab, the null symbol included; how many of them are local; bytes of .strtab. */
  readonly symbols: number;
  readonly locals: number;
  readonly stringBytes: number;
}

export class DenseLayout extends Layout {
  readonly #addresses = new AddressSpace();
  readonly #image: MappedFile;
  readonly #input: LayoutInput;

  constructor(image: MappedFile, input: LayoutInput) {
    super();
    this.#image = image;
    this.#input = input;
    if (input.header.output === "obj") this.#layOutObject();
    else this.#layOutExecutable();
  }

  present(section: number): boolean {
    return this.#input.sectionNodes[section]! !== -1;
  }

  // --- executables ----------------------------------------------------------------------------------------------

  #layOutExecutable(): void {
    const image = this.#image;
    const { header, sectionNodes } = this.#input;
    this.#alignTls();
    const segmentOf = [SegmentKind.R, SegmentKind.RX, SegmentKind.RW].map((segment) => this.#sectionsOf(segment));
    const hasDynamic = this.present(Section.DYNAMIC);
    const hasTls = this.present(Section.TDATA) || this.present(Section.TBSS);
    const loads = segmentOf.filter((sections, segment) => segment === SegmentKind.R || sections.length > 0).length;
    const phnum = 2 + loads + (hasDynamic ? 1 : 0) + (hasTls ? 1 : 0);

    // The segment that holds the ELF header stands at the start of the file and never moves.
    const nodes = segmentOf.map((sections, segment) => {
      if (segment === SegmentKind.R)
        return image.addHeader(ROOT, { size: 0, alignLog2: 4, kind: NodeKind.SEGMENT, owner: segment });
      if (sections.length === 0) return -1;
      return image.addRoot({ size: 0, alignLog2: 0, kind: NodeKind.SEGMENT, owner: segment });
    });
    this.ehdrNode = image.addHeader(nodes[0]!, { size: ehdrSize(FORMAT), alignLog2: 3, kind: NodeKind.EHDR });
    this.phdrNode = image.addHeader(nodes[0]!, { size: phdrSize(FORMAT) * phnum, alignLog2: 3, kind: NodeKind.PHDR });

    const extras = this.#input.readOnly.map((extra) => ({ extra, node: this.#attachExtra(nodes[0]!, extra) }));
    for (let segment = 0; segment < nodes.length; segment++) {
      const files = segmentOf[segment]!.filter((section) => !isNobits(section));
      for (const section of files) image.attach(nodes[segment]!, sectionNodes[section]!);
      if (segment !== SegmentKind.R && nodes[segment] !== -1) image.attach(ROOT, nodes[segment]!);
    }
    this.#assignAddresses(nodes, segmentOf);
    for (const { extra, node } of extras) this.#placeExtra(extra, node, image.fileOffset(node));
    for (const sections of segmentOf) for (const section of sections) this.#placeSection(section);
    for (const extra of this.#input.unloaded) this.#placeExtra(extra, this.#attachExtra(ROOT, extra), 0);
    this.#placeTables();
    this.#programHeaders(nodes, segmentOf, header.stackSize, phnum);
  }

  /** The block's image must begin at a multiple of the block's alignment, also where only .tbss asks for it. */
  #alignTls(): void {
    const { sectionNodes } = this.#input;
    const tdata = sectionNodes[Section.TDATA]!;
    const tbss = sectionNodes[Section.TBSS]!;
    const nodes = this.#image.nodes;
    if (tdata !== -1 && tbss !== -1 && nodes.alignLog2(tbss) > nodes.alignLog2(tdata))
      this.#image.realign(tdata, nodes.alignLog2(tbss));
  }

  #sectionsOf(segment: number): number[] {
    const sections: number[] = [];
    for (let section = 1; section < SECTION_COUNT; section++) {
      if (this.present(section) && SECTIONS[section]!.segment === segment) sections.push(section);
    }
    return sections;
  }

  /** Addresses of segments in order; of sections within them by their file offset; of NOBITS sections behind them. */
  #assignAddresses(nodes: readonly number[], segmentOf: readonly (readonly number[])[]): void {
    const image = this.#image;
    nodes.forEach((node, segment) => {
      if (node === -1) return;
      const offset = image.fileOffset(node);
      const address = this.#addresses.reserve(
        node,
        offset,
        this.#pageOf(segment, node, segmentOf),
        image.nodes.size(node),
      );
      // .tbss stands where .tdata ends, and takes no addresses; .bss stands behind everything.
      let tlsEnd = address;
      let end = address + image.nodes.size(node);
      for (const section of segmentOf[segment]!) {
        const root = this.#input.sectionNodes[section]!;
        const align = image.nodes.alignLog2(root);
        this.size[section] = image.nodes.size(root);
        if (!isNobits(section)) this.address[section] = address + image.fileOffset(root) - offset;
        else this.address[section] = alignUp(section === Section.TBSS ? tlsEnd : end, align);
        // The file offset of .tbss agrees with its address as that of the thread-local segment must; tools also take
        // its distance from .tdata for its place in the block. That of .bss is the end of the file's part.
        const inFile = section === Section.BSS ? image.nodes.size(node) : this.address[section]! - address;
        this.fileOffset[section] = offset + inFile;
        if (section === Section.TDATA) tlsEnd = this.address[section]! + this.size[section]!;
        if (section === Section.BSS) end = this.address[section]! + this.size[section]!;
      }
      this.#addresses.extend(node, end - address);
      this.#segmentEnd[segment] = end;
    });
    this.#layOutTls();
  }

  readonly #segmentEnd: number[] = [0, 0, 0];

  /** What file offset and address of a segment must agree in: a page, or its largest alignment. */
  #pageOf(segment: number, node: number, segmentOf: readonly (readonly number[])[]): number {
    let alignLog2 = this.#image.nodes.alignLog2(node);
    for (const section of segmentOf[segment]!)
      alignLog2 = Math.max(alignLog2, this.#image.nodes.alignLog2(this.#input.sectionNodes[section]!));
    return Math.max(PAGE, 2 ** alignLog2);
  }

  #layOutTls(): void {
    const nodes = this.#image.nodes;
    const { sectionNodes } = this.#input;
    let alignLog2 = 0;
    let end = 0;
    for (const section of [Section.TDATA, Section.TBSS]) {
      if (!this.present(section)) continue;
      const align = nodes.alignLog2(sectionNodes[section]!);
      alignLog2 = Math.max(alignLog2, align);
      this.tlsOffset[section] = alignUp(end, align);
      end = this.tlsOffset[section]! + this.size[section]!;
    }
    this.tlsSize = alignUp(end, alignLog2);
  }

  #programHeaders(
    nodes: readonly number[],
    segmentOf: readonly (readonly number[])[],
    stackSize: number,
    phnum: number,
  ): void {
    const base = this.#input.header.imageBase;
    const image = this.#image;
    const add = (
      type: number,
      flags: number,
      offset: number,
      address: number,
      filesz: number,
      memsz: number,
      align: number,
    ): void => {
      this.phdrs.push({ type, flags, offset, vaddr: base + address, paddr: base + address, filesz, memsz, align });
    };
    const phdrOffset = image.fileOffset(this.phdrNode);
    add(PT.PHDR, PF.R, phdrOffset, phdrOffset, phnum * phdrSize(FORMAT), phnum * phdrSize(FORMAT), 8);
    nodes.forEach((node, segment) => {
      if (node === -1) return;
      const address = this.#addresses.address(node);
      const memsz = this.#segmentEnd[segment]! - address;
      add(
        PT.LOAD,
        SEGMENT_FLAGS[segment]!,
        image.fileOffset(node),
        address,
        image.nodes.size(node),
        memsz,
        this.#pageOf(segment, node, segmentOf),
      );
    });
    if (this.present(Section.DYNAMIC)) {
      const size = this.size[Section.DYNAMIC]!;
      add(PT.DYNAMIC, PF.R | PF.W, this.fileOffset[Section.DYNAMIC]!, this.address[Section.DYNAMIC]!, size, size, 8);
    }
    if (this.present(Section.TDATA) || this.present(Section.TBSS)) {
      const first = this.present(Section.TDATA) ? Section.TDATA : Section.TBSS;
      const filesz = this.present(Section.TDATA) ? this.size[Section.TDATA]! : 0;
      const memsz = this.present(Section.TBSS) ? this.tlsOffset[Section.TBSS]! + this.size[Section.TBSS]! : filesz;
      const align = 2 ** image.nodes.alignLog2(this.#input.sectionNodes[first]!);
      add(PT.TLS, PF.R, this.fileOffset[first]!, this.address[first]!, filesz, memsz, align);
    }
    this.phdrs.push({
      type: PT.GNU_STACK,
      flags: PF.R | PF.W,
      offset: 0,
      vaddr: 0,
      paddr: 0,
      filesz: 0,
      memsz: stackSize,
      align: 16,
    });
  }

  // --- relocatable files ----------------------------------------------------------------------------------------

  #layOutObject(): void {
    const image = this.#image;
    this.ehdrNode = image.addHeader(ROOT, { size: ehdrSize(FORMAT), alignLog2: 3, kind: NodeKind.EHDR });
    for (let section = 1; section < SECTION_COUNT; section++) {
      if (!this.present(section)) continue;
      const root = this.#input.sectionNodes[section]!;
      this.size[section] = image.nodes.size(root);
      if (!isNobits(section)) image.attach(ROOT, root);
      this.fileOffset[section] = isNobits(section) ? image.nodes.size(ROOT) : image.fileOffset(root);
      this.#placeSection(section);
    }
    for (const extra of this.#input.unloaded) this.#placeExtra(extra, this.#attachExtra(ROOT, extra), 0);
    this.#placeTables();
  }

  // --- both -----------------------------------------------------------------------------------------------------

  #placeTables(): void {
    const { symbols, locals, stringBytes } = this.#input;
    const entsize = symSize(FORMAT);
    const tables: ExtraSection[] = [
      {
        name: ".symtab",
        type: SHT.SYMTAB,
        flags: 0,
        size: symbols * entsize,
        alignLog2: 3,
        entsize,
        link: ".strtab",
        info: locals,
      },
      { name: ".strtab", type: SHT.STRTAB, flags: 0, size: stringBytes, alignLog2: 0, entsize: 0 },
    ];
    for (const table of tables) this.#placeExtra(table, this.#attachExtra(ROOT, table), 0);
    const names = this.placed.reduce((bytes, { name }) => bytes + name.length + 1, 1 + ".shstrtab".length + 1);
    const shstrtab: ExtraSection = {
      name: ".shstrtab",
      type: SHT.STRTAB,
      flags: 0,
      size: names,
      alignLog2: 0,
      entsize: 0,
    };
    this.#placeExtra(shstrtab, this.#attachExtra(ROOT, shstrtab), 0);
    const size = (this.placed.length + 1) * shdrSize(FORMAT);
    this.shdrNode = this.#image.append(ROOT, size, 3, NodeKind.SHDR, 0);
  }

  #attachExtra(parent: number, extra: ExtraSection): number {
    return this.#image.append(parent, extra.size, extra.alignLog2, NodeKind.SECTION, -1);
  }

  #placeExtra(extra: ExtraSection, node: number, address: number): void {
    const { name, type, flags, size, alignLog2, entsize } = extra;
    const addr = flags & SHF.ALLOC ? this.#input.header.imageBase + address : 0;
    this.placed.push({
      name,
      node,
      header: { type, flags, addr, offset: this.#image.fileOffset(node), size, addralign: 2 ** alignLog2, entsize },
      ...(extra.link === undefined ? {} : { link: extra.link }),
      ...(extra.info === undefined ? {} : { info: extra.info }),
    });
  }

  #placeSection(section: number): void {
    const { name, type, flags } = SECTIONS[section]!;
    const node = this.#input.sectionNodes[section]!;
    const addr = this.#input.header.output === "obj" ? 0 : this.#input.header.imageBase + this.address[section]!;
    const isDynamic = section === Section.DYNAMIC;
    this.placed.push({
      name,
      node,
      header: {
        type,
        flags,
        addr,
        offset: this.fileOffset[section]!,
        size: this.size[section]!,
        addralign: 2 ** this.#image.nodes.alignLog2(node),
        entsize: isDynamic ? 16 : 0,
      },
      ...(isDynamic ? { link: ".dynstr" } : {}),
    });
    this.shndx[section] = this.placed.length;
  }
}
