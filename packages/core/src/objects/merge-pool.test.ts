import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MergePool } from "./merge-pool.js";

interface Section {
  readonly bytes: Uint8Array;
  readonly alignLog2: number;
}

/** A pool in which the sections follow each other, each added in turn; bytes between and behind are none of theirs. */
function poolOf(sections: readonly Section[], entsize: number, isStrings: boolean) {
  const bytes = new Uint8Array(sections.reduce((sum, section) => sum + section.bytes.length + 1, 0) - 1).fill(0xee);
  const pool = new MergePool(bytes, entsize, isStrings);
  let at = 0;
  const handles = sections.map((section) => {
    const start = at;
    bytes.set(section.bytes, start);
    at += section.bytes.length + 1;
    return pool.add(start, section.bytes.length, section.alignLog2);
  });
  return { pool, handles };
}

function written(pool: MergePool): Buffer {
  const size = pool.layout();
  const target = Buffer.alloc(size + 2, 0xdd);
  pool.write(target, 1);
  expect([target[0], target[size + 1]]).toEqual([0xdd, 0xdd]);
  return target.subarray(1, size + 1);
}

const text = (value: string, alignLog2 = 0): Section => ({ bytes: Buffer.from(value, "latin1"), alignLog2 });

/** Where pieces start in a section, its end last. */
function cuts(bytes: Uint8Array, entsize: number, isStrings: boolean): number[] {
  const found = [0];
  for (let at = 0; at < bytes.length; at += entsize) {
    if (!isStrings || bytes.subarray(at, at + entsize).every((byte) => byte === 0)) found.push(at + entsize);
  }
  return found;
}

/** Few different characters, so that pieces are often equal; `character(0)` ends a string. */
function sections(entsize: number, isStrings: boolean): fc.Arbitrary<Section[]> {
  const character = fc.array(fc.constantFrom(0, 1, 0x80), { minLength: entsize, maxLength: entsize });
  const end = isStrings ? [new Array<number>(entsize).fill(0)] : [];
  const bytes = fc
    .array(fc.oneof(character, fc.constant(new Array<number>(entsize).fill(0))), { maxLength: 24 })
    .map((characters) => Uint8Array.from(characters.length === 0 ? [] : [...characters, ...end].flat()));
  return fc.array(fc.record({ bytes, alignLog2: fc.nat(4) }), { minLength: 1, maxLength: 6 });
}

describe.each([
  ["strings", 1, true],
  ["strings of 16-bit characters", 2, true],
  ["strings of 32-bit characters", 4, true],
  ["entries of one byte", 1, false],
  ["entries of 4 bytes", 4, false],
  ["entries of 12 bytes", 12, false],
])("%s", (_, entsize, isStrings) => {
  test("are found in the output whole, once, in order, and as aligned as they were", () => {
    fc.assert(
      fc.property(sections(entsize, isStrings), (all) => {
        const { pool, handles } = poolOf(all, entsize, isStrings);
        const output = written(pool);
        const alignments = new Map<string, number>();
        const places = new Map<string, number>();
        all.forEach(({ bytes, alignLog2 }, i) => {
          const starts = cuts(bytes, entsize, isStrings);
          for (let k = 0; k + 1 < starts.length; k++) {
            const piece = Buffer.from(bytes.subarray(starts[k], starts[k + 1]));
            const key = piece.toString("hex");
            const offset = pool.offsetOf(handles[i]!, starts[k]!);
            expect(output.subarray(offset, offset + piece.length)).toEqual(piece);
            for (let inside = 0; inside < piece.length; inside++) {
              expect(pool.offsetOf(handles[i]!, starts[k]! + inside)).toBe(offset + inside);
            }
            let align = 2 ** alignLog2;
            while (starts[k]! % align !== 0) align /= 2;
            expect(offset % align).toBe(0);
            expect(places.get(key) ?? offset).toBe(offset);
            places.set(key, offset);
            alignments.set(key, Math.max(align, alignments.get(key) ?? 1));
          }
          const end = pool.offsetOf(handles[i]!, bytes.length);
          expect(end).toBe(bytes.length === 0 ? 0 : pool.offsetOf(handles[i]!, bytes.length - 1) + 1);
        });
        // Nothing else is in the output than these, in order, and what aligns them.
        let size = 0;
        for (const [key, offset] of places) {
          const align = alignments.get(key)!;
          size = Math.ceil(size / align) * align;
          expect(offset).toBe(size);
          size += key.length / 2;
        }
        expect(output.length).toBe(size);
        expect(pool.pieceCount).toBe(places.size);
        expect(pool.alignLog2).toBe(Math.max(...all.map((section) => section.alignLog2)));
      }),
      { numRuns: 500 },
    );
  });
});

test("strings of several objects are merged", () => {
  const { pool, handles } = poolOf([text("one\0two\0"), text("two\0three\0one\0")], 1, true);
  expect(written(pool).toString()).toBe("one\0two\0three\0");
  const offsets = [0, 4, 6, 10, 13, 14].map((offset) => pool.offsetOf(handles[1]!, offset));
  expect(offsets).toEqual([4, 8, 10, 0, 3, 4]);
});

test("padding between aligned strings is an empty string, wherever a symbol points in it", () => {
  const { pool, handles } = poolOf([text("ab\0\0\0\0\0\0cd\0", 3)], 1, true);
  expect(written(pool).toString()).toBe("ab\0\0\0\0\0\0cd\0");
  for (const offset of [3, 4, 7]) expect(pool.offsetOf(handles[0]!, offset)).toBe(pool.offsetOf(handles[0]!, 3));
  expect(pool.pieceCount).toBe(3);
});

describe("a section that cannot be merged gives -1 and changes nothing:", () => {
  test.each([
    ["a last string that does not end", "one\0two", 1, true],
    ["half a character", "o\0\0\0x", 2, true],
    ["a wide string that ends with half a terminator", "one\0", 2, true],
    ["half an entry", "123456", 4, false],
    ["entries of no size", "1234", 0, false],
    ["characters of three bytes", "123\0\0\0", 3, true],
    ["characters of no size", "\0", 0, true],
  ])("%s", (_, bytes, entsize, isStrings) => {
    const pool = new MergePool(Buffer.from(bytes, "latin1"), entsize, isStrings);
    expect(pool.add(0, bytes.length, 5)).toBe(-1);
    expect([pool.layout(), pool.pieceCount, pool.alignLog2]).toEqual([0, 0, 0]);
  });
});

test("an offset outside the section is -1", () => {
  const { pool, handles } = poolOf([text("a\0b\0"), text("")], 1, true);
  pool.layout();
  expect(pool.offsetOf(handles[0]!, -1)).toBe(-1);
  expect(pool.offsetOf(handles[0]!, 5)).toBe(-1);
  expect(pool.offsetOf(handles[1]!, 0)).toBe(0);
  expect(pool.offsetOf(handles[1]!, 1)).toBe(-1);
});

test("the size says where alignments make the output too large", () => {
  const { pool } = poolOf([text("a\0", 31), text("b\0", 31), text("c\0", 31)], 1, true);
  expect(pool.layout()).toBe(2 ** 32 + 2);
});

test("hundreds of thousands of strings keep their places", () => {
  const all = Array.from({ length: 40 }, (_, object) => {
    const strings = Array.from({ length: 5000 }, (_, i) => `name_${(object * 3000 + i * 7) % 100_000}`);
    return { strings, section: text(`${strings.join("\0")}\0`) };
  });
  const { pool, handles } = poolOf(
    all.map(({ section }) => section),
    1,
    true,
  );
  const output = written(pool).toString("latin1");
  const distinct = new Set(all.flatMap(({ strings }) => strings));
  expect(pool.pieceCount).toBe(distinct.size);
  expect(output).toBe(`${[...distinct].join("\0")}\0`);
  all.forEach(({ strings }, i) => {
    let at = 0;
    for (const string of strings) {
      const offset = pool.offsetOf(handles[i]!, at);
      if (!output.startsWith(`${string}\0`, offset)) expect(output.slice(offset, offset + 20)).toBe(string);
      at += string.length + 1;
    }
  });
});
