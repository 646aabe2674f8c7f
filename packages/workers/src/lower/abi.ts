/**
 * Sizes and alignments that the target's psABI fixes: integers, floats, pointers. Everything composite follows from
 * these by the rules in `layout-*.ts`.
 *
 * Sources: System V psABI for x86-64 (fig. 3.1) and i386 (fig. 2.1); integers wider than C's as Zig has them, which the
 * seed's compiler uses (whole bytes, rounded up to the alignment; alignment at most that of the widest C integer).
 */

/** The machine families that differ in scalar alignment. */
export type AbiName = "x86_64" | "aarch64" | "riscv64" | "x86" | "arm" | "riscv32" | "mips" | "powerpc";

export interface TargetAbi {
  readonly pointerBytes: 4 | 8;
  readonly littleEndian: boolean;
  /** Left out: `x86_64` for 8-byte pointers, `x86` for 4-byte ones. */
  readonly machine?: AbiName;
}

export interface Layout {
  /** Bytes, a multiple of `align`. */
  readonly size: number;
  /** Bytes, a power of two. */
  readonly align: number;
}

interface AbiRow {
  readonly align64: number;
  readonly alignWide: number;
  readonly double: number;
  readonly f80: Layout;
}

const LP64: AbiRow = { align64: 8, alignWide: 16, double: 8, f80: { size: 16, align: 16 } };
const I386: AbiRow = { align64: 4, alignWide: 16, double: 4, f80: { size: 12, align: 4 } };
const ILP32: AbiRow = { align64: 8, alignWide: 8, double: 8, f80: { size: 16, align: 8 } };

const ROWS: Readonly<Record<AbiName, AbiRow>> = {
  x86_64: LP64,
  aarch64: LP64,
  riscv64: LP64,
  x86: I386,
  arm: ILP32,
  riscv32: ILP32,
  mips: ILP32,
  powerpc: ILP32,
};

/** Rounds up to a multiple of `align`, a power of two; exact below 2^53. */
export function alignForward(offset: number, align: number): number {
  const rest = offset % align;
  return rest === 0 ? offset : offset + (align - rest);
}

/** The smallest power of two that is not below `value`; 1 for 0. */
export function ceilPowerOfTwo(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

/** The scalar rules of one target. */
export class Abi {
  readonly pointerBytes: 4 | 8;
  readonly littleEndian: boolean;
  readonly machine: AbiName;
  readonly #row: AbiRow;

  constructor(target: TargetAbi) {
    this.pointerBytes = target.pointerBytes;
    this.littleEndian = target.littleEndian;
    this.machine = target.machine ?? (target.pointerBytes === 8 ? "x86_64" : "x86");
    this.#row = ROWS[this.machine];
  }

  /** Layout of an integer of `bits` bits; an integer of no bits takes no bytes. */
  int(bits: number): Layout {
    const bytes = Math.ceil(bits / 8);
    const align = bits <= 32 ? ceilPowerOfTwo(bytes) : bits <= 64 ? this.#row.align64 : this.#row.alignWide;
    return { size: alignForward(bytes, align), align };
  }

  /** Layout of an IEEE float of 16, 32, 64 or 128 bits, or of the x87 float of 80. */
  float(bits: FloatBits): Layout {
    if (bits === 80) return this.#row.f80;
    return { size: bits / 8, align: bits === 64 ? this.#row.double : bits / 8 };
  }

  /** The largest type that the target can address, in bytes. */
  get addressable(): number {
    return this.pointerBytes === 4 ? 2 ** 32 - 1 : 2 ** 47;
  }
}

export type FloatBits = 16 | 32 | 64 | 80 | 128;
