/** The tables of a report, as Markdown that is aligned well enough to be read as it stands. */

import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { Linker } from "../peers/linkers.js";
import { medianOf, type RaceKey, type Results, type Row } from "./results.js";
import { digits } from "./statistics.js";
import { compareWithTargets } from "./targets.js";

/** Rows of cells; numbers stand to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(header), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** All that was measured, and how it compares with the targets. */
export function report(results: Results): string {
  const races = results.races().map((race) => `### ${title(race)}\n\n${raceTable(results, race)}\n`);
  return `${races.join("\n")}\n## Targets\n\n${compareWithTargets(results)}\n`;
}

/** What the numbers were measured on and with. */
export function machine(linkers: readonly Linker[]): string {
  const processors = `${availableParallelism()} processors, ${cpus()[0]?.model ?? "unknown"}`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const versions = linkers.map(({ name, version }) => `${name}: ${version}`);
  return [`${processors}, ${memory}, Linux ${release()}, Node ${process.version}`, ...new Set(versions)]
    .map((line) => `- ${line}\n`)
    .join("");
}

function title({ workload, size, place }: RaceKey): string {
  return `${size === 0 ? "" : `${size.toLocaleString("en-US")} functions, `}${workload}, ${place}`;
}

function raceTable(results: Results, race: RaceKey): string {
  const rows = results.of(race);
  const fastest = results.fastestPeer(race)?.ms;
  const header = ["", "ms", "to the fastest peer", "processor ms", "peak MiB", "runs"];
  return table(
    header,
    rows.map((row) => raceRow(row, fastest)),
  );
}

function raceRow(row: Row, fastest: number | undefined): string[] {
  if (row.failure !== undefined) return [row.name, `failed: ${row.failure.slice(0, 80)}`, "", "", "", ""];
  const wall = medianOf(row, "wallMs");
  const [cpu, peak] = [medianOf(row, "cpuMs"), medianOf(row, "peakMiB")];
  const number = (value: number | undefined): string => (value === undefined ? "" : digits(value));
  const ratio = wall === undefined || fastest === undefined ? undefined : wall / fastest;
  return [row.name, number(wall), number(ratio), number(cpu), number(peak), String(row.runs.length)];
}
