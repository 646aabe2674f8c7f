/**
 * Limits of what is read of objects: beyond them nothing is that a compiler writes, and later code need not be prepared
 * for it.
 */

/** No section is larger than user space is. */
export const MAX_SIZE_HIGH = 0x8000;

/** Addresses are multiples of at most this: 2^30 bytes. */
export const MAX_ALIGN_LOG2 = 30;
const MAX_ALIGN = 2 ** MAX_ALIGN_LOG2;

/** Names may share bytes, so a hostile file could spell out megabytes for each; real ones have no more than this. */
export const NAME_BYTES_PER_BYTE = 16;

/** The high word of a number that is exact: less than 2^53. */
export const EXACT_HIGH: number = 2 ** 21;

export function isAlignment(value: number): boolean {
  return value <= MAX_ALIGN && (value & (value - 1)) === 0;
}
