/** Labelled ranges of addresses, asked for what holds an address once for each word of every stack. */

export interface LabelledRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly label: string;
}

export class AddressRanges {
  readonly #ranges: readonly LabelledRange[];
  readonly #start: number;
  readonly #end: number;

  /** In any order; of ranges that overlap the first one's label stands for all. Empty ranges hold nothing. */
  constructor(ranges: readonly LabelledRange[]) {
    const merged: LabelledRange[] = [];
    for (const range of ranges.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start)) {
      const last = merged.at(-1);
      if (last === undefined || range.start >= last.end) merged.push(range);
      else if (range.end > last.end) merged[merged.length - 1] = { ...last, end: range.end };
    }
    this.#ranges = merged;
    this.#start = merged.at(0)?.start ?? 0;
    this.#end = merged.at(-1)?.end ?? 0;
  }

  /** The label of what holds `address`. */
  find(address: number): string | undefined {
    if (address < this.#start || address >= this.#end) return undefined;
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]!.end <= address) low = middle + 1;
      else high = middle;
    }
    const range = this.#ranges[low];
    return range !== undefined && range.start <= address ? range.label : undefined;
  }
}
