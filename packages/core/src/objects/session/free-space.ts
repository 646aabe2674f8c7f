/** What is free of an output section below its end: ranges that earlier parts left, in bytes from its start. */

export class FreeSpace {
  /** Starts and ends, in pairs, ascending and apart from each other. */
  readonly #ranges: number[];
  /** What is left of a range must be nothing, or as large as this, so that a filler fits. */
  readonly #least: number;

  constructor(least: number, ranges: readonly number[] = []) {
    this.#least = least;
    this.#ranges = [...ranges];
  }

  get ranges(): readonly number[] {
    return this.#ranges;
  }

  /** Gives `[start, start + size)` back. */
  add(start: number, size: number): void {
    if (size === 0) return;
    let at = 0;
    while (at < this.#ranges.length && this.#ranges[at]! < start) at += 2;
    this.#ranges.splice(at, 0, start, start + size);
    if (at + 2 < this.#ranges.length && this.#ranges[at + 1] === this.#ranges[at + 2]) this.#ranges.splice(at + 1, 2);
    if (at > 0 && this.#ranges[at - 1] === this.#ranges[at]) this.#ranges.splice(at - 1, 2);
  }

  /** Takes `size` bytes at a multiple of `align`; returns where, or -1 where no range is large enough. */
  take(size: number, align: number): number {
    for (let at = 0; at < this.#ranges.length; at += 2) {
      const [start, end] = [this.#ranges[at]!, this.#ranges[at + 1]!];
      let from = Math.ceil(start / align) * align;
      // What is left in front needs its filler as well.
      while (from > start && from - start < this.#least) from += align;
      const left = end - from - size;
      if (left < 0 || (left > 0 && left < this.#least)) continue;
      const parts = [start, from, from + size, end];
      this.#ranges.splice(at, 2, ...(from > start ? parts.slice(0, 2) : []), ...(left > 0 ? parts.slice(2) : []));
      return from;
    }
    return -1;
  }
}
