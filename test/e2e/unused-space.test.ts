/** Space that updates leave unused: it is given back by a full link when it is much, and only then. */

import { statSync } from "node:fs";
import { join } from "node:path";
import { type FlushResult, makeControl, makeHeader, Session } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { describe, expect, it } from "vitest";
import { run } from "../support/command.js";
import { keyOf, sharedText } from "../support/declarations.js";
import { EXIT_0, type Line, ndjson } from "../support/manifest.js";
import { tempDir } from "../support/temp-dir.js";

const COUNT = 100;
const REASON = "a third of the output has become unused space";

/** `align` 4096 makes gaps that no link does without. */
function func(i: number, size: number, align = 16): Line {
  return { func: `f${i}`, align, code: { bytes: "c3".repeat(size) } };
}

class Edited {
  readonly path: string = join(tempDir(), "program");
  readonly #session = new Session({
    header: makeHeader({ target: "x86_64-linux" }),
    output: this.path,
    pool: new InlinePool(),
    control: makeControl(),
    incremental: true,
  });

  async update(...lines: readonly Line[]): Promise<FlushResult> {
    this.#session.updateText("functions", sharedText(ndjson(lines)), 0);
    return this.#session.flush();
  }

  async remove(...names: readonly string[]): Promise<FlushResult> {
    this.#session.remove(0, [...names.map((name) => keyOf("nav", name))]);
    return this.#session.flush();
  }

  get size(): number {
    expect(run(this.path, []).code).toBe(0);
    return statSync(this.path).size;
  }
}

const functions = (size: number, align?: number): Line[] =>
  Array.from({ length: COUNT }, (_, i) => func(i, size, align));

describe("unused space", () => {
  it("that removals leave is given back when it is a third of the file", async () => {
    const edited = new Edited();
    await edited.update(...EXIT_0, ...functions(4000));
    const full = edited.size;
    const names = Array.from({ length: COUNT }, (_, i) => `f${i}`);
    expect(await edited.remove(...names.slice(0, 10))).toMatchObject({ ok: true, reason: undefined });
    expect(await edited.remove(...names.slice(10))).toMatchObject({ ok: true, reason: REASON });
    expect(edited.size).toBeLessThan(full / 4);
    expect(await edited.update(func(1, 100))).toMatchObject({ ok: true, reason: undefined });
  });

  it("that functions leave which grow again and again does not make the file grow for ever", async () => {
    const edited = new Edited();
    await edited.update(...EXIT_0, ...functions(1000));
    const reasons = new Set<string | undefined>();
    for (let size = 1100; size <= 3000; size += 100) {
      for (let i = 0; i < COUNT; i += 10) {
        const { ok, reason } = await edited.update(...functions(size).slice(i, i + 10));
        expect(ok).toBe(true);
        reasons.add(reason);
      }
    }
    const fresh = new Edited();
    await fresh.update(...EXIT_0, ...functions(3000));
    expect(edited.size).toBeLessThan(fresh.size * 1.6);
    expect([...reasons].filter((reason) => reason !== REASON)).toEqual([undefined]);
  });

  it("between functions that are aligned to pages is not taken for it", async () => {
    const edited = new Edited();
    expect(await edited.update(...EXIT_0, ...functions(16, 4096))).toMatchObject({ ok: true });
    for (let i = 0; i < 20; i++)
      expect(await edited.update(func(i, 17, 4096))).toMatchObject({ ok: true, reason: undefined });
    expect(edited.size).toBeGreaterThan(COUNT * 4096);
  });
});
