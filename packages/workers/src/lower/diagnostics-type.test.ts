import { describe, expect, it } from "vitest";
import { declaring, types } from "./faulty.test.support.js";
import { diagnosticsOf, messagesOf } from "./lower.test.support.js";
import { TypeTable } from "./type-table.js";

describe("a faulty type is told with its place", () => {
  it.each<[unknown, string]>([
    ["Itme", 'MF0601 type: there is no type "Itme"'],
    [{ ptr: "Nowhere" }, 'MF0601 type.ptr: there is no type "Nowhere"'],
    [{ struct: { a: { optional: "u7x" } } }, 'MF0601 type.struct.a.optional: there is no type "u7x"'],
    [7, 'MF0602 type: expected a type: a name, or an object such as {"ptr": "u8"}, found the number 7'],
    [{ array: "u8" }, 'MF0602 type: expected "len", an integer from 0 to 9007199254740990, found nothing'],
    [
      { array: "u8", len: -1 },
      'MF0602 type: expected "len", an integer from 0 to 9007199254740990, found the number -1',
    ],
    [{ ptr: "u8", size: "two" }, 'MF0602 type: expected "size", one of one, many, slice, c, found the string "two"'],
    [{ ptr: "u8", align: 3 }, 'MF0602 type: expected "align", a power of two, found the number 3'],
    [
      { vector: "anyerror", len: 2 },
      'MF0602 type.vector: expected a vector of integers, floats, bool or pointers, found the string "anyerror"',
    ],
    [
      { struct: { a: "u8" }, backing: "u8" },
      'MF0602 type.backing: expected "backing" only where the layout is "packed", found the string "u8"',
    ],
    [
      {
        struct: [
          { name: "a", type: "u8" },
          { name: "a", type: "u8" },
        ],
      },
      'MF0603 type.struct[1]: the field "a" is there twice',
    ],
    [{ enum: ["a", "b", "a"] }, 'MF0603 type.enum[2]: the tag "a" is there twice'],
    [{ enum: ["a", ["b", 0]] }, 'MF0603 type.enum[1]: the tag number "0" is there twice'],
    [
      { array: "u64", len: "0x1000000000000" },
      "MF0605 type: an array of 281474976710656 is too large: the limit is 140737488355328 bytes",
    ],
    ["u65536", 'MF0605 type: "u65536" is too large: the limit is 65535 bits'],
    [{ array: "opaque", len: 1 }, 'MF0608 type.array: "opaque" has no size and stands only behind a pointer'],
    ["fn", 'MF0608 type: "fn" has no size and stands only behind a pointer'],
    [
      { struct: { a: { array: "u8", len: 1 } }, layout: "packed" },
      "MF0609 type.struct.a: an array of 1 cannot be part of a packed type",
    ],
    [
      { enum: ["a", ["b", 256]], tag: "u8" },
      "MF0611 type.enum[1]: the tag of this enum takes 0 to 255, found the number 256",
    ],
    [{ ptr: "u8", sise: "many" }, 'MF0614 type: {"ptr": …} has no "sise"'],
    [{ error: ["Buzy"] }, 'MF0617 type.error[0]: the global error set has no error "Buzy"'],
    [
      { struct: { a: "u3" }, layout: "packed", backing: "u8" },
      "MF0621 type.backing: the backing integer has 8 bits, the fields take 3",
    ],
    [{ union: { red: "u8" }, tag: "Color" }, 'MF0622 type.tag: the union has no field "green", which its tag enum has'],
    [{ union: { red: "u8", green: "u8", blue: "u8" }, tag: "Color" }, 'MF0622 type.tag: the tag enum has no "blue"'],
    [{ struct: { "0": "u8" } }, 'MF0625 type.struct: the name "0" loses its place in a JSON object'],
    [{ array: "u8", len: 1, sentinel: 256 }, "MF0611 type.sentinel: u8 takes 0 to 255, found the number 256"],
  ])("%j: %s", (spec, message) => {
    expect(messagesOf(() => types.layout(spec))).toEqual([message]);
  });

  it("with the declared name as symbol, once for each fault, and all of them", () => {
    const diagnostics = diagnosticsOf(
      declaring({
        A: { struct: { b: "B" } },
        B: { array: "u9x", len: 1 },
        C: { ptr: { tuple: ["u8", "nope"] } },
        u8: "bool",
      }),
    );
    expect(diagnostics.map(({ code, place, message }) => [code, place?.symbol, message.split(":")[0]])).toEqual([
      ["MF0607", "u8", "type"],
      ["MF0601", "B", "is.array"],
      ["MF0601", "C", "is.ptr.tuple[1]"],
    ]);
  });

  it("and a remedy", () => {
    expect(diagnosticsOf(() => types.layout("Itme"))[0]?.suggestion).toBe('Did you mean "Item"?');
  });

  it("when it contains itself by value, with the way round", () => {
    const messages = messagesOf(
      declaring({ A: { struct: { b: "B" } }, B: { optional: "C" }, C: { tuple: ["u8", "A"] } }),
    );
    expect(messages).toEqual(['MF0604 is: the type "A" contains itself: A → B → C → A']);
    expect(messagesOf(declaring({ A: "A" }))).toEqual(['MF0604 is: the type "A" contains itself: A → A']);
  });

  it("when it is declared twice", () => {
    const twice = () =>
      new TypeTable({ pointerBytes: 8, littleEndian: true }, [
        { name: "A", is: "u8" },
        { name: "A", is: "u8" },
      ]);
    expect(messagesOf(twice)).toEqual(['MF0603 type: the type "A" is there twice']);
  });

  it("when the global error set repeats a name, has something else or is too long", () => {
    const withErrors = (errors: unknown[]) => () => new TypeTable({ pointerBytes: 8, littleEndian: true }, [], errors);
    expect(messagesOf(withErrors(["A", "A", 1]))).toEqual([
      'MF0603 errors[1]: the error "A" is there twice',
      "MF0602 errors[2]: expected the name of an error, found the number 1",
    ]);
    const many = Array.from({ length: 65536 }, (_, index) => `E${index}`);
    expect(messagesOf(withErrors(many))).toEqual([
      "MF0624 errors: 65536 errors are more than the 65535 that an error value can number",
    ]);
  });

  it("when it is nested too deep, written out or by names", () => {
    let spec: unknown = "u8";
    for (let level = 0; level < 100_000; level++) spec = { optional: spec };
    expect(messagesOf(() => types.layout(spec))[0]).toMatch(/^MF0606 /);
    let pointers: unknown = "u8";
    for (let level = 0; level < 100_000; level++) pointers = { ptr: pointers };
    expect(messagesOf(() => types.layout(pointers))[0]).toMatch(/^MF0606 /);
    const chain = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`T${index}`, { tuple: [`T${index + 1}`] }]),
    );
    expect(messagesOf(declaring({ ...chain, T5000: "u8" }))[0]).toMatch(/^MF0606 /);
  });

  it("but a chain of pointers by names may be of any length", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`T${index}`, { ptr: `T${index + 1}` }]),
    );
    expect(declaring({ ...chain, T5000: "u8" })().layout("T0")).toEqual({ size: 8, align: 8 });
  });
});
