/** The report: a table of each race, and one of the targets. */

import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import type { Linker } from "../peers/linkers.js";
import { medianOf, type RaceKey, type Results, type Row } from "./results.js";
import { digits, median, percentile } from "./statistics.js";
import { table } from "./table.js";
import { compareWithTargets } from "./targets.js";

/** All that was measured, and how it compares with the targets. */
export function report(results: Results): string {
  const races = results.races().map((race) => `### ${title(race)}\n\n${raceTable(results, race)}\n`);
  return `${races.join("\n")}\n## Targets\n\n${compareWithTargets(results)}\n`;
}

/** What the numbers were measured on and with. */
export function machine(linkers: readonly Linker[]): string {
  const processors = `${availableParallelism()} processors, ${cpus()[0]?.model ?? "unknown"}`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const load = `processors busy in the last minute: ${loadavg()[0]!.toFixed(1)}`;
  const versions = linkers.map(({ name, version }) => `${name}: ${version}`);
  return [`${processors}, ${memory}, Linux ${release()}, Node ${process.version}`, load, ...new Set(versions)]
    .map((line) => `- ${line}\n`)
    .join("");
}

function title({ workload, size, place }: RaceKey): string {
  return `${size === 0 ? "" : `${size.toLocaleString("en-US")} functions, `}${workload}, ${place}`;
}

function raceTable(results: Results, race: RaceKey): string {
  const rows = results.of(race);
  if (rows.every(({ isPeer, runs }) => !isPeer && runs.every(({ cpuMs }) => cpuMs === undefined)))
    return table(["", "median µs", "99th percentile", "runs"], rows.map(residentRow));
  const fastest = results.fastestPeer(race)?.ms;
  const header = ["", "median ms", "fastest", "to the fastest peer", "processor ms", "peak MiB", "runs"];
  return table(
    header,
    rows.map((row) => raceRow(row, fastest)),
  );
}

/** What happens in one process takes microseconds, and its worst case counts. */
function residentRow({ name, runs, failure }: Row): string[] {
  if (failure !== undefined) return [name, `failed: ${failure}`, "", ""];
  const microseconds = runs.map(({ wallMs }) => wallMs * 1000);
  return [name, digits(median(microseconds)), digits(percentile(microseconds, 0.99)), String(runs.length)];
}

function raceRow(row: Row, fastest: number | undefined): string[] {
  if (row.failure !== undefined) return [row.name, `failed: ${row.failure.slice(0, 80)}`, "", "", "", "", ""];
  const wall = medianOf(row, "wallMs");
  const least = Math.min(...row.runs.map(({ wallMs }) => wallMs));
  const [cpu, peak] = [medianOf(row, "cpuMs"), medianOf(row, "peakMiB")];
  const number = (value: number | undefined): string => (value === undefined ? "" : digits(value));
  const ratio = wall === undefined || fastest === undefined ? undefined : wall / fastest;
  return [row.name, number(wall), number(least), number(ratio), number(cpu), number(peak), String(row.runs.length)];
}
