import { describe, expect, it } from "vitest";
import { canonicalKey } from "./lower.js";
import { diagnosticsOf, lowered, messagesOf, table } from "./lower.test.support.js";

const types = table(8, true, {
  Item: { struct: { name: { ptr: "u8", size: "slice" }, count: "u16" } },
  Box: { struct: { items: { array: "Item", len: 2 } } },
  Color: { enum: ["red", "green"] },
  Shape: { union: { circle: "f32", square: "f32" }, tag: true },
});

describe("a faulty value is told with its place, what was expected and what was found", () => {
  it.each<[unknown, unknown, string]>([
    ["u8", 256, "MF0611 init: u8 takes 0 to 255, found the number 256"],
    ["i8", "-129", "MF0611 init: i8 takes -128 to 127, found the number -129"],
    [
      "i128",
      `0x8${"0".repeat(31)}`,
      "MF0611 init: i128 takes -2^127 to 2^127-1, found the number 170141183460469231731687303715884105728",
    ],
    ["u0", 1, "MF0611 init: u0 takes only 0, found the number 1"],
    ["u64", 2 ** 60, "MF0612 init: 1152921504606847000 is beyond 2^53, where JSON numbers are no longer exact"],
    ["u8", 1.5, "MF0610 init: u8 takes an integer (a number, or a decimal or 0x string), found the number 1.5"],
    ["u8", "12x", 'MF0610 init: u8 takes an integer (a number, or a decimal or 0x string), found the string "12x"'],
    ["bool", 1, "MF0610 init: bool takes true or false, found the number 1"],
    [
      "f32",
      "1.5.2",
      'MF0610 init: f32 takes a number, a string such as "1.5", "0x1.8p3", "inf" or "nan", or {"bits": n}, found the string "1.5.2"',
    ],
    ["f32", { bits: "0x100000000" }, "MF0611 init: the bits of f32 takes 0 to 4294967295, found the number 4294967296"],
    ["void", 0, "MF0610 init: void takes null, found the number 0"],
    ["Color", "gren", 'MF0616 init: Color has no tag "gren"'],
    [{ enum: ["a", "b", "c"] }, 3, "MF0611 init: this enum takes only the numbers of its tags, found the number 3"],
    ["anyerror", "Bussy", 'MF0617 init: the global error set has no error "Bussy"'],
    [{ error: ["Busy"] }, "NotFound", 'MF0617 init: this error set has no error "NotFound"'],
    [{ optional: "u8" }, 5, 'MF0610 init: an optional takes null or {"some": value}, found the number 5'],
    [
      { errorUnion: "u8" },
      5,
      'MF0610 init: an error union takes {"ok": value} or {"error": "Name"}, found the number 5',
    ],
    [{ array: "u8", len: 3 }, "ab", "MF0615 init: an array of 3 takes 3 bytes, found 2"],
    [{ array: "u8", len: 3 }, [1, 2], "MF0615 init: an array of 3 takes 3 elements, found 2"],
    [{ array: "u8", len: 1 }, "\ud800", "MF0626 init: the text has half of a surrogate pair and cannot be UTF-8"],
    [
      { array: "u16", len: 1 },
      "a",
      'MF0610 init: an array of 1 takes a list or {"repeat": element}, found the string "a"',
    ],
    ["Shape", { circel: 1 }, 'MF0614 init: Shape has no "circel"'],
    [
      "Shape",
      { circle: 1, square: 1 },
      "MF0610 init: Shape takes an object with one of its fields, found an object with circle, square",
    ],
    ["Item", [1], "MF0615 init: Item takes 2 fields, found 1"],
    [
      { ptr: "u8" },
      null,
      "MF0602 init: expected a pointer: an object with nav, uav, lazy, int, field, element, payload, found null",
    ],
    [
      { ptr: "u8" },
      { int: 0 },
      'MF0610 init: a pointer takes an address other than 0 (that is for {"optional": …}, "allowzero" and C pointers), found an object with int',
    ],
    [
      { ptr: "u8" },
      { int: "0x10000000000000000" },
      "MF0611 init: a pointer takes addresses of 64 bits, found 18446744073709551616",
    ],
    [{ ptr: "u8" }, { nav: "x", ofset: 1 }, 'MF0614 init: {"nav": …} has no "ofset"'],
    [{ ptr: "u8" }, { nav: 3 }, "MF0602 init.nav: expected a name, found the number 3"],
    [
      { ptr: "u8" },
      { field: "x", of: { nav: "y" } },
      'MF0618 init.of: "field" needs to know what the pointer under it points to',
    ],
    [
      { ptr: "u8" },
      { field: "nam", of: { nav: "y", type: "Item" } },
      'MF0619 init.of: Item has no field "nam" that a pointer can point to',
    ],
    [
      { ptr: "u8" },
      { element: 4, of: { nav: "y", type: { array: "u8", len: 3 } } },
      "MF0619 init.of: an array of 3 has no element 4 that a pointer can point to",
    ],
    [
      { ptr: "u8" },
      { payload: { nav: "y", type: "u8" } },
      "MF0619 init.payload: u8 has no payload that a pointer can point to",
    ],
    [{ ptr: "opaque" }, { uav: { init: 5 } }, 'MF0602 init.uav: expected a "type", found an object with init'],
    [
      { ptr: "u8" },
      { uav: { type: "u8", text: "a" } },
      'MF0602 init.uav: expected no "type" beside "text", found the string "u8"',
    ],
    [
      { ptr: "u8" },
      { uav: { type: "u8", init: 256 } },
      "MF0611 init.uav.init: u8 takes 0 to 255, found the number 256",
    ],
    [
      { ptr: "u8" },
      { uav: { bytes: "abc" } },
      'MF0602 init.uav.bytes: expected hexadecimal or base64, found the string "abc"',
    ],
    [
      { ptr: "u8" },
      { lazy: "data", type: "u8" },
      "MF0623 init: there is no lazy data for u8, only for enums and anyerror",
    ],
    [
      { ptr: "u8", size: "slice" },
      { nav: "x" },
      'MF0610 init: a slice takes a "len", or a pointer to an array, found an object with nav',
    ],
    [{ ptr: "u8", size: "slice" }, { ptr: { nav: "x" }, length: 3 }, 'MF0614 init: a slice has no "length"'],
    [
      { struct: { a: "u4", p: { ptr: "u8" }, b: "u60" }, layout: "packed" },
      { a: 1, p: { nav: "x" }, b: 1 },
      "MF0620 init.p: a relocated pointer lies at bit 4, which is not the start of a byte",
    ],
    [
      { array: "u8", len: 2 ** 29 },
      { repeat: 0 },
      "MF0627 init: 536870912 bytes here are more than a value may have: 268435456 with all uavs in it",
    ],
    [
      { array: { ptr: "u8" }, len: 2 ** 22 },
      { repeat: { nav: "x" } },
      "MF0628 init: more than 2097152 pointers in one value",
    ],
  ])("%j = %j: %s", (spec, value, message) => {
    expect(messagesOf(() => lowered(types, spec, value))).toEqual([message]);
  });

  it("however far inside, and all faults at once", () => {
    const value = {
      items: [
        { name: "a", count: 1 },
        { name: 7, count: 65536 },
      ],
      itmes: 1,
    };
    expect(messagesOf(() => lowered(types, "Box", value))).toEqual([
      "MF0602 init.items[1].name: expected a pointer: an object with nav, uav, lazy, int, field, element, payload, found the number 7",
      "MF0611 init.items[1].count: u16 takes 0 to 65535, found the number 65536",
      'MF0614 init: Box has no "itmes"',
    ]);
  });

  it("up to 20 faults", () => {
    const value = new Array(100).fill(256);
    expect(messagesOf(() => lowered(types, { array: "u8", len: 100 }, value))).toHaveLength(20);
  });

  it("with missing fields by name", () => {
    expect(messagesOf(() => lowered(types, "Item", { count: 1 }))).toEqual([
      'MF0613 init: the field "name" of Item is missing',
    ]);
  });

  it("with keys that are no names in brackets", () => {
    const spec = { struct: { "a b": "u8" } };
    expect(messagesOf(() => lowered(types, spec, { "a b": -1 }))).toEqual([
      'MF0611 init["a b"]: u8 takes 0 to 255, found the number -1',
    ]);
  });

  it("when uavs are nested too deep", () => {
    const list = table(8, true, { Node: { struct: { next: { optional: { ptr: "Node" } } } } });
    let value: unknown = { next: null };
    for (let level = 0; level < 1000; level++) value = { next: { some: { uav: { init: value } } } };
    expect(messagesOf(() => lowered(list, "Node", value))[0]).toMatch(/^MF0606 /);
  });

  it("together with a faulty type inside, at which the search ends", () => {
    const value = [256, { uav: { type: "nope", init: 1 } }, 256];
    expect(messagesOf(() => lowered(types, { tuple: ["u8", { ptr: "u8" }, "u8"] }, value))).toEqual([
      "MF0611 init[0]: u8 takes 0 to 255, found the number 256",
      'MF0601 init[1].uav.type: there is no type "nope"',
    ]);
  });

  it("when its uavs together are too large", () => {
    const value = new Array(10).fill({ uav: { zero: 2 ** 26 } });
    expect(messagesOf(() => lowered(types, { array: { ptr: "u8" }, len: 10 }, value))).toEqual([
      "MF0627 init[3].uav.zero: 67108864 bytes here are more than a value may have: 268435456 with all uavs in it",
    ]);
  });

  it("at the caller's place", () => {
    const place = { file: "a.ndjson", line: 3 };
    const [diagnostic] = diagnosticsOf(() => canonicalKey(types, "u8", 256, { place, path: "refs.x.uav.init" }));
    expect(diagnostic).toMatchObject({ place, message: "refs.x.uav.init: u8 takes 0 to 255, found the number 256" });
  });
});
