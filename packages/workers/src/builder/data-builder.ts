/**
 * Data written value by value, in the target's byte order (little-endian). It is gathered here and copied when complete:
 * meanwhile unnamed values that it points to go into the arena.
 */

import { alignLog2Of, blame, R_X86_64, WIDTH, type X8664RelocationName } from "@manifold/core";
import { type Constant, setConstant } from "./constants.js";
import { badDeclaration, misuse } from "./failures.js";
import { Label, type Place, type Ref, symbol } from "./places.js";
import type { Reference } from "./reference.js";

/** The relocation types that data can hold, by the psABI's names less `R_X86_64_`. */
export type RelocationType = X8664RelocationName;

/** Who knows what names and references stand for. */
export interface DataOwner {
  readonly name: string;
  ref(reference: Reference): Ref;
}

/** A relocation of data: where, what, to which place. */
export interface DataRelocation {
  readonly offset: number;
  readonly type: number;
  readonly place: string | Ref;
  readonly addend: number;
}

const SIZE_LIMIT = 2 ** 32 - 65536;

export class DataBuilder {
  readonly relocations: DataRelocation[] = [];
  readonly #owner: DataOwner;
  #bytes = new Uint8Array(64);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Zeros at the end that have no bytes yet: data of zeros only takes no memory. */
  #zeros = 0;
  #zeroed = false;
  readonly #value = { low: 0, high: 0 };

  constructor(owner: DataOwner) {
    this.#owner = owner;
  }

  /** Bytes written so far: the offset of what comes next. */
  get length(): number {
    return this.#length + this.#zeros;
  }

  /** Nothing but `zero` was called. */
  get isZero(): boolean {
    return this.#length === 0 && this.#zeroed;
  }

  /** What was written; valid until more is. */
  get bytes(): Uint8Array {
    this.#grow(0);
    return this.#bytes.subarray(0, this.#length);
  }

  u8(value: number): this {
    return this.#integer(value, 1, 0, 0xff);
  }
  u16(value: number): this {
    return this.#integer(value, 2, 0, 0xffff);
  }
  u32(value: number): this {
    return this.#integer(value, 4, 0, 0xffff_ffff);
  }
  u64(value: Constant): this {
    if (value < 0) throw misuse(`${value} is no unsigned integer of 64 bits`, this.#owner.name);
    return this.#wide(value);
  }
  i8(value: number): this {
    return this.#integer(value, 1, -0x80, 0x7f);
  }
  i16(value: number): this {
    return this.#integer(value, 2, -0x8000, 0x7fff);
  }
  i32(value: number): this {
    return this.#integer(value, 4, -0x8000_0000, 0x7fff_ffff);
  }
  i64(value: Constant): this {
    if (value >= 2n ** 63n) throw misuse(`${value} is no signed integer of 64 bits`, this.#owner.name);
    return this.#wide(value);
  }
  f32(value: number): this {
    const at = this.#grow(4);
    this.#view.setFloat32(at, value, true);
    return this;
  }
  f64(value: number): this {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  /** UTF-8 without a terminator. */
  text(value: string): this {
    return this.raw(Buffer.from(value, "utf8"));
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** `count` zeros. A variable of nothing else takes no room in the file. */
  zero(count: number): this {
    if (!Number.isInteger(count) || count < 0 || this.length + count > SIZE_LIMIT)
      throw badDeclaration(blame.badSize("a value", count, SIZE_LIMIT), this.#owner.name);
    this.#zeros += count;
    this.#zeroed = true;
    return this;
  }

  /** Zeros up to the next multiple of `boundary` bytes from the start, which the declaration has to be aligned to itself. */
  align(boundary: number): this {
    if (alignLog2Of(boundary) === -1) throw badDeclaration(blame.badAlignment(boundary), this.#owner.name);
    const count = -this.length & (boundary - 1);
    return count === 0 ? this : this.zero(count);
  }

  /** The address of a place, 8 bytes. */
  pointer(place: Place, addend = 0): this {
    return this.relocation("64", place, addend);
  }

  /** A field that a relocation fills. */
  relocation(type: RelocationType, place: Place, addend = 0): this {
    const number = R_X86_64[type];
    const width = number === undefined ? 0 : WIDTH[number]!;
    if (width === 0) throw badDeclaration(blame.unsupportedRelocation(type), this.#owner.name);
    this.relocationAt(this.#grow(width), type, place, addend);
    return this;
  }

  /** A relocation of bytes that are written, or going to be. */
  relocationAt(offset: number, type: RelocationType, place: Place, addend = 0): this {
    const target = symbol(place);
    if (target.place instanceof Label || target.modifier !== 0)
      throw misuse(`data refers to names and references, not to ${target}`, this.#owner.name);
    if (!Number.isSafeInteger(addend))
      throw misuse(`the addend ${addend} is no whole number below 2^53`, this.#owner.name);
    const number = R_X86_64[type];
    if (number === undefined || !WIDTH[number])
      throw badDeclaration(blame.unsupportedRelocation(type), this.#owner.name);
    this.relocations.push({ offset, type: number, place: target.place, addend: addend + target.offset });
    return this;
  }

  /** An unnamed value or a place inside a nav, to point to. */
  ref(reference: Reference): Ref {
    return this.#owner.ref(reference);
  }

  #integer(value: number, size: number, lowest: number, highest: number): this {
    if (!Number.isInteger(value) || value < lowest || value > highest)
      throw misuse(`${value} is no integer from ${lowest} to ${highest}`, this.#owner.name);
    const at = this.#grow(size);
    if (size === 1) this.#bytes[at] = value;
    else if (size === 2) this.#view.setUint16(at, value, true);
    else this.#view.setUint32(at, value, true);
    return this;
  }

  #wide(value: Constant): this {
    setConstant(this.#value, value);
    const at = this.#grow(8);
    this.#view.setInt32(at, this.#value.low, true);
    this.#view.setInt32(at + 4, this.#value.high, true);
    return this;
  }

  /** Makes room for `count` bytes behind what there is, and says where. */
  #grow(count: number): number {
    const at = this.#length + this.#zeros;
    if (at + count > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, at + count));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#zeros = 0;
    this.#length = at + count;
    return at;
  }
}
