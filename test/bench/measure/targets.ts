/** What the project wants to reach, and where it is. What was not measured is left out. */

import { AS_FILES, AS_ONE_FILE } from "../peers/assemblers.js";
import { NODE_START } from "./commands.js";
import { ASSEMBLY, alone, FUNCTIONS, ONE_TEXT } from "./generated.js";
import { OURS_ASSEMBLY, OURS_CHANGED, OURS_MANIFEST, OURS_OBJECTS } from "./ours.js";
import { RESIDENT_RELINK } from "./resident.js";
import { EMISSION, EMISSION_WORKERS, MOVED, SAME_SIZE, UPDATES } from "./resident-names.js";
import type { RaceKey, Results } from "./results.js";
import { digits } from "./statistics.js";
import { table } from "./table.js";

/** One comparison: what was found, and the most (or the least) that it shall be. */
interface Finding {
  readonly what: string;
  readonly found: number;
  readonly target: number;
  readonly unit: string;
  /** Larger is better. */
  readonly atLeast?: boolean;
}

export function compareWithTargets(results: Results): string {
  const findings = results
    .races()
    .flatMap((race) => [
      ...coldLinks(results, race),
      ...relinks(results, race),
      ...manifests(results, race),
      ...assembly(results, race),
      ...changedFunction(results, race),
      ...residentUpdates(results, race),
      ...emission(results, race),
    ]);
  if (findings.length === 0) return "Nothing was measured that has a target.";
  return table(["", "found", "target", "", "of the target"], findings.map(row));
}

function row({ what, found, target, unit, atLeast = false }: Finding): string[] {
  const isMet = atLeast ? found >= target : found <= target;
  const bound = `${atLeast ? "at least" : "at most"} ${digits(target)} ${unit}`;
  return [what, `${digits(found)} ${unit}`, bound, isMet ? "met" : "MISSED", `${Math.round((found / target) * 100)} %`];
}

function name({ workload, size, place }: RaceKey): string {
  return `${size.toLocaleString("en-US")} functions, ${workload}, ${place}`;
}

function isOneOf(race: RaceKey, workloads: readonly string[]): boolean {
  return workloads.some((workload) => race.workload === workload || race.workload === alone(workload));
}

/** `ours` as a part of `theirs`; nothing where one of them was not measured. */
function ratio(what: string, ours: number | undefined, theirs: number | undefined, target: number): Finding[] {
  if (ours === undefined || theirs === undefined) return [];
  return [{ what, found: ours / theirs, target, unit: "times" }];
}

function coldLinks(results: Results, race: RaceKey): Finding[] {
  if (!isOneOf(race, [FUNCTIONS, ONE_TEXT])) return [];
  const ours = results.median(race, OURS_OBJECTS);
  const what = `cold link of objects: ${name(race)}`;
  if (race.size <= 20_000) {
    const bare = results.median(race, NODE_START);
    if (ours === undefined || bare === undefined) return [];
    const target = race.size <= 1000 ? 25 : 60;
    return [{ what: `${what}, beyond Node's start`, found: ours - bare, target, unit: "ms" }];
  }
  if (race.size < 500_000) {
    const peer = results.fastestPeer(race);
    return ratio(`${what}, to ${peer?.name}`, ours, peer?.ms, 0.9);
  }
  const peer = results.fastestPeer(race, ["lld", "mold", "mold --no-fork"]);
  const memory = [results.median(race, OURS_OBJECTS, "peakMiB"), results.median(race, "lld", "peakMiB")];
  return [
    ...ratio(`${what}, to ${peer?.name}`, ours, peer?.ms, 0.45),
    ...ratio(`${what}, peak memory, to lld`, memory[0], memory[1], 0.75),
  ];
}

function relinks(results: Results, race: RaceKey): Finding[] {
  if (!isOneOf(race, [FUNCTIONS, ONE_TEXT]) || race.size < 10_000) return [];
  const peer = results.fastestPeer(race);
  const what = `resident relink of objects: ${name(race)}, to ${peer?.name}`;
  return ratio(what, results.median(race, RESIDENT_RELINK), peer?.ms, 0.2);
}

function manifests(results: Results, race: RaceKey): Finding[] {
  if (!isOneOf(race, [FUNCTIONS]) || race.size < 100_000) return [];
  const what = `manifest with machine code: ${name(race)}, to lld`;
  return ratio(what, results.median(race, OURS_MANIFEST), results.median(race, "lld"), 1);
}

function assembly(results: Results, race: RaceKey): Finding[] {
  if (!isOneOf(race, [ASSEMBLY]) || race.size < 10_000) return [];
  const ours = results.median(race, OURS_ASSEMBLY);
  return [AS_ONE_FILE, AS_FILES].flatMap((peer) =>
    ratio(`manifest with assembly: ${name(race)}, to ${peer}`, ours, results.median(race, peer), 0.15),
  );
}

function changedFunction(results: Results, race: RaceKey): Finding[] {
  if (!isOneOf(race, [FUNCTIONS])) return [];
  const ours = results.median(race, OURS_CHANGED);
  const bare = results.median(race, NODE_START);
  if (ours === undefined || bare === undefined) return [];
  const what = `one function changed, cold: ${name(race)}`;
  const peer = results.fastestPeer(race);
  return [
    { what: `${what}, beyond Node's start`, found: ours - bare, target: 15, unit: "ms" },
    ...(race.size < 500_000 ? [] : ratio(`${what}, to ${peer?.name}`, ours, peer?.ms, 0.02)),
  ];
}

function residentUpdates(results: Results, race: RaceKey): Finding[] {
  if (race.workload !== UPDATES) return [];
  return [[SAME_SIZE, 100] as const, [MOVED, 250] as const].flatMap(([kind, most]) => {
    const ms = results.median(race, kind);
    if (ms === undefined) return [];
    const what = `resident update, ${kind}: ${race.size.toLocaleString("en-US")} functions, ${race.place}`;
    const small = race.size < 500_000 ? undefined : results.median({ ...race, size: 1000 }, kind);
    return [
      { what, found: ms * 1000, target: most, unit: "µs" },
      ...ratio(`${what}, to 1,000 functions`, ms, small, 2),
    ];
  });
}

function emission(results: Results, race: RaceKey): Finding[] {
  if (race.workload !== EMISSION) return [];
  const [one, two] = EMISSION_WORKERS.map((workers) => results.median(race, workers));
  if (one === undefined || two === undefined) return [];
  return [{ what: "emission, 2 workers against 1", found: one / two, target: 1.8, unit: "times", atLeast: true }];
}
