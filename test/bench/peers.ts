/**
 * Whole commands of Manifold against GNU ld, gold, lld and mold on the same programs, in turn; each output is run and checked.
 *
 *     node test/dist/bench/peers.js --help
 */

import { GENERATED_WORKLOADS, raceGenerated } from "./measure/generated.js";
import { runSuite } from "./measure/run-suite.js";
import { LIBRARIES } from "./peers/libraries.js";
import { LINKER_NAMES } from "./peers/linkers.js";
import { raceLibraries } from "./peers/race-libraries.js";

process.exitCode = await runSuite(
  {
    script: "node test/dist/bench/peers.js",
    about: "Measures Manifold's commands against other linkers: time, processor time and peak memory, in turn.",
    workloads: [...GENERATED_WORKLOADS, ...LIBRARIES.map(({ name }) => name)],
    linkers: LINKER_NAMES,
  },
  async (suite, { workloads }, linkers) => {
    await raceGenerated(suite, workloads, linkers);
    await raceLibraries(suite, workloads, linkers);
  },
);
