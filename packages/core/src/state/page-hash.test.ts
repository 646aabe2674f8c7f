import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGE_WORDS } from "../memory/paged-words.js";
import { hashPage, hashWords } from "./page-hash.js";

describe("the checksum of a page", () => {
  it("is 0 for zeros alone", () => {
    const page = new Int32Array(PAGE_WORDS);
    expect(hashPage(page, 0, PAGE_WORDS)).toBe(0);
    for (let at = 0; at < PAGE_WORDS; at++) {
      page[at] = 1 << (at & 31);
      expect(hashPage(page, 0, PAGE_WORDS)).not.toBe(0);
      page[at] = 0;
    }
    expect(hashWords(page, 0, PAGE_WORDS, 1)).not.toBe(0);
  });

  it("changes with every bit of a page", () => {
    const page = Int32Array.from({ length: PAGE_WORDS }, (_, i) => i * 0x9e3779b1);
    const good = hashPage(page, 0, PAGE_WORDS);
    for (let bit = 0; bit < PAGE_WORDS * 32; bit++) {
      page[bit >>> 5]! ^= 1 << (bit & 31);
      if (hashPage(page, 0, PAGE_WORDS) === good) expect.fail(`bit ${bit} does not matter`);
      page[bit >>> 5]! ^= 1 << (bit & 31);
    }
  });

  it("changes where words trade places, or one gives to the other", () => {
    const index = fc.nat(PAGE_WORDS - 1);
    fc.assert(
      fc.property(index, index, fc.integer({ min: 1, max: 1000 }), fc.integer(), (i, j, delta, seed) => {
        fc.pre(i !== j);
        const page = Int32Array.from({ length: PAGE_WORDS }, (_, at) => Math.imul(at + 1, seed | 1));
        const good = hashPage(page, 0, PAGE_WORDS);
        page[i]! += delta;
        page[j]! -= delta;
        expect(hashPage(page, 0, PAGE_WORDS)).not.toBe(good);
        page[i]! -= delta;
        page[j]! += delta;
        [page[i], page[j]] = [page[j]!, page[i]!];
        expect(hashPage(page, 0, PAGE_WORDS)).not.toBe(good);
      }),
    );
  });
});
