import { describe, expect, it } from "vitest";
import { nearest } from "./suggest.js";

describe("the nearest word", () => {
  const words = ["mov", "movsx", "push", "pushfq", "xor", "ror"];

  it("is one edit or one swap away", () => {
    expect(nearest("mvo", words)).toBe("mov");
    expect(nearest("movx", words)).toBe("mov");
    expect(nearest("pusg", words)).toBe("push");
  });

  it("is the first of those that are equally near", () => {
    expect(nearest("oor", words)).toBe("xor");
  });

  it("is none where all words are far, or the name is beyond reason", () => {
    expect(nearest("banana", words)).toBeUndefined();
    expect(nearest("m".repeat(1000), words)).toBeUndefined();
  });

  it("may be farther from a longer name", () => {
    expect(nearest("pishfw", words)).toBe("pushfq");
  });
});
