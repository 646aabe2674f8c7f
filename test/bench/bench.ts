/**
 * Manifold alone: its parts, its commands, and links and updates in a process that stays.
 *
 *     node test/dist/bench/bench.js --help
 */

import { measureEmission } from "./measure/emission.js";
import { GENERATED_WORKLOADS, raceGenerated } from "./measure/generated.js";
import { runSuite } from "./measure/run-suite.js";
import { measureUpdates } from "./measure/updates.js";
import { measureParts } from "./parts/measure-parts.js";

process.exitCode = await runSuite(
  {
    script: "node test/dist/bench/bench.js",
    about: "Measures Manifold: its parts in one process, resident links and updates, and its commands.",
    workloads: ["parts", "emission", "updates", ...GENERATED_WORKLOADS],
    linkers: [],
  },
  async (suite, { workloads }) => {
    if (workloads.has("parts")) await measureParts(suite);
    if (workloads.has("emission")) await measureEmission(suite);
    if (workloads.has("updates")) await measureUpdates(suite);
    await raceGenerated(suite, workloads, []);
  },
);
