/**
 * Values that do not fit their field are told with the symbol, the place and both addresses, never cut off. GNU ld is
 * more lenient for `8`, `16` and `PC16`, where it takes a value of either sign and one bit more, and for `SIZE32`.
 */

import { describe, expect, it } from "vitest";
import { EXIT_0, HEADER, type Line, ndjson } from "../support/manifest.js";
import { refuse } from "../support/refused.js";

const WORLD: readonly Line[] = [
  HEADER,
  ...EXIT_0,
  { extern: "absent", is: "object", weak: true },
  { var: "far", align: 4096, zero: 3 * 2 ** 30 },
  { var: "behind", align: 8, zero: 8 },
  { var: "perThread", align: 8, bytes: "0000000000000000", threadlocal: true },
];

/** Type, target, addend: the value is just outside of what the field holds, or far. */
const TOO_LARGE: readonly (readonly [type: string, target: string, addend: number])[] = [
  ["8", "start", 0],
  ["8", "absent", 256],
  ["8", "absent", -129],
  ["16", "start", 0],
  ["16", "absent", 65536],
  ["16", "absent", -32769],
  ["32", "absent", 2 ** 32],
  ["32", "absent", -1],
  ["32S", "absent", 2 ** 31],
  ["32S", "absent", -(2 ** 31) - 1],
  ["PC8", "place", 8 + 128],
  ["PC8", "place", 8 - 129],
  ["PC16", "place", 8 + 32768],
  ["PC16", "place", 8 - 32769],
  ["PC32", "place", 8 + 2 ** 31],
  ["PC32", "place", 8 - 2 ** 31 - 1],
  ["PLT32", "start", 2 ** 33],
  ["TPOFF32", "perThread", 2 ** 32],
  ["SIZE32", "far", 2 ** 31 + 2 ** 30],
];

describe("a relocation that overflows", () => {
  it.each(TOO_LARGE)("is refused: %s to %s with addend %i", (type, target, addend) => {
    const place = { const: "place", align: 8, bytes: "00".repeat(16), relocs: [[8, type, target, addend]] };
    const { stderr, manifest } = refuse("relocationOverflow", [ndjson([...WORLD, place])]);
    expect(stderr).toContain(type);
    expect(stderr).toContain(target);
    expect(stderr).toContain("place");
    expect(stderr).toContain(`${manifest}:8:`);
    expect(new Set(stderr.match(/0x[0-9a-f]+/g)).size).toBeGreaterThanOrEqual(2);
  });

  it.each<[string, Line]>([
    ["a program", {}],
    ["an object", { output: "obj" }],
  ])("is refused where the value could only be rounded, in %s", (_, header) => {
    const place = {
      const: "place",
      align: 8,
      bytes: "00".repeat(8),
      relocs: [[0, "64", "middle", Number.MAX_SAFE_INTEGER]],
      refs: { middle: { nav: "far", offset: 1 } },
    };
    const { stderr } = refuse("relocationInexact", [ndjson([{ ...HEADER, ...header }, ...WORLD.slice(1), place])]);
    expect(stderr).toContain("2^53");
  });

  it.each([
    ["relocationTls", "PC32", "perThread"],
    ["relocationTls", "64", "perThread"],
    ["relocationNotTls", "TPOFF32", "far"],
  ] as const)("is refused where thread-local and other data are mixed up: %s", (code, type, target) => {
    const place = { const: "place", align: 8, bytes: "00".repeat(8), relocs: [[0, type, target, 0]] };
    expect(refuse(code, [ndjson([...WORLD, place])]).stderr).toContain(target);
  });

  it("is refused where only the layout makes it so", () => {
    // 3 GiB of zeros lie between the code and what it refers to.
    const place = { func: "place", code: { bytes: "8b0500000000c3", relocs: [[2, "PC32", "behind", -4]] } };
    const { stderr } = refuse("relocationOverflow", [ndjson([...WORLD, place])]);
    expect(stderr).toContain("behind");
    expect(stderr).toContain("place");
  });
});
