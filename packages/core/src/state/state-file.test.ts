import { statSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGE_WORDS, PagedWords } from "../memory/paged-words.js";
import { createState } from "./create-state.js";
import { PAGE_BYTES } from "./header.js";
import {
  contents,
  fingerprint,
  type Model,
  opened,
  type Place,
  place,
  tableOf,
  tablesOf,
} from "./state.test.helper.js";

const META = { inputs: ["a.ndjson", "b.ndjson"], slack: 0.25 };

function created(model: Model, meta: unknown = META): Place {
  const where = place();
  createState(where.path, fingerprint(where.output), meta, tablesOf(model));
  return where;
}

const count = (length: number, from = 1): number[] => Array.from({ length }, (_, i) => from + i);

describe("a state", () => {
  it("gives back the tables and the meta that it was made from", () => {
    const model: Model = new Map([
      ["nodes", count(5000)],
      ["symbols", [-1, 0, 2 ** 31 - 1]],
      ["empty", []],
    ]);
    const state = opened(created(model));
    expect(state.meta).toEqual(META);
    expect(contents(state, model.keys())).toEqual(model);
    expect(state.table("none")).toBeUndefined();
    expect(state.usedWords("none")).toBe(0);
  });

  it("holds what a model of it holds after any sequence of changes, growth and replacement", () => {
    const name = fc.constantFrom("a", "b", "c");
    const change = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant("set" as const), name, at: fc.nat(), value: fc.integer() }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("grow" as const), name, by: fc.nat(40_000), value: fc.nat(1) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("shrink" as const), name, to: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("replace" as const), name, length: fc.nat(9000) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("save" as const), reopen: fc.boolean() }) },
    );
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.nat(20_000), { minKeys: 1 }),
        fc.array(change, { maxLength: 30 }),
        (lengths, changes) => {
          const model: Model = new Map(Object.entries(lengths).map(([key, length]) => [key, count(length)]));
          const where = created(model, 0);
          let saves = 0;
          let state = opened(where);
          const handed = new Map<string, PagedWords>();
          const wordsOf = (key: string): PagedWords => {
            const words = handed.get(key) ?? state.table(key) ?? new PagedWords(key, 1);
            handed.set(key, words);
            if (!model.has(key)) model.set(key, []);
            return words;
          };
          const save = (): void => {
            saves++;
            const tables = [...handed].map(([key, words]) => ({ name: key, words, used: model.get(key)!.length }));
            state.save({ saves, filler: "x".repeat(saves * 3000) }, tables, fingerprint(where.output));
          };
          for (const step of changes) {
            if (step.kind === "save") {
              save();
              if (!step.reopen) continue;
              state.close();
              handed.clear();
              state = opened(where);
              expect(state.meta).toMatchObject({ saves });
              continue;
            }
            const words = wordsOf(step.name);
            const values = model.get(step.name)!;
            if (step.kind === "set" && values.length > 0) {
              const at = step.at % values.length;
              words.set(at, step.value);
              values[at] = step.value;
            } else if (step.kind === "grow") {
              words.ensure(values.length + step.by);
              for (let i = 0; i < step.by; i++) {
                words.set(values.length, step.value);
                values.push(step.value);
              }
            } else if (step.kind === "shrink") {
              values.length = Math.min(values.length, step.to);
            } else if (step.kind === "replace") {
              const fresh = tableOf(step.name, count(step.length, 7));
              handed.set(step.name, fresh.words);
              model.set(step.name, count(step.length, 7));
            }
          }
          save();
          state.close();
          const again = opened(where);
          expect(contents(again, model.keys())).toEqual(model);
          again.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is read and written by the pages that are touched, however large it is", () => {
    const costs = [20_000, 2_000_000].map((length) => {
      const where = created(new Map([["words", count(length)]]));
      const state = opened(where);
      const words = state.table("words")!;
      for (const at of [0, 5000, 19_999]) words.set(at, words.get(at) + 1);
      state.begin();
      state.save(META, [{ name: "words", words, used: length }], fingerprint(where.output));
      return { read: state.bytesRead, written: state.bytesWritten, pages: state.pagesRead };
    });
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[0]!.pages).toBe(3);
    expect(costs[0]!.read).toBeLessThan(12 * PAGE_BYTES);
    expect(costs[0]!.written).toBeLessThan(10 * PAGE_BYTES);
  });

  it("leaves holes where tables are zero", () => {
    const where = created(new Map([["sparse", [...new Array(4_000_000).fill(0), 1]]]));
    expect(statSync(where.path).blocks * 512).toBeLessThan(40 * PAGE_BYTES);
    expect(opened(where).table("sparse")!.get(4_000_000)).toBe(1);
  });

  it("keeps a table where it is when it grows", () => {
    const where = created(new Map([["words", count(PAGE_WORDS * 4)]]));
    const state = opened(where);
    const words = state.table("words")!;
    const used = PAGE_WORDS * 3000;
    words.ensure(used);
    words.set(used - 1, 42);
    state.save(META, [{ name: "words", words, used }], fingerprint(where.output));
    expect(state.pagesRead).toBe(0);
    const again = opened(where).table("words")!;
    expect([again.get(0), again.get(PAGE_WORDS * 4 - 1), again.get(PAGE_WORDS * 4), again.get(used - 1)]).toEqual([
      1,
      PAGE_WORDS * 4,
      0,
      42,
    ]);
  });

  it("leaves tables alone that a save does not mention", () => {
    const where = created(
      new Map([
        ["a", [1]],
        ["b", [2]],
      ]),
    );
    const state = opened(where);
    state.save(META, [tableOf("a", [3])], fingerprint(where.output));
    expect(contents(opened(where), ["a", "b"])).toEqual(
      new Map([
        ["a", [3]],
        ["b", [2]],
      ]),
    );
  });
});
