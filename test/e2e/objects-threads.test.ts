/** Links of several threads: byte for byte what one thread writes, and told in the same words where something is wrong. */

import { copyFileSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../support/command.js";
import { compile, named, type Program, tryLink } from "../support/gcc-link.js";
import { tempDir } from "../support/temp-dir.js";

/** Links twice, on one thread and on three, to `one` and `three` in `directory`. */
function linkBoth(program: Program, directory: string): readonly [Outcome, Outcome] {
  const link = (threads: string, name: string): Outcome =>
    tryLink("manifold", { ...program, inputs: [...program.inputs, `-Wl,--threads=${threads}`] }, join(directory, name));
  return [link("1", "one"), link("3", "three")];
}

function expectSame(program: Program): void {
  const directory = tempDir();
  for (const { code, stderr } of linkBoth(program, directory))
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [one, three] = ["one", "three"].map((name) => readFileSync(join(directory, name)));
  expect(three!.equals(one!)).toBe(true);
}

function expectSameErrors(program: Program): string {
  const [one, three] = linkBoth(program, tempDir());
  expect(three).toEqual(one);
  expect(one.code).toBe(1);
  return one.stderr;
}

describe("three threads write what one writes", () => {
  it("of C++ with exceptions, templates and debug information", () => {
    const inputs = ["cxx-main.cc", "cxx-part.cc"].map((file) => compile(file, "-g", "-ffunction-sections"));
    expectSame({ inputs, driver: "g++" });
  });

  it("of a position-independent program", () => {
    expectSame({ inputs: [compile("runtime.c", "-O2"), "-lm", "-pthread"], mode: "-static-pie" });
  });

  it("without unused sections, and with debug information of them", () => {
    const object = compile("runtime.c", "-g", "-ffunction-sections", "-fdata-sections");
    expectSame({ inputs: [object, "-lm", "-pthread", "-Wl,--gc-sections"] });
  });

  it("of whole archives and many sections", () => {
    const inputs = [compile("hello.c"), "-Wl,--whole-archive", "-lm", "-Wl,--no-whole-archive"];
    expectSame({ inputs });
  });

  it("of more objects than are read at once", () => {
    const directory = tempDir();
    const part = compile("hello.c", "-Dmain=unused", "-g");
    const objects = Array.from({ length: 100 }, (_, i) => {
      copyFileSync(part, join(directory, `part${i}.o`));
      return join(directory, `part${i}.o`);
    });
    expectSame({ inputs: [compile("hello.c"), ...objects, "-Wl,--allow-multiple-definition"] });
  });
});

describe("three threads tell what one tells", () => {
  it("of undefined names", () => {
    const told = expectSameErrors({ inputs: named(tempDir(), { "refers.o": compile("undefined.cc") }), driver: "g++" });
    expect(told).toContain("missing_plain");
  });

  it("of an object that is cut off, among others", () => {
    const files = named(tempDir(), { "good.o": compile("hello.c"), "bad.o": compile("bare.s") });
    truncateSync(files[1]!, 200);
    expect(expectSameErrors({ inputs: files })).toContain("bad.o");
  });

  it("of relocations that do not fit", () => {
    const inputs = [compile("far-data.c"), compile("far-gap.s")];
    const [one, three] = linkBoth({ inputs }, tempDir());
    expect(three).toEqual(one);
  });
});
