import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateError } from "../diagnostics/state.js";
import { PAGE_WORDS, PagedWords } from "../memory/paged-words.js";
import { createState } from "./create-state.js";
import { PAGE_BYTES, sumPagesOf } from "./header.js";
import {
  contents,
  fingerprint,
  type Model,
  opened,
  type Place,
  place,
  refusal,
  tableOf,
  tablesOf,
} from "./state.test.helper.js";
import { StateFile } from "./state-file.js";

/** Codes of the reasons that a state is refused for. */
const MISSING = "MF0801";
const UNREADABLE = "MF0802";
const OTHER_VERSION = "MF0803";
const TRUNCATED = "MF0804";
const CORRUPTED = "MF0805";
const INTERRUPTED = "MF0806";
const OTHER_OUTPUT = "MF0807";

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

describe("a state is refused", () => {
  const MODEL: Model = new Map([
    ["words", count(10_000)],
    ["more", [1, 2, 3]],
  ]);

  it("where there is none, or something else has its name", () => {
    const where = place();
    expect(refusal(where)?.code).toBe(MISSING);
    writeFileSync(where.path, "something else altogether");
    expect(refusal(where)?.code).toBe(CORRUPTED);
    writeFileSync(where.path, "");
    expect(refusal(where)?.code).toBe(TRUNCATED);
    expect(refusal({ ...where, path: "/" })?.code).toBe(UNREADABLE);
  });

  it("where any byte of its header has changed", () => {
    const where = created(MODEL);
    const good = readFileSync(where.path);
    const reasons = new Set<string | undefined>();
    const fd = openSync(where.path, "r+");
    for (let at = 0; at < 2 * PAGE_BYTES; at++) {
      writeSync(fd, Uint8Array.of(good[at]! ^ (1 << (at & 7))), 0, 1, at);
      reasons.add(refusal(where)?.code);
      writeSync(fd, good, at, 1, at);
    }
    closeSync(fd);
    expect([...reasons].sort()).toEqual([OTHER_VERSION, CORRUPTED]);
    expect(refusal(where)).toBeUndefined();
  });

  it("where it ends at any page, or has one too many", () => {
    const where = created(MODEL);
    const good = readFileSync(where.path);
    for (let size = 0; size < good.length; size += PAGE_BYTES) {
      writeFileSync(where.path, good.subarray(0, size));
      expect(refusal(where)?.code).toBe(TRUNCATED);
    }
    writeFileSync(where.path, good);
    truncateSync(where.path, good.length + PAGE_BYTES);
    expect(refusal(where)?.code).toBe(TRUNCATED);
  });

  it("where the output was touched, written, copied or removed, and not where it was linked", () => {
    const touched = created(MODEL);
    utimesSync(touched.output, new Date(), new Date());
    expect(refusal(touched)?.code).toBe(OTHER_OUTPUT);

    const restored = created(MODEL);
    const { atime, mtime } = statSync(restored.output);
    writeFileSync(restored.output, "the outpuT");
    utimesSync(restored.output, atime, mtime);
    expect(refusal(restored)?.code).toBe(OTHER_OUTPUT);

    const copied = created(MODEL);
    const other = place();
    copyFileSync(copied.output, other.output);
    copyFileSync(copied.path, other.path);
    expect(refusal(other)?.code).toBe(OTHER_OUTPUT);
    expect(refusal({ ...copied, output: `${copied.output}.gone` })?.code).toBe(OTHER_OUTPUT);

    linkSync(copied.output, `${copied.output}.linked`);
    expect(refusal(copied)).toBeUndefined();
  });

  it("from when an update begins until it is saved, also to a second process that had opened it before", () => {
    const where = created(MODEL);
    const [first, second] = [opened(where), opened(where)];
    first.begin();
    expect(refusal(where)?.code).toBe(INTERRUPTED);
    expect(() => second.begin()).toThrow(INTERRUPTED);
    first.save(META, [], fingerprint(where.output));
    expect(refusal(where)).toBeUndefined();
    expect(() => second.begin()).toThrow(StateError);
    expect(refusal(where)).toBeUndefined();
  });

  it("by begin where a process died while it held the lock, until there is a new state", () => {
    const where = created(MODEL);
    writeFileSync(`${where.path}.lock`, "");
    expect(() => opened(where).begin()).toThrow(INTERRUPTED);
    createState(where.path, fingerprint(where.output), META, tablesOf(MODEL));
    expect(existsSync(`${where.path}.lock`)).toBe(false);
    opened(where).begin();
  });

  it("when a page is read that is not what was saved", () => {
    const where = created(MODEL);
    const good = readFileSync(where.path);
    const pages = good.length / PAGE_BYTES;
    let caught = 0;
    for (let page = 2; page < pages; page++) {
      const bad = Buffer.from(good);
      bad[page * PAGE_BYTES + ((page * 997) % PAGE_BYTES)]! ^= 0x10;
      writeFileSync(where.path, bad);
      const result = StateFile.open(where.path, where.output);
      if ("reason" in result) {
        expect(result.reason.code).toBe(CORRUPTED);
        caught++;
        continue;
      }
      try {
        expect(contents(result.state, MODEL.keys())).toEqual(MODEL);
      } catch (cause) {
        expect(cause).toBeInstanceOf(StateError);
        expect((cause as StateError).reason.code).toBe(CORRUPTED);
        caught++;
      } finally {
        result.state.close();
      }
    }
    // Every page in use: ten of words, one each of more, meta and checksums.
    expect(caught).toBe(10 + 1 + 1 + sumPagesOf(pages));
  });
});
