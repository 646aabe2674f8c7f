/**
 * Which bytes of the image differ from the file. Ranges are collected unsorted and joined when they are taken: marking
 * is on the path of every update, taking happens once a flush.
 */

export class DirtyRanges {
  #starts: number[] = [];
  #ends: number[] = [];

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  /** Marks `[offset, offset + size)`, file offsets. Growing the range marked last costs no new entry. */
  mark(offset: number, size: number): void {
    if (size <= 0) return;
    const last = this.#starts.length - 1;
    const end = offset + size;
    if (last >= 0 && offset <= this.#ends[last]! && end >= this.#starts[last]!) {
      if (offset < this.#starts[last]!) this.#starts[last] = offset;
      if (end > this.#ends[last]!) this.#ends[last] = end;
      return;
    }
    this.#starts.push(offset);
    this.#ends.push(end);
  }

  /**
   * Hands over the ranges as `[start, end)` pairs, ascending and disjoint, cut at `limit`, and forgets them. Ranges with at
   * most `join` clean bytes between them become one: a write costs microseconds, a few more bytes in it nothing.
   */
  take(limit: number, join = 0): [start: number, end: number][] {
    const order = this.#starts.map((_, index) => index).sort((a, b) => this.#starts[a]! - this.#starts[b]!);
    const ranges: [number, number][] = [];
    for (const index of order) {
      const start = this.#starts[index]!;
      const end = Math.min(this.#ends[index]!, limit);
      if (start >= end) continue;
      const last = ranges[ranges.length - 1];
      if (last !== undefined && start <= last[1] + join) last[1] = Math.max(last[1], end);
      else ranges.push([start, end]);
    }
    this.#starts = [];
    this.#ends = [];
    return ranges;
  }
}
