/** The parts of a link one by one, by tinybench; times are those of one operation. */

import { Bench } from "tinybench";
import type { RaceResult } from "../measure/race.js";
import type { Suite } from "../measure/suite.js";
import { encodingParts } from "./encoding.js";
import { imageParts } from "./image.js";
import { nameParts } from "./names.js";
import type { Part } from "./part.js";
import { poolParts } from "./pool.js";
import { queueParts } from "./queue.js";
import { relocationParts } from "./relocation.js";

const TIME_MS = 1000;
/** Samples that are kept of each part. */
const MOST_SAMPLES = 1000;

export async function measureParts(suite: Suite): Promise<void> {
  await suite.withDirectory("parts", async (directory) => {
    const parts: readonly Part[] = [
      ...nameParts(),
      ...imageParts(),
      ...(await relocationParts(directory)),
      ...encodingParts(directory),
      ...queueParts(),
      ...poolParts(),
    ];
    suite.tell(`parts: ${parts.length}, ${TIME_MS / 1000} s each`);
    const bench = new Bench({ time: TIME_MS, retainSamples: true, throws: true });
    for (const part of parts) bench.add(part.name, () => part.run());
    try {
      await bench.run();
    } finally {
      for (const part of parts) await part.close?.();
    }
    const results = bench.tasks.map((task, index): RaceResult => {
      if (!("latency" in task.result)) throw new Error(`${task.name} did not run`);
      const samples = (task.result.latency.samples ?? []).slice(-MOST_SAMPLES);
      const { operations } = parts[index]!;
      return { name: task.name, isPeer: false, runs: samples.map((ms) => ({ wallMs: ms / operations })) };
    });
    suite.results.add({ workload: "parts, one operation", size: 0, place: "memory" }, results);
  });
}
