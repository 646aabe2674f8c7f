/** Races on generated programs. What takes part depends on what was asked for. */

import { join } from "node:path";
import { writeAssemblyManifest, writeManifest, writeObjects, writeResponseFile } from "../generate.js";
import { assemblers } from "../peers/assemblers.js";
import type { Linker } from "../peers/linkers.js";
import { nodeStarts, peer } from "./commands.js";
import { oursChanged, oursOnAssembly, oursOnManifest, oursOnObjects } from "./ours.js";
import { checksumLine } from "./program-check.js";
import { residentRelink } from "./resident.js";
import type { Suite } from "./suite.js";

/** What runs in one race, on the same program. */
const IN_PROGRAM = ["start", "objects", "manifest", "changed", "relink"];
/** What can be asked for. */
export const GENERATED_WORKLOADS: readonly string[] = [...IN_PROGRAM, "one-text", "assembly"];

const FUNCTIONS_PER_OBJECT = 100;
const MOST_ASSEMBLY = 300_000;

/** Names of races. */
export const FUNCTIONS = "a section per function";
export const ONE_TEXT = "one .text per object";
export const ASSEMBLY = "assembly text";

/** A race of the same name without other linkers: its numbers are not compared with theirs, which are of another time. */
export function alone(race: string): string {
  return `${race}, Manifold alone`;
}

function raceName(race: string, linkers: readonly Linker[]): string {
  return linkers.length === 0 ? alone(race) : race;
}

export async function raceGenerated(
  suite: Suite,
  wanted: ReadonlySet<string>,
  linkers: readonly Linker[],
): Promise<void> {
  for (const functions of suite.options.sizes) {
    if (IN_PROGRAM.some((workload) => wanted.has(workload))) await raceProgram(suite, functions, wanted, linkers);
    if (wanted.has("one-text")) await raceOneText(suite, functions, linkers);
    if (wanted.has("assembly")) await raceAssembly(suite, functions, linkers);
  }
}

/** Objects with a section per function, the manifest with the same machine code, and the others on the objects. */
async function raceProgram(
  suite: Suite,
  functions: number,
  wanted: ReadonlySet<string>,
  linkers: readonly Linker[],
): Promise<void> {
  await suite.withDirectory("program", async (directory) => {
    const { seed } = suite.options;
    const { objects, checksum } = writeObjects(directory, {
      functions,
      seed,
      functionsPerObject: FUNCTIONS_PER_OBJECT,
    });
    const args = ["-static", `@${writeResponseFile(directory, objects)}`];
    const manifest = join(directory, "program.ndjson");
    if (wanted.has("manifest") || wanted.has("changed")) writeManifest(manifest, { functions, seed });
    const printed = checksumLine(checksum);
    await suite.raceOnPlaces(raceName(FUNCTIONS, linkers), functions, (course) => [
      ...nodeStarts(course),
      ...(wanted.has("objects") ? [oursOnObjects(course, args, printed)] : []),
      ...(wanted.has("manifest") ? [oursOnManifest(course, manifest, printed)] : []),
      ...(wanted.has("changed") ? [oursChanged(course, manifest, functions, printed)] : []),
      ...(wanted.has("relink") ? [residentRelink(course, objects, printed)] : []),
      ...linkers.map((linker) => peer(course, linker, args, printed)),
    ]);
  });
}

async function raceOneText(suite: Suite, functions: number, linkers: readonly Linker[]): Promise<void> {
  await suite.withDirectory("one-text", async (directory) => {
    const options = { functions, seed: suite.options.seed, functionsPerObject: FUNCTIONS_PER_OBJECT, oneText: true };
    const { objects, checksum } = writeObjects(directory, options);
    const args = ["-static", `@${writeResponseFile(directory, objects)}`];
    const printed = checksumLine(checksum);
    await suite.raceOnPlaces(raceName(ONE_TEXT, linkers), functions, (course) => [
      ...nodeStarts(course),
      oursOnObjects(course, args, printed),
      residentRelink(course, objects, printed),
      ...linkers.map((linker) => peer(course, linker, args, printed)),
    ]);
  });
}

async function raceAssembly(suite: Suite, functions: number, linkers: readonly Linker[]): Promise<void> {
  if (functions > MOST_ASSEMBLY) {
    suite.tell(`${ASSEMBLY}: left out with ${functions} functions, on which GNU as takes more than a minute a time`);
    return;
  }
  await suite.withDirectory("assembly", async (directory) => {
    const { seed } = suite.options;
    const manifest = join(directory, "assembly.ndjson");
    const printed = checksumLine(writeAssemblyManifest(manifest, { functions, seed }));
    const peers = linkers.length === 0 ? [] : assemblers(join(directory, "text"), { functions, seed }, linkers);
    await suite.raceOnPlaces(raceName(ASSEMBLY, linkers), functions, (course) => [
      ...nodeStarts(course),
      ...oursOnAssembly(course, manifest, printed),
      ...peers.map((contestant) => contestant(course, printed)),
    ]);
  });
}
