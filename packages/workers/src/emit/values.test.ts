import { alignOf, Chunk, ChunkStatus, Decl, DeclFlag, DeclKind, Ref, Uav } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { Emitted } from "./emitted.test.helper.js";

const COLOR = { type: "Color", is: { enum: ["red", "green"], tag: "u8" } };
const TEXT = { ptr: "u8", size: "slice" };
const typed = (...declarations: readonly object[]): Emitted => new Emitted(declarations, true);
const func = (name: string, refs: object): object => ({ func: name, code: { bytes: "c3" }, refs });
const kinds = (emitted: Emitted): number[] => emitted.uavs.map((uav) => uav[Uav.FLAGS]! & DeclFlag.KIND);

describe("a typed value", () => {
  it("is lowered to its bytes, aligned as its type or the declaration asks", () => {
    const emitted = typed(
      { const: "a", type: { array: "u16", len: 2 }, init: [1, "0x203"] },
      { var: "b", align: 64, type: "u32", init: 5 },
      { var: "c", type: "f64", init: { undefined: true } },
    );
    expect(emitted.messages).toEqual([]);
    expect([0, 1, 2].map((index) => emitted.hex("decls", index))).toEqual(["01000302", "05000000", "aa".repeat(8)]);
    expect(emitted.decls.map((decl) => alignOf(decl[Decl.FLAGS]!))).toEqual([1, 6, 3]);
    expect(emitted.decls.some((decl) => decl[Decl.FLAGS]! & DeclFlag.ZERO)).toBe(false);
  });

  it("takes type and init in any order, and types from anywhere", () => {
    const emitted = typed({ const: "a", init: "green", type: "Color" }, COLOR);
    expect(emitted.hex("decls")).toBe("01");
  });

  it("leaves its chunk waiting while types are not known, with the types of the chunk collected", () => {
    const emitted = new Emitted([{ var: "v", zero: 1 }, COLOR, { const: "a", type: "u8", init: 1 }, { errors: ["A"] }]);
    expect(emitted.chunks.status(0)).toBe(ChunkStatus.WAITING);
    expect(emitted.emitter.waiting).toEqual([0]);
    expect(emitted.emitter.types.map(({ text }) => JSON.parse(text))).toEqual([COLOR, { errors: ["A"] }]);
    expect(emitted.arena.top).toBe(0);
  });

  it("leaves chunks without one alone", () => {
    const emitted = new Emitted([COLOR, { const: "a", bytes: "00" }]);
    expect(emitted.chunks.status(0)).toBe(ChunkStatus.EMITTED);
    expect(emitted.emitter.types).toHaveLength(1);
    expect(emitted.count(Chunk.DECL_COUNT)).toBe(1);
  });

  it("makes unnamed values of what it points to, equal ones once", () => {
    const emitted = typed({ const: "a", type: { array: TEXT, len: 3 }, init: ["hi", "ho", "hi"] });
    expect(emitted.uavs.map((_, index) => emitted.hex("uavs", index))).toEqual(["686900", "686f00"]);
    expect(emitted.decls[0]![Decl.RELOC_COUNT]).toBe(3);
    expect(emitted.refs).toHaveLength(2);
    expect(emitted.decls[0]![Decl.FLAGS]! & DeclFlag.ABSOLUTE).toBeTruthy();
  });

  it("points to names, through refs too, at offsets", () => {
    const emitted = typed(
      { const: "a", type: { ptr: "fn" }, init: { nav: "main", offset: 4 } },
      { const: "b", type: { ptr: "fn" }, init: { nav: "main" }, refs: { main: { uav: { text: "x" } } } },
    );
    expect(emitted.relocs.map((reloc) => reloc[3])).toEqual([4, 0]);
    const [name] = emitted.refs;
    expect(Buffer.from(emitted.text).toString("utf8", name![Ref.SOURCE]!, name![Ref.SOURCE]! + 4)).toBe("main");
    expect(emitted.uavs).toHaveLength(1);
  });

  it("is blamed at the very place of a mistake, and others with it", () => {
    const emitted = typed(
      { const: "a", type: { array: "u8", len: 3 }, init: [1, 256, -1] },
      { const: "b", type: "Colour", init: "red" },
      func("f", { x: { uav: { type: "Color", init: "rad" } } }),
      COLOR,
    );
    expect(emitted.blamed).toEqual([
      ["256", expect.stringMatching(/^MF0611 init\[1\]/)],
      ["-1", expect.stringMatching(/^MF0611 init\[2\]/)],
      ['"Colour"', expect.stringMatching(/^MF0601 type/)],
      ['"rad"', expect.stringMatching(/^MF0616 refs\.x\.uav\.init/)],
    ]);
  });

  it.each([
    [{ const: "c", type: "u8" }, /needs exactly one of/],
    [{ const: "c", init: 1 }, /needs "type"/],
    [{ const: "c", type: "u8", init: 1, bytes: "00" }, /"init" and "bytes" are given/],
    [{ const: "c", type: "u8", init: 1, relocs: [[0, "8", "x", 0]] }, /has no `relocs`/],
    [{ type: "T" }, /needs "is"/],
    [{ type: "T", is: "u8", of: 1 }, /unknown key "of"/],
    [{ errors: ["A"], more: 1 }, /unknown key "more"/],
    [{ errors: "A" }, /must be an array/],
    [func("f", { x: { lazy: "data" } }), /needs "type"/],
    [func("f", { x: { lazy: "text", type: "u8" } }), /cannot be "text"/],
    [func("f", { x: { uav: { text: "" }, nav: "f" } }), /has a "uav" can have nothing else/],
    [func("f", { x: { nav: "f", type: "u8" } }), /"type" stands beside "lazy" only/],
    [func("f", { x: { lazy: "data", type: "anyerror", offset: 1 } }), /"offset" stands beside "nav" only/],
  ])("is refused as %j", (declaration, message) => {
    expect(typed(declaration).messages.join("\n")).toMatch(message);
  });
});

describe("a typed unnamed value", () => {
  it("is one with others of equal type and value, however they are spelled, and takes the largest alignment", () => {
    const uav = (init: unknown, align = 1): object => ({ x: { uav: { type: "u8", init, align } } });
    const emitted = typed(func("a", uav(1)), func("b", uav("0x1", 8)), func("c", uav("1")));
    expect(emitted.uavs.map((one) => alignOf(one[Uav.FLAGS]!))).toEqual([3]);
  });

  it("is another than one of another type, or without a type", () => {
    const emitted = typed(
      func("a", { x: { uav: { type: "u8", init: 1 } }, y: { uav: { type: "i8", init: 1 } } }),
      func("b", { x: { uav: { bytes: "01" } } }),
    );
    expect(emitted.uavs).toHaveLength(3);
  });

  it("is told apart by what local names in it stand for", () => {
    const pointing = (name: string, text: string): object =>
      func(name, { p: { uav: { type: { ptr: "opaque" }, init: { nav: "t" } } }, t: { uav: { text } } });
    const emitted = typed(pointing("a", "x"), pointing("b", "y"), pointing("c", "x"));
    expect(emitted.messages).toEqual([]);
    expect(emitted.uavs).toHaveLength(4);
  });

  it("raises the alignment of one that was there", () => {
    const pointer = (name: string, align: number): object => ({
      const: name,
      type: { ptr: "u8", align },
      init: { uav: { type: "u8", init: 7 } },
    });
    expect(alignOf(typed(pointer("a", 1), pointer("b", 16)).uavs[0]![Uav.FLAGS]!)).toBe(4);
  });
});

describe("a lazy symbol", () => {
  it("comes into being once, from refs and from values", () => {
    const emitted = typed(
      COLOR,
      func("a", { name: { lazy: "code", type: "Color" }, names: { lazy: "data", type: "Color" } }),
      func("b", { name: { lazy: "code", type: "Color" } }),
      { const: "c", type: { ptr: "opaque" }, init: { lazy: "data", type: "Color" } },
    );
    expect(emitted.messages).toEqual([]);
    expect(kinds(emitted).sort()).toEqual([DeclKind.LAZY_CODE, DeclKind.LAZY_DATA]);
    const data = kinds(emitted).indexOf(DeclKind.LAZY_DATA);
    expect(emitted.hex("uavs", data)).toBe(Buffer.from("red\0green\0").toString("hex"));
  });

  it("has the alignment that it needs", () => {
    const emitted = typed(
      COLOR,
      { errors: ["A"] },
      func("a", { e: { lazy: "data", type: "anyerror" }, c: { lazy: "code", type: "Color" } }),
    );
    const aligned = new Map(emitted.uavs.map((uav) => [uav[Uav.FLAGS]! & DeclFlag.KIND, uav]));
    expect(alignOf(aligned.get(DeclKind.LAZY_CODE)![Uav.FLAGS]!)).toBe(4);
    expect(emitted.uavs.map((uav) => alignOf(uav[Uav.FLAGS]!)).sort()).toEqual([0, 2, 4]);
  });

  it("is the error table of all errors declarations, in their order", () => {
    const emitted = typed({ errors: ["A"] }, func("a", { e: { lazy: "data", type: "anyerror" } }), {
      errors: ["A", "BC"],
    });
    expect(emitted.hex("uavs")).toBe(
      `${"02000000" + "10000000" + "12000000" + "15000000"}${Buffer.from("A\0BC\0").toString("hex")}`,
    );
  });

  it("is refused for types that have none", () => {
    expect(typed(func("f", { x: { lazy: "code", type: "u8" } })).blamed).toEqual([
      ['"u8"', expect.stringMatching(/^MF0623 refs\.x\.type: /)],
    ]);
  });
});

describe("a value in JSON", () => {
  it("has each key once", () => {
    const point = { struct: { x: "u8" } };
    const emitted = new Emitted(`{"const": "p", "type": ${JSON.stringify(point)}, "init": {"x": 1, "x": 2}}`, true);
    expect(emitted.blamed).toEqual([["x", expect.stringMatching(/^MF0105 /)]]);
  });
});
