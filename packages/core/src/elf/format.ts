/**
 * The two choices that decide how every ELF structure is laid out: its class and its byte order
 * (ELF gABI, "ELF Identification"). Each codec takes them as one value.
 */

export interface ElfFormat {
  /** Width of addresses, offsets and sizes, in bits. */
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
}

/** What x86-64, aarch64 and riscv64 write. */
export const ELF64_LE: ElfFormat = { class: 64, littleEndian: true };

/** Bytes of an address, an offset or a size. */
export function wordSize(format: ElfFormat): number {
  return format.class / 8;
}
