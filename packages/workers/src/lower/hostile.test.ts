import fc from "fast-check";
import { describe, it } from "vitest";
import { twinTypes } from "./c-twin.test.support.js";
import { CWriter } from "./c-twin-writer.test.support.js";
import { declaring, types } from "./faulty.test.support.js";
import { diagnosticsOf, lowered } from "./lower.test.support.js";
import { TypeTable } from "./type-table.js";

describe("whatever is given", () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  const words = fc.constantFrom(
    ...[
      "u8",
      "f32",
      "Item",
      "Color",
      "ptr",
      "array",
      "vector",
      "optional",
      "errorUnion",
      "error",
      "struct",
      "union",
      "enum",
      "tuple",
    ],
    ...[
      "len",
      "tag",
      "layout",
      "packed",
      "backing",
      "sentinel",
      "size",
      "slice",
      "nav",
      "uav",
      "init",
      "type",
      "field",
      "of",
      "element",
    ],
    ...[
      "payload",
      "undefined",
      "some",
      "ok",
      "repeat",
      "bytes",
      "text",
      "zero",
      "align",
      "lazy",
      "data",
      "int",
      "offset",
      "__proto__",
      "0",
    ],
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      words,
      fc.constantFrom<unknown>(0, 1, 2, 300, -1, 1.5, true, false, null, "0x10", 2 ** 60),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(words, tie("tree"), { maxKeys: 4 }),
      json,
    ),
  }));

  it("as a type or value, only diagnostics are thrown", () => {
    fc.assert(
      fc.property(tree, tree, (spec, value) => {
        diagnosticsOf(() => declaring({ Declared: spec })());
        diagnosticsOf(() => lowered(types, spec, value));
        for (const name of ["Item", "Box", "Color", "Shape", "u8", "f80", "anyerror"])
          diagnosticsOf(() => lowered(types, name, value));
        diagnosticsOf(() => lowered(types, { ptr: "Item", size: "slice" }, value));
        diagnosticsOf(() => lowered(types, { ptr: "opaque" }, value));
      }),
      { numRuns: 3000 },
    );
  });

  it("as the value of another type, only diagnostics are thrown", () => {
    const twin = twinTypes({ pointerBytes: 8 }).chain((type) => fc.tuple(fc.constant(type), type.value));
    const small = new TypeTable({ pointerBytes: 8, littleEndian: true }, [], ["A", "B", "C"]);
    fc.assert(
      fc.property(twin, twin, ([, value], [type]) => {
        diagnosticsOf(() => lowered(small, type.spec, value(new CWriter(small)).json));
      }),
      { numRuns: 300 },
    );
  });
});
