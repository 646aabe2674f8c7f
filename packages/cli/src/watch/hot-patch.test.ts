import type { MemoryChanges } from "@manifold/core";
import { describe, expect, it } from "vitest";
import { HotPatcher } from "./hot-patch.js";

const NOTHING: MemoryChanges = { written: [], replaced: [], left: [], taken: [], other: undefined };
const extent = (name: string, address: number, size: number) => ({ name, address, size });

describe("HotPatcher", () => {
  it("is unsafe where the place of code that moved is used again, also in a later update", () => {
    const patcher = new HotPatcher();
    expect(
      patcher.patch({ ...NOTHING, left: [extent("f", 100, 10)], taken: [extent("f", 200, 20)] }).unsafe,
    ).toBeUndefined();
    expect(patcher.patch({ ...NOTHING, taken: [extent("g", 110, 10), extent("h", 90, 10)] }).unsafe).toBeUndefined();
    expect(patcher.patch({ ...NOTHING, taken: [extent("i", 108, 1)] }).unsafe).toBe("the old place of f is used again");
    const swapped = { ...NOTHING, left: [extent("a", 0, 8)], taken: [extent("b", 0, 8)] };
    expect(new HotPatcher().patch(swapped).unsafe).toMatch("place of a ");
  });

  it("knows of nothing old in a process that was just started", () => {
    const patcher = new HotPatcher();
    patcher.patch({ ...NOTHING, left: [extent("f", 100, 10)] });
    patcher.begin();
    expect(patcher.patch({ ...NOTHING, taken: [extent("g", 100, 10)] }).unsafe).toBeUndefined();
  });

  it("is unsafe where more than code changed", () => {
    expect(new HotPatcher().patch({ ...NOTHING, other: "x in .data changed" }).unsafe).toBe("x in .data changed");
  });
});
