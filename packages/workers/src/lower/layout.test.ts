import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { inTemporaryDirectory } from "./gcc-object.test.support.js";
import { table } from "./lower.test.support.js";
import { TypeTable } from "./type-table.js";

const x64 = table(8, true);
const x86 = table(4, true);

function layoutOf(types: TypeTable, spec: unknown): [size: number, align: number] {
  const { size, align } = types.layout(spec);
  return [size, align];
}

describe("integers", () => {
  it.each([
    ["u0", 0, 1],
    ["u1", 1, 1],
    ["i8", 1, 1],
    ["u9", 2, 2],
    ["i17", 4, 4],
    ["u24", 4, 4],
    ["u33", 8, 8],
    ["i64", 8, 8],
    ["u65", 16, 16],
    ["i128", 16, 16],
    ["u129", 32, 16],
    ["u256", 32, 16],
    ["i300", 48, 16],
    ["u65535", 8192, 16],
  ])("%s takes %i bytes aligned to %i on x86-64", (name, size, align) => {
    expect(layoutOf(x64, name)).toEqual([size, align]);
  });

  it("of 64 bits are aligned to 4 on i386 and to 8 on other 32-bit machines", () => {
    expect(layoutOf(x86, "u64")).toEqual([8, 4]);
    expect(layoutOf(new TypeTable({ pointerBytes: 4, littleEndian: true, machine: "arm" }, []), "u64")).toEqual([8, 8]);
  });

  it("wider than 64 bits are aligned to the widest C integer of the machine", () => {
    expect(layoutOf(x86, "u128")).toEqual([16, 16]);
    expect(layoutOf(new TypeTable({ pointerBytes: 4, littleEndian: true, machine: "riscv32" }, []), "u72")).toEqual([
      16, 8,
    ]);
  });
});

describe("other scalars", () => {
  it.each([
    ["void", [0, 1], [0, 1]],
    ["bool", [1, 1], [1, 1]],
    ["usize", [8, 8], [4, 4]],
    ["isize", [8, 8], [4, 4]],
    ["f16", [2, 2], [2, 2]],
    ["f32", [4, 4], [4, 4]],
    ["f64", [8, 8], [8, 4]],
    ["f80", [16, 16], [12, 4]],
    ["f128", [16, 16], [16, 16]],
    ["anyerror", [2, 2], [2, 2]],
    [{ ptr: "opaque" }, [8, 8], [4, 4]],
    [{ ptr: "u8", size: "slice" }, [16, 8], [8, 4]],
  ])("%j has its psABI layout on x86-64 and i386", (spec, wide, narrow) => {
    expect(layoutOf(x64, spec)).toEqual(wide);
    expect(layoutOf(x86, spec)).toEqual(narrow);
  });

  it("80-bit floats are laid out as integers of 80 bits where C has none", () => {
    expect(layoutOf(new TypeTable({ pointerBytes: 4, littleEndian: true, machine: "arm" }, []), "f80")).toEqual([
      16, 8,
    ]);
  });

  it("have on i386 the sizes and alignments that gcc -m32 gives them in structs", () => {
    const pairs: [string, string][] = [
      ["i64", "long long"],
      ["f64", "double"],
      ["f80", "long double"],
      ["f128", "__float128"],
      ["usize", "void *"],
      ["u16", "short"],
    ];
    const lines = pairs.map(
      ([, type], index) =>
        `struct S${index} { char c; ${type} x; }; int x${index} = sizeof(${type}) * 256 + __builtin_offsetof(struct S${index}, x);`,
    );
    const assembly = inTemporaryDirectory((cwd) =>
      execFileSync("gcc", ["-m32", "-S", "-x", "c", "-", "-o", "-"], {
        input: lines.join("\n"),
        cwd,
        encoding: "utf8",
      }),
    );
    const values = [...assembly.matchAll(/\.long\s+(\d+)/g)].map((match) => Number(match[1]));
    expect(pairs.map(([spec]) => layoutOf(x86, spec))).toEqual(values.map((value) => [value >> 8, value & 255]));
  });
});

describe("composites", () => {
  it.each<[unknown, number, number]>([
    [{ array: "u32", len: 3 }, 12, 4],
    [{ array: "u32", len: 3, sentinel: 0 }, 16, 4],
    [{ array: "u64", len: 0 }, 0, 8],
    [{ vector: "f32", len: 3 }, 16, 16],
    [{ vector: "bool", len: 3 }, 1, 1],
    [{ vector: "bool", len: 17 }, 4, 4],
    [{ optional: "u32" }, 8, 4],
    [{ optional: "void" }, 1, 1],
    [{ optional: { array: "u64", len: 0 } }, 8, 8],
    [{ optional: { ptr: "u8" } }, 8, 8],
    [{ optional: { ptr: "u8", size: "slice" } }, 16, 8],
    [{ optional: { ptr: "u8", size: "c" } }, 16, 8],
    [{ optional: { ptr: "u8", allowzero: true } }, 16, 8],
    [{ optional: "anyerror" }, 2, 2],
    [{ optional: { optional: { ptr: "u8" } } }, 16, 8],
    [{ errorUnion: "void" }, 2, 2],
    [{ errorUnion: "u8" }, 4, 2],
    [{ errorUnion: { array: "u8", len: 3 } }, 6, 2],
    [{ errorUnion: "u16" }, 4, 2],
    [{ errorUnion: "u64" }, 16, 8],
    [{ struct: { a: "u8", b: "u64", c: "u16", d: "u8" } }, 16, 8],
    [{ struct: { a: "u8", b: "u64", c: "u16", d: "u8" }, layout: "extern" }, 24, 8],
    [{ struct: { a: { type: "u8", align: 16 }, b: "u8" } }, 16, 16],
    [{ struct: {} }, 0, 1],
    [{ tuple: ["u8", "u32"] }, 8, 4],
    [{ struct: { a: "u3", b: "bool", c: "i20" }, layout: "packed" }, 4, 4],
    [{ struct: { a: "u65" }, layout: "packed" }, 16, 16],
    [{ union: { a: "u8", b: "u32" } }, 4, 4],
    [{ union: { a: "u8", b: "u32" }, tag: true }, 8, 4],
    [{ union: { a: "u8", b: "void" }, tag: "u32" }, 8, 4],
    [{ union: { a: "void", b: "void" }, tag: true }, 1, 1],
    [{ union: { a: "u64", b: { array: "u8", len: 9 } }, tag: "u16" }, 16, 8],
    [{ union: { a: "u64", b: { array: "u8", len: 9 } } }, 16, 8],
    [{ union: { a: "u12", b: "u20" }, layout: "packed" }, 4, 4],
    [{ enum: ["a"] }, 0, 1],
    [{ enum: ["a", "b", "c"] }, 1, 1],
    [{ enum: ["a", ["b", 256]] }, 2, 2],
    [{ enum: [["a", -1], "b"] }, 1, 1],
    [{ enum: ["a"], tag: "u32" }, 4, 4],
  ])("%j takes %i bytes aligned to %i", (spec, size, align) => {
    expect(layoutOf(x64, spec)).toEqual([size, align]);
  });

  it("may be declared in any order and refer to themselves through pointers", () => {
    const types = table(8, true, {
      List: { struct: { head: "Node", length: "u32" } },
      Node: { struct: { next: { optional: { ptr: "Node" } }, item: { ptr: "List", size: "slice" } } },
      Alias: "Later",
      Later: { array: "u16", len: 4 },
    });
    expect(layoutOf(types, "List")).toEqual([32, 8]);
    expect(layoutOf(types, "Alias")).toEqual([8, 2]);
  });

  it("place automatic fields by descending alignment and equal ones in their order", () => {
    const type = x64.resolve({ struct: { a: "u8", b: "u16", c: "u64", d: "u16", e: "u8" } });
    expect(type.kind === "struct" && type.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ["a", 12],
      ["b", 8],
      ["c", 0],
      ["d", 10],
      ["e", 13],
    ]);
  });
});
