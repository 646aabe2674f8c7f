import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inTemporaryDirectory } from "./gcc-object.test.support.js";
import { lazyCode } from "./lazy-code.js";
import { type LazyContents, lazyData } from "./lazy-data.js";
import { messagesOf, referencesOf, table } from "./lower.test.support.js";
import { TypeTable } from "./type-table.js";

const types = table(8, true, {
  Color: { enum: ["red", "green", "blue"] },
  Sparse: {
    enum: [
      ["none", 0],
      ["big", "0xffffffffffffffff"],
      ["middle", "0x80000000"],
      ["é", 7],
    ],
    tag: "u64",
  },
  Signed: {
    enum: [
      ["low", -128],
      ["minus", -1],
      ["zero", 0],
      ["high", 127],
    ],
    tag: "i8",
  },
  Consecutive: { enum: [["a", -2], "b", "", "d"], tag: "i16" },
  Negative: {
    enum: [
      ["far", "-0x80000000"],
      ["near", -7],
    ],
    tag: "i32",
  },
  Odd: { enum: [["x", 5], "y"], tag: "i24" },
  Wide: { enum: [["first", "0x8000000000000000"], "second"], tag: "u64" },
  Single: { enum: ["only"] },
  Empty: { enum: [], tag: "u8", open: true },
});

describe("lazy data", () => {
  it("of an enum is its names in order of declaration, each with a zero byte, aligned to 1", () => {
    const { bytes, align, references } = lazyData(types, "Sparse");
    expect(Buffer.from(bytes).toString()).toBe("none\0big\0middle\0é\0");
    expect([align, references]).toEqual([1, []]);
  });

  it("of the error set is the count, the offsets with that of the end, and the names, aligned to 4", () => {
    const small = new TypeTable({ pointerBytes: 8, littleEndian: true }, [], ["A", "OutOfMemory"]);
    const { bytes, align } = lazyData(small, "anyerror");
    expect(align).toBe(4);
    expect(Buffer.from(bytes).toString("hex")).toBe(
      `02000000100000001200000 01e000000`.replace(" ", "") + Buffer.from("A\0OutOfMemory\0").toString("hex"),
    );
  });

  it("of the error set is in the target's byte order", () => {
    const small = new TypeTable({ pointerBytes: 4, littleEndian: false }, [], ["A"]);
    expect(Buffer.from(lazyData(small, "anyerror").bytes).toString("hex")).toBe("000000010000000c0000000e4100");
  });

  it("of an empty error set is only the count", () => {
    const empty = new TypeTable({ pointerBytes: 8, littleEndian: true }, []);
    expect([...lazyData(empty, "anyerror").bytes]).toEqual([0, 0, 0, 0]);
  });

  it("gives every error's name between the offset of its number and the next", () => {
    const { bytes } = lazyData(types, "anyerror");
    const view = Buffer.from(bytes);
    const nameOf = (error: number): string =>
      view.toString("utf8", view.readUInt32LE(4 * error), view.readUInt32LE(4 * error + 4) - 1);
    expect([1, 2, 3].map(nameOf)).toEqual(["OutOfMemory", "NotFound", "Busy"]);
  });

  it("has the key that references to it carry", () => {
    const reference = referencesOf(types, { ptr: "u8" }, { lazy: "data", type: "Color" });
    expect(reference).toEqual([`0:64:${lazyData(types, "Color").key}+0`]);
  });
});

/** Links lazy code and data with a C program that asks for the names of the given tags, and gives what it prints. */
function namesFromCode(spec: string, cType: string, tags: readonly string[]): string[] {
  return inTemporaryDirectory((directory) => {
    const code = lazyCode(types, spec);
    const assembly = [".globl name_of", ".text", `.balign ${code.align}`, "name_of:", ...assemble(code)];
    assembly.push(".section .rodata", "names:", `.byte ${[...lazyData(types, spec).bytes, 0].join()}`);
    assembly.push('.section .note.GNU-stack,"",@progbits');
    // The upper part of the register is not the tag's: the program fills it with ones.
    const program = `#include <stdio.h>
      struct name { const char *text; unsigned long length; };
      struct name name_of(unsigned long);
      int main(void) {
        ${cType} tags[] = {${tags.join()}};
        for (int i = 0; i < ${tags.length}; i++) {
          unsigned long raw = ~0ul;
          __builtin_memcpy(&raw, &tags[i], sizeof tags[i]);
          struct name n = name_of(raw);
          if (n.text) printf("%.*s %lu %d\\n", (int)n.length, n.text, n.length, n.text[n.length]);
          else printf("null %lu\\n", n.length);
        }
      }`;
    writeFileSync(join(directory, "code.s"), assembly.join("\n"));
    writeFileSync(join(directory, "main.c"), program);
    execFileSync("gcc", ["-w", "-O1", "-o", "main", "main.c", "code.s"], { cwd: directory, stdio: "pipe" });
    return execFileSync(join(directory, "main"), { encoding: "utf8" }).trimEnd().split("\n");
  });
}

/** The bytes as directives, with an expression for each reference. */
function assemble({ bytes, references }: LazyContents): string[] {
  const lines: string[] = [];
  let done = 0;
  for (const { offset, addend } of references) {
    lines.push(`.byte ${bytes.slice(done, offset).join()}`, `.long names + ${addend} - .`);
    done = offset + 4;
  }
  return [...lines, `.byte ${bytes.slice(done).join()}`];
}

describe("lazy code", () => {
  it.each<[string, string, string[], string[]]>([
    ["Color", "unsigned char", ["0", "1", "2", "3", "255"], ["red 3 0", "green 5 0", "blue 4 0", "null 0", "null 0"]],
    [
      "Sparse",
      "unsigned long",
      ["0", "~0ul", "0x80000000ul", "7", "0xffffffff80000000ul", "8"],
      ["none 4 0", "big 3 0", "middle 6 0", "é 2 0", "null 0", "null 0"],
    ],
    [
      "Signed",
      "signed char",
      ["-128", "-1", "0", "127", "1"],
      ["low 3 0", "minus 5 0", "zero 4 0", "high 4 0", "null 0"],
    ],
    [
      "Consecutive",
      "short",
      ["-3", "-2", "-1", "0", "1", "2"],
      ["null 0", "a 1 0", "b 1 0", " 0 0", "d 1 0", "null 0"],
    ],
    ["Negative", "int", ["-2147483647 - 1", "-7", "7"], ["far 3 0", "near 4 0", "null 0"]],
    ["Odd", "int", ["4", "5", "6", "7"], ["null 0", "x 1 0", "y 1 0", "null 0"]],
    [
      "Wide",
      "unsigned long",
      ["1ul << 63", "(1ul << 63) + 1", "0", "~0ul"],
      ["first 5 0", "second 6 0", "null 0", "null 0"],
    ],
    ["Single", "unsigned char", ["0", "77"], ["only 4 0", "only 4 0"]],
    ["Empty", "unsigned char", ["0", "1"], ["null 0", "null 0"]],
  ])("of %s returns address and length of a tag's name, and null for other values", (spec, cType, tags, names) => {
    expect(namesFromCode(spec, cType, tags)).toEqual(names);
  });

  it("is aligned as functions are, and refers to the enum's lazy data", () => {
    const { align, references } = lazyCode(types, "Color");
    expect(align).toBe(16);
    expect(references.map(({ type, target }) => [type, target])).toEqual([
      ["PC32", { lazy: "data", type: "Color", key: lazyData(types, "Color").key }],
    ]);
  });

  it("is refused for other types, wider tags and other machines", () => {
    expect(messagesOf(() => lazyCode(types, "u8"))).toEqual([
      "MF0623 type: there is no lazy code for u8, only for enums with tags of at most 64 bits",
    ]);
    expect(messagesOf(() => lazyCode(types, { enum: ["a"], tag: "u65" }))).toHaveLength(1);
    expect(messagesOf(() => lazyCode(table(4, true), { enum: ["a"] }))).toEqual([
      "MF0623 type: there is no lazy code for this enum, only for x86_64",
    ]);
    expect(messagesOf(() => lazyData(types, { error: ["Busy"] }))).toEqual([
      "MF0623 type: there is no lazy data for this error set, only for enums and anyerror",
    ]);
  });
});
