/** Every choice of sections makes a file that other tools accept: above all those without contents, and thread-local ones. */

import { describe, expect, it } from "vitest";
import { run } from "../support/command.js";
import { segments, symbol } from "../support/elf-view.js";
import { EXIT_0, HEADER, type Line, linkLines } from "../support/manifest.js";

const DATA: Readonly<Record<string, Line>> = {
  ".tdata": { var: "inTdata", bytes: "01", threadlocal: true },
  ".tbss": { var: "inTbss", align: 64, zero: 24, threadlocal: true },
  ".data": { var: "inData", align: 32, bytes: "01" },
  ".bss": { var: "inBss", align: 4096, zero: 8 },
};
const CONSTANT: Line = { const: "inRodata", align: 2, bytes: "0102" };
const NAMES = Object.keys(DATA);

/** Every subset of them, beside code and constants. */
const CHOICES = Array.from({ length: 2 ** NAMES.length }, (_, bits) => NAMES.filter((_name, bit) => (bits >> bit) & 1));

/** Of a segment that holds thread-local data or zeros only eu-elflint says this, also where GNU ld made it. */
const NO_DATA = /^loadable segment \[\d\] is writable but contains no writable sections\n$/;

describe.each<[string, Line]>([
  ["a program", HEADER],
  ["a position-independent program", { ...HEADER, pie: true }],
  ["an object", { ...HEADER, output: "obj" }],
])("%s", (_, header) => {
  it.each(CHOICES.map((names) => [names.join(" ") || "code and constants", names] as const))(
    "of %s is well-formed",
    (_what, names) => {
      const program = linkLines([header, ...EXIT_0, CONSTANT, ...names.map((name) => DATA[name]!)]);
      expect(run("readelf", ["-aW", program])).toMatchObject({ code: 0, stderr: "" });
      const lint = run("eu-elflint", ["--gnu-ld", program]);
      const hasData = names.includes(".data") || header["output"] === "obj" || header["pie"] === true;
      if (hasData || names.length === 0) expect(lint.stdout).toBe("No errors\n");
      else expect(lint.stdout).toMatch(NO_DATA);
      if (header["output"] !== "obj") expect(run(program, [])).toMatchObject({ code: 0, signal: null });
    },
  );
});

describe("a segment", () => {
  it("has addresses and file offsets that agree modulo its alignment, however large that is", () => {
    const program = linkLines([
      HEADER,
      ...EXIT_0,
      { func: "aligned", align: 8192, code: { bytes: "c3" } },
      { const: "table", align: 16384, bytes: "01" },
      { var: "page", align: 65536, bytes: "01" },
      { var: "block", align: 32768, zero: 1 },
    ]);
    for (const { type, address, offset, align } of segments(program))
      if (type === "LOAD") expect([type, (address - offset) % align]).toEqual(["LOAD", 0]);
    for (const [name, align] of [
      ["aligned", 8192],
      ["table", 16384],
      ["page", 65536],
      ["block", 32768],
    ] as const)
      expect(symbol(program, name).value % align).toBe(0);
    expect(run(program, []).code).toBe(0);
  });
});
