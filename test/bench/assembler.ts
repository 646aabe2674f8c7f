/**
 * Functions per second of our assembler and of GNU `as`, one thread each, and of emission on the pool with one and two
 * workers, from a manifest; all on the same text: what gcc makes of a C file, many times over under different label names.
 *
 *     node test/dist/bench/assembler.js [file.c] [gcc options ...]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ThreadPool } from "@manifold/workers/threads";
import { Assembler } from "@manifold/workers/x86";
import { Bench } from "tinybench";
import { makeEmit } from "./measure/emit-manifest.js";

/** Roughly how much text to measure on, in bytes. */
const WANTED = 4 << 20;

const sample = fileURLToPath(new URL("../../../packages/workers/src/x86/fixtures/mixed.c", import.meta.url));
const [file = sample, ...options] = process.argv.slice(2);

/** The bodies of the functions in gcc's output for the file. */
function functions(): string[] {
  const plain = ["-S", "-masm=intel", "-fno-jump-tables", "-fno-reorder-blocks-and-partition", "-w", "-o", "-"];
  const gcc = spawnSync("gcc", [...plain, ...(options.length > 0 ? options : ["-O2"]), file], {
    encoding: "utf8",
    maxBuffer: 1 << 29,
  });
  if (gcc.status !== 0) throw new Error(gcc.stderr);
  const bodies: string[] = [];
  let start = -1;
  const lines = gcc.stdout.split("\n");
  lines.forEach((line, i) => {
    const type = /^\t\.type\t(\S+), @function$/.exec(line);
    if (type !== null && lines[i + 1] === `${type[1]}:`) start = i + 2;
    if (start !== -1 && /^\t\.size\t/.test(line)) {
      bodies.push(`${lines.slice(start, i).join("\n")}\n`);
      start = -1;
    }
  });
  return bodies;
}

const bodies = functions();
const once = bodies.reduce((sum, body) => sum + body.length, 0);
const copies = Math.max(1, Math.round(WANTED / once));
const texts = Array.from({ length: copies }, (_, copy) =>
  bodies.map((body) => body.replace(/\.L(\w+)/g, `.L$1_${copy}`)),
).flat();
const source = Buffer.from(texts.join(""));
const ends = new Int32Array(texts.length);
texts.reduce((at, text, i) => {
  ends[i] = at + Buffer.byteLength(text);
  return ends[i]!;
}, 0);
const instructions = texts.join("").match(/^\t[a-z]/gm)?.length ?? 0;

const assembler = new Assembler();
function assembleAll(): void {
  let start = 0;
  for (const end of ends) {
    if (!assembler.assemble(source, start, end)) throw new Error(assembler.error?.message ?? "");
    start = end;
  }
}

const directory = mkdtempSync(join(tmpdir(), "bench-as-"));
const text = join(directory, "t.s");
writeFileSync(text, Buffer.concat([Buffer.from(".intel_syntax noprefix\n"), source]));
function runAs(): void {
  const run = spawnSync("as", [text, "-o", join(directory, "t.o")], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
}

const lines = texts.map((asm, i) => JSON.stringify({ func: `f${i}`, code: { asm } }));
const emit = makeEmit(Buffer.from(`\n${lines.join("\n")}\n`));
const pools = [1, 2].map((workers) => new ThreadPool({ workers }));

const bench = new Bench({ time: 3000, iterations: 3, warmupTime: 500, warmupIterations: 1 });
bench.add("manifold", assembleAll);
bench.add("GNU as", runAs);
for (const pool of pools) bench.add(`manifest, workers: ${pool.workers}`, () => emit(pool));
await bench.run();
for (const pool of pools) await pool.close();
rmSync(directory, { recursive: true });

/** The fastest run in milliseconds: what else the machine does only ever adds. */
const fastest = bench.tasks.map((task) => {
  const { result } = task;
  if (!("latency" in result)) throw new Error(`${task.name} did not run`);
  return result.latency.min;
}) as [number, number, number, number];
const report = bench.tasks.map((task, i) => {
  const ms = fastest[i]!;
  return {
    assembler: task.name,
    "ms (fastest)": Number(ms.toFixed(1)),
    "functions/s": Math.round((texts.length / ms) * 1000),
    "ns/instruction": Math.round((ms * 1e6) / instructions),
    "MB/s": Number((source.length / ms / 1000).toFixed(1)),
  };
});
console.log(`${texts.length} functions, ${instructions} instructions, ${source.length} bytes of text`);
console.table(report);
const times = fastest.map((ms) => (fastest[1] / ms).toFixed(1));
console.log(`times as fast as GNU as: one thread ${times[0]}, manifest with 1 worker ${times[2]}, with 2 ${times[3]}`);
