/** Emission of assembly with one worker and with two, in turn, in this process. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ThreadPool } from "@manifold/workers/threads";
import { writeAssemblyManifest } from "../generate.js";
import { makeEmit } from "./emit-manifest.js";
import { race } from "./race.js";
import { EMISSION, EMISSION_WORKERS } from "./resident-names.js";
import type { Suite } from "./suite.js";

const FUNCTIONS = 20_000;
const RUNS = 15;
/** Code is compiled on each thread. */
const WARMUPS = 5;

export async function measureEmission(suite: Suite): Promise<void> {
  await suite.withDirectory("emission", async (directory) => {
    const path = join(directory, "assembly.ndjson");
    writeAssemblyManifest(path, { functions: FUNCTIONS, seed: suite.options.seed });
    const manifest = readFileSync(path);
    // The newline behind the header is the one that comes before all lines.
    const emit = makeEmit(manifest.subarray(manifest.indexOf("\n")));
    const pools = EMISSION_WORKERS.map((_, index) => new ThreadPool({ workers: index + 1 }));
    suite.tell(`${EMISSION}, ${FUNCTIONS.toLocaleString("en-US")} functions`);
    const results = await race(
      pools.map((pool, index) => ({
        name: EMISSION_WORKERS[index]!,
        run: async () => {
          const start = performance.now();
          await emit(pool);
          return { wallMs: performance.now() - start };
        },
      })),
      { runs: suite.options.runs ?? RUNS, warmups: WARMUPS },
    );
    for (const pool of pools) await pool.close();
    suite.results.add({ workload: EMISSION, size: FUNCTIONS, place: "memory" }, results);
  });
}
