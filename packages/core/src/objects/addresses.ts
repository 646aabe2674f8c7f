/** Addresses of sections and symbols, when the output sections have theirs. */

import { SHF, SHN } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { grown } from "./columns.js";
import type { EhFrame } from "./eh-frame.js";
import { type Globals, Mark, State } from "./globals.js";
import { type ObjectTable, SH, ST, sectionIndex, symbolValue } from "./object-table.js";
import type { OutputSection } from "./output-section.js";
import type { OutputSections } from "./output-sections.js";
import type { Placement } from "./place.js";
import { ABSOLUTE_SYMBOL, type Entries } from "./scan.js";

/** What the value of a symbol is. Beyond ABSOLUTE its relocations are not the plain sum. */
export const ValueKind = {
  /** An address in the image. */
  ADDRESS: 0,
  ABSOLUTE: 1,
  /** Zero: nothing defines it. */
  NOTHING: 2,
  /** The address within the thread-local block's initial image. */
  TLS: 3,
  /** A section of equal pieces: where in the output an offset lies depends on the addend. */
  POOLED: 4,
  /** Its section is not linked. */
  DISCARDED: 5,
} as const;

/** Of names alone: an IFUNC, whose address is that of its entry in the procedure linkage table. */
const IN_PLT = 6;

export const PLT_ENTRY_BYTES = 16;

export class Addresses {
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #outputs: OutputSections;
  readonly #ehFrame: EhFrame;
  readonly #plt: Entries;
  readonly placement: Placement;
  /** By section: the address of its first byte; NaN where it is not linked, or not in one piece. */
  readonly section: Float64Array;
  /** By name: 1 + its `ValueKind`; 0 where nobody has asked. Each is referred to by many objects. */
  readonly nameKinds: Uint8Array;
  /** Of the sections that the linker makes; 0 where the output has none. */
  readonly got: number;
  readonly gotTpoff: number;
  readonly gotBase: number;
  readonly #pltAt: number;
  readonly #hasTls: boolean;
  /** The thread pointer as it stands to the block's initial image. */
  readonly threadPointer: number;

  constructor(
    table: ObjectTable,
    globals: Globals,
    outputs: OutputSections,
    ehFrame: EhFrame,
    plt: Entries,
    gotEntries: number,
    placement: Placement,
    shared?: { readonly sectionAddresses: Float64Array; readonly nameKinds: Uint8Array },
  ) {
    this.#table = table;
    this.#globals = globals;
    this.#outputs = outputs;
    this.#ehFrame = ehFrame;
    this.#plt = plt;
    this.placement = placement;
    const got = outputs.find(".got");
    this.got = madePart(got);
    this.gotTpoff = this.got + gotEntries * 8;
    const gotPlt = outputs.find(".got.plt");
    this.gotBase = gotPlt === undefined ? this.got : madePart(gotPlt);
    this.#pltAt = madePart(outputs.find(".plt"));
    const { tlsStart, tlsSize, tlsAlign } = placement;
    this.threadPointer = tlsStart + Math.ceil(tlsSize / tlsAlign) * tlsAlign;
    this.#hasTls = outputs.list.some(({ flags }) => (flags & SHF.TLS) !== 0);
    this.nameKinds = shared?.nameKinds ?? grown(new Uint8Array(0), globals.state.length);
    if (shared !== undefined) {
      this.section = shared.sectionAddresses;
      return;
    }
    this.section = grown(new Float64Array(0), table.sections);
    const { sectionOutput, sectionOffset } = table;
    const { poolOf } = outputs;
    const { section: addresses } = this;
    const bases = Float64Array.from(outputs.list, ({ address }) => address);
    for (let section = 0; section < table.sections; section++) {
      const output = sectionOutput[section]!;
      addresses[section] = output < 0 || poolOf[section] !== -1 ? Number.NaN : bases[output]! + sectionOffset[section]!;
    }
    for (const section of ehFrame.sections) this.section[section] = Number.NaN;
  }

  /** The address of byte `offset` of section number `section`, which may be pooled or unwind tables; NaN where it is not linked. */
  at(section: number, offset: number): number {
    const inOnePiece = this.section[section]!;
    if (inOnePiece >= 0) return inOnePiece + offset;
    const output = this.#table.sectionOutput[section]!;
    if (output < 0) return Number.NaN;
    const pool = this.#outputs.poolOf[section]!;
    const { address } = this.#outputs.list[output]!;
    if (pool !== -1) {
      const { merge, offset: from } = this.#outputs.pools[pool]!;
      const handle = this.#outputs.poolHandle[section]!;
      const inPool = merge.offsetOf(handle, offset);
      // Outside of its section an offset belongs to no piece: it counts from the first one.
      return address + from + (inPool === -1 ? merge.offsetOf(handle, 0) + offset : inPool);
    }
    if (this.#ehFrame.has(section)) return address + this.#ehFrame.positionOf(section, offset);
    return address + this.#table.sectionOffset[section]! + offset;
  }

  /** The output section that a name's definition by an object is in. */
  outputOf(name: number): OutputSection | undefined {
    const object = this.#globals.object[name]!;
    if (object < 0) return undefined;
    const section = sectionIndex(this.#table.shndxOf(object, this.#globals.symbol[name]!));
    if (section === -1) return undefined;
    return this.#outputs.list[this.#table.sectionOutput[this.#table.sectionBase[object]! + section]!];
  }

  /** Gives all global names their addresses. Those of the linker itself are set before. */
  settleGlobals(): void {
    const globals = this.#globals;
    for (let name = 0; name < globals.count; name++) {
      const state = globals.state[name]!;
      if (state !== State.DEFINED && state !== State.WEAK) continue;
      const section = globals.section[name]!;
      globals.address[name] = section === -1 ? globals.value[name]! : this.at(section, globals.value[name]!);
    }
  }

  /** Fills `values` and `kinds`, which have room for all symbols of `object`. */
  ofObject(object: number, values: Float64Array, kinds: Uint8Array): void {
    const table = this.#table;
    const { globalOf } = table;
    const { words } = table.input;
    const { section: addresses, nameKinds } = this;
    const { address: nameAddress } = this.#globals;
    const hasTls = this.#hasTls;
    const base = table.symbolBase[object]!;
    const sectionBase = table.sectionBase[object]!;
    const count = table.symbolCount[object]!;
    const locals = table.firstGlobal[object]!;
    const isExtended = table.extended[object] !== 0;
    values[0] = 0;
    kinds[0] = ValueKind.NOTHING;
    for (let index = 1, at = table.symtab[object]! + ST.WORDS; index < count; index++, at += ST.WORDS) {
      const name = globalOf[base + index]!;
      if (name !== -1) {
        const known = nameKinds[name];
        const kind = known ? known - 1 : this.#learnKind(name);
        values[index] = kind === ValueKind.NOTHING ? 0 : kind === IN_PLT ? this.pltOf(name, -1)! : nameAddress[name]!;
        kinds[index] = kind === IN_PLT ? ValueKind.ADDRESS : kind;
        continue;
      }
      const info = words[at + ST.INFO]!;
      let shndx = info >>> 16;
      if (index >= locals || shndx >= SHN.LORESERVE || isExtended) {
        shndx = sectionIndex(table.shndxOf(object, index));
        if (shndx === -1) {
          const isAbsolute = info >>> 16 === SHN.ABS;
          values[index] = isAbsolute ? symbolValue(table, object, index) : 0;
          kinds[index] = isAbsolute ? ValueKind.ABSOLUTE : ValueKind.NOTHING;
          continue;
        }
      }
      if (shndx === 0) {
        values[index] = 0;
        kinds[index] = ValueKind.NOTHING;
        continue;
      }
      const section = sectionBase + shndx;
      const address = addresses[section]!;
      const value = words[at + ST.VALUE]! >>> 0;
      // NaN: not linked, or not in one piece.
      if (!Number.isNaN(address)) {
        values[index] = address + value;
        kinds[index] = ValueKind.ADDRESS;
        if (hasTls && words[table.shdrs[object]! + shndx * SH.WORDS + SH.FLAGS]! & SHF.TLS)
          kinds[index] = ValueKind.TLS;
        if ((info & 15) === STT.GNU_IFUNC) values[index] = this.pltOf(-1, base + index) ?? values[index]!;
      } else this.#unusual(section, value, info, index, values, kinds);
    }
  }

  /** The address of the entry that an IFUNC has in the procedure linkage table. */
  pltOf(name: number, symbol: number): number | undefined {
    const entry = this.#plt.find(name, symbol);
    return entry === undefined ? undefined : this.#pltAt + entry * PLT_ENTRY_BYTES;
  }

  /** Finds out the kinds of all names, for threads that shall not do so each for themselves. */
  settleKinds(): void {
    for (let name = 0; name < this.#globals.count; name++) this.#learnKind(name);
  }

  #learnKind(name: number): number {
    const kind = this.#kindOfName(name);
    this.nameKinds[name] = kind + 1;
    return kind;
  }

  #kindOfName(name: number): number {
    const globals = this.#globals;
    const state = globals.state[name]!;
    if (state === State.UNDEFINED) return ValueKind.NOTHING;
    if (globals.type[name] === STT.TLS) return ValueKind.TLS;
    if (state === State.COMMON) return ValueKind.ADDRESS;
    if (state === State.LINKER)
      return globals.symbol[name] === ABSOLUTE_SYMBOL ? ValueKind.ABSOLUTE : ValueKind.ADDRESS;
    // gc may have collected what only dead sections refer to.
    if (Number.isNaN(globals.address[name]!)) return ValueKind.DISCARDED;
    if (globals.type[name] === STT.GNU_IFUNC && this.pltOf(name, -1) !== undefined) return IN_PLT;
    return globals.marks[name]! & Mark.ABSOLUTE ? ValueKind.ABSOLUTE : ValueKind.ADDRESS;
  }

  #unusual(section: number, value: number, info: number, index: number, values: Float64Array, kinds: Uint8Array): void {
    if (this.#table.sectionOutput[section]! < 0) {
      values[index] = 0;
      kinds[index] = ValueKind.DISCARDED;
    } else if (this.#outputs.poolOf[section] !== -1 && (info & 15) === STT.SECTION) {
      values[index] = section;
      kinds[index] = ValueKind.POOLED;
    } else {
      values[index] = this.at(section, value);
      kinds[index] = ValueKind.ADDRESS;
    }
  }

  /** The address of a symbol by its own object, whatever its kind. */
  ofSymbol(object: number, index: number): number {
    const shndx = this.#table.shndxOf(object, index);
    const section = sectionIndex(shndx);
    if (section === -1) return symbolValue(this.#table, object, index);
    return this.at(this.#table.sectionBase[object]! + section, symbolValue(this.#table, object, index));
  }
}

/** Where the part of a section begins that the linker makes. */
export function madePart(section: OutputSection | undefined): number {
  return section === undefined ? 0 : section.address + section.extraOffset;
}
