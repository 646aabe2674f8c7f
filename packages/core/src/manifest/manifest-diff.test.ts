import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines, type LineDiff, lineBefore } from "./manifest-diff.js";
import type { LineHashes } from "./scan-manifest.js";

/** Lines are numbers; numbers that are equal modulo 8 have the same first lane. */
function hashesOf(lines: readonly number[]): LineHashes {
  return { count: lines.length, hash0: Int32Array.from(lines, (line) => line % 8), hash1: Int32Array.from(lines) };
}

function diff(before: readonly number[], after: readonly number[]): LineDiff {
  return diffLines(hashesOf(before), hashesOf(after));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const pick = (lines: readonly number[], indices: Int32Array): number[] => Array.from(indices, (index) => lines[index]!);
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

/** What is left of `lines` when each of `others` has taken an equal one away. */
function without(lines: readonly number[], others: readonly number[]): number[] {
  const left = [...lines];
  for (const other of others) if (left.includes(other)) left.splice(left.indexOf(other), 1);
  return sorted(left);
}

/** Checks a diff against the naive one, and that equal lines are matched one to one. */
function check(before: readonly number[], after: readonly number[]): LineDiff {
  const found = diff(before, after);
  expect(sorted(pick(after, found.added))).toEqual(without(after, before));
  expect(sorted(pick(before, found.gone))).toEqual(without(before, after));
  expect([...found.added]).toEqual(sorted(found.added));
  expect([...found.gone]).toEqual(sorted(found.gone));
  const matches = after.map((_, line) => lineBefore(found, hashesOf(before), hashesOf(after), line));
  after.forEach((line, index) => {
    if (matches[index] !== -1) expect(before[matches[index]!]).toBe(line);
  });
  expect(matches.flatMap((match, line) => (match === -1 ? [line] : []))).toEqual([...found.added]);
  const matched = matches.filter((match) => match !== -1);
  expect(sorted([...matched, ...found.gone])).toEqual(range(0, before.length));
  expect(found.reordered).toBe(matched.some((match, i) => i > 0 && match < matched[i - 1]!));
  return found;
}

/** An edit of a list: `[place, how many lines go, what comes]`. */
const edits = fc.array(fc.tuple(fc.nat(), fc.nat(80), fc.array(fc.nat(500), { maxLength: 80 })), { maxLength: 6 });

describe("diffLines", () => {
  it("finds nothing in equal versions, and matches nothing but their common beginning", () => {
    const found = check(range(0, 100), range(0, 100));
    expect([found.prefix, found.suffix, found.middle.length]).toEqual([100, 0, 0]);
  });

  it("agrees with a naive comparison on lists with many equal lines", () => {
    const lists = fc.array(fc.nat(12), { maxLength: 60 });
    fc.assert(
      fc.property(lists, lists, (before, after) => void check(before, after)),
      { numRuns: 500 },
    );
  });

  it("agrees with a naive comparison on edited lists", () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(20), edits, (length, repeats, made) => {
        const before = range(0, length).map((line) => (line % 23 < repeats ? line % 5 : line));
        const after = [...before];
        for (const [place, gone, come] of made) after.splice(place % (after.length + 1), gone, ...come);
        check(before, after);
      }),
      { numRuns: 150 },
    );
  });

  it("agrees with a naive comparison on shuffled lists", () => {
    const lists = fc.shuffledSubarray(range(0, 120).map((line) => line >> 1));
    fc.assert(fc.property(lists, lists, (before, after) => void check(before, after)));
  });

  it("keeps lines in step around changed, added and removed ones", () => {
    const before = range(0, 300);
    const after = before.flatMap((line) => {
      if (line === 50) return [];
      if (line % 100 === 10) return [1000 + line];
      return line === 220 ? [2000, 2001, line] : [line];
    });
    const found = check(before, after);
    expect(pick(after, found.added)).toEqual(
      [1010, 1110, 2000, 2001, 1210].sort((a, b) => after.indexOf(a) - after.indexOf(b)),
    );
    expect([...found.gone]).toEqual([10, 50, 110, 210]);
    expect(found.reordered).toBe(false);
  });

  it("finds the lines behind a stretch that is larger than lockstep looks ahead", () => {
    const before = [...range(0, 100), ...range(1000, 1100), ...range(200, 300), 7000];
    const after = [...range(0, 100), ...range(2000, 2070), ...range(200, 300), 8000];
    const found = check(before, after);
    expect(found.added.length).toBe(71);
    expect(found.reordered).toBe(false);
  });

  it("finds a stretch that has moved, and says that the order is another", () => {
    const found = check(range(0, 1000), [...range(500, 1000), ...range(0, 500)]);
    expect([found.added.length, found.gone.length, found.reordered]).toEqual([0, 0, true]);
  });

  it("matches as many of equal lines as both versions have", () => {
    const found = check([1, 2, 2, 2, 3], [3, 2, 2, 1, 1]);
    expect([found.added.length, found.gone.length]).toEqual([1, 1]);
  });

  it("takes time in proportion to the lines also where most of them are equal and none is in step", () => {
    // One by one through a chain of a million equal lines, this would take minutes and run out of time.
    const count = 2_000_000;
    const version = (other: number): LineHashes => {
      const hash0 = Int32Array.from({ length: count }, (_, i) => (i < 100 || i % 2 === 0 ? other * count + i : 5));
      return { count, hash0, hash1: hash0 };
    };
    const found = diffLines(version(1), version(2));
    expect([found.added.length, found.gone.length]).toEqual([count / 2 + 50, count / 2 + 50]);
  });
});
