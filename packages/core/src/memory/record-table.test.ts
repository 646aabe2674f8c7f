import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecordTable } from "./record-table.js";

describe("RecordTable", () => {
  it("gives out records of zeros, uses those again that were given back, and keeps the others", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 300 }), (steps) => {
        const table = new RecordTable("test", 3);
        const model = new Map<number, number>();
        let most = 0;
        steps.forEach((step, index) => {
          const records = [...model.keys()];
          if (step < 8 && records.length > 0) {
            const record = records[step % records.length]!;
            table.remove(record);
            model.delete(record);
          } else {
            const record = table.add();
            expect(model.has(record)).toBe(false);
            expect([0, 1, 2].map((field) => table.get(record, field))).toEqual([0, 0, 0]);
            for (const field of [0, 1, 2]) table.set(record, field, index * 3 + field);
            model.set(record, index);
          }
          most = Math.max(most, model.size);
        });
        for (const [record, index] of model)
          expect([0, 1, 2].map((field) => table.get(record, field))).toEqual(
            [0, 1, 2].map((field) => index * 3 + field),
          );
        expect(table.length).toBe(most);
        expect(table.freeCount).toBe(most - model.size);
      }),
    );
  });

  it("goes on from what was saved of it", () => {
    const table = new RecordTable("test", 2);
    for (let i = 0; i < 3; i++) table.add();
    table.remove(1);
    const again = new RecordTable("test", 2, { table: table.table, state: table.state });
    expect([again.add(), again.add()]).toEqual([1, 3]);
  });
});
