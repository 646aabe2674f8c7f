/**
 * Measures emission alone, warm: a generated manifest of machine code on this thread, and on pools of one and two
 * workers. Prints the fastest run of each, as wall and processor time, and how much faster two workers are than one.
 *
 *     node test/dist/bench/emission.js [functions] [--runs R]
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ChunkTable, type EmitPool, makeControl, openManifest, type Shift } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { ThreadPool } from "@manifold/workers/threads";
import { writeManifest } from "./generate.js";

const CHUNK_BYTES = 1 << 20;

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "8" } },
  allowPositionals: true,
});
const functions = Number(positionals[0] ?? 100_000);
const directory = mkdtempSync(join(tmpdir(), "manifold-emission-"));
const path = join(directory, "app.ndjson");
writeManifest(path, { functions, seed: 1 });
const manifest = openManifest(path);
const size = manifest.end - manifest.start;

/** One shift over the manifest, into arenas that are empty again but whose pages are there. */
async function emitAll(pool: EmitPool): Promise<void> {
  const chunks = new ChunkTable();
  for (let at = manifest.start; at < manifest.end; at += CHUNK_BYTES)
    chunks.add(0, at, Math.min(manifest.end, at + CHUNK_BYTES));
  const shift: Shift = {
    work: { kind: "emit", functionAlignLog2: 4, types: [], inputs: "refused" },
    first: 0,
    limit: chunks.length,
    emission: {
      control: makeControl().buffer,
      chunks: chunks.buffer,
      chunkCount: chunks.length,
      arenas: pool.arenas,
    },
    sources: new Map([[0, { kind: "file", path, spelling: "lines", scope: 0 }]]),
  };
  const { blamed } = await pool.run(shift);
  if (blamed.length > 0) throw new Error(blamed[0]!.diagnostic.message);
}

const one = new ThreadPool({ workers: 1 });
const two = new ThreadPool({ workers: 2 });
const fastest: number[] = [];
try {
  for (const [name, pool] of [
    ["this thread", new InlinePool()],
    ["1 worker", one],
    ["2 workers", two],
  ] as const) {
    const runs: { wall: number; cpu: number }[] = [];
    for (let run = 0; run < Number(values.runs); run++) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      await emitAll(pool);
      const { user, system } = process.cpuUsage(cpu);
      runs.push({ wall: performance.now() - start, cpu: (user + system) / 1000 });
    }
    const [first] = runs;
    const wall = Math.min(...runs.map((run) => run.wall));
    const cpu = Math.min(...runs.map((run) => run.cpu));
    fastest.push(wall);
    console.log(
      `${name.padEnd(12)} ${wall.toFixed(0).padStart(6)} ms, processors ${cpu.toFixed(0).padStart(6)} ms,` +
        ` ${(size / wall / 1000).toFixed(0).padStart(5)} MB/s, ${((cpu * 1000) / functions).toFixed(2)} us a function;` +
        ` the first run ${first!.wall.toFixed(0)} ms`,
    );
  }
  console.log(`2 workers are ${(fastest[1]! / fastest[2]!).toFixed(2)} times as fast as 1`);
} finally {
  await one.close();
  await two.close();
  rmSync(directory, { recursive: true, force: true });
}
