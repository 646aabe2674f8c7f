/** Where in the source a byte of a decoded JSON string stands: escapes are longer than what they mean. */

/** The escapes of one string: behind which decoded byte each ends, and how much longer the source is up to there. */
export class EscapeMap {
  #ends = new Int32Array(64);
  #excess = new Int32Array(64);
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  /** Adds an escape whose decoded bytes end at `end`; up to there the source is `excess` bytes longer. */
  add(end: number, excess: number): void {
    if (this.#count === this.#ends.length) {
      this.#ends = doubled(this.#ends);
      this.#excess = doubled(this.#excess);
    }
    this.#ends[this.#count] = end;
    this.#excess[this.#count++] = excess;
  }

  /** The offset in the source string of decoded byte `offset`. */
  sourceOffset(offset: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? offset : offset + this.#excess[low - 1]!;
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
