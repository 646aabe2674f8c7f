/** A list of fixed-size records of 32-bit words that grows, for one thread: where an emitter gathers what it copies out. */
export class WordList {
  words: Int32Array;
  count = 0;
  readonly stride: number;

  constructor(stride: number, expected = 16) {
    this.stride = stride;
    this.words = new Int32Array(stride * expected);
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds a record and returns the index of its first word; its words hold what they held before. */
  add(): number {
    const at = this.count * this.stride;
    if (at + this.stride > this.words.length) {
      const grown = new Int32Array(this.words.length * 2);
      grown.set(this.words);
      this.words = grown;
    }
    this.count++;
    return at;
  }
}
