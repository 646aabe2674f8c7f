/**
 * Compares two versions of a manifest: by hashes which lines (declarations, in either spelling) are in one of them only,
 * then by keys which of these are the same declaration, changed.
 *
 * Lines that are in both versions are the same whatever their order. Three steps, each for what the one before leaves:
 * the beginning and the end that both have in common; lockstep through the middle, which survives a few lines that were
 * changed, added or removed at a place; a hash table of what is left of the old version.
 */

import type { LineHashes } from "./scan-manifest.js";

export interface LineDiff {
  /** How many lines at the beginning, and behind those at the end, are the same in both. */
  readonly prefix: number;
  readonly suffix: number;
  /** By lines of `after` from `prefix` on, up to the suffix: the line of `before` that is equal, or -1. */
  readonly middle: Int32Array;
  /** Lines of `after` without an equal one in `before`, ascending. Of equal lines, each is matched once. */
  readonly added: Int32Array;
  /** Lines of `before` without an equal one in `after`, ascending. */
  readonly gone: Int32Array;
  /** Lines that are in both stand in another order. */
  readonly reordered: boolean;
}

/** How far lockstep looks for where it goes on. */
const WINDOW = 32;

/** Compares two versions by the hashes of their lines alone. */
export function diffLines(before: LineHashes, after: LineHashes): LineDiff {
  const shorter = Math.min(before.count, after.count);
  let prefix = 0;
  while (prefix < shorter && equal(before, prefix, after, prefix)) prefix++;
  let suffix = 0;
  while (suffix < shorter - prefix && equal(before, before.count - 1 - suffix, after, after.count - 1 - suffix))
    suffix++;
  const middle = new Middle(before, after, prefix, suffix);
  middle.lockstep();
  middle.join();
  const { matches } = middle;
  return {
    prefix,
    suffix,
    middle: matches,
    added: middle.added(),
    gone: middle.gone(),
    reordered: isReordered(matches),
  };
}

/** The line of `before` that line `line` of `after` is equal to, or -1. */
export function lineBefore(diff: LineDiff, before: LineHashes, after: LineHashes, line: number): number {
  if (line < diff.prefix) return line;
  if (line >= after.count - diff.suffix) return line - after.count + before.count;
  return diff.middle[line - diff.prefix]!;
}

function equal(before: LineHashes, i: number, after: LineHashes, j: number): boolean {
  return before.hash0[i] === after.hash0[j] && before.hash1[i] === after.hash1[j];
}

/** What lies between prefix and suffix. Lines are numbered as in their versions. */
class Middle {
  /** By lines of `after` from the prefix on: the equal line of `before`, or -1. */
  readonly matches: Int32Array;
  /** By lines of `before` from the prefix on: 1 where it is matched. */
  readonly #taken: Uint8Array;
  readonly #before: LineHashes;
  readonly #after: LineHashes;
  readonly #first: number;
  readonly #beforeEnd: number;
  readonly #afterEnd: number;

  constructor(before: LineHashes, after: LineHashes, prefix: number, suffix: number) {
    this.#before = before;
    this.#after = after;
    this.#first = prefix;
    this.#beforeEnd = before.count - suffix;
    this.#afterEnd = after.count - suffix;
    this.matches = new Int32Array(this.#afterEnd - prefix).fill(-1);
    this.#taken = new Uint8Array(this.#beforeEnd - prefix);
  }

  /** Matches lines in the order that both have, up to where more than a window of them differ. */
  lockstep(): void {
    const { matches } = this;
    const taken = this.#taken;
    const before = this.#before;
    const after = this.#after;
    const beforeEnd = this.#beforeEnd;
    const afterEnd = this.#afterEnd;
    let i = this.#first;
    let j = this.#first;
    while (i < beforeEnd && j < afterEnd) {
      if (equal(before, i, after, j)) {
        matches[j - this.#first] = i;
        taken[i - this.#first] = 1;
        i++;
        j++;
        continue;
      }
      let step = 1;
      for (; step <= WINDOW; step++) {
        const more = i + step < beforeEnd;
        const moreAfter = j + step < afterEnd;
        if (more && moreAfter && equal(before, i + step, after, j + step)) {
          i += step;
          j += step;
          break;
        }
        if (moreAfter && equal(before, i, after, j + step)) {
          j += step;
          break;
        }
        if (more && equal(before, i + step, after, j)) {
          i += step;
          break;
        }
      }
      if (step > WINDOW) return;
    }
  }

  /** Matches what is left through a hash table. */
  join(): void {
    const gone = this.gone();
    const added = this.added();
    if (gone.length === 0 || added.length === 0) return;
    const left = new LeftLines(this.#before, gone);
    for (const line of added) {
      const found = left.take(this.#after, line);
      if (found === -1) continue;
      this.matches[line - this.#first] = found;
      this.#taken[found - this.#first] = 1;
    }
  }

  added(): Int32Array {
    return unmatched(this.matches, -1, this.#first);
  }

  gone(): Int32Array {
    return unmatched(this.#taken, 0, this.#first);
  }
}

/** Lines of `before` to be found by their hashes: chains of entries, each entry a line. */
class LeftLines {
  readonly #before: LineHashes;
  readonly #lines: Int32Array;
  /** First entry of each chain, and by entries the next one, or -1. */
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  /** By entries: 1 where it was taken. It leaves its chain when a search comes by. */
  readonly #taken: Uint8Array;
  /** Lines that were moved were mostly moved together: this entry, behind the last one taken, is tried first. */
  #likely = 0;

  constructor(before: LineHashes, lines: Int32Array) {
    let capacity = 16;
    while (capacity < lines.length) capacity *= 2;
    this.#before = before;
    this.#lines = lines;
    this.#heads = new Int32Array(capacity).fill(-1);
    this.#next = new Int32Array(lines.length);
    this.#taken = new Uint8Array(lines.length);
    // From the last one on, so that the earliest of equal lines comes first in its chain.
    for (let entry = lines.length - 1; entry >= 0; entry--) {
      const chain = before.hash0[lines[entry]!]! & (capacity - 1);
      this.#next[entry] = this.#heads[chain]!;
      this.#heads[chain] = entry;
    }
  }

  /** Takes a line that is equal to line `line` of `after`; -1 where there is none. */
  take(after: LineHashes, line: number): number {
    const entry = this.#isLikely(after, line) ? this.#likely : this.#find(after, line);
    if (entry === -1) return -1;
    this.#taken[entry] = 1;
    this.#likely = entry + 1;
    return this.#lines[entry]!;
  }

  #isLikely(after: LineHashes, line: number): boolean {
    const entry = this.#likely;
    return (
      entry < this.#lines.length && this.#taken[entry] === 0 && equal(this.#before, this.#lines[entry]!, after, line)
    );
  }

  #find(after: LineHashes, line: number): number {
    const next = this.#next;
    const chain = after.hash0[line]! & (this.#heads.length - 1);
    let last = -1;
    for (let entry = this.#heads[chain]!; entry !== -1; entry = next[entry]!) {
      if (this.#taken[entry] === 0) {
        if (equal(this.#before, this.#lines[entry]!, after, line)) return entry;
        last = entry;
      } else if (last === -1) this.#heads[chain] = next[entry]!;
      else next[last] = next[entry]!;
    }
    return -1;
  }
}

/** The lines, counted from `first`, whose mark is `mark`. */
function unmatched(marks: Int32Array | Uint8Array, mark: number, first: number): Int32Array {
  let count = 0;
  for (let i = 0; i < marks.length; i++) if (marks[i] === mark) count++;
  const lines = new Int32Array(count);
  let at = 0;
  for (let i = 0; i < marks.length; i++) if (marks[i] === mark) lines[at++] = first + i;
  return lines;
}

function isReordered(matches: Int32Array): boolean {
  let last = -1;
  for (const match of matches) {
    if (match === -1) continue;
    if (match < last) return true;
    last = match;
  }
  return false;
}
