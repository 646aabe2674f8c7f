/** Search in sorted lists. */

/** The index of the last of the ascending `numbers` that is at most `limit`; -1 where all are greater. */
export function lastAtOrBefore(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Ascending, each number once. */
export function ascending(numbers: Iterable<number>): number[] {
  return Array.from(new Set(numbers)).sort((a, b) => a - b);
}
