import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearestOf, WordTable } from "./word-table.js";

const WORDS = [
  "bytes",
  "text",
  "zero",
  "align",
  "relocs",
  "refs",
  "threadlocal",
  "type",
  "init",
  "32",
  "32S",
  "PC32",
  "PLT32",
];

describe("WordTable", () => {
  it("finds each of its words, and nothing else", () => {
    const table = new WordTable(WORDS);
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 12 })), fc.nat(5), (text, lead) => {
        const bytes = new TextEncoder().encode(" ".repeat(lead) + text);
        expect(table.find(bytes, lead, bytes.length)).toBe(WORDS.indexOf(text));
      }),
    );
  });

  it("suggests a word that is one slip away, and none that is far", () => {
    const table = new WordTable(WORDS);
    expect(table.nearest("bites")).toBe("bytes");
    expect(table.nearest("thread_local")).toBe("threadlocal");
    expect(table.nearest("banana")).toBeUndefined();
  });

  it("prefers the nearest of several candidates", () => {
    expect(nearestOf("counter2", ["counter12", "counter", "count"])).toBe("counter12");
  });
});
