/**
 * What was measured, and a file that keeps it: suites that run one after the other, or parts of one, add up to one report. A
 * race that is run again replaces all that was kept of it: contestants of different times are not compared.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Measurement } from "./command.js";
import type { RaceResult } from "./race.js";
import { median } from "./statistics.js";
import { UsageError } from "./usage-error.js";

/** What a race was about. */
export interface RaceKey {
  /** `functions` (a section each), `one-text`, `assembly`, `updates`, or a library's name. */
  readonly workload: string;
  /** Functions of a generated program; 0 for others. */
  readonly size: number;
  /** Where outputs were written: `disk`, `tmpfs`, or `memory`. */
  readonly place: string;
}

export interface Row extends RaceKey, RaceResult {}

export class Results {
  readonly rows: Row[] = [];
  private readonly path: string | undefined;

  /** Begins with what the file holds, if there is one. */
  constructor(path?: string) {
    this.path = path;
    if (path === undefined || !existsSync(path)) return;
    this.rows.push(...readRows(path));
  }

  add(key: RaceKey, results: readonly RaceResult[]): void {
    const first = this.rows.findIndex((row) => isSameRace(row, key));
    const others = this.rows.filter((row) => !isSameRace(row, key));
    const rows = results.map((result): Row => ({ ...key, ...result }));
    others.splice(first === -1 ? others.length : Math.min(first, others.length), 0, ...rows);
    this.rows.splice(0, this.rows.length, ...others);
    if (this.path !== undefined) writeFileSync(this.path, `${JSON.stringify(this.rows, undefined, 1)}\n`);
  }

  /** The races there are, in the order of the report. */
  races(): RaceKey[] {
    const races: RaceKey[] = [];
    for (const { workload, size, place } of this.rows)
      if (!races.some((race) => isSameRace(race, { workload, size, place }))) races.push({ workload, size, place });
    // Sorting is stable: workloads come in the order in which they were measured first.
    const workloads = [...new Set(races.map(({ workload }) => workload))];
    const rank = ({ workload }: RaceKey): number => workloads.indexOf(workload);
    return races.sort((a, b) => rank(a) - rank(b) || a.size - b.size || a.place.localeCompare(b.place));
  }

  of(key: RaceKey): Row[] {
    return this.rows.filter((row) => isSameRace(row, key));
  }

  /** The median of one number of a contestant; undefined if it did not run. */
  median(key: RaceKey, name: string, what: keyof Measurement = "wallMs"): number | undefined {
    const row = this.of(key).find((other) => other.name === name);
    return row === undefined ? undefined : medianOf(row, what);
  }

  /** The fastest of the peers that are named, or of all. */
  fastestPeer(key: RaceKey, names?: readonly string[]): { readonly name: string; readonly ms: number } | undefined {
    let fastest: { name: string; ms: number } | undefined;
    for (const row of this.of(key)) {
      if (!row.isPeer || (names !== undefined && !names.includes(row.name))) continue;
      const ms = medianOf(row, "wallMs");
      if (ms !== undefined && (fastest === undefined || ms < fastest.ms)) fastest = { name: row.name, ms };
    }
    return fastest;
  }
}

export function medianOf(row: RaceResult, what: keyof Measurement): number | undefined {
  if (row.failure !== undefined) return undefined;
  const values = row.runs.map((run) => run[what]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

function isSameRace(a: RaceKey, b: RaceKey): boolean {
  return a.workload === b.workload && a.size === b.size && a.place === b.place;
}

function readRows(path: string): Row[] {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (Array.isArray(kept) && kept.every(isRow)) return kept;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new UsageError(`${path} does not hold results of a benchmark`);
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && "workload" in value && "runs" in value && "name" in value;
}
