import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hash0, hash1, hash2, hashBytes, hashScope } from "./hash.js";
import { NameTable } from "./name-table.js";

function hashText(text: string): [number, number, number] {
  const bytes = new TextEncoder().encode(text);
  hashBytes(bytes, 0, bytes.length);
  return [hash0, hash1, hash2];
}

describe("NameTable", () => {
  it("behaves as a Map from names to numbers, through any growth", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 3000 }), (names) => {
        const table = new NameTable(1);
        const model = new Map<string, number>();
        names.forEach((name, index) => {
          table.reserve(1);
          const [a, b, c] = hashText(name);
          expect(table.insert(a, b, c, index)).toBe(model.get(name) ?? -1);
          if (!model.has(name)) model.set(name, index);
        });
        for (const [name, index] of model) expect(table.find(...hashText(name))).toBe(index);
        expect(table.count).toBe(model.size);
      }),
      { numRuns: 30 },
    );
  });

  it("behaves as a Map through any sequence of inserts, replacements and removals", () => {
    const step = fc.record({
      name: fc.integer({ min: 0, max: 60 }),
      op: fc.constantFrom("insert", "replace", "remove"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const table = new NameTable(1);
        const model = new Map<number, number>();
        steps.forEach(({ name, op }, index) => {
          // Few home slots, the last ones of the table among them: names stand behind each other and wrap around.
          const hash: [number, number, number] = [(name % 5) - 3, name, 1];
          if (op === "insert") {
            expect(table.insert(...hash, index)).toBe(model.get(name) ?? -1);
            if (!model.has(name)) model.set(name, index);
          } else if (op === "remove") {
            table.remove(...hash);
            model.delete(name);
          } else if (model.has(name)) {
            table.replace(...hash, index);
            model.set(name, index);
          }
        });
        expect(table.count).toBe(model.size);
        for (let name = 0; name <= 60; name++) expect(table.find((name % 5) - 3, name, 1)).toBe(model.get(name) ?? -1);
      }),
      { numRuns: 300 },
    );
  });

  it("shows another view of its buffer the same names", () => {
    const table = new NameTable(8);
    table.insert(1, 2, 3, 42);
    expect(new NameTable(table.buffer).find(1, 2, 3)).toBe(42);
    expect(new NameTable(table.buffer).find(1, 2, 4)).toBe(-1);
  });
});

describe("hashBytes", () => {
  it("gives a hundred thousand similar names different hashes in every pair of lanes", () => {
    const seen = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (let i = 0; i < 100_000; i++) {
      const [a, b, c] = hashText(`module${i % 7}.function${i}`);
      seen[0]!.add(`${a},${b}`);
      seen[1]!.add(`${b},${c}`);
      seen[2]!.add(`${a},${c}`);
    }
    expect(seen.map((set) => set.size)).toEqual([100_000, 100_000, 100_000]);
  });

  it("does not depend on where in a buffer the bytes stand", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(9), (bytes, lead) => {
        hashBytes(bytes, 0, bytes.length);
        const expected = [hash0, hash1, hash2];
        const moved = new Uint8Array(lead + bytes.length + 3).fill(0xff);
        moved.set(bytes, lead);
        hashBytes(moved, lead, lead + bytes.length);
        expect([hash0, hash1, hash2]).toEqual(expected);
      }),
    );
  });

  it("gives a name another hash in each scope", () => {
    const hashes = [-2, -1, 0, 1, 2].map((scope) => {
      hashText("main");
      hashScope(scope);
      return `${hash0},${hash1},${hash2}`;
    });
    expect(new Set(hashes).size).toBe(5);
  });
});
