/** The largest alignment that a declaration may ask for; segments are aligned to pages, and 64 KiB is the largest. */
const MAX_ALIGN_LOG2 = 16;

/** log2 of `align`, or -1 where it is no power of two from 1 to 65536. */
export function alignLog2Of(align: number): number {
  const log2 = Math.log2(align);
  return Number.isInteger(log2) && log2 >= 0 && log2 <= MAX_ALIGN_LOG2 ? log2 : -1;
}
