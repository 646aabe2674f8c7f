import { expect, test } from "vitest";
import { grown, shareColumns, shared } from "./columns.js";

test("a column keeps its elements when it grows, and has zeros behind them", () => {
  let column = Int32Array.of(1, 2, 3);
  for (const length of [4, 100, 5_000, 100_000, 3_000_000]) {
    const before = column.length;
    column = grown(column, length);
    expect(column.length).toBeGreaterThanOrEqual(length);
    expect([...column.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(column.subarray(before).every((value) => value === 0)).toBe(true);
  }
});

test("a long column grows where it is, so that whoever has it sees what is written later", () => {
  const long = grown(new Float64Array(0), 20_000);
  const longer = grown(long, 50_000);
  longer[3] = 7;
  expect(long[3]).toBe(7);
});

test("a column that is long enough is the same", () => {
  const column = new Uint8Array(10);
  expect(grown(column, 10)).toBe(column);
});

test("columns are shared with their elements, what is no column is left out", () => {
  const table = { a: Int32Array.of(4, 5), b: grown(new Uint8Array(0), 100_000), count: 3, names: ["x"] };
  const columns = shareColumns(table);
  expect(Object.keys(columns)).toEqual(["a", "b"]);
  expect(columns["a"]!.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect([...columns["a"]!]).toEqual([4, 5]);
  expect(columns["b"]).toBe(table.b);
  expect(shared(columns["a"]!)).toBe(columns["a"]);
});
