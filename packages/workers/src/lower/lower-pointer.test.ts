import { describe, expect, it } from "vitest";
import { lowered, referencesOf, table } from "./lower.test.support.js";

const little = table(8, true);
const big = table(8, false);

describe("pointers", () => {
  const node = { struct: { next: { optional: { ptr: "Node" } }, key: "u32", name: { ptr: "u8", size: "slice" } } };
  const types = table(8, true, {
    Node: node,
    Maybe: { optional: "Node" },
    Result: { errorUnion: { array: "u8", len: 4 } },
    Bits: { struct: { flag: "u8", p: { ptr: "Node" }, rest: "u56" }, layout: "packed" },
  });
  const any = { ptr: "opaque" };

  it.each<[unknown, unknown, string[]]>([
    [any, { nav: "main" }, ["0:64:main+0"]],
    [any, { nav: "table", offset: -8 }, ["0:64:table+-8"]],
    [any, { field: "key", of: { nav: "n", type: "Node" } }, ["0:64:n+24"]],
    [any, { field: "len", of: { field: "name", of: { nav: "n", type: "Node", offset: 100 } } }, ["0:64:n+116"]],
    [any, { payload: { nav: "m", type: "Maybe" } }, ["0:64:m+0"]],
    [any, { element: 2, of: { payload: { nav: "r", type: "Result" } } }, ["0:64:r+4"]],
    [any, { element: 3, of: { nav: "a", type: { array: "Node", len: 3 } } }, ["0:64:a+96"]],
    [any, { field: 1, of: { nav: "t", type: { tuple: ["u8", "u64"] } } }, ["0:64:t+8"]],
    [any, { field: "p", of: { nav: "b", type: "Bits" } }, ["0:64:b+1"]],
    [any, { lazy: "data", type: "anyerror", offset: 4 }, ["0:64:data anyerror+4"]],
    [{ ptr: "Node" }, { uav: { init: { undefined: true } } }, ['0:64:{"undefined":true}+0']],
    [any, { uav: { text: "hello" }, offset: 1 }, ['0:64:"hello"+1']],
    [{ optional: any }, { some: { nav: "x" } }, ["0:64:x+0"]],
    [{ array: any, len: 2 }, { repeat: { nav: "x" } }, ["0:64:x+0", "8:64:x+0"]],
    [{ ptr: "u8", size: "slice" }, "abc", ['0:64:"abc"+0']],
    [
      { struct: { a: "u8", s: { ptr: "u8", size: "slice" } } },
      { a: 1, s: { ptr: { nav: "x" }, len: 3 } },
      ["0:64:x+0"],
    ],
  ])("%j = %j is a reference", (spec, value, references) => {
    expect(referencesOf(types, spec, value)).toEqual(references);
  });

  it("to addresses are the address, in the target's byte order", () => {
    expect(lowered(little, any, { int: "0xb8000" }).hex).toBe("00800b0000000000");
    expect(lowered(big, any, { int: "0xb8000" }).hex).toBe("00000000000b8000");
    expect(lowered(little, any, { field: 1, of: { int: 4096, type: { tuple: ["u32", "u32"] } } }).hex).toBe(
      "0410000000000000",
    );
  });

  it("of 4 bytes become references of type 32", () => {
    expect(
      referencesOf(table(4, true), { array: { ptr: "u8" }, len: 2 }, [{ nav: "a" }, { nav: "b", offset: 2 }]),
    ).toEqual(["0:32:a+0", "4:32:b+2"]);
  });

  it("into values of no bytes are undefined and refer to nothing", () => {
    const { hex, references } = lowered(little, { ptr: "u32", size: "slice" }, []);
    expect(hex).toBe(`${"aa".repeat(8)}${"00".repeat(8)}`);
    expect(references).toEqual([]);
  });

  it("in packed structs lie at the bytes that the bit offset names, from either end", () => {
    const spec = { struct: { a: "u8", p: any, b: "u56" }, layout: "packed" };
    const value = { a: 0x11, p: { nav: "x" }, b: "0x22222222222222" };
    expect(lowered(little, spec, value).hex).toBe(`11${"00".repeat(8)}${"22".repeat(7)}`);
    expect(referencesOf(little, spec, value)).toEqual(["1:64:x+0"]);
    expect(lowered(big, spec, value).hex).toBe(`${"22".repeat(7)}${"00".repeat(8)}11`);
    expect(referencesOf(big, spec, value)).toEqual(["7:64:x+0"]);
  });

  it("in nested packed structs lie where the outermost one puts them", () => {
    const inner = { struct: { p: any }, layout: "packed" };
    const spec = { struct: { n: "u32", s: { struct: { a: "u16", i: inner, b: "u16" }, layout: "packed" } } };
    const value = { n: 1, s: { a: 1, i: { p: { nav: "x" } }, b: 2 } };
    expect(referencesOf(little, spec, value)).toEqual(["2:64:x+0"]);
  });

  it("that are addresses or null may begin anywhere in a packed struct", () => {
    const spec = { struct: { a: "u4", p: { optional: any }, b: "u60" }, layout: "packed" };
    expect(lowered(little, spec, { a: 15, p: null, b: 0 }).hex).toBe(`0f${"00".repeat(15)}`);
    expect(lowered(little, spec, { a: 0, p: { some: { int: 0x12 } }, b: 0 }).hex).toBe(`2001${"00".repeat(14)}`);
  });

  it("to a uav carry its type, value and the alignment that the pointer asks for", () => {
    const { references } = lowered(little, { ptr: "u8", align: 64 }, { uav: { type: "u8", init: 3, align: 16 } });
    expect(references[0]?.target).toEqual({ uav: expect.any(String), type: "u8", value: 3, align: 64 });
  });

  it("promise nothing for the whole where the offset breaks their alignment", () => {
    const { references } = lowered(little, { ptr: "u8", align: 64 }, { uav: { zero: 200, align: 4 }, offset: 10 });
    expect(references[0]?.target).toMatchObject({ align: 4 });
  });

  it("of slices made of texts count no terminator but have one", () => {
    const { hex, references } = lowered(little, { ptr: "u8", size: "slice" }, "héy");
    expect(hex).toBe("00000000000000000400000000000000");
    expect(references[0]?.target).toMatchObject({ type: { array: "u8", len: 4, sentinel: "0" }, value: "héy" });
  });

  it("take their length from the array they lead to", () => {
    const spec = { ptr: "u16", size: "slice" };
    expect(lowered(little, spec, { nav: "a", type: { array: "u16", len: 7 } }).hex).toBe(
      "00000000000000000700000000000000",
    );
    expect(lowered(little, spec, { ptr: { undefined: true }, len: 0 }).hex).toBe(`${"aa".repeat(8)}${"00".repeat(8)}`);
  });
});
