import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressRanges } from "./address-ranges.js";

const range = fc
  .tuple(fc.nat(60), fc.nat(12))
  .map(([start, size]) => ({ start, end: start + size, label: `at ${start}` }));

test("an address is found in the ranges where one of them holds it", () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (list) => {
      const ranges = new AddressRanges(list);
      for (let address = 0; address < 80; address++) {
        const held = list.some(({ start, end }) => start <= address && address < end);
        expect(ranges.find(address) !== undefined).toBe(held);
      }
    }),
  );
});

test("an address is told by the label of its range", () => {
  const ranges = new AddressRanges([
    { start: 0x4_0000_0020, end: 0x4_0000_0030, label: "second" },
    { start: 0x4_0000_0010, end: 0x4_0000_0020, label: "first" },
  ]);
  expect([0x0f, 0x10, 0x1f, 0x20, 0x2f, 0x30].map((low) => ranges.find(0x4_0000_0000 + low))).toEqual([
    undefined,
    "first",
    "first",
    "second",
    "second",
    undefined,
  ]);
});
