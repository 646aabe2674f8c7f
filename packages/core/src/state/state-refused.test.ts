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
import { describe, expect, it } from "vitest";
import { StateError } from "../diagnostics/state.js";
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

  it("where a process died while it held the lock, until there is a new state", () => {
    const where = created(MODEL);
    const before = opened(where);
    writeFileSync(`${where.path}.lock`, "");
    expect(refusal(where)?.code).toBe(INTERRUPTED);
    expect(() => before.begin()).toThrow(INTERRUPTED);
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
