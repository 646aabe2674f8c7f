/** Where two images differ, so that only that is written. */

const BLOCK = 4096;
const MISSING = new Uint8Array();

/** Ranges `[start, end)` of `next[0, size)` that differ from `previous[0, previousSize)`, a block at a time. */
export function changedRanges(
  previous: Uint8Array,
  previousSize: number,
  next: Uint8Array,
  size: number,
): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  for (let at = 0; at < size; at += BLOCK) {
    const end = Math.min(at + BLOCK, size);
    const before = at < previousSize ? previous.subarray(at, Math.min(end, previousSize)) : MISSING;
    if (Buffer.compare(before, next.subarray(at, end)) === 0) continue;
    const last = ranges[ranges.length - 1];
    if (last !== undefined && last[1] === at) last[1] = end;
    else ranges.push([at, end]);
  }
  return ranges;
}
