import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { R_X86_64 } from "../elf/x86-64.js";
import { fits, RANGE, Range, WIDTH } from "./x86-64.js";

const NAMES = [
  "8",
  "16",
  "32",
  "32S",
  "64",
  "PC8",
  "PC16",
  "PC32",
  "PC64",
  "PLT32",
  "TPOFF32",
  "TPOFF64",
  "SIZE32",
  "SIZE64",
] as const;

describe("relocation types of x86-64", () => {
  it("have the width that their name gives", () => {
    for (const name of NAMES) expect(WIDTH[R_X86_64[name]]).toBe(Number(/\d+/.exec(name)![0]) / 8);
  });

  it("take a value exactly where its field gives it back, read with the sign of the type", () => {
    const narrow = NAMES.filter((name) => WIDTH[R_X86_64[name]]! < 8);
    fc.assert(
      fc.property(
        fc.constantFrom(...narrow),
        fc.oneof(
          fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
          fc.maxSafeInteger(),
          fc.integer({ min: -300, max: 300 }),
        ),
        (name, value) => {
          const type = R_X86_64[name];
          const bits = WIDTH[type]! * 8;
          const signed = Number(BigInt.asIntN(bits, BigInt(value))) === value;
          const unsigned = Number(BigInt.asUintN(bits, BigInt(value))) === value;
          const expected = { [Range.SIGNED]: signed, [Range.UNSIGNED]: unsigned, [Range.EITHER]: signed || unsigned }[
            RANGE[type]!
          ];
          expect(fits(type, value)).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
