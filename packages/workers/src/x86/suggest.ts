/** The nearest of many words, for messages. */

/** How many single-byte edits and swaps of neighbours turn `a` into `b`; `limit + 1` where there are more than `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length]!, limit + 1);
}

/** The word nearest to `name`, or undefined where none is near: at most about one edit for every three bytes. */
export function nearest(name: string, words: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  let limit = Math.max(1, Math.floor((name.length + 1) / 3));
  let best: string | undefined;
  for (const word of words) {
    const distance = editDistance(name, word, limit);
    if (distance > limit) continue;
    best = word;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}
