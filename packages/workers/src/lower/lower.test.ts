import { describe, expect, it } from "vitest";
import { lower } from "./lower.js";
import { lowered, table } from "./lower.test.support.js";
import { ByteSink } from "./sink.js";

const little = table(8, true);
const big = table(8, false);

/** Type, value, bytes on a little-endian target, bytes on a big-endian one. Pointers are 8 bytes. */
type Row = readonly [spec: unknown, value: unknown, little: string, big: string];

const U: unknown = { undefined: true };

function check(rows: readonly Row[]): void {
  it.each(rows)("%j = %j", (spec, value, littleHex, bigHex) => {
    expect(lowered(little, spec, value).hex).toBe(littleHex);
    expect(lowered(big, spec, value).hex).toBe(bigHex);
  });
}

describe("integers are two's complement in whole bytes of their size", () => {
  check([
    ["u8", 255, "ff", "ff"],
    ["i16", -2, "feff", "fffe"],
    ["u24", 0x123456, "56341200", "00123456"],
    ["i24", -1, "ffffffff", "ffffffff"],
    ["u64", "0x0102030405060708", "0807060504030201", "0102030405060708"],
    ["i64", -4294967297, "fffffffffeffffff", "fffffffeffffffff"],
    ["u48", 0x123456789abc, "bc9a785634120000", "0000123456789abc"],
    ["u128", "0x0102", `0201${"00".repeat(14)}`, `${"00".repeat(14)}0102`],
    ["i256", "-2", `fe${"ff".repeat(31)}`, `${"ff".repeat(31)}fe`],
    ["u0", 0, "", ""],
    ["usize", "0b101", "0500000000000000", "0000000000000005"],
  ]);
});

describe("integers from the library's API", () => {
  it("may be BigInts", () => {
    expect(lowered(little, "u64", 2n ** 64n - 1n).hex).toBe("ff".repeat(8));
  });
});

describe("floats are rounded once to the nearest, ties to even", () => {
  check([
    ["f16", 1.5, "003e", "3e00"],
    ["f16", 65520, "007c", "7c00"],
    ["f16", 65519, "ff7b", "7bff"],
    ["f16", "0x1p-25", "0000", "0000"],
    ["f16", "0x1.8p-25", "0100", "0001"],
    ["f32", 0.1, "cdcccc3d", "3dcccccd"],
    ["f32", "1.000000059604644775390625", "0000803f", "3f800000"],
    ["f32", "1.00000005960464477539062500001", "0100803f", "3f800001"],
    ["f64", "-0", "0000000000000080", "8000000000000000"],
    ["f64", "1e400", "000000000000f07f", "7ff0000000000000"],
    ["f64", "5e-324", "0100000000000000", "0000000000000001"],
    ["f64", { bits: "0x7ff8000000000001" }, "010000000000f87f", "7ff8000000000001"],
    ["f64", "nan", "000000000000f87f", "7ff8000000000000"],
    ["f80", 1, `0000000000000080ff3f${"00".repeat(6)}`, `3fff8000000000000000${"00".repeat(6)}`],
    ["f80", "inf", `0000000000000080ff7f${"00".repeat(6)}`, `7fff8000000000000000${"00".repeat(6)}`],
    ["f128", "0.1", "9a99999999999999999999999999fb3f", "3ffb999999999999999999999999999a"],
    ["f128", "-1e999999999999", `${"00".repeat(14)}ffff`, `ffff${"00".repeat(14)}`],
    ["f128", "1e-999999999999", "00".repeat(16), "00".repeat(16)],
  ]);
});

describe("undefined memory is 0xaa", () => {
  check([
    ["u24", U, "aaaaaaaa", "aaaaaaaa"],
    [{ struct: { a: "u8", b: "u16" } }, U, "aaaaaaaa", "aaaaaaaa"],
    [{ struct: { a: "u8", b: "u16" } }, { a: U, b: 1 }, "0100aa00", "0001aa00"],
    [{ array: "u8", len: 3, sentinel: 0 }, U, "aaaaaaaa", "aaaaaaaa"],
    [{ array: "u8", len: 3, sentinel: 0 }, { repeat: U }, "aaaaaa00", "aaaaaa00"],
    [{ ptr: "u8" }, U, "aa".repeat(8), "aa".repeat(8)],
    ["void", U, "", ""],
    [{ struct: { a: "u3", b: "u13" }, layout: "packed" }, { a: U, b: U }, "aaaa", "aaaa"],
    [{ struct: { a: "u4", b: "u4" }, layout: "packed" }, { a: 1, b: U }, "a1", "a1"],
    [{ struct: { undefined: "bool", b: "u8" } }, { undefined: true, b: 2 }, "0102", "0102"],
  ]);
});

describe("optionals are a payload and a flag, or a payload that is zeros for null", () => {
  check([
    [{ optional: "u32" }, { some: 7 }, "0700000001000000", "0000000701000000"],
    [{ optional: "u32" }, null, "aaaaaaaa00000000", "aaaaaaaa00000000"],
    [{ optional: "u32" }, { some: U }, "aaaaaaaa01000000", "aaaaaaaa01000000"],
    [{ optional: "void" }, { some: null }, "01", "01"],
    [{ optional: "void" }, null, "00", "00"],
    [{ optional: { ptr: "u8" } }, null, "00".repeat(8), "00".repeat(8)],
    [{ optional: { ptr: "u8", size: "slice" } }, null, "00".repeat(16), "00".repeat(16)],
    [{ optional: "anyerror" }, { some: "Busy" }, "0300", "0003"],
    [{ optional: "anyerror" }, null, "0000", "0000"],
    [{ optional: { optional: "u8" } }, { some: null }, "aa0001", "aa0001"],
  ]);
});

describe("error unions hold the more aligned part first, the payload when equal", () => {
  check([
    [{ errorUnion: "u8" }, { ok: 5 }, "00000500", "00000500"],
    [{ errorUnion: "u8" }, { error: "NotFound" }, "0200aa00", "0002aa00"],
    [{ errorUnion: "u16" }, { ok: 5 }, "05000000", "00050000"],
    [{ errorUnion: "u32" }, { error: "OutOfMemory" }, "aaaaaaaa01000000", "aaaaaaaa00010000"],
    [{ errorUnion: "void", error: ["Busy"] }, { ok: null }, "0000", "0000"],
    [{ errorUnion: "void", error: ["Busy"] }, { error: "Busy" }, "0300", "0003"],
    [{ errorUnion: { array: "u8", len: 3 } }, { ok: "abc" }, "000061626300", "000061626300"],
    [{ error: ["Busy", "NotFound"] }, "NotFound", "0200", "0002"],
  ]);
});

describe("arrays and vectors", () => {
  check([
    [{ array: "u16", len: 2, sentinel: 9 }, [1, 2], "010002000900", "000100020009"],
    [{ array: "u8", len: 3, sentinel: 0 }, "abc", "61626300", "61626300"],
    [{ array: "u8", len: 3 }, "é!", "c3a921", "c3a921"],
    [{ array: "u8", len: 3 }, { bytes: "00ff10" }, "00ff10", "00ff10"],
    [{ array: "i8", len: 2 }, { bytes: "base64:/wE=" }, "ff01", "ff01"],
    [
      { array: { tuple: ["u8", "u16"] }, len: 3 },
      { repeat: [1, 2] },
      "010002000100020001000200",
      "010000020100000201000002",
    ],
    [{ array: "u32", len: 0 }, [], "", ""],
    [{ vector: "u8", len: 3 }, [1, 2, 3], "01020300", "01020300"],
    [{ vector: "bool", len: 8 }, [true, false, false, true, false, false, false, false], "09", "90"],
    // Bits beyond the last are undefined: 0xaa with the five lowest bits set to the elements.
    [{ vector: "bool", len: 5 }, [true, false, true, true, false], "ad", "b6"],
    [{ vector: "bool", len: 10 }, [true, ...new Array(8).fill(false), true], "01aa", "01aa"],
    [{ vector: "bool", len: 3 }, [U, true, true], "ae", "ab"],
  ]);
});

describe("structs and tuples", () => {
  check([
    [{ struct: { a: "u8", b: "u32", c: "u16" } }, { c: 3, a: 1, b: 2 }, "0200000003000100", "0000000200030100"],
    [{ struct: { a: "u8", b: "u32" }, layout: "extern" }, [1, 2], "0100000002000000", "0100000000000002"],
    [{ tuple: ["u8", "u16", "void"] }, [1, 2, null], "01000200", "01000002"],
    [
      {
        struct: [
          { name: "1", type: "u8" },
          { name: "0", type: "u8" },
        ],
        layout: "extern",
      },
      { "0": 7, "1": 8 },
      "0807",
      "0807",
    ],
    [{ struct: { a: "u3", b: "bool", c: "i4" }, layout: "packed" }, { a: 5, b: true, c: -8 }, "8d", "8d"],
    [{ struct: { a: "u4", b: "u12", c: "u8" }, layout: "packed" }, { a: 1, b: 0x234, c: 0x56 }, "41235600", "00562341"],
    [
      { struct: { f: "f16", e: { enum: ["x", "y"], tag: "u16" } }, layout: "packed" },
      { f: 1, e: "y" },
      "003c0100",
      "00013c00",
    ],
    [
      {
        struct: {
          inner: { struct: { a: "u4", b: "u4" }, layout: "packed" },
          u: { union: { x: "u8", y: "i3" }, layout: "packed" },
        },
        layout: "packed",
      },
      { inner: { a: 1, b: 2 }, u: { y: -1 } },
      "2107",
      "0721",
    ],
    [{ struct: { a: "i12" }, layout: "packed", backing: "i12" }, { a: -1 }, "ffff", "ffff"],
  ]);
});

describe("unions hold tag and payload in the order of their alignment", () => {
  const shape = { union: { circle: "f32", none: "void", id: "u8" }, tag: true };
  const inner = { union: { a: "u64", b: { array: "u8", len: 9 } }, tag: "u16" };
  check([
    [shape, { circle: 1 }, "0000803f00000000", "3f80000000000000"],
    [shape, { none: null }, "aaaaaaaa01000000", "aaaaaaaa01000000"],
    [shape, { id: 9 }, "0900000002000000", "0900000002000000"],
    [{ union: { a: "u8", b: "void" }, tag: "u32" }, { a: 7 }, "0000000007000000", "0000000007000000"],
    [inner, { b: "123456789" }, "31323334353637383900010000000000", "31323334353637383900000100000000"],
    [{ union: { x: "void", y: "void" }, tag: { enum: ["y", ["x", 9]] } }, { x: null }, "09", "09"],
    [
      { union: { a: "u64", b: { array: "u8", len: 9 } } },
      { a: 1 },
      "0100000000000000".padEnd(32, "0"),
      "0000000000000001".padEnd(32, "0"),
    ],
    [{ union: { a: "u16", b: "u8" }, layout: "extern" }, { b: 1 }, "0100", "0100"],
  ]);
});

describe("enums are their tags", () => {
  check([
    [{ enum: ["a", ["b", 8], "c"] }, "c", "09", "09"],
    [{ enum: { a: -1, b: 300 }, tag: "i32" }, "b", "2c010000", "0000012c"],
    [{ enum: ["a"], tag: "u16", open: true }, 513, "0102", "0201"],
    [{ enum: ["a", "b"] }, 1, "01", "01"],
  ]);
});

describe("the sink", () => {
  it("takes one value after the other, with the offsets of each", () => {
    const sink = new ByteSink();
    expect(lower(little, "u8", 1, sink)).toEqual({ offset: 0, size: 1, align: 1 });
    expect(lower(little, { ptr: "u8" }, { nav: "x" }, sink)).toEqual({ offset: 1, size: 8, align: 8 });
    expect(lower(little, { array: "u64", len: 100 }, { repeat: 1 }, sink).offset).toBe(9);
    expect(sink.bytes.length).toBe(809);
    expect(sink.references.map(({ offset }) => offset)).toEqual([1]);
  });

  it("is left as it was by a faulty value", () => {
    const sink = new ByteSink();
    lower(little, "u8", 1, sink);
    expect(() => lower(little, { tuple: [{ ptr: "u8" }, "u8"] }, [{ nav: "x" }, 256], sink)).toThrow(/MF0611/);
    expect(sink.bytes).toEqual(Uint8Array.of(1));
    expect(sink.references).toEqual([]);
  });
});
