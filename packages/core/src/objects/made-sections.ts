/**
 * The sections that the linker makes itself: the global offset table, the procedure linkage table of IFUNCs, run-time
 * relocations and what a position-independent executable needs to apply them, notes, the table of unwind tables, common
 * storage and the linker's name. Sizes are known before anything has its place; contents are written when all has.
 */

import { SHF, SHT } from "../elf/shdr.js";
import { R_X86_64 } from "../elf/x86-64.js";
import { COMMENT } from "../link/relocatable.js";
import { storeRela } from "../link/relocate.js";
import { type Addresses, madePart, PLT_ENTRY_BYTES } from "./addresses.js";
import { BUILD_ID_ALIGN_LOG2, buildIdSize } from "./build-id.js";
import { CommonStorage, type SavedCommons } from "./common-storage.js";
import { DYN_BYTES, DYNAMIC_ENTRIES, fillDynamic, RELA_BYTES } from "./dynamic-section.js";
import type { EhFrame } from "./eh-frame.js";
import { ENTRY_BYTES, HEADER_BYTES } from "./eh-frame-hdr.js";
import { store32, store64 } from "./fields.js";
import { type Globals, State } from "./globals.js";
import type { ObjectTable } from "./object-table.js";
import type { ObjectLinkOptions } from "./options.js";
import type { OutputSection } from "./output-section.js";
import type { OutputSections } from "./output-sections.js";
import type { Scan } from "./scan.js";
import { FILLER_ABBREVIATION } from "./session/fillers.js";
import { SYM_BYTES } from "./symtab.js";

/** What ends .eh_frame: a length of zero. */
const END_MARK_BYTES = 4;
/** nbucket 1, nchain 1, one empty bucket, one chain. */
const HASH_WORDS = [1, 1, 0, 0];
/** endbr64; jmp *slot(%rip); nopw: 16 bytes, the displacement at byte 6. */
const PLT_ENTRY = [0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25, 0, 0, 0, 0, 0x66, 0x0f, 0x1f, 0x44, 0, 0];
const PLT_DISPLACEMENT = 6;
/** Of .got.plt. */
const RESERVED_WORDS = 3;

/** Bytes of the sections that follow the number of entries for IFUNCs. */
export function pltSizes(entries: number): {
  readonly plt: number;
  readonly gotPlt: number;
  readonly rela: number;
} {
  return { plt: entries * PLT_ENTRY_BYTES, gotPlt: (RESERVED_WORDS + entries) * 8, rela: entries * RELA_BYTES };
}

const { ALLOC, WRITE, EXECINSTR, MERGE, STRINGS } = SHF;

export interface SavedMade {
  readonly property: readonly number[] | undefined;
  readonly commons: SavedCommons;
}

export class MadeSections {
  readonly common: CommonStorage;
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #outputs: OutputSections;
  readonly #options: ObjectLinkOptions;
  #scan: Scan;
  #property: Uint8Array | undefined;

  constructor(table: ObjectTable, globals: Globals, outputs: OutputSections, options: ObjectLinkOptions, scan: Scan) {
    this.#table = table;
    this.#globals = globals;
    this.#outputs = outputs;
    this.#options = options;
    this.#scan = scan;
    this.common = new CommonStorage(table, globals, outputs);
  }

  get #pie(): boolean {
    return this.#options.output === "static-pie";
  }

  /** Adds all sections; `property`: the merged note, if there is one. */
  make(ehFrame: EhFrame, property: Uint8Array | undefined, updatable: boolean): void {
    const make = this.#outputs.make.bind(this.#outputs);
    const { got, gotTpoff, plt, needsGot } = this.#scan;
    this.#property = property;
    if (property !== undefined)
      make({ name: ".note.gnu.property", type: SHT.NOTE, flags: ALLOC, size: property.length, align: 8 });
    const idSize = buildIdSize(this.#options.buildId);
    if (idSize > 0)
      make({ name: ".note.gnu.build-id", type: SHT.NOTE, flags: ALLOC, size: idSize, align: 2 ** BUILD_ID_ALIGN_LOG2 });
    const isReferred = this.#globals.names.findText("_GLOBAL_OFFSET_TABLE_");
    const gotBytes = (got.count + gotTpoff.count) * 8;
    const wantsGot = needsGot || (isReferred !== -1 && this.#globals.state[isReferred] !== State.DEFINED);
    if (gotBytes > 0)
      make({ name: ".got", type: SHT.PROGBITS, flags: ALLOC | WRITE, size: gotBytes, align: 8, entsize: 8 });
    const sizes = pltSizes(plt.count);
    // The first three words of .got.plt are the dynamic linker's, by custom.
    if (plt.count > 0 || wantsGot)
      make({
        name: ".got.plt",
        type: SHT.PROGBITS,
        flags: ALLOC | WRITE,
        size: sizes.gotPlt,
        align: 8,
        entsize: 8,
      });
    if (plt.count > 0)
      make({
        name: ".plt",
        type: SHT.PROGBITS,
        flags: ALLOC | EXECINSTR,
        size: sizes.plt,
        align: 16,
        entsize: 16,
      });
    if (this.#pie) this.#makeDynamic();
    else if (plt.count > 0)
      make({
        name: ".rela.plt",
        type: SHT.RELA,
        flags: ALLOC | SHF.INFO_LINK,
        size: sizes.rela,
        align: 8,
        entsize: RELA_BYTES,
        link: ".symtab",
        info: ".got.plt",
      });
    if (ehFrame.fdes > 0 || ehFrame.bytes > 0) {
      make({
        name: ".eh_frame",
        type: SHT.PROGBITS,
        flags: ALLOC,
        size: Math.max(ehFrame.bytes, END_MARK_BYTES),
        align: 4,
      });
      if (this.#options.ehFrameHdr)
        make({
          name: ".eh_frame_hdr",
          type: SHT.PROGBITS,
          flags: ALLOC,
          size: HEADER_BYTES + ehFrame.fdes * ENTRY_BYTES,
          align: 4,
        });
    }
    make({ name: ".comment", type: SHT.PROGBITS, flags: MERGE | STRINGS, size: COMMENT.length, align: 1, entsize: 1 });
    // What fills free space of .debug_info has an abbreviation.
    if (updatable && this.#outputs.find(".debug_abbrev") !== undefined)
      make({ name: ".debug_abbrev", type: SHT.PROGBITS, flags: 0, size: FILLER_ABBREVIATION.length, align: 1 });
    this.common.make();
  }

  /** What a later link needs to know of what `make` made. */
  save(): SavedMade {
    return {
      property: this.#property === undefined ? undefined : [...this.#property],
      commons: this.common.save(),
    };
  }

  restore({ property, commons }: SavedMade): void {
    this.#property = property === undefined ? undefined : Uint8Array.from(property);
    this.common.restore(commons);
  }

  /** The merged `.note.gnu.property`. */
  get property(): Uint8Array | undefined {
    return this.#property;
  }

  #makeDynamic(): void {
    const make = this.#outputs.make.bind(this.#outputs);
    const { plt } = this.#scan;
    const relas = this.#relativeCount() + plt.count;
    make({
      name: ".hash",
      type: SHT.HASH,
      flags: ALLOC,
      size: HASH_WORDS.length * 4,
      align: 8,
      entsize: 4,
      link: ".dynsym",
    });
    make({
      name: ".dynsym",
      type: SHT.DYNSYM,
      flags: ALLOC,
      size: SYM_BYTES,
      align: 8,
      entsize: SYM_BYTES,
      link: ".dynstr",
      info: 1,
    });
    make({ name: ".dynstr", type: SHT.STRTAB, flags: ALLOC, size: 1, align: 1 });
    if (relas > 0)
      make({
        name: ".rela.dyn",
        type: SHT.RELA,
        flags: ALLOC,
        size: relas * RELA_BYTES,
        align: 8,
        entsize: RELA_BYTES,
        link: ".dynsym",
      });
    make({
      name: ".dynamic",
      type: SHT.DYNAMIC,
      flags: ALLOC | WRITE,
      size: DYNAMIC_ENTRIES * DYN_BYTES,
      align: 8,
      entsize: DYN_BYTES,
      link: ".dynstr",
    });
  }

  /** RELATIVE relocations: those of inputs, and entries of the global offset table that are addresses. */
  #relativeCount(): number {
    return this.#scan.relative + this.#scan.got.keys.filter(({ name, symbol }) => this.#isAddress(name, symbol)).length;
  }

  #isAddress(name: number, symbol: number): boolean {
    const object = name === -1 ? this.#objectOf(symbol) : this.#globals.object[name]!;
    if (name !== -1) {
      const state = this.#globals.state[name];
      if (state === State.UNDEFINED) return false;
      if (state === State.LINKER) return this.#globals.symbol[name] !== -2;
      return this.#scan.kindOf(object, this.#globals.symbol[name]!) === 0;
    }
    return this.#scan.kindOf(object, symbol - this.#table.symbolBase[object]!) === 0;
  }

  #objectOf(symbol: number): number {
    let object = 0;
    while (object + 1 < this.#table.count && this.#table.symbolBase[object + 1]! <= symbol) object++;
    return object;
  }

  /** Takes entries of tables from elsewhere. */
  useScan(scan: Scan): void {
    this.#scan = scan;
  }

  /**
   * The bytes of each section's own part, but of those that follow from the rest of the image. `relative`: places and addends
   * of RELATIVE relocations, in pairs.
   */
  contents(addresses: Addresses, relative: readonly number[]): Map<OutputSection, Uint8Array> {
    const { got, gotTpoff, plt } = this.#scan;
    const contents = new Map<OutputSection, Uint8Array>();
    const add = (name: string, fill: (bytes: Uint8Array, section: OutputSection) => void): void => {
      const section = this.#outputs.find(name);
      if (section === undefined || !section.made) return;
      const bytes = new Uint8Array(section.extra);
      fill(bytes, section);
      contents.set(section, bytes);
    };
    const relatives = [...relative];
    add(".note.gnu.property", (bytes) => bytes.set(this.#property!));
    add(".comment", (bytes) => bytes.set(COMMENT));
    add(".debug_abbrev", (bytes) => bytes.set(FILLER_ABBREVIATION));
    add(".got", (bytes) => {
      got.keys.forEach(({ name, symbol }, entry) => {
        const value = this.#valueOf(name, symbol, addresses);
        store64(bytes, entry * 8, value, 0, 0);
        if (this.#pie && this.#isAddress(name, symbol)) relatives.push(addresses.got + entry * 8, value);
      });
      gotTpoff.keys.forEach(({ name, symbol }, entry) => {
        const isNothing = name !== -1 && this.#globals.state[name] === State.UNDEFINED;
        const value = isNothing ? 0 : this.#valueOf(name, symbol, addresses) - addresses.threadPointer;
        store64(bytes, (got.count + entry) * 8, value, 0, 0);
      });
    });
    const gotPlt = this.#outputs.find(".got.plt");
    add(".got.plt", (bytes) => {
      store64(bytes, 0, this.#outputs.find(".dynamic")?.address ?? 0, 0, 0);
    });
    const slotOf = (entry: number): number => madePart(gotPlt) + (RESERVED_WORDS + entry) * 8;
    add(".plt", (bytes, section) => {
      for (let entry = 0; entry < plt.count; entry++) {
        const field = entry * PLT_ENTRY_BYTES + PLT_DISPLACEMENT;
        bytes.set(PLT_ENTRY, entry * PLT_ENTRY_BYTES);
        // The processor counts from the end of the jump, which is that of its field.
        store32(bytes, field, slotOf(entry) - (madePart(section) + field + 4));
      }
    });
    add(this.#pie ? ".rela.dyn" : ".rela.plt", (bytes) => {
      const view = new DataView(bytes.buffer);
      let at = 0;
      for (let i = 0; i < relatives.length; i += 2, at += RELA_BYTES)
        storeRela(view, at, relatives[i]!, 0, R_X86_64.RELATIVE, relatives[i + 1]!);
      // An entry that a later link left over is resolved as another one is: start code calls all resolvers.
      const resolvers = plt.keys.map(({ name, symbol }) => this.#resolverOf(name, symbol, addresses));
      const any = resolvers.find((address) => address !== 0) ?? 0;
      resolvers.forEach((address, entry) => {
        const resolver = address === 0 ? any : address;
        storeRela(view, at + entry * RELA_BYTES, slotOf(entry), 0, R_X86_64.IRELATIVE, resolver);
      });
    });
    add(".hash", (bytes) => {
      HASH_WORDS.forEach((word, i) => {
        store32(bytes, i * 4, word);
      });
    });
    add(".dynamic", (bytes) => fillDynamic(bytes, this.#outputs, this.#globals, relatives.length / 2));
    return contents;
  }

  /** What others see of a name or local symbol: of an IFUNC, its entry in the procedure linkage table. */
  #valueOf(name: number, symbol: number, addresses: Addresses): number {
    const plt = addresses.pltOf(name, symbol);
    if (plt !== undefined) return plt;
    return this.#resolverOf(name, symbol, addresses);
  }

  /** The address of the symbol itself. */
  #resolverOf(name: number, symbol: number, addresses: Addresses): number {
    if (name !== -1) return this.#globals.state[name] === State.UNDEFINED ? 0 : this.#globals.address[name]!;
    const object = this.#objectOf(symbol);
    return addresses.ofSymbol(object, symbol - this.#table.symbolBase[object]!);
  }
}
