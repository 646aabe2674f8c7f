/** What a link promises beyond relocations: values that merge, names that stay apart, alignments, weak symbols. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { link, run } from "../support/command.js";
import { bytesAt, segments, symbol } from "../support/elf-view.js";
import { EXIT_0, EXIT_WITH_EAX, HEADER, type Line, linkLines, ndjson, writeLines } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

/** A constant of one pointer; where it points is what `readPointer` returns. */
function pointer(name: string, ref: Line): Line {
  return { const: name, align: 8, bytes: "00".repeat(8), relocs: [[0, "64", "it", 0]], refs: { it: ref } };
}

function readPointer(program: string, name: string): number {
  return Number(bytesAt(program, symbol(program, name).value, 8).readBigUInt64LE());
}

/** Links `declarations` into a program that exits with what the function body `code` leaves in eax. */
function exitCode(code: string, relocs: readonly unknown[], declarations: readonly Line[]): number | null {
  const start = { func: "start", code: { bytes: code + EXIT_WITH_EAX, relocs } };
  return run(linkLines([HEADER, start, { export: "_start", of: "start" }, ...declarations]), []).code;
}

describe("unnamed values", () => {
  it("are one symbol where they are equal, whatever the spelling", () => {
    const program = linkLines([
      HEADER,
      ...EXIT_0,
      pointer("a", { uav: { text: "same" } }),
      pointer("b", { uav: { bytes: "73616d65" } }),
      pointer("c", { uav: { bytes: "base64:c2FtZQ==" } }),
      pointer("d", { uav: { text: "other" } }),
    ]);
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => readPointer(program, name));
    expect([b, c]).toEqual([a, a]);
    expect(d).not.toBe(a);
    expect(bytesAt(program, a!, 4).toString()).toBe("same");
  });

  it("get the largest alignment that any asks for, also when it is asked for later", () => {
    const program = linkLines([
      HEADER,
      ...EXIT_0,
      pointer("first", { uav: { text: "odd", align: 1 } }),
      pointer("second", { uav: { text: "even", align: 1 } }),
      pointer("third", { uav: { text: "even", align: 256 } }),
      pointer("fourth", { uav: { text: "even", align: 2 } }),
    ]);
    expect(readPointer(program, "second") % 256).toBe(0);
    expect(readPointer(program, "third")).toBe(readPointer(program, "second"));
    expect(readPointer(program, "fourth")).toBe(readPointer(program, "second"));
  });

  it("cannot be written", () => {
    const program = linkLines([HEADER, ...EXIT_0, pointer("p", { uav: { text: "constant" } })]);
    const address = readPointer(program, "p");
    const home = segments(program).find(
      ({ type, address: start, memorySize }) => type === "LOAD" && address >= start && address < start + memorySize,
    );
    expect(home?.flags).not.toContain("W");
  });

  it("can be exported", () => {
    const program = linkLines([HEADER, ...EXIT_0, { export: "banner", of: { uav: { text: "hi" } } }]);
    expect(bytesAt(program, symbol(program, "banner").value, 2).toString()).toBe("hi");
  });
});

describe("data", () => {
  it("is put at the alignment that it asks for", () => {
    const aligns = [1, 2, 4, 8, 16, 64, 256, 4096];
    const kinds = ["const", "var"].flatMap((kind) =>
      aligns.flatMap((align) => [
        { [kind]: `${kind}-${align}`, align, bytes: "ff" },
        ...(kind === "var" ? [{ var: `zero-${align}`, align, zero: 1 }] : []),
      ]),
    );
    const program = linkLines([HEADER, ...EXIT_0, ...kinds]);
    for (const align of aligns) {
      for (const kind of ["const", "var", "zero"]) {
        expect([kind, align, symbol(program, `${kind}-${align}`).value % align]).toEqual([kind, align, 0]);
      }
    }
  });

  it("holds the bytes that text, hexadecimal and base64 spell", () => {
    const program = linkLines([
      HEADER,
      ...EXIT_0,
      { const: "text", text: "grün\u0000\u{1F600}" },
      { const: "hex", bytes: "00fFaB" },
      { var: "base", bytes: "base64:AP+r" },
    ]);
    const contents = (name: string): Buffer =>
      bytesAt(program, symbol(program, name).value, symbol(program, name).size);
    expect(contents("text").toString("utf8")).toBe("grün\u0000\u{1F600}");
    expect(contents("hex").toString("hex")).toBe("00ffab");
    expect(contents("base").toString("hex")).toBe("00ffab");
  });

  it("of variables can be written, of constants not", () => {
    // mov byte ptr [rip + it], 7; movzx eax, byte ptr [rip + it]
    const store = "c60500000000070fb60500000000";
    const relocs = [
      [2, "PC32", "it", -5],
      [10, "PC32", "it", -4],
    ];
    expect(exitCode(store, relocs, [{ var: "it", bytes: "00" }])).toBe(7);
    expect(exitCode(store, relocs, [{ var: "it", zero: 1 }])).toBe(7);
    expect(exitCode(store, relocs, [{ const: "it", bytes: "00" }])).toBe(null);
  });
});

describe("functions", () => {
  it("are aligned to 16 bytes by default and to none when small is asked for", () => {
    const functions = [1, 2, 3].map((n) => ({ func: `f${n}`, code: { bytes: "c3" } }));
    const debug = linkLines([HEADER, ...EXIT_0, ...functions]);
    const small = linkLines([{ ...HEADER, optimize: "small" }, ...EXIT_0, ...functions]);
    expect([1, 2, 3].map((n) => symbol(debug, `f${n}`).value % 16)).toEqual([0, 0, 0]);
    expect(symbol(small, "f3").value - symbol(small, "f2").value).toBe(1);
  });
});

describe("externs", () => {
  it("that are weak and that nothing defines have the address 0", () => {
    // lea of an absolute address: mov eax, hook
    expect(exitCode("b800000000", [[1, "32", "hook", 5]], [{ extern: "hook", is: "func", weak: true }])).toBe(5);
  });

  it("are found in another manifest's exports", () => {
    const directory = tempDir();
    const first = writeLines(directory, "first.ndjson", [
      HEADER,
      { extern: "seven", is: "func" },
      { func: "helper", code: { bytes: "c3" } },
      // call seven
      { func: "start", code: { bytes: `e800000000${EXIT_WITH_EAX}`, relocs: [[1, "PLT32", "seven", -4]] } },
      { export: "_start", of: "start" },
    ]);
    const second = writeLines(directory, "second.ndjson", [
      HEADER,
      { func: "start", code: { bytes: "b807000000c3" } }, // mov eax, 7; ret: another nav that is called start
      { export: "seven", of: "start" },
    ]);
    expect(run(link([first, second], join(directory, "program")), []).code).toBe(7);
    expect(run(link([first, second], join(directory, "again"), "--workers", "2"), []).code).toBe(7);
  });
});

describe("exports", () => {
  it("that are weak give way to a strong one of another manifest", () => {
    const directory = tempDir();
    const returns = (value: string, linkage: string): Line[] => [
      HEADER,
      { func: "value", code: { bytes: `b8${value}000000c3` } },
      { export: "value", of: "value", linkage },
    ];
    const main = writeLines(directory, "main.ndjson", [
      HEADER,
      { extern: "value", is: "func" },
      { func: "start", code: { bytes: `e800000000${EXIT_WITH_EAX}`, relocs: [[1, "PLT32", "value", -4]] } },
      { export: "_start", of: "start" },
    ]);
    const weak = writeLines(directory, "weak.ndjson", returns("01", "weak"));
    const strong = writeLines(directory, "strong.ndjson", returns("02", "strong"));
    const output = join(directory, "program");
    expect(run(link([main, weak], output), []).code).toBe(1);
    expect(run(link([main, weak, strong], output), []).code).toBe(2);
    expect(run(link([main, strong, weak], output), []).code).toBe(2);
  });

  it("may name other exports, and externs, whichever comes first", () => {
    const directory = tempDir();
    const chain = [HEADER, { extern: "b", is: "func" }, { export: "_start", of: "a" }, { export: "a", of: "b" }];
    const first = writeLines(directory, "first.ndjson", chain);
    const second = writeLines(directory, "second.ndjson", [HEADER, EXIT_0[0]!, { export: "b", of: "start" }]);
    const output = join(directory, "program");
    expect(run(link([first, second], output), []).code).toBe(0);
    expect(run(link([second, first], output), []).code).toBe(0);
    const values = ["_start", "a", "b", "start"].map((name) => symbol(output, name).value);
    expect(new Set(values).size).toBe(1);
  });

  it("that are hidden are local in a program, and global in an object", () => {
    const lines: Line[] = [...EXIT_0, { export: "secret", of: "start", visibility: "hidden" }];
    expect(symbol(linkLines([HEADER, ...lines]), "secret")).toMatchObject({ bind: "LOCAL", visibility: "HIDDEN" });
    expect(symbol(linkLines([{ ...HEADER, output: "obj" }, ...lines]), "secret")).toMatchObject({
      bind: "GLOBAL",
      visibility: "HIDDEN",
    });
  });

  it("choose the entry by the name in the header", () => {
    const program = linkLines([{ ...HEADER, entry: "main" }, EXIT_0[0]!, { export: "main", of: "start" }]);
    expect(run(program, []).code).toBe(0);
    expect(readFileSync(program).readBigUInt64LE(24)).toBe(BigInt(symbol(program, "main").value));
  });
});

describe("the header", () => {
  it("gives the image its base, as number or as string", () => {
    for (const imageBase of [0x400000, "0x400000"]) {
      const program = linkLines([{ ...HEADER, imageBase }, ...EXIT_0]);
      expect(Math.min(...segments(program).flatMap(({ type, address }) => (type === "LOAD" ? [address] : [])))).toBe(
        0x400000,
      );
      expect(run(program, []).code).toBe(0);
    }
  });

  it("and the lines after it may end with the file instead of a line end", () => {
    const path = join(tempDir(), "program.ndjson");
    writeFileSync(path, ndjson([HEADER, ...EXIT_0]).trimEnd());
    expect(run(link([path], `${path}.out`), []).code).toBe(0);
  });
});

describe("exports of internal linkage", () => {
  it("are seen by their own manifest only, which may share the name with another", () => {
    const directory = tempDir();
    const own = (value: string): Line[] => [
      { func: "answer", code: { bytes: `b8${value}000000c3` } },
      { export: "inner", of: "answer", linkage: "internal" },
    ];
    const start = { func: "start", code: { bytes: `e800000000${EXIT_WITH_EAX}`, relocs: [[1, "PLT32", "inner", -4]] } };
    const first = writeLines(directory, "a.ndjson", [HEADER, start, { export: "_start", of: "start" }, ...own("03")]);
    const second = writeLines(directory, "b.ndjson", [HEADER, ...own("04")]);
    expect(run(link([first, second], join(directory, "program")), []).code).toBe(3);
  });
});
