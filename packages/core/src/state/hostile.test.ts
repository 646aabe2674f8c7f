/** Headers whose checksum is right and whose contents are not. */

import { closeSync, openSync, readSync, truncateSync, writeSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateError } from "../diagnostics/state.js";
import { createState } from "./create-state.js";
import { HEADER_PAGES, PAGE_BYTES } from "./header.js";
import { hashWords } from "./page-hash.js";
import { fingerprint, type Place, place, refusal, tablesOf } from "./state.test.helper.js";
import { StateFile } from "./state-file.js";

/** Places in the header: words, as `header.ts` lists them. */
const FORMAT = 2;
const CHECKSUM = 4;
const PAGES = 6;
const ENTRIES = 7;
const META_BYTES = 8;
const VERSION = 16;
const DIRECTORY = 64;
const [SUMS, META, WORDS, MORE] = [0, 1, 2, 3].map((entry) => DIRECTORY + 32 * entry) as [
  number,
  number,
  number,
  number,
];
const [NAME, USED, EXTENTS, FIRST, COUNT] = [0, 6, 7, 8, 9];

function created(): Place {
  const where = place();
  const values = Array.from({ length: 5000 }, (_, i) => i + 1);
  createState(
    where.path,
    fingerprint(where.output),
    [1],
    tablesOf(
      new Map([
        ["words", values],
        ["more", values],
      ]),
    ),
  );
  return where;
}

/** Changes the header of a state, and its checksum with it. */
function forge(path: string, change: (words: Int32Array) => void): void {
  const fd = openSync(path, "r+");
  const words = new Int32Array((HEADER_PAGES * PAGE_BYTES) / 4);
  const bytes = new Uint8Array(words.buffer);
  readSync(fd, bytes, 0, bytes.length, 0);
  change(words);
  const status = words[3]!;
  words[3] = 0;
  words[CHECKSUM] = 0;
  words[CHECKSUM] = hashWords(words, 0, words.length, 1);
  words[3] = status;
  writeSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
}

describe("a forged header", () => {
  it("passes where nothing is wrong with it", () => {
    const where = created();
    forge(where.path, () => {});
    expect(refusal(where)).toBeUndefined();
  });

  it.each<[what: string, code: string, change: (words: Int32Array) => void]>([
    ["another format", "MF0803", (words) => words[FORMAT]!++],
    ["another version of Manifold", "MF0803", (words) => words[VERSION]!++],
    ["more pages than the file has", "MF0804", (words) => words[PAGES]!++],
    ["no directory", "MF0805", (words) => words.fill(0, ENTRIES, ENTRIES + 1)],
    ["a directory that is too large", "MF0805", (words) => words.fill(63, ENTRIES, ENTRIES + 1)],
    ["a meta that is larger than its table", "MF0805", (words) => words.fill(2 ** 30, META_BYTES, META_BYTES + 1)],
    ["a meta of negative size", "MF0805", (words) => words.fill(-1, META_BYTES, META_BYTES + 1)],
    ["a meta that is no JSON", "MF0805", (words) => words.fill(2, META_BYTES, META_BYTES + 1)],
    [
      "a table that is larger than its extents",
      "MF0805",
      (words) => words.fill(2 ** 20, WORDS + USED, WORDS + USED + 1),
    ],
    ["a table that is larger than memory", "MF0805", (words) => words.fill(-1, WORDS + USED, WORDS + USED + 1)],
    ["too many extents", "MF0805", (words) => words.fill(13, WORDS + EXTENTS, WORDS + EXTENTS + 1)],
    ["absurdly many extents", "MF0805", (words) => words.fill(-1, MORE + EXTENTS, MORE + EXTENTS + 1)],
    ["an extent of no pages", "MF0805", (words) => words.fill(0, WORDS + COUNT, WORDS + COUNT + 1)],
    ["an extent over the header", "MF0805", (words) => words.fill(1, WORDS + FIRST, WORDS + FIRST + 1)],
    ["an extent behind the file", "MF0805", (words) => words.fill(-9, WORDS + FIRST, WORDS + FIRST + 1)],
    ["extents that overlap", "MF0805", (words) => words[MORE + FIRST]!--],
    ["checksums that do not cover the file", "MF0805", (words) => words.fill(0, SUMS + USED, SUMS + USED + 1)],
    ["a table without a name", "MF0805", (words) => words.fill(0, WORDS + NAME, WORDS + NAME + 6)],
    ["two tables of one name", "MF0805", (words) => words.copyWithin(MORE + NAME, WORDS + NAME, WORDS + NAME + 6)],
    ["meta in another's pages", "MF0805", (words) => words.copyWithin(META + FIRST, WORDS + FIRST, WORDS + FIRST + 2)],
  ])("is refused that has %s", (_, code, change) => {
    const where = created();
    forge(where.path, change);
    const reason = refusal(where);
    expect(reason?.code, reason?.message).toBe(code);
  });

  it("is refused, or leads to no more than pages that are refused, whatever it says", () => {
    const where = created();
    let good: Int32Array | undefined;
    const word = fc.oneof(
      fc.integer({ min: 5, max: DIRECTORY + 4 * 32 }),
      fc.constantFrom(...[SUMS, META, WORDS, MORE].flatMap((at) => [USED, EXTENTS, FIRST, COUNT].map((i) => at + i))),
    );
    const value = fc.oneof(fc.integer(), fc.integer({ min: -2, max: 60 }), fc.constantFrom(2 ** 10, 2 ** 20, 2 ** 29));
    fc.assert(
      fc.property(fc.array(fc.tuple(word, value), { minLength: 1, maxLength: 4 }), (changes) => {
        forge(where.path, (words) => {
          good ??= words.slice();
          words.set(good);
          for (const [at, to] of changes) words[at] = to;
        });
        const result = StateFile.open(where.path, where.output);
        if ("reason" in result) return;
        try {
          for (const name of ["words", "more"]) {
            const used = result.state.usedWords(name);
            if (used > 0) result.state.table(name)?.get(used - 1);
          }
        } catch (cause) {
          if (!(cause instanceof StateError)) throw cause;
        } finally {
          result.state.close();
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("is refused where a file of holes is as long as it says", () => {
    const where = created();
    forge(where.path, (words) => {
      words[PAGES] = 2 ** 26;
    });
    truncateSync(where.path, 2 ** 26 * PAGE_BYTES);
    expect(refusal(where)?.code).toBe("MF0805");
  });
});
