/**
 * Measures whole links: generates manifests, links each several times with the command, runs the results, and prints
 * functions per second and peak memory. `node test/dist/bench/link.js [N ...] [--runs R] [--workers W]`
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeManifest } from "./generate.js";

const COMMAND = fileURLToPath(new URL("../../../packages/cli/bin/manifold.js", import.meta.url));
const SIZES = [1_000, 10_000, 100_000, 1_000_000];

interface Run {
  readonly seconds: number;
  readonly peakMiB: number;
}

/** Runs the command under GNU time's accounting, done by Node itself: the peak is the largest of the process. */
function link(manifest: string, output: string, workers: string | undefined): Run {
  const args = [
    COMMAND,
    "link",
    manifest,
    "-o",
    output,
    "--stats",
    ...(workers === undefined ? [] : ["--workers", workers]),
  ];
  const env = { ...process.env };
  // Where it is set, every start of Node reads all certificates first.
  delete env["NODE_EXTRA_CA_CERTS"];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(stderr);
  return { seconds, peakMiB: Number(/peak memory\s+([\d.]+) MiB/.exec(stderr)![1]) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "5" }, workers: { type: "string" } },
  allowPositionals: true,
});
const sizes = positionals.length > 0 ? positionals.map(Number) : SIZES;
const directory = mkdtempSync(join(tmpdir(), "manifold-bench-"));
console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} processors, Node ${process.version}`,
);
console.log("functions   manifest MB   output MB   median s   functions/s   peak MiB");
try {
  for (const functions of sizes) {
    const manifest = join(directory, "app.ndjson");
    const output = join(directory, "app");
    writeManifest(manifest, { functions, seed: 1 });
    const runs = Array.from({ length: Number(values.runs) }, () => link(manifest, output, values.workers));
    const program = spawnSync(output);
    if (program.status !== 0) throw new Error(`the program of ${functions} functions failed its own check`);
    const seconds = median(runs.map((run) => run.seconds));
    const cells = [
      String(functions).padEnd(9),
      (statSync(manifest).size / 1e6).toFixed(1).padStart(13),
      (statSync(output).size / 1e6).toFixed(1).padStart(11),
      seconds.toFixed(2).padStart(10),
      Math.round(functions / seconds)
        .toString()
        .padStart(13),
      median(runs.map((run) => run.peakMiB))
        .toFixed(0)
        .padStart(10),
    ];
    console.log(cells.join(" "));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
