/**
 * Waits until the processors have nothing else to do, as /proc/stat has it, for a while at most: numbers from a machine that
 * is busy say little. Counts how often it waited in vain, for the report.
 */

import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const STAT = "/proc/stat";
/** Time is counted there in hundredths of a second. */
const WINDOW_MS = 50;
const MOST_BUSY = 0.15;

export class IdleGate {
  /** How long to wait for one run, at most. */
  private readonly patienceMs: number;
  waits = 0;
  inVain = 0;

  constructor(patienceMs: number) {
    this.patienceMs = existsSync(STAT) ? patienceMs : 0;
  }

  async wait(): Promise<void> {
    if (this.patienceMs === 0) return;
    this.waits++;
    const end = performance.now() + this.patienceMs;
    for (let before = times(); ; ) {
      await setTimeout(WINDOW_MS);
      const now = times();
      if ((now.busy - before.busy) / (now.all - before.all) <= MOST_BUSY) return;
      if (performance.now() >= end) break;
      before = now;
    }
    this.inVain++;
  }
}

/** What all processors have spent since the machine started. */
function times(): { readonly busy: number; readonly all: number } {
  const [user, nice, system, idle, waiting, ...others] = readFileSync(STAT, "latin1")
    .split("\n")[0]!
    .trim()
    .split(/\s+/)
    .slice(1, 9)
    .map(Number);
  const busy = user! + nice! + system! + others.reduce((sum, time) => sum + time, 0);
  return { busy, all: busy + idle! + waiting! };
}
