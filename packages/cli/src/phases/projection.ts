/**
 * What a link would take on more processors, phase by phase (Amdahl): what threads divide among them becomes shorter, what
 * one thread does alone does not. Parallel work has a part that stays: the time in which not even its longest share was at
 * work, that is starting threads and telling them. What more threads cost by themselves is not counted.
 */

import type { Phase } from "@manifold/core";

/** A stretch of the coordinator's time: a serial phase, or parallel work with what lies within. */
export interface Stage {
  readonly phase: Phase;
  /** What threads did of it, in the order of threads. */
  readonly shares: readonly Phase[];
  /** What the coordinator did meanwhile. */
  readonly within: readonly Phase[];
}

/** The stages of a link, in the order of time. */
export function stagesOf(phases: readonly Phase[]): Stage[] {
  const frames = phases.filter(({ kind, thread }) => kind !== "share" && thread === 0);
  frames.sort((a, b) => a.start - b.start || b.end - a.end);
  const stages: { phase: Phase; shares: Phase[]; within: Phase[] }[] = [];
  for (const phase of frames) {
    // Emission may begin before commits do and end before them: what begins within parallel work belongs to it.
    const last = stages.at(-1);
    if (last?.phase.kind === "parallel" && phase.start < last.phase.end) last.within.push(phase);
    else stages.push({ phase, shares: [], within: [] });
  }
  const shares = phases.filter(({ kind }) => kind === "share").sort((a, b) => a.thread - b.thread || a.start - b.start);
  for (const share of shares) {
    const isOf = ({ phase }: Stage): boolean =>
      phase.name === share.name && share.start >= phase.start && share.end <= phase.end;
    stages.find(isOf)?.shares.push(share);
  }
  return stages;
}

/** Milliseconds of work in a phase. */
export function busyOf({ start, end, waited = 0 }: Phase): number {
  return end - start - waited;
}

/** From the beginning of a stage to its end. */
export function wallOf({ phase, within }: Stage): number {
  return Math.max(phase.end, ...within.map(({ end }) => end)) - phase.start;
}

/** What `stage` would take with `threads` threads; Infinity gives what no number of them shortens. */
export function projected(stage: Stage, threads: number): number {
  const { phase, shares, within } = stage;
  if (phase.kind !== "parallel") return busyOf(phase);
  const work = shares.length > 0 ? shares.map(busyOf) : [busyOf(phase)];
  const alone = within.reduce((sum, one) => sum + busyOf(one), 0);
  const total = work.reduce((sum, one) => sum + one, 0);
  // On one thread what lies within takes turns with the shares.
  const turns = shares.every(({ thread }) => thread === 0) ? alone : 0;
  const fixed = Math.max(0, phase.end - phase.start - Math.max(...work) - turns);
  const divided = total / Math.min(threads, phase.items ?? Number.POSITIVE_INFINITY);
  const behind = wallOf(stage) - (phase.end - phase.start);
  return Math.max(alone, fixed + divided + behind);
}
