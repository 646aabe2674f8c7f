/** Updates in a process that stays: of each size and place a process of its own, which runs `resident-updates.js`. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeManifest } from "../generate.js";
import { cleanEnvironment } from "./command.js";
import { checkProgram, checksumLine } from "./program-check.js";
import type { RaceResult } from "./race.js";
import { LINKER_UPDATES, UPDATES } from "./resident-names.js";
import type { Suite } from "./suite.js";

const PROCESS = fileURLToPath(new URL("../resident-updates.js", import.meta.url));
const UPDATE_COUNT = 500;
/** All declarations of a larger program would take minutes to hand over one by one. */
const MOST_FOR_LINKER = 200_000;

export async function measureUpdates(suite: Suite): Promise<void> {
  for (const functions of suite.options.sizes)
    await suite.withDirectory("updates", async (directory) => {
      const manifest = join(directory, "program.ndjson");
      const printed = checksumLine(writeManifest(manifest, { functions, seed: suite.options.seed }));
      for (const [kind, workload] of [["session", UPDATES] as const, ["linker", LINKER_UPDATES] as const]) {
        if (kind === "linker" && functions > MOST_FOR_LINKER) continue;
        await suite.onPlaces(workload, functions, async (outputs) => {
          const output = join(outputs, "updated");
          const times = run([kind, manifest, String(functions), output, String(UPDATE_COUNT)]);
          checkProgram(output, printed);
          return times;
        });
      }
    });
}

function run(args: readonly string[]): RaceResult[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROCESS, ...args], {
    env: cleanEnvironment(),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0)
    throw new Error(stderr.split("\n").find((line) => line.includes("Error")) ?? `ended with ${status}`);
  const times: Record<string, number[]> = JSON.parse(stdout);
  return Object.entries(times).map(([name, microseconds]) => ({
    name,
    isPeer: false,
    runs: microseconds.map((wall) => ({ wallMs: wall / 1000 })),
  }));
}
