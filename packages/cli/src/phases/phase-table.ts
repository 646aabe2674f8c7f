/**
 * `--stats`: phases with their wall time, below parallel ones what each thread took of it, and what more processors would
 * give; then what the whole process took.
 */

import type { Phase } from "@manifold/core";
import { busyOf, projected, type Stage, stagesOf, wallOf } from "./projection.js";

const PROCESSORS = [8, 64];
const NAME_WIDTH = 16;
const CELL_WIDTH = 11;

/** `counters`: what was worked on, by name. `began`: when the process did, by the clock of the phases. */
export function phaseTable(
  phases: readonly Phase[],
  counters: Readonly<Record<string, number>>,
  // Clocks may count from anywhere; what the process has lived they agree on.
  began: number = performance.now() - process.uptime() * 1000,
): string {
  const counted = Object.entries(counters).map(([name, value]) => `${name} ${value}`);
  const stages = withStart(stagesOf(phases), began);
  return [
    ...(counted.length === 0 ? [] : [counted.join(", ")]),
    row("phase", "wall ms", "serial", ...PROCESSORS.map((count) => `${count} cores`)),
    ...stages.flatMap(stageRows),
    totalRow(stages),
    ...processRows(),
    "",
  ].join("\n");
}

/** What came before the first phase is one as well: starting Node, and loading what the link needs. */
function withStart(stages: readonly Stage[], began: number): Stage[] {
  const end = stages[0]?.phase.start ?? began;
  const phase: Phase = { name: "start", thread: 0, start: began, end, kind: "serial" };
  return [{ phase, shares: [], within: [] }, ...stages];
}

function stageRows(stage: Stage): string[] {
  const { phase, shares, within } = stage;
  return [
    projectedRow(phase.name, wallOf(stage), [stage]),
    ...shares.map((share) => row(`  ${threadName(share.thread)}`, busyOf(share).toFixed(1), ...pieces(share))),
    ...within.map((one) => row(`  ${one.name}`, busyOf(one).toFixed(1), "100 %")),
  ];
}

function pieces({ items }: Phase): string[] {
  return items === undefined ? [] : ["", `${items} part${items === 1 ? "" : "s"}`];
}

/** From the first phase to the last; between phases is what nobody has noted, which counts as serial. */
function totalRow(stages: readonly Stage[]): string {
  const end = Math.max(...stages.map((stage) => stage.phase.start + wallOf(stage)));
  return projectedRow("total", end - stages[0]!.phase.start, stages);
}

function projectedRow(name: string, wall: number, stages: readonly Stage[]): string {
  const unnoted = wall - stages.reduce((sum, stage) => sum + wallOf(stage), 0);
  const on = (threads: number): number =>
    unnoted + stages.reduce((sum, stage) => sum + Math.min(wallOf(stage), projected(stage, threads)), 0);
  const serial = `${(wall === 0 ? 100 : (on(Number.POSITIVE_INFINITY) / wall) * 100).toFixed(0)} %`;
  return row(name, wall.toFixed(1), serial, ...PROCESSORS.map((count) => on(count).toFixed(1)));
}

function processRows(): string[] {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return [
    `processor time  ${(userCPUTime / 1e6).toFixed(2)} s user, ${(systemCPUTime / 1e6).toFixed(2)} s system`,
    `peak memory     ${(maxRSS / 1024).toFixed(1).padStart(10)} MiB`,
  ];
}

export function threadName(thread: number): string {
  return thread === 0 ? "coordinator" : `worker ${thread}`;
}

function row(name: string, ...cells: readonly string[]): string {
  return (name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(CELL_WIDTH)).join("")).trimEnd();
}
