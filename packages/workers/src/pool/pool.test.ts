import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmitPool, makeControl, makeHeader, openManifest, Session } from "@manifold/core";
import { afterAll, describe, expect, it } from "vitest";
import { InlinePool } from "./inline-pool.js";
import { ThreadPool } from "./thread-pool.js";

const directory = mkdtempSync(join(tmpdir(), "manifold-pool-"));
afterAll(() => rmSync(directory, { recursive: true }));

const CRASHING: string = new URL("./fixtures/crashing.worker.mjs", import.meta.url).href;
const START = { func: "start", code: { bytes: "b83c00000031ff0f05" } };
const ENTRY = { export: "_start", of: "start" };
const TARGET = { target: "x86_64-linux" } as const;

function sharedText(declarations: readonly object[]): SharedArrayBuffer {
  const text = `\n${declarations.map((one) => JSON.stringify(one)).join("\n")}\n`;
  const buffer = new SharedArrayBuffer(Buffer.byteLength(text));
  Buffer.from(buffer).write(text);
  return buffer;
}

async function link(
  pool: EmitPool,
  declarations: readonly object[],
  chunkBytes = 1 << 20,
): ReturnType<Session["flush"]> {
  const session = new Session({
    header: makeHeader(TARGET),
    output: join(directory, "out"),
    pool,
    control: makeControl(),
    chunkBytes,
  });
  session.addText("test", sharedText(declarations), 0);
  return session.flush();
}

describe("ThreadPool", () => {
  it("names the declaration at which a worker crashed, and does not hang", async () => {
    const pool = new ThreadPool({
      workers: 1,
      workerFile: CRASHING,
    });
    try {
      const result = await link(pool, [START, { func: "crash", code: { bytes: "c3" } }, ENTRY]);
      expect(result.ok).toBe(false);
      const [diagnostic] = result.diagnostics;
      expect(diagnostic).toMatchObject({ code: "MF0212", place: { file: "test", line: 2, column: 1 } });
      expect(diagnostic?.place?.lineText).toContain('"crash"');
      expect(diagnostic?.message).toContain("worker exited with code: 3");
    } finally {
      await pool.close();
    }
  });

  it("names the declaration at which a worker crashed while the calling thread helps", async () => {
    const pool = new ThreadPool({ workers: 2, helps: true, workerFile: CRASHING });
    const text = [START, ENTRY, { func: "crash", code: { bytes: "c3" } }];
    for (let i = 0; i < 30_000; i++) text.push({ func: `f${i}`, code: { bytes: "c3" } });
    try {
      // Until the thread is there, the calling one may do all.
      let result: Awaited<ReturnType<typeof link>>;
      do result = await link(pool, text, 10_000);
      while (result.ok);
      expect(result.diagnostics[0]).toMatchObject({ code: "MF0212", place: { file: "test", line: 3 } });
    } finally {
      await pool.close();
    }
  });

  it("goes on with a new thread after a crash", async () => {
    const pool = new ThreadPool({
      workers: 1,
      workerFile: CRASHING,
    });
    try {
      expect((await link(pool, [{ func: "crash", code: { bytes: "c3" } }])).ok).toBe(false);
      expect((await link(pool, [START, ENTRY])).ok).toBe(true);
    } finally {
      await pool.close();
    }
  });

  it("names the declaration at which a worker ran out of memory", async () => {
    const pool = new ThreadPool({ workers: 1, heapMegabytes: 24, workerFile: CRASHING });
    try {
      const result = await link(pool, [START, ENTRY, { func: "hog", code: { bytes: "c3" } }]);
      expect(result.diagnostics[0]).toMatchObject({ code: "MF0212", place: { file: "test", line: 3 } });
      expect(result.diagnostics[0]?.message).toMatch(/memory/);
    } finally {
      await pool.close();
    }
  });
});

describe("the pools", () => {
  it("emit a text of a hundred megabytes with escapes in a small heap", async () => {
    const pool = new ThreadPool({ workers: 1, heapMegabytes: 24 });
    try {
      const result = await link(pool, [START, ENTRY, { const: "huge", text: `\n${"x".repeat(100 << 20)}` }]);
      expect(result.diagnostics).toEqual([]);
      expect(result.counts.bytes).toBeGreaterThan(100 << 20);
    } finally {
      await pool.close();
    }
  });

  it("give the same bytes, however the input is cut and however many workers there are", async () => {
    const declarations: object[] = [START, ENTRY];
    for (let i = 0; i < 400; i++) {
      declarations.push({
        func: `f${i}`,
        code: {
          bytes: "e800000000488d0500000000c3",
          relocs: [
            [1, "PLT32", `f${(i * 7) % 400}`, -4],
            [8, "PC32", "s", -4],
          ],
        },
        refs: { s: { uav: { text: `string ${i % 9}`, align: 2 ** (i % 5) } } },
      });
    }
    const path = join(directory, "many.ndjson");
    writeFileSync(path, [{ manifold: 1, ...TARGET }, ...declarations].map((line) => JSON.stringify(line)).join("\n"));
    const outputs = new Set<string>();
    const threads = new ThreadPool({ workers: 2 });
    const helped = new ThreadPool({ workers: 3, helps: true });
    for (const [pool, chunkBytes] of [
      [new InlinePool(), 1 << 20],
      [new InlinePool(), 100],
      [threads, 1000],
      [threads, 37],
      [helped, 50],
      [helped, 1000],
    ] as const) {
      const output = join(directory, `out-${outputs.size}-${chunkBytes}`);
      const session = new Session({ header: makeHeader(TARGET), output, pool, control: makeControl(), chunkBytes });
      session.addManifest(openManifest(path), 0);
      expect((await session.flush()).diagnostics).toEqual([]);
      outputs.add(readFileSync(output).toString("base64"));
    }
    await threads.close();
    await helped.close();
    expect(outputs.size).toBe(1);
  });
});
