/** Declared types for tests of what is wrong with types and values, and a way to declare others. */

import { declare, ERRORS, table } from "./lower.test.support.js";
import { TypeTable } from "./type-table.js";

export const types: TypeTable = table(8, true, {
  Item: { struct: { name: { ptr: "u8", size: "slice" }, count: "u16" } },
  Box: { struct: { items: { array: "Item", len: 2 } } },
  Color: { enum: ["red", "green"] },
  Shape: { union: { circle: "f32", square: "f32" }, tag: true },
});

export const declaring =
  (declared: Record<string, unknown>): (() => TypeTable) =>
  () =>
    new TypeTable({ pointerBytes: 8, littleEndian: true }, declare(declared), ERRORS);
