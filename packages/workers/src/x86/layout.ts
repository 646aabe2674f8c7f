/**
 * Turns a draft into code and relocations: moves fragments to their places, writes what stands between them, and settles
 * fixups whose labels are known.
 */
import { R_X86_64 } from "@manifold/core";
import { ALIGN, type Draft, Fixup, Item, MAX_CODE } from "./draft.js";
import type { ErrorList } from "./error-list.js";
import { badSymbolArithmetic, branchRange, localModifier, tooLarge, unknownLabel, valueRange } from "./errors.js";
import { fillWithNops } from "./nops.js";
import { Relaxation, SHORT, SHORT_JUMP } from "./relaxation.js";
import { grown, type SymbolTable, textOf } from "./symbols.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const ItemField = Item;
const FixupField = Fixup;
const align = ALIGN;
const Type = R_X86_64;

/** Record of a relocation, as `Assembler.relocations` holds it. */
export const Relocation = {
  /** Offset of the field in the code. */
  OFFSET: 0,
  /** Type number of the psABI (see `R_X86_64`). */
  TYPE: 1,
  /** Byte range of the symbol's name in the source. Start -1: the function itself, for labels used as addresses. */
  NAME_START: 2,
  NAME_LENGTH: 3,
  /** The addend, 64 bits in two words. */
  ADDEND_LOW: 4,
  ADDEND_HIGH: 5,
  /** Byte range of the operand in the source. */
  SOURCE: 6,
  SOURCE_LENGTH: 7,
  SIZE: 8,
} as const;

/** Bytes of the field a relocation type applies to. */
function fieldSize(type: number): number {
  switch (type) {
    case Type["64"]:
    case Type.PC64:
      return 8;
    case Type["16"]:
    case Type.PC16:
      return 2;
    case Type["8"]:
    case Type.PC8:
      return 1;
    default:
      return 4;
  }
}

export class Layout {
  code: Uint8Array = new Uint8Array(4096);
  codeLength = 0;
  relocations: Int32Array = new Int32Array(64 * Relocation.SIZE);
  relocationCount = 0;

  readonly #draft: Draft;
  readonly #symbols: SymbolTable;
  readonly #errors: ErrorList;

  readonly #relaxation: Relaxation;
  /** The relaxation's arrays, for this run. */
  #sizes: Int32Array;
  #shifts: Int32Array;
  #base = 0;

  constructor(draft: Draft, symbols: SymbolTable, errors: ErrorList) {
    this.#draft = draft;
    this.#symbols = symbols;
    this.#errors = errors;
    this.#relaxation = new Relaxation(draft, symbols);
    this.#sizes = this.#relaxation.sizes;
    this.#shifts = this.#relaxation.shifts;
  }

  /** Lays the draft out; errors go to the list. `base` is the offset in the source where the text begins. */
  run(base: number): void {
    this.#base = base;
    this.relocationCount = 0;
    const count = this.#draft.itemCount;
    this.#relaxation.run();
    this.#sizes = this.#relaxation.sizes;
    this.#shifts = this.#relaxation.shifts;
    this.codeLength = this.#draft.length + this.#shifts[count]!;
    if (this.codeLength > MAX_CODE) {
      this.#errors.add(tooLarge({ offset: 0, length: 0 }, MAX_CODE));
      this.codeLength = 0;
      return;
    }
    this.#write();
  }

  #write(): void {
    const { bytes, items, itemCount, length } = this.#draft;
    if (this.code.length < this.codeLength) this.code = new Uint8Array(2 * this.codeLength);
    const code = this.code;
    let from = 0;
    let fixup = 0;
    for (let k = 0; k < itemCount; k++) {
      const at = k * ItemField.SIZE;
      const position = items[at + ItemField.POSITION]!;
      copy(bytes, from, position, code, from + this.#shifts[k]!);
      from = position;
      fixup = this.#resolveFragment(k, fixup);
      if (items[at + ItemField.KIND] === align) this.#writePadding(at, k);
      else this.#writeBranch(at, k);
    }
    copy(bytes, from, length, code, from + this.#shifts[itemCount]!);
    this.#resolveFragment(itemCount, fixup);
  }

  #writePadding(at: number, k: number): void {
    const items = this.#draft.items;
    const start = items[at + ItemField.POSITION]! + this.#shifts[k]!;
    const fill = items[at + ItemField.DETAIL]!;
    const size = this.#sizes[k]!;
    if (fill === -1) fillWithNops(this.code, start, size);
    else this.code.fill(fill, start, start + size);
  }

  #writeBranch(at: number, k: number): void {
    const items = this.#draft.items;
    const code = this.code;
    const size = this.#sizes[k]!;
    const kind = items[at + ItemField.KIND]!;
    const symbol = items[at + ItemField.TARGET]!;
    const fragment = this.#symbols.fragment[symbol]!;
    const addend = items[at + ItemField.EXTRA]!;
    let p = items[at + ItemField.POSITION]! + this.#shifts[k]!;
    const end = p + size;
    let distance = 0;
    if (fragment !== -1) distance = this.#symbols.place[symbol]! + this.#shifts[fragment]! + addend - end;
    if (size === SHORT) {
      code[p] = kind;
      code[p + 1] = distance;
      return;
    }
    if (kind === SHORT_JUMP) code[p++] = 0xe9;
    else {
      code[p++] = 0x0f;
      code[p++] = kind + 0x10;
    }
    write32(code, p, distance);
    if (fragment !== -1) return;
    const source = items[at + ItemField.SOURCE]!;
    const sourceLength = items[at + ItemField.SOURCE_LENGTH]!;
    const total = addend - 4;
    this.#refer(p, items[at + ItemField.DETAIL]!, symbol, total, total >> 31, source, sourceLength);
  }

  /** Resolves the fixups of fragment `k`, from number `fixup` on; returns the first one of a later fragment. */
  #resolveFragment(k: number, fixup: number): number {
    const { fixups, fixupCount } = this.#draft;
    let f = fixup;
    while (f < fixupCount && fixups[f * FixupField.SIZE + FixupField.FRAGMENT] === k)
      this.#resolve(f++ * FixupField.SIZE);
    return f;
  }

  #resolve(at: number): void {
    const fixups = this.#draft.fixups;
    const symbol = fixups[at + FixupField.SYMBOL]!;
    const position = fixups[at + FixupField.POSITION]! + this.#shifts[fixups[at + FixupField.FRAGMENT]!]!;
    if (fixups[at + FixupField.MINUS] !== -1) this.#resolveDifference(at, position);
    else if (this.#symbols.fragment[symbol] === -1) {
      const low = fixups[at + FixupField.ADDEND_LOW]!;
      const high = fixups[at + FixupField.ADDEND_HIGH]!;
      const source = fixups[at + FixupField.SOURCE]!;
      this.#refer(
        position,
        fixups[at + FixupField.TYPE]!,
        symbol,
        low,
        high,
        source,
        fixups[at + FixupField.SOURCE_LENGTH]!,
      );
    } else this.#resolveLabel(at, position);
  }

  #address(symbol: number): number {
    return this.#symbols.place[symbol]! + this.#shifts[this.#symbols.fragment[symbol]!]!;
  }

  /** A field that refers to a label: relative ones are settled here, absolute ones become relative to the function. */
  #resolveLabel(at: number, position: number): void {
    const fixups = this.#draft.fixups;
    const symbol = fixups[at + FixupField.SYMBOL]!;
    const type = fixups[at + FixupField.TYPE]!;
    const low = fixups[at + FixupField.ADDEND_LOW]!;
    const address = this.#address(symbol);
    const source = fixups[at + FixupField.SOURCE]!;
    const sourceLength = fixups[at + FixupField.SOURCE_LENGTH]!;
    switch (type) {
      case Type.PC32:
      case Type.PLT32:
        write32(this.code, position, address + low - position);
        return;
      case Type.PC8: {
        const distance = address + low - position;
        if (distance < -128 || distance > 127) {
          this.#errors.add(branchRange({ offset: source, length: sourceLength }, distance));
        }
        this.code[position] = distance;
        return;
      }
      case Type["64"]:
      case Type["32"]:
      case Type["32S"]:
      case Type["16"]:
      case Type["8"]: {
        const sum = (low >>> 0) + address;
        const high = (fixups[at + FixupField.ADDEND_HIGH]! + (sum > 0xffffffff ? 1 : 0)) | 0;
        this.#record(position, type, -1, 0, sum | 0, high, source, sourceLength);
        return;
      }
      default:
        this.#errors.add(localModifier({ offset: source, length: sourceLength }, this.#name(symbol)));
    }
  }

  /** `symbol - minus + addend`: settled between labels, relative to the field for a symbol of elsewhere. */
  #resolveDifference(at: number, position: number): void {
    const fixups = this.#draft.fixups;
    const symbol = fixups[at + FixupField.SYMBOL]!;
    const minus = fixups[at + FixupField.MINUS]!;
    const type = fixups[at + FixupField.TYPE]!;
    const low = fixups[at + FixupField.ADDEND_LOW]!;
    const source = fixups[at + FixupField.SOURCE]!;
    const sourceLength = fixups[at + FixupField.SOURCE_LENGTH]!;
    const plain = type === Type["64"] || type === Type["32"] || type === Type["32S"];
    const narrow = type === Type["16"] || type === Type["8"];
    if (symbol === -1 || this.#symbols.fragment[minus] === -1 || !(plain || narrow)) {
      const span = { offset: source, length: sourceLength };
      this.#errors.add(badSymbolArithmetic(span, "a label of this function after the minus sign, a name before it"));
      return;
    }
    const size = fieldSize(type);
    const base = this.#address(minus);
    if (this.#symbols.fragment[symbol] === -1) {
      const relative = { 1: Type.PC8, 2: Type.PC16, 4: Type.PC32, 8: Type.PC64 }[size as 1 | 2 | 4 | 8];
      const addend = low + position - base;
      this.#refer(position, relative, symbol, addend, addend >> 31, source, sourceLength);
      return;
    }
    const high = fixups[at + FixupField.ADDEND_HIGH]!;
    const value = this.#address(symbol) - base + high * 0x100000000 + (low >>> 0);
    if (size < 8 && (value < -(2 ** (8 * size - 1)) || value >= 2 ** (8 * size))) {
      this.#errors.add(valueRange({ offset: source, length: sourceLength }, 8 * size));
    }
    const upper = Math.floor(value / 0x100000000);
    for (let i = 0; i < size; i++) this.code[position + i] = i < 4 ? value >> (8 * i) : upper >> (8 * (i - 4));
  }

  /** A relocation against a symbol of elsewhere; a label without a name that was never defined is an error. */
  #refer(
    position: number,
    type: number,
    symbol: number,
    low: number,
    high: number,
    source: number,
    sourceLength: number,
  ): void {
    const length = this.#symbols.nameLength[symbol]!;
    if (length === 0) {
      const span = { offset: source, length: sourceLength };
      this.#errors.add(unknownLabel(span, textOf(this.#symbols.text, source, sourceLength), undefined));
      return;
    }
    const start = this.#symbols.nameStart[symbol]! + this.#base;
    this.#record(position, type, start, length, low, high, source, sourceLength);
  }

  #record(
    position: number,
    type: number,
    nameStart: number,
    nameLength: number,
    low: number,
    high: number,
    source: number,
    sourceLength: number,
  ): void {
    const at = this.relocationCount * Relocation.SIZE;
    if (at === this.relocations.length) this.relocations = grown(this.relocations);
    const relocations = this.relocations;
    relocations[at + Relocation.OFFSET] = position;
    relocations[at + Relocation.TYPE] = type;
    relocations[at + Relocation.NAME_START] = nameStart;
    relocations[at + Relocation.NAME_LENGTH] = nameLength;
    relocations[at + Relocation.ADDEND_LOW] = low;
    relocations[at + Relocation.ADDEND_HIGH] = high;
    relocations[at + Relocation.SOURCE] = source + this.#base;
    relocations[at + Relocation.SOURCE_LENGTH] = sourceLength;
    this.relocationCount++;
  }

  #name(symbol: number): string {
    const start = this.#symbols.nameStart[symbol]!;
    return textOf(this.#symbols.text, start, this.#symbols.nameLength[symbol]!);
  }
}

/** Copies `from[start, end)`; a loop for what is short, where `set` would cost more than it moves. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 64) {
    to.set(from.subarray(start, end), at);
    return;
  }
  let q = at;
  for (let p = start; p < end; p++) to[q++] = from[p]!;
}

function write32(code: Uint8Array, at: number, value: number): void {
  code[at] = value;
  code[at + 1] = value >> 8;
  code[at + 2] = value >> 16;
  code[at + 3] = value >> 24;
}
