import { alignOf, ChunkStatus, Decl, R_X86_64, Reloc, Uav } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { Emitted } from "./emitted.test.helper.js";

const refs = (text: string, align = 1): object => ({ msg: { uav: { text, align } } });

describe("ChunkEmitter", () => {
  it("emits bytes, base64 and text as contents", () => {
    const emitted = new Emitted([
      { func: "f", code: { bytes: "c3" } },
      { const: "c", bytes: "base64:aGVsbG8=" },
      { var: "v", text: "é\n\u{1f600}" },
    ]);
    expect(emitted.decls.map((decl) => emitted.blob(decl, Decl.BLOB, Decl.SIZE))).toEqual([
      "\xc3",
      "hello",
      Buffer.from("é\n\u{1f600}", "utf8").toString("latin1"),
    ]);
    expect(emitted.chunks.status(0)).toBe(ChunkStatus.EMITTED);
  });

  it("gives functions the header's alignment, data none, and both what they ask for", () => {
    const emitted = new Emitted([
      { func: "a", code: { bytes: "c3" } },
      { func: "b", align: 64, code: { bytes: "c3" } },
      { const: "c", bytes: "00" },
      { const: "d", align: 8, bytes: "00" },
    ]);
    expect(emitted.decls.map((decl) => alignOf(decl[Decl.FLAGS]!))).toEqual([4, 6, 0, 3]);
  });

  it("keeps equal unnamed values once, with the largest alignment asked for", () => {
    const func = (name: string, references: object): object => ({
      func: name,
      code: { bytes: "00000000", relocs: [[0, "PC32", "msg", 0]] },
      refs: references,
    });
    const emitted = new Emitted([
      func("a", refs("hi", 2)),
      func("b", refs("hi", 16)),
      func("c", refs("hi", 4)),
      func("d", refs("ho")),
    ]);
    expect(emitted.uavs.map((uav) => [emitted.blob(uav, Uav.BLOB, Uav.SIZE), alignOf(uav[Uav.FLAGS]!)])).toEqual([
      ["hi", 4],
      ["ho", 0],
    ]);
    expect(emitted.relocs).toHaveLength(4);
  });

  it("takes zeros for the same value as the same zeros spelled out", () => {
    const uav = (value: object): object => ({
      func: JSON.stringify(value),
      code: { bytes: "00000000", relocs: [[0, "32S", "z", 0]] },
      refs: { z: { uav: value } },
    });
    expect(new Emitted([uav({ zero: 3 }), uav({ bytes: "000000" })]).uavs).toHaveLength(1);
  });

  it("tells values apart by what their relocations refer to", () => {
    const pointer = (target: string, name: string): object => ({
      func: name,
      code: { bytes: "00000000", relocs: [[0, "32S", "p", 0]] },
      refs: { p: { uav: { bytes: "0000000000000000", relocs: [[0, "64", target, 0]] } } },
    });
    expect(new Emitted([pointer("x", "a"), pointer("y", "b"), pointer("x", "c")]).uavs).toHaveLength(2);
  });

  it("lets an unnamed value refer to another, whichever comes first", () => {
    const emitted = new Emitted([
      {
        const: "c",
        refs: { p: { uav: { bytes: "0000000000000000", relocs: [[0, "64", "s", 1]] } }, s: { uav: { text: "deep" } } },
        bytes: "0000000000000000",
        relocs: [[0, "64", "p", 0]],
      },
    ]);
    expect(emitted.messages).toEqual([]);
    expect(emitted.uavs).toHaveLength(2);
  });

  it("takes refs before or after the code that uses them", () => {
    const code = { bytes: "00000000", relocs: [[0, "PC32", "msg", -4]] };
    const before = new Emitted([{ func: "f", refs: refs("x"), code }]);
    const after = new Emitted([{ func: "f", code, refs: refs("x") }]);
    expect(before.relocs.map((reloc) => reloc[Reloc.ADDEND_LOW])).toEqual([-4]);
    expect(after.uavs.map((uav) => after.blob(uav, Uav.BLOB, Uav.SIZE))).toEqual(
      before.uavs.map((uav) => before.blob(uav, Uav.BLOB, Uav.SIZE)),
    );
  });

  it("keeps addends beyond 32 bits", () => {
    const emitted = new Emitted([{ const: "c", bytes: "0000000000000000", relocs: [[0, "64", "c", -(2 ** 40) - 5]] }]);
    const [reloc] = emitted.relocs;
    expect(reloc![Reloc.ADDEND_HIGH]! * 2 ** 32 + (reloc![Reloc.ADDEND_LOW]! >>> 0)).toBe(-(2 ** 40) - 5);
    expect(reloc![Reloc.TYPE]).toBe(R_X86_64["64"]);
  });

  it("goes on behind a faulty declaration and reports each at its place", () => {
    const emitted = new Emitted(
      '{"func": "a", "code": {"bytes": "c"}}\n{"fnc": "b"}\n\n{"var": "c", "zero": 8}\n{"var": "d"}',
    );
    expect(emitted.messages).toEqual([
      "MF0107 at 34: bytes: an odd number of digits (1)",
      'MF0103 at 41: unknown kind of declaration "fnc"; the first key names the kind',
      'MF0116 at 77: a var needs exactly one of "bytes", "text", "zero" and "type" with "init"; none is given',
    ]);
    expect(emitted.chunks.status(0)).toBe(ChunkStatus.FAILED);
  });

  it("says how many errors it does not show", () => {
    const emitted = new Emitted(Array.from({ length: 25 }, () => ({ what: "x" })));
    expect(emitted.messages).toHaveLength(21);
    expect(emitted.messages[20]).toContain("5 more errors");
  });

  it.each([
    [
      { func: "f", code: { bytes: "c3", relocs: [[0, "PC32", "x", 0]] } },
      /takes 4 bytes, but its function or data has only 1/,
    ],
    [{ func: "f", code: { bytes: "c3", relocs: [[-1, "8", "x", 0]] } }, /offset of -1 bytes/],
    [{ func: "f", code: { bytes: "00000000", relocs: [[0, "PC23", "x", 0]] } }, /unknown relocation type "PC23"/],
    [{ func: "f", code: { bytes: "00000000", relocs: [[0, "COPY", "x", 0]] } }, /"COPY" is not supported/],
    [{ func: "f", code: { bytes: "00000000", relocs: [[0, "PC32"]] } }, /must be \[offset, type, target, addend\]/],
    [{ var: "v", zero: 8, relocs: [[0, "64", "x", 0]] }, /cannot carry relocations/],
    [{ var: "v", zero: -1 }, /outside of the limits/],
    [{ var: "v", zero: 2 ** 33 }, /outside of the limits/],
    [{ const: "c", bytes: "00", align: 3 }, /not a power of two/],
    [{ const: "c", bytes: "00", align: 2 ** 20 }, /not a power of two from 1 to 65536/],
    [{ const: "c", bytes: "00", threadlocal: true }, /belongs to a `var`/],
    [{ const: "c", bytes: "00", text: "x" }, /"bytes" and "text" are given/],
    [{ const: "", bytes: "00" }, /is empty/],
    [{ const: "a\0b", bytes: "00" }, /zero byte/],
    [{ func: "f", code: { bytes: "c3" }, refs: { x: { uav: { text: "y" } } }, size: 4 }, /unknown key "size"/],
    [{ export: "e" }, /needs "of"/],
    [{ export: "e", of: "f", linkage: "srong" }, /cannot be "srong"/],
    [{ func: "f", code: { bytes: "c3" }, refs: { x: {} } }, /needs exactly one of "uav", "nav" and "lazy"/],
  ])("refuses %j", (declaration, message) => {
    expect(new Emitted([declaration]).messages.join("\n")).toMatch(message);
  });
});
