import { Chunk, ChunkStatus } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { Emitted } from "./emitted.test.helper.js";

const TYPED = { const: "a", type: "u8", init: 1 };

describe("declarations of inputs", () => {
  it("have no records, and are reported with their places, in order", () => {
    const emitted = new Emitted([{ input: "a.o" }, { func: "f", code: { bytes: "c3" } }, { input: "dir/\u00fc\n.a" }]);
    expect(emitted.count(Chunk.DECL_COUNT)).toBe(1);
    const { inputs } = emitted.emitter;
    expect(inputs.map(({ path }) => path)).toEqual(["a.o", "dir/\u00fc\n.a"]);
    const text = Buffer.from(emitted.text);
    expect(inputs.map(({ offset }) => text.toString("utf8", offset - 1, offset + 3))).toEqual(['"a.o', '"dir']);
  });

  it("of a chunk that waits for types are reported when it is emitted", () => {
    const declarations = [{ input: "a.o" }, TYPED, { input: "b.o" }];
    const waiting = new Emitted(declarations);
    expect(waiting.chunks.status(0)).toBe(ChunkStatus.WAITING);
    expect(waiting.emitter.inputs).toEqual([]);
    const emitted = new Emitted(declarations, true);
    expect(emitted.emitter.inputs.map(({ path }) => path)).toEqual(["a.o", "b.o"]);
  });

  it.each([
    ["refused", "MF0134 objects and archives are not linked here"],
    ["object", 'MF0135 a relocatable file ("output": "obj") takes no inputs'],
  ] as const)("are errors where they cannot be followed (%s)", (policy, message) => {
    const emitted = new Emitted([{ input: "a.o" }], false, policy);
    expect(emitted.blamed).toEqual([["input", message]]);
    expect(emitted.chunks.status(0)).toBe(ChunkStatus.FAILED);
  });

  it("have a path and nothing else", () => {
    const faulty = [{ input: "" }, { input: "a\0" }, { input: 1 }, { input: ["a"] }, { input: "a", lazy: true }];
    expect(new Emitted(faulty).blamed.map(([at, message]) => [at, message.slice(0, 6)])).toEqual([
      ["", "MF0122"],
      ["a\\u0000", "MF0122"],
      ["1", "MF0106"],
      ["[", "MF0106"],
      ["lazy", "MF0102"],
    ]);
  });
});
