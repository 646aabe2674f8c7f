import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedRanges } from "./changed-ranges.js";
import { DirtyRanges } from "./dirty-ranges.js";

const SIZE = 300;
const range = fc.tuple(fc.nat(SIZE), fc.nat(60));

describe("DirtyRanges", () => {
  it("hands over exactly the bytes that were marked, ascending and disjoint", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), fc.nat(SIZE), (marks, limit) => {
        const dirty = new DirtyRanges();
        const model = new Uint8Array(SIZE + 100);
        for (const [start, size] of marks) {
          dirty.mark(start, size);
          model.fill(1, start, start + size);
        }
        model.fill(0, limit);
        const taken = new Uint8Array(model.length);
        let last = -1;
        for (const [start, end] of dirty.take(limit)) {
          expect(start).toBeGreaterThan(last);
          expect(end).toBeGreaterThan(start);
          taken.fill(1, start, end);
          last = end;
        }
        expect(Buffer.compare(taken, model)).toBe(0);
        expect(dirty.isEmpty).toBe(true);
      }),
    );
  });

  it("joins ranges that few clean bytes keep apart", () => {
    const dirty = new DirtyRanges();
    dirty.mark(100, 10);
    dirty.mark(0, 10);
    dirty.mark(115, 5);
    expect(dirty.take(1000, 8)).toEqual([
      [0, 10],
      [100, 120],
    ]);
  });
});

describe("changedRanges", () => {
  it("covers every byte that differs, and nothing of equal images", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20_000), { maxLength: 5 }),
        fc.integer({ min: 9000, max: 20_000 }),
        (changes, size) => {
          const previous = new Uint8Array(16_000).fill(7);
          const next = new Uint8Array(size).fill(7);
          for (const at of changes) if (at < size) next[at] = 8;
          const ranges = changedRanges(previous, previous.length, next, size);
          for (let at = 0; at < size; at++) {
            const covered = ranges.some(([start, end]) => at >= start && at < end);
            if (next[at] !== previous[at]) expect(covered).toBe(true);
          }
          expect(changedRanges(next, size, next, size)).toEqual([]);
        },
      ),
      { numRuns: 20 },
    );
  });
});
