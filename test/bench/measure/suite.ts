/** What all parts of a suite have in common: where they work, what they were asked for, and where results go. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandTimer } from "./command.js";
import type { Course } from "./commands.js";
import { IdleGate } from "./idle.js";
import { type Contestant, type RaceResult, race } from "./race.js";
import type { Results } from "./results.js";

export interface Place {
  /** `disk` or `tmpfs`. */
  readonly name: string;
  readonly directory: string;
}

export interface SuiteOptions {
  readonly sizes: readonly number[];
  readonly seed: number;
  /** Rounds of each race; undefined for as many as suit the size. */
  readonly runs: number | undefined;
  /** Where inputs are made and outputs go that are on disk. */
  readonly directory: string;
  /** Milliseconds to wait before each run for a machine that has nothing else to do. */
  readonly patience: number;
  /** Where outputs go. */
  readonly places: readonly Place[];
}

/** Measures with outputs in a directory; may tell beforehand what is known so far. */
type Measure = (outputs: string, keep: (results: readonly RaceResult[]) => void) => Promise<RaceResult[]>;

export class Suite {
  readonly options: SuiteOptions;
  readonly results: Results;
  readonly timer: CommandTimer;
  readonly idle: IdleGate;
  private readonly work: string;
  private readonly made: string[] = [];

  constructor(options: SuiteOptions, results: Results) {
    this.options = options;
    this.results = results;
    this.work = this.temporary(options.directory);
    this.idle = new IdleGate(options.patience);
    this.timer = new CommandTimer(this.work);
  }

  tell(line: string): void {
    console.error(line);
  }

  /** A directory for inputs, for as long as `use` takes: a million functions take most of a gigabyte. */
  async withDirectory(name: string, use: (directory: string) => Promise<void>): Promise<void> {
    const directory = join(this.work, name);
    mkdirSync(directory, { recursive: true });
    try {
      await use(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /** Races on each place. */
  async raceOnPlaces(workload: string, size: number, contestants: (course: Course) => Contestant[]): Promise<void> {
    await this.onPlaces(workload, size, (outputs, keep) =>
      race(contestants({ timer: this.timer, outputs }), {
        runs: this.options.runs ?? defaultRuns(size),
        warmups: size >= 500_000 ? 0 : 1,
        tell: (line) => this.tell(line),
        keep,
        gate: () => this.idle.wait(),
      }),
    );
  }

  /** Measures with outputs on each place, and keeps the results. */
  async onPlaces(workload: string, size: number, measure: Measure): Promise<void> {
    for (const place of this.options.places) {
      const outputs = this.temporary(place.directory);
      this.tell(
        `${workload}${size === 0 ? "" : `, ${size.toLocaleString("en-US")} functions`}, output on ${place.name}`,
      );
      try {
        const keep = (found: readonly RaceResult[]): void =>
          this.results.add({ workload, size, place: place.name }, found);
        const results = await measure(outputs, keep);
        for (const { name, failure } of results) if (failure !== undefined) this.tell(`  ${name}: ${failure}`);
        keep(results);
      } finally {
        rmSync(outputs, { recursive: true, force: true });
      }
    }
  }

  close(): void {
    for (const directory of this.made) rmSync(directory, { recursive: true, force: true });
  }

  private temporary(parent: string): string {
    const directory = mkdtempSync(join(parent, "manifold-bench-"));
    this.made.push(directory);
    return directory;
  }
}

function defaultRuns(size: number): number {
  return size <= 1000 ? 15 : size <= 10_000 ? 11 : size <= 200_000 ? 7 : 3;
}
