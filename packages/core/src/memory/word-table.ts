/**
 * Recognises a small fixed set of words in a byte buffer without making a string: keys, kinds, relocation types.
 * A word's slot follows from its length and its first, second and last bytes; a match is confirmed byte by byte.
 */

const encoder = new TextEncoder();

export class WordTable {
  readonly words: readonly string[];
  /** Filled when a word is first looked for: most tables are never used by a process that ends after one update. */
  #bytes: readonly Uint8Array[] = [];
  #slots = new Int8Array();
  #mask = 0;

  /** At most 127 words, none of them empty. */
  constructor(words: readonly string[]) {
    this.words = words;
  }

  /** The index of the word that `bytes[start, end)` spells, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (end <= start) return -1;
    if (this.#mask === 0) this.#fill();
    let slot = slotOf(bytes, start, end) & this.#mask;
    for (;;) {
      const index = this.#slots[slot]!;
      if (index === -1 || matches(this.#bytes[index]!, bytes, start, end)) return index;
      slot = (slot + 1) & this.#mask;
    }
  }

  #fill(): void {
    let capacity = 16;
    while (capacity < this.words.length * 4) capacity *= 2;
    this.#mask = capacity - 1;
    this.#slots = new Int8Array(capacity).fill(-1);
    this.#bytes = this.words.map((word) => encoder.encode(word));
    this.#bytes.forEach((bytes, index) => {
      let slot = slotOf(bytes, 0, bytes.length) & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = index;
    });
  }

  /** The word nearest to `text` by edit distance, where it is near enough to be meant. */
  nearest(text: string): string | undefined {
    return nearestOf(text, this.words);
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  return (
    Math.imul(bytes[start]!, 31) +
    Math.imul(bytes[end - 1]!, 7) +
    Math.imul(length, 17) +
    bytes[start + (length >>> 1)]!
  );
}

function matches(word: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (word.length !== end - start) return false;
  for (let i = 0; i < word.length; i++) if (word[i] !== bytes[start + i]) return false;
  return true;
}

/** The candidate nearest to `text`, if at most a third of it would have to change. */
export function nearestOf(text: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) >= bestDistance) continue;
    const distance = editDistance(text, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * How many letters of `a` must be inserted, left out, changed or swapped with their neighbour to make `b`, given up (as
 * `limit`) where it reaches `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2]! + 1 : change;
      next.push(Math.min(change, swap, row[j]! + 1, next[j - 1]! + 1));
    }
    // A swap reaches back two rows: only when both are beyond the limit can nothing come of it.
    if (Math.min(...next, ...row) >= limit) return limit;
    before = row;
    row = next;
  }
  return row[b.length]!;
}
