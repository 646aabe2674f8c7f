/**
 * Applies relocations to the image (System V ABI, AMD64 supplement, "Relocation Types"). S: value of the symbol; A: addend;
 * P: address of the place; Z: size of the symbol; GOT: address of the table; G: offset of an entry in it; TP: the thread
 * pointer. Sections were copied to the image before; instructions are rewritten there.
 */

import { R_X86_64 } from "../elf/x86-64.js";
import { GotForm, rewriteGotLoad } from "../link/relax-got.js";
import { rewriteInitialExec } from "../link/relax-tls.js";
import { WIDTH } from "../link/x86-64.js";
import { type Addresses, ValueKind } from "./addresses.js";
import { store64, storeField } from "./fields.js";
import type { Globals } from "./globals.js";
import { gotForm, isInitialExecLoad, TargetKind } from "./got-forms.js";
import { type ObjectTable, RA, ST } from "./object-table.js";
import type { Scan } from "./scan.js";
import {
  rewriteDescriptorCall,
  rewriteDescriptorLoad,
  rewriteGeneralDynamic,
  rewriteLocalDynamic,
} from "./tls-forms.js";

export const Fault = {
  OVERFLOW: 0,
  /** A thread-local symbol is used as if it were not, or the other way round. */
  TLS: 1,
  /** The address is not known before the program is loaded. */
  IN_PIE: 2,
  /** The instruction is none that this relocation may stand in. */
  SEQUENCE: 3,
  UNKNOWN: 4,
  /** The target is in a section that was discarded. */
  DISCARDED: 5,
} as const;

export interface RelocationFault {
  readonly fault: number;
  readonly object: number;
  readonly section: number;
  readonly offset: number;
  readonly type: number;
  readonly symbol: number;
  readonly value: number;
}

const FAULTS_LIMIT = 64;

/** Within this an address is reached, wherever in the instruction its field is. */
const NEAR = 2 ** 31 - 64;

/** Where the bytes go that are relocated. */
export interface RelocationPlace {
  readonly object: number;
  readonly section: number;
  /** Image offset and address that a relocation's offset counts from. */
  readonly at: number;
  readonly address: number;
  /** Bytes `[start, end)` of the image are the section's: nothing outside of them is looked at. */
  readonly start: number;
  readonly end: number;
  /** The section is loaded: addresses in it are of use to the program. */
  readonly loaded: boolean;
  /** What stands for the address of something that is not linked; -1: nothing may, it is a fault. */
  readonly tombstone: number;
}

export class Relocator {
  faults: RelocationFault[] = [];
  /** RELATIVE relocations: place, addend, in pairs. */
  relative: number[] = [];
  readonly #table: ObjectTable;
  readonly #globals: Globals;
  readonly #addresses: Addresses;
  readonly #scan: Scan;
  readonly #pie: boolean;
  /** Where sections were copied to. */
  image: Uint8Array;
  #object = -1;
  #values = new Float64Array(1024);
  #kinds = new Uint8Array(1024);

  constructor(image: Uint8Array, table: ObjectTable, globals: Globals, addresses: Addresses, scan: Scan, pie: boolean) {
    this.image = image;
    this.#table = table;
    this.#globals = globals;
    this.#addresses = addresses;
    this.#scan = scan;
    this.#pie = pie;
  }

  /** What was found since it was last asked for. */
  take(): { readonly faults: readonly RelocationFault[]; readonly relative: readonly number[] } {
    const { faults, relative } = this;
    this.faults = [];
    this.relative = [];
    return { faults, relative };
  }

  /** Takes over what others found, of sections before those that this one goes through. */
  add(faults: readonly RelocationFault[], relative: readonly number[]): void {
    this.faults.push(...faults.slice(0, FAULTS_LIMIT - this.faults.length));
    // Not spread into a call: there may be more of them than a call takes arguments.
    for (const word of relative) this.relative.push(word);
  }

  /** Applies the relocations at words `[from, end)` of the inputs. */
  apply(place: RelocationPlace, from: number, end: number): void {
    this.#prepare(place.object);
    const table = this.#table;
    const { words } = table.input;
    const image = this.image;
    const values = this.#values;
    const kinds = this.#kinds;
    const placeAt = place.at;
    const placeAddress = place.address;
    for (let at = from; at < end; at += RA.WORDS) {
      const type = words[at + RA.TYPE]!;
      const index = words[at + RA.SYMBOL]!;
      const offset = words[at + RA.OFFSET]! >>> 0;
      const kind = kinds[index]!;
      const low = words[at + RA.ADDEND]!;
      const high = words[at + RA.ADDEND_HIGH]!;
      // Most are small, of either sign.
      const addend = high === low >> 31 ? low : high * 4294967296 + (low >>> 0);
      const to = placeAt + offset;
      if (kind <= ValueKind.NOTHING) {
        const value = values[index]! + addend;
        if (type === R_X86_64.PC32 || type === R_X86_64.PLT32) {
          const relative = value - (placeAddress + offset);
          const field = relative | 0;
          if (field === relative) {
            image[to] = field;
            image[to + 1] = field >> 8;
            image[to + 2] = field >> 16;
            image[to + 3] = field >> 24;
            continue;
          }
        } else if (type === R_X86_64["64"] && !this.#pie) {
          store64(image, to, values[index]!, low, high);
          continue;
        }
      }
      if (!this.#unusual(place, at, type, index, offset, addend, kind)) continue;
      // What is passed over must be that of the call, or it would be lost.
      const behind = at + RA.WORDS < end ? (words[at + RA.WORDS + RA.OFFSET]! >>> 0) - offset : 0;
      if (behind < 5 || behind > 8) this.#fail(Fault.SEQUENCE, place, at, 0);
      at += RA.WORDS;
    }
  }

  /** Everything but the two most frequent cases. True: the relocation behind belongs to this one, and is done with. */
  #unusual(
    place: RelocationPlace,
    at: number,
    type: number,
    index: number,
    offset: number,
    addend: number,
    kind: number,
  ): boolean {
    const image = this.image;
    const to = place.at + offset;
    const addresses = this.#addresses;
    const address = place.address + offset;
    let symbol = this.#values[index]!;
    let plus = addend;
    if (kind === ValueKind.POOLED) {
      symbol = addresses.at(symbol, this.#pooledOffset(place.object, index) + addend);
      plus = 0;
    } else if (kind === ValueKind.DISCARDED) {
      if (type === R_X86_64.NONE) return false;
      if (place.tombstone < 0) this.#fail(Fault.DISCARDED, place, at, 0);
      this.#bury(place, at, to, type);
      // As the scan has it.
      return type === R_X86_64.TLSGD || type === R_X86_64.TLSLD;
    }
    const isTls = kind === ValueKind.TLS;
    switch (type) {
      case R_X86_64.NONE:
        return false;
      case R_X86_64["64"]:
        if (isTls) this.#fail(Fault.TLS, place, at, symbol);
        if (this.#pie && place.loaded && (kind === ValueKind.ADDRESS || kind === ValueKind.POOLED)) {
          if (!Number.isSafeInteger(symbol + plus)) this.#fail(Fault.OVERFLOW, place, at, symbol + plus);
          this.relative.push(address, symbol + plus);
        }
        if (kind === ValueKind.POOLED) store64(image, to, symbol, 0, 0);
        else
          store64(
            image,
            to,
            symbol,
            this.#table.input.words[at + RA.ADDEND]!,
            this.#table.input.words[at + RA.ADDEND_HIGH]!,
          );
        return false;
      case R_X86_64["32"]:
      case R_X86_64["32S"]:
      case R_X86_64["16"]:
      case R_X86_64["8"]:
        if (isTls) this.#fail(Fault.TLS, place, at, symbol);
        else if (this.#pie && place.loaded && (kind === ValueKind.ADDRESS || kind === ValueKind.POOLED))
          this.#fail(Fault.IN_PIE, place, at, symbol);
        else this.#store(place, at, to, type, symbol + plus);
        return false;
      case R_X86_64.PC8:
      case R_X86_64.PC16:
      case R_X86_64.PC32:
      case R_X86_64.PC64:
      case R_X86_64.PLT32:
        if (isTls) this.#fail(Fault.TLS, place, at, symbol);
        // In a position-independent executable nothing is at address 0: a call of what may not be there is never made.
        else if (this.#pie && kind === ValueKind.NOTHING && index !== 0) this.#store(place, at, to, type, 0);
        else this.#store(place, at, to, type, symbol + plus - address);
        return false;
      case R_X86_64.SIZE32:
      case R_X86_64.SIZE64:
        this.#store(place, at, to, type, this.#sizeOf(place.object, index) + addend);
        return false;
      case R_X86_64.GOTPCREL:
      case R_X86_64.GOTPCRELX:
      case R_X86_64.REX_GOTPCRELX:
        this.#gotLoad(place, at, to, type, index, offset, addend, kind, symbol);
        return false;
      case R_X86_64.GOTPCREL64:
        if (isTls) this.#fail(Fault.TLS, place, at, symbol);
        this.#store(place, at, to, type, this.#gotEntry(place.object, index) + addend - address);
        return false;
      case R_X86_64.GOT32:
      case R_X86_64.GOT64:
      case R_X86_64.GOTPLT64:
        if (isTls) this.#fail(Fault.TLS, place, at, symbol);
        this.#store(place, at, to, type, this.#gotEntry(place.object, index) + addend - addresses.gotBase);
        return false;
      case R_X86_64.GOTPC32:
      case R_X86_64.GOTPC64:
        this.#store(place, at, to, type, addresses.gotBase + addend - address);
        return false;
      case R_X86_64.GOTOFF64:
      case R_X86_64.PLTOFF64:
        if (isTls) this.#fail(Fault.TLS, place, at, symbol);
        this.#store(place, at, to, type, symbol + plus - addresses.gotBase);
        return false;
      default:
        return this.#threadLocal(place, at, to, type, index, offset, addend, kind, symbol);
    }
  }

  #gotLoad(
    place: RelocationPlace,
    at: number,
    to: number,
    type: number,
    index: number,
    offset: number,
    addend: number,
    kind: number,
    symbol: number,
  ): void {
    const image = this.image;
    const address = place.address + offset;
    if (kind === ValueKind.TLS) return this.#fail(Fault.TLS, place, at, symbol);
    const target =
      kind === ValueKind.NOTHING
        ? TargetKind.NOTHING
        : kind === ValueKind.ABSOLUTE
          ? TargetKind.ABSOLUTE
          : TargetKind.ADDRESS;
    const form = gotForm(
      image,
      to,
      offset,
      type,
      addend,
      target,
      target === TargetKind.ABSOLUTE ? symbol : 0,
      this.#pie,
    );
    const direct = symbol - 4 - address;
    const isFar = form !== GotForm.ZERO && Math.abs(direct) > NEAR && this.#scan.far;
    if (form === GotForm.SLOT || isFar) {
      this.#store(place, at, to, type, this.#gotEntry(place.object, index) + addend - address);
      return;
    }
    const shift = rewriteGotLoad(image, to, form, type === R_X86_64.REX_GOTPCRELX);
    if (form !== GotForm.ZERO) this.#store(place, at, to + shift, R_X86_64.PC32, symbol - 4 - (address + shift));
  }

  #threadLocal(
    place: RelocationPlace,
    at: number,
    to: number,
    type: number,
    index: number,
    offset: number,
    addend: number,
    kind: number,
    symbol: number,
  ): boolean {
    const image = this.image;
    const { threadPointer, placement } = this.#addresses;
    const address = place.address + offset;
    const tpoff = symbol + addend - threadPointer;
    // The module as a whole needs no symbol of its own; a weak one that is not there is at offset 0.
    if (
      kind !== ValueKind.TLS &&
      kind !== ValueKind.NOTHING &&
      type !== R_X86_64.TLSLD &&
      type !== R_X86_64.TLSDESC_CALL
    ) {
      this.#fail(isTlsType(type) ? Fault.TLS : Fault.UNKNOWN, place, at, symbol);
      return type === R_X86_64.TLSGD;
    }
    const offsetOf = kind === ValueKind.NOTHING ? 0 : tpoff;
    switch (type) {
      case R_X86_64.TPOFF32:
      case R_X86_64.TPOFF64:
        this.#store(place, at, to, type, offsetOf);
        return false;
      case R_X86_64.DTPOFF32:
      case R_X86_64.DTPOFF64:
        // In code that used local dynamic, the block begins where the thread pointer points; debuggers count from its start.
        this.#store(place, at, to, type, place.loaded ? offsetOf : symbol + addend - placement.tlsStart);
        return false;
      case R_X86_64.GOTTPOFF:
        if (isInitialExecLoad(image, to, offset, addend)) {
          rewriteInitialExec(image, to);
          this.#store(place, at, to, R_X86_64.TPOFF32, kind === ValueKind.NOTHING ? 0 : tpoff + 4);
        } else this.#store(place, at, to, type, this.#tpoffEntry(place.object, index) + addend - address);
        return false;
      case R_X86_64.TLSGD: {
        const sequence = rewriteGeneralDynamic(image, to, place.start, place.end);
        if (sequence === undefined) this.#fail(Fault.SEQUENCE, place, at, symbol);
        else this.#store(place, at, to + sequence.field, R_X86_64.TPOFF32, kind === ValueKind.NOTHING ? 0 : tpoff + 4);
        return true;
      }
      case R_X86_64.TLSLD:
        if (rewriteLocalDynamic(image, to, place.start, place.end) === undefined)
          this.#fail(Fault.SEQUENCE, place, at, symbol);
        return true;
      case R_X86_64.GOTPC32_TLSDESC:
        if (!rewriteDescriptorLoad(image, to, place.start)) this.#fail(Fault.SEQUENCE, place, at, symbol);
        else this.#store(place, at, to, R_X86_64.TPOFF32, kind === ValueKind.NOTHING ? 0 : tpoff + 4);
        return false;
      case R_X86_64.TLSDESC_CALL:
        if (!rewriteDescriptorCall(image, to, place.end)) this.#fail(Fault.SEQUENCE, place, at, symbol);
        return false;
      default:
        this.#fail(Fault.UNKNOWN, place, at, symbol);
        return false;
    }
  }

  /** Writes `value`, which has to fit the field. NaN: a section that is not loaded asks for a table of the program. */
  #store(place: RelocationPlace, at: number, to: number, type: number, value: number): void {
    if (Number.isNaN(value)) this.#fail(Fault.UNKNOWN, place, at, 0);
    else if (!storeField(this.image, to, type, value)) this.#fail(Fault.OVERFLOW, place, at, value);
  }

  #bury(place: RelocationPlace, at: number, to: number, type: number): void {
    const width = WIDTH[type] ?? 0;
    if (width === 0 && type !== R_X86_64.TLSDESC_CALL) return this.#fail(Fault.UNKNOWN, place, at, 0);
    this.image.fill(0, to, to + width);
    if (width > 0) this.image[to] = Math.max(0, place.tombstone);
  }

  /** The address of the entry that the scan made; NaN where it made none. */
  #gotEntry(object: number, index: number): number {
    const number = this.#table.symbolBase[object]! + index;
    const entry = this.#scan.got.find(this.#table.globalOf[number]!, number);
    return entry === undefined ? Number.NaN : this.#addresses.got + entry * 8;
  }

  #tpoffEntry(object: number, index: number): number {
    const number = this.#table.symbolBase[object]! + index;
    const entry = this.#scan.gotTpoff.find(this.#table.globalOf[number]!, number);
    return entry === undefined ? Number.NaN : this.#addresses.gotTpoff + entry * 8;
  }

  #pooledOffset(object: number, index: number): number {
    return this.#table.input.words[this.#table.symtab[object]! + index * ST.WORDS + ST.VALUE]! >>> 0;
  }

  #sizeOf(object: number, index: number): number {
    const table = this.#table;
    const name = table.globalOf[table.symbolBase[object]! + index]!;
    const owner = name === -1 ? object : this.#globals.object[name]!;
    const symbol = name === -1 ? index : this.#globals.symbol[name]!;
    if (owner < 0 || symbol < 0) return 0;
    const at = table.symtab[owner]! + symbol * ST.WORDS;
    return table.input.words[at + ST.SIZE_HIGH]! * 2 ** 32 + (table.input.words[at + ST.SIZE]! >>> 0);
  }

  /** Looks up the symbols of an object, unless they are those of the one before. */
  #prepare(object: number): void {
    if (object === this.#object) return;
    this.#object = object;
    const count = this.#table.symbolCount[object]!;
    if (count > this.#values.length) {
      this.#values = new Float64Array(count * 2);
      this.#kinds = new Uint8Array(count * 2);
    }
    this.#addresses.ofObject(object, this.#values, this.#kinds);
  }

  #fail(fault: number, place: RelocationPlace, at: number, value: number): void {
    if (this.faults.length >= FAULTS_LIMIT) return;
    const { words } = this.#table.input;
    const { object, section } = place;
    const offset = words[at + RA.OFFSET]! >>> 0;
    this.faults.push({
      fault,
      object,
      section,
      offset,
      type: words[at + RA.TYPE]!,
      symbol: words[at + RA.SYMBOL]!,
      value,
    });
  }
}

function isTlsType(type: number): boolean {
  return (
    (type >= R_X86_64.TPOFF64 && type <= R_X86_64.TPOFF32) ||
    type === R_X86_64.DTPOFF64 ||
    type === R_X86_64.GOTPC32_TLSDESC
  );
}
