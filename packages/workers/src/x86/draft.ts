/**
 * A function while it is assembled: the bytes whose size is settled, and lists of what is not. *Items* are the places
 * whose size depends on the layout (branches that may be short, alignment); they take no room in the draft's bytes. What
 * stands between two items is a *fragment*: fragment `k` lies behind `k` items, and moves as one. *Fixups* are fields
 * that wait for a label or become relocations. `layout.ts` turns a draft into code.
 */
import { grown } from "./symbols.js";

/** Record of an item. */
export const Item = {
  /** Position in the draft's bytes. */
  POSITION: 0,
  /** `ALIGN`, or the opcode byte of the short branch: 0xEB, 0x70 to 0x7F. */
  KIND: 1,
  /** Branch: symbol id. Alignment: the boundary in bytes, a power of two. */
  TARGET: 2,
  /** Branch: constant added to the target. Alignment: the most bytes to skip, 0 for no limit. */
  EXTRA: 3,
  /** Branch: relocation type where the target is not defined here. Alignment: the fill byte, -1 for no-operations. */
  DETAIL: 4,
  /** Byte range in the source. */
  SOURCE: 5,
  SOURCE_LENGTH: 6,
  SIZE: 7,
} as const;

/** `Item.KIND` of an alignment. */
export const ALIGN = 0;

/** Record of a fixup. */
export const Fixup = {
  /** Position of the field in the draft's bytes. */
  POSITION: 0,
  /** Relocation type, where it becomes one. */
  TYPE: 1,
  SYMBOL: 2,
  /** A symbol to subtract, or -1. */
  MINUS: 3,
  ADDEND_LOW: 4,
  ADDEND_HIGH: 5,
  FRAGMENT: 6,
  /** Byte range in the source. */
  SOURCE: 7,
  SOURCE_LENGTH: 8,
  SIZE: 9,
} as const;

/** The most bytes one function may have. */
export const MAX_CODE: number = 1 << 26;

export class Draft {
  bytes: Uint8Array = new Uint8Array(4096);
  length = 0;
  items: Int32Array = new Int32Array(64 * Item.SIZE);
  itemCount = 0;
  fixups: Int32Array = new Int32Array(64 * Fixup.SIZE);
  fixupCount = 0;
  /** The largest alignment asked for, in bytes. */
  alignment = 1;

  clear(): void {
    this.length = 0;
    this.itemCount = 0;
    this.fixupCount = 0;
    this.alignment = 1;
  }

  /** Makes room for `count` more bytes and returns the array to write them to. */
  reserve(count: number): Uint8Array {
    if (this.length + count > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length + count));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    return this.bytes;
  }

  addItem(kind: number, target: number, extra: number, detail: number, source: number, sourceLength: number): void {
    const at = this.itemCount * Item.SIZE;
    if (at === this.items.length) this.items = grown(this.items);
    const items = this.items;
    items[at + Item.POSITION] = this.length;
    items[at + Item.KIND] = kind;
    items[at + Item.TARGET] = target;
    items[at + Item.EXTRA] = extra;
    items[at + Item.DETAIL] = detail;
    items[at + Item.SOURCE] = source;
    items[at + Item.SOURCE_LENGTH] = sourceLength;
    this.itemCount++;
  }

  /** Adds a fixup for the field at `position`; fields must come in ascending order. */
  addFixup(
    position: number,
    type: number,
    symbol: number,
    minus: number,
    addendLow: number,
    addendHigh: number,
    source: number,
    sourceLength: number,
  ): void {
    const at = this.fixupCount * Fixup.SIZE;
    if (at === this.fixups.length) this.fixups = grown(this.fixups);
    const fixups = this.fixups;
    fixups[at + Fixup.POSITION] = position;
    fixups[at + Fixup.TYPE] = type;
    fixups[at + Fixup.SYMBOL] = symbol;
    fixups[at + Fixup.MINUS] = minus;
    fixups[at + Fixup.ADDEND_LOW] = addendLow;
    fixups[at + Fixup.ADDEND_HIGH] = addendHigh;
    fixups[at + Fixup.FRAGMENT] = this.itemCount;
    fixups[at + Fixup.SOURCE] = source;
    fixups[at + Fixup.SOURCE_LENGTH] = sourceLength;
    this.fixupCount++;
  }
}
