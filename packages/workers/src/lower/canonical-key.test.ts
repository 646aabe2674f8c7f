import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { twinTypes } from "./c-twin.test.support.js";
import { CWriter } from "./c-twin-writer.test.support.js";
import { canonicalKey } from "./lower.js";
import { declare, ERRORS, lowered, table } from "./lower.test.support.js";
import { TypeTable } from "./type-table.js";

const types = table(8, true, {
  Point: { struct: { x: "i32", y: "i32" } },
  Vector: { struct: { x: "i32", y: "i32" } },
  Byte: "u8",
  Bytes: { array: "Byte", len: 2 },
  Ring: { ptr: "Gnir" },
  Gnir: { ptr: "Ring" },
});

const any = { ptr: "opaque" };

describe("canonical keys are equal", () => {
  it.each<[unknown, unknown, unknown, unknown]>([
    ["u8", 1, "u8", "0x1"],
    ["u8", 1, "u8", 1n],
    ["Byte", 1, "u8", "1"],
    ["f32", 0.5, "f32", "0x1p-1"],
    ["f64", "1e2", "f64", 100],
    ["Point", { x: 1, y: 2 }, "Point", { y: "2", x: 1 }],
    ["Point", { x: 1, y: 2 }, "Point", [1, 2]],
    ["Bytes", "ab", { array: "u8", len: 2 }, [97, 98]],
    [
      { array: "u8", len: 2, sentinel: 0 },
      { repeat: 7 },
      { array: "u8", len: "0x2", sentinel: "0x0" },
      { bytes: "0707" },
    ],
    [
      { enum: ["a", "b"] },
      "b",
      {
        enum: [
          ["a", 0],
          ["b", "0x1"],
        ],
      },
      1,
    ],
    [any, { nav: "x" }, any, { nav: "x", offset: 0 }],
    [any, { field: "y", of: { nav: "x", type: "Point" } }, any, { nav: "x", offset: 4 }],
    [any, { uav: { type: "u8", init: 1 } }, any, { uav: { type: "Byte", init: "0x01", align: 8 } }],
    [any, { uav: { text: "hi" } }, any, { uav: { bytes: "6869" } }],
    [{ optional: { ptr: "Point" } }, null, { optional: { ptr: "Point", size: "one" } }, null],
    [{ error: ["Busy", "NotFound"] }, "Busy", { error: ["NotFound", "Busy"] }, "Busy"],
  ])("for %j = %o and %j = %o", (specA, valueA, specB, valueB) => {
    expect(canonicalKey(types, specA, valueA)).toBe(canonicalKey(types, specB, valueB));
  });
});

describe("canonical keys differ", () => {
  it.each<[unknown, unknown, unknown, unknown]>([
    ["u8", 1, "u8", 2],
    ["u8", 1, "i8", 1],
    ["u8", 1, "u16", 1],
    ["f64", 0, "f64", "-0"],
    ["Point", { x: 1, y: 2 }, "Vector", { x: 1, y: 2 }],
    ["Point", [1, 2], { struct: { x: "i32", y: "i32" } }, [1, 2]],
    [{ array: "u8", len: 3 }, "ab\0", { array: "u8", len: 2, sentinel: 0 }, "ab"],
    [any, { nav: "x" }, any, { nav: "y" }],
    [any, { nav: "x" }, any, { nav: "x", offset: 1 }],
    [any, { nav: "x" }, any, { uav: { text: "x" } }],
    [any, { uav: { text: "x" } }, any, { uav: { text: "y" } }],
    [any, { nav: "x" }, { ptr: "u8" }, { nav: "x" }],
    [any, { lazy: "data", type: { enum: ["a", "b"] } }, any, { lazy: "code", type: { enum: ["a", "b"] } }],
    [{ struct: { a: "u8" } }, [1], { struct: { b: "u8" } }, [1]],
    ["Ring", { nav: "x" }, any, { nav: "x" }],
  ])("for %j = %o and %j = %o", (specA, valueA, specB, valueB) => {
    expect(canonicalKey(types, specA, valueA)).not.toBe(canonicalKey(types, specB, valueB));
  });
});

describe("canonical keys", () => {
  it("are the same from another table of the same declarations, whatever was asked before", () => {
    const declared = {
      A: { tuple: ["B", "B"] },
      B: { ptr: "C" },
      C: { optional: { ptr: "A" } },
      R: { ptr: "Q" },
      Q: { ptr: "R" },
    };
    const one = new TypeTable({ pointerBytes: 8, littleEndian: true }, declare(declared));
    const other = new TypeTable({ pointerBytes: 8, littleEndian: true }, declare(declared));
    for (const name of ["Q", "R", "C", "B"]) canonicalKey(other, name, { undefined: true });
    for (const name of ["A", "B", "C", "R", "Q"]) {
      expect(canonicalKey(other, name, { undefined: true })).toBe(canonicalKey(one, name, { undefined: true }));
    }
  });

  it("are those that references to uavs carry", () => {
    const [reference] = lowered(types, any, { uav: { type: "Point", init: { y: 2, x: 1 } } }).references;
    expect(reference?.target).toMatchObject({ uav: canonicalKey(types, "Point", [1, 2]) });
  });

  it("stay short for types and values of any size", () => {
    const spec = { struct: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field${index}`, "u64"])) };
    expect(canonicalKey(types, spec, { undefined: true }).length).toBeLessThan(100);
  });

  it("of types that repeat each other take no exponential time", () => {
    const declared = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `T${index}`,
        { tuple: [{ ptr: `T${index + 1}` }, { ptr: `T${index + 1}` }] },
      ]),
    );
    const deep = new TypeTable({ pointerBytes: 8, littleEndian: true }, declare({ ...declared, T60: "u8" }));
    expect(canonicalKey(deep, "T0", { undefined: true })).toMatch(/^#/);
  });

  it("of random values are equal exactly if type and lowered contents are", () => {
    const small = new TypeTable({ pointerBytes: 8, littleEndian: true }, [], ERRORS);
    const pair = twinTypes({ pointerBytes: 8, plain: true }).chain((type) =>
      fc.tuple(fc.constant(type), type.value, type.value),
    );
    fc.assert(
      fc.property(pair, ([type, first, second]) => {
        const a = first(new CWriter(small)).json;
        const b = second(new CWriter(small)).json;
        const equal = lowered(small, type.spec, a).hex === lowered(small, type.spec, b).hex;
        expect(canonicalKey(small, type.spec, a) === canonicalKey(small, type.spec, b)).toBe(equal);
      }),
      { numRuns: 200 },
    );
  });
});
