import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StringPool } from "./string-pool.js";

describe("StringPool", () => {
  it("gives no byte to two strings at a time, and takes none that it need not", () => {
    const step = fc.record({ length: fc.integer({ min: 1, max: 6 }), remove: fc.boolean(), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pool = new StringPool(1);
        const strings: [offset: number, length: number][] = [];
        let given = 1;
        for (const { length, remove, which } of steps) {
          if (remove && strings.length > 0) {
            const [[offset, size]] = strings.splice(which % strings.length, 1) as [[number, number]];
            pool.free(offset, size);
          } else {
            const isFree = [...pool.freeStrings()].some((free) => free.length === length);
            strings.push([pool.allocate(length), length]);
            if (!isFree) given += length + 1;
          }
        }
        const sorted = [...strings].sort((a, b) => a[0] - b[0]);
        sorted.forEach(([offset, length], index) => {
          expect(offset + length).toBeLessThan(sorted[index + 1]?.[0] ?? pool.end);
        });
        expect(pool.end).toBe(given);
        const used = strings.reduce((bytes, [, length]) => bytes + length + 1, 1);
        expect(pool.freeBytes).toBe(pool.end - used);
      }),
    );
  });

  it("goes on from what was saved of it", () => {
    const pool = new StringPool(1);
    pool.free(pool.allocate(4), 4);
    const again = new StringPool({ table: pool.records.table, state: pool.state });
    expect([again.allocate(4), again.allocate(4)]).toEqual([1, 6]);
  });
});
