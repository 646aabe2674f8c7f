/**
 * Measures several ways to do the same, in turn: A B C, A B C, and so on, so that what else happens on the machine meets all
 * of them. What each one made is checked each time; what fails is out of the race, and its reason is kept.
 */

import { setTimeout } from "node:timers/promises";
import type { Measurement } from "./command.js";

export interface Contestant {
  readonly name: string;
  /** Another linker: one that is far behind the first of its kind runs only once. */
  readonly isPeer?: boolean;
  /** It ends before its children have: what they cost is not known, and they need time to end. */
  readonly leavesChildren?: boolean;
  /** Comes first, once. */
  setUp?(): void | Promise<void>;
  /** Comes before each run and is not measured. */
  prepare?(): void;
  run(): Measurement | Promise<Measurement>;
  /** Throws if what the run made is wrong. */
  check?(): void;
  /** Comes last, once, whatever happened. */
  tearDown?(): void | Promise<void>;
}

export interface RaceResult {
  readonly name: string;
  readonly isPeer: boolean;
  readonly runs: readonly Measurement[];
  /** Why it is out of the race. */
  readonly failure?: string | undefined;
}

export interface RaceOptions {
  readonly runs: number;
  /** Rounds before those that count. */
  readonly warmups: number;
  readonly tell?: (line: string) => void;
  /** Gets what is known after each round: a suite that is interrupted keeps it. */
  readonly keep?: (results: readonly RaceResult[]) => void;
  /** Comes before each run. */
  readonly gate?: () => Promise<void>;
}

/** How many times as long as the fastest peer another may take to be run again. */
const FAR_BEHIND = 4;
/** Races whose peers take less have room for all. */
const SLOW_MS = 1000;
/** Part of its time that a command's children may need to end. */
const CHILDREN_TIME = 0.25;

class Entry {
  readonly contestant: Contestant;
  readonly runs: Measurement[] = [];
  warmup: Measurement | undefined;
  failure: string | undefined;
  isFarBehind = false;

  constructor(contestant: Contestant) {
    this.contestant = contestant;
  }

  /** A step of it; false when it is out of the race. */
  async attempt(step: () => void | Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      await step();
    } catch (cause) {
      this.failure = cause instanceof Error ? cause.message : String(cause);
    }
  }

  get last(): Measurement | undefined {
    return this.runs.at(-1) ?? this.warmup;
  }
}

export async function race(contestants: readonly Contestant[], options: RaceOptions): Promise<RaceResult[]> {
  const entries = contestants.map((contestant) => new Entry(contestant));
  try {
    for (const entry of entries) await entry.attempt(() => entry.contestant.setUp?.());
    for (let round = -options.warmups; round < options.runs; round++) {
      for (const entry of entries) await entry.attempt(() => runOnce(entry, round < 0, options.gate));
      dropFarBehind(entries);
      options.keep?.(entries.map(resultOf));
      const number = round < 0 ? "warm-up" : `${round + 1} of ${options.runs}`;
      options.tell?.(`  round ${number}: ${entries.map(told).join(", ")}`);
    }
  } finally {
    for (const entry of entries) await entry.attempt(() => entry.contestant.tearDown?.());
  }
  return entries.map(resultOf);
}

function resultOf({ contestant, runs, warmup, failure }: Entry): RaceResult {
  return {
    name: contestant.name,
    isPeer: contestant.isPeer ?? false,
    runs: runs.length === 0 && warmup !== undefined ? [warmup] : runs,
    failure,
  };
}

async function runOnce(entry: Entry, isWarmup: boolean, gate?: () => Promise<void>): Promise<void> {
  if (entry.isFarBehind) return;
  const { contestant } = entry;
  contestant.prepare?.();
  await gate?.();
  const measured = await contestant.run();
  if (contestant.leavesChildren) await setTimeout(measured.wallMs * CHILDREN_TIME);
  contestant.check?.();
  const kept = contestant.leavesChildren ? { wallMs: measured.wallMs } : measured;
  if (isWarmup) entry.warmup = kept;
  else entry.runs.push(kept);
}

function dropFarBehind(entries: readonly Entry[]): void {
  const peers = entries.filter(({ contestant, last }) => contestant.isPeer && last !== undefined);
  const fastest = Math.min(...peers.map(({ last }) => last!.wallMs));
  for (const peer of peers) {
    if (fastest > SLOW_MS && peer.last!.wallMs > fastest * FAR_BEHIND) peer.isFarBehind = true;
  }
}

function told(entry: Entry): string {
  const { contestant, failure, last, isFarBehind } = entry;
  if (failure !== undefined) return `${contestant.name} failed`;
  return `${contestant.name} ${last?.wallMs.toFixed(1) ?? "?"} ms${isFarBehind ? " (once)" : ""}`;
}
