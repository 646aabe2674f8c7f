import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecordTable } from "../memory/record-table.js";
import { newDeclaration } from "./from-records.js";
import { ManifestTexts, type TextLine } from "./manifest-lines.js";
import type { Program } from "./program.js";
import { Declaration } from "./tables.js";

/** A program of which there is nothing but declarations. */
function emptyProgram(): Program {
  return { parts: { declarations: new RecordTable("declarations", Declaration.WORDS) } } as unknown as Program;
}

function lineOf(start: number, length: number): TextLine {
  return { start, length, hash0: start, hash1: length };
}

/** Declarations of these lengths, one behind the other from byte 10 on, a newline between. */
function noted(lengths: readonly number[]): { texts: ManifestTexts; rows: number[] } {
  const program = emptyProgram();
  const texts = new ManifestTexts(program, 0);
  let start = 10;
  const rows = lengths.map((length) => {
    const row = newDeclaration(program);
    texts.place(row, lineOf(start, length));
    start += length + 1;
    return row;
  });
  return { texts, rows };
}

function startsOf(lengths: readonly number[]): number[] {
  let start = 10;
  return lengths.map((length) => {
    const own = start;
    start += length + 1;
    return own;
  });
}

const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });

describe("ManifestTexts", () => {
  it("knows where every declaration stands after any of them grew or shrank, told one by one", () => {
    const change = fc.record({ which: fc.nat(), length: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(lengths, fc.array(change, { maxLength: 30 }), (before, changes) => {
        const { texts, rows } = noted(before);
        const now = [...before];
        for (const { which, length } of changes) {
          const at = which % now.length;
          texts.moveBehind(texts.behind(rows[at]!), length - now[at]!);
          texts.retext(rows[at]!, lineOf(0, length));
          now[at] = length;
        }
        expect(rows.map((row) => texts.startOf(row))).toEqual(startsOf(now));
        expect(rows.map((row) => texts.lengthOf(row))).toEqual(now);
      }),
    );
  });

  it("knows where they stand when all have been looked at, whatever came and went between them", () => {
    const gap = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(lengths, gap, gap, (before, first, second) => {
        const { texts, rows } = noted(before);
        for (const gaps of [first, second]) {
          let shift = 0;
          const starts = startsOf(before).map((start, index) => {
            shift += gaps[index]!;
            return start + shift;
          });
          texts.follow(Int32Array.from(rows), Float64Array.from(starts));
          expect(rows.map((row) => texts.startOf(row))).toEqual(starts);
        }
      }),
    );
  });

  it("knows it of declarations that changed places, too", () => {
    const { texts, rows } = noted([5, 6, 7]);
    texts.follow(Int32Array.from([rows[2]!, rows[0]!, rows[1]!]), Float64Array.from([10, 18, 24]));
    expect(rows.map((row) => texts.startOf(row))).toEqual([18, 24, 10]);
  });

  it("takes the place of a new declaration as it is where the text has not moved", () => {
    const program = emptyProgram();
    const texts = new ManifestTexts(program, 0);
    const row = newDeclaration(program);
    texts.retext(row, lineOf(100, 9));
    expect(texts.startOf(row)).toBe(100);
    expect(texts.hashes().lines).toMatchObject({ count: 1 });
  });
});
