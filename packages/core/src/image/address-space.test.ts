import { describe, expect, it } from "vitest";
import { AddressSpace } from "./address-space.js";

const PAGE = 4096;

describe("AddressSpace", () => {
  it("keeps address and file offset congruent modulo the page", () => {
    const space = new AddressSpace();
    space.reserve(1, 0, PAGE, 0x27a);
    expect(space.reserve(2, 0x280, PAGE, 100) % PAGE).toBe(0x280);
  });

  it("never puts two segments on one page", () => {
    const space = new AddressSpace();
    const first = space.reserve(1, 0, PAGE, 10);
    const second = space.reserve(2, 0x20, PAGE, 10);
    expect(Math.floor(second / PAGE)).toBeGreaterThan(Math.floor((first + 9) / PAGE));
  });

  it("lets a segment move in the file by whole pages without a new address", () => {
    const space = new AddressSpace();
    const address = space.reserve(1, 0x280, PAGE, 100);
    expect(space.fitsOffset(1, 0x280 + 7 * PAGE)).toBe(true);
    expect(space.fitsOffset(1, 0x290)).toBe(false);
    expect(space.address(1)).toBe(address);
  });

  it("lets a segment grow within its room, and no further where another follows", () => {
    const space = new AddressSpace();
    space.reserve(1, 0, PAGE, 2 * PAGE);
    expect(space.holds(1, 1 << 20)).toBe(true);
    space.reserve(2, 0, PAGE, PAGE);
    expect(space.holds(1, 2 * PAGE)).toBe(true);
    expect(space.holds(1, 2 * PAGE + 1)).toBe(false);
    expect(() => space.extend(1, 2 * PAGE + 1)).toThrow(/outgrown/);
  });
});
