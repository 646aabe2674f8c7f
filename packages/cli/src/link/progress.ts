/**
 * Progress on standard error, only where that is a terminal: the seed's tree (Constants, Synthetics, Relocations), read
 * from shared counters on a timer, so that showing it costs the link nothing.
 */

import { makeControl, type Progress, readProgress } from "@manifold/core";

const INTERVAL_MS = 60;
/** A link that is done sooner shows nothing. */
const DELAY_MS = 200;

export interface ProgressDisplay {
  readonly control: Int32Array<SharedArrayBuffer>;
  /** Ends the display and clears what it drew. */
  stop(): void;
}

/** Shows nothing where there is no stream, or one that is no terminal. */
export function startProgress(stream: NodeJS.WriteStream | undefined): ProgressDisplay {
  const control = makeControl();
  if (stream?.isTTY !== true) return { control, stop: () => {} };
  const start = performance.now();
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const timer = setInterval(() => {
    if (performance.now() - start < DELAY_MS) return;
    clear();
    const lines = progressLines(readProgress(control));
    stream.write(`${lines.join("\n")}\n`);
    drawn = lines.length;
  }, INTERVAL_MS);
  timer.unref();
  return {
    control,
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}

/** The tree as lines of text. */
export function progressLines(progress: Progress): string[] {
  const share = ({ done, total }: { done: number; total: number }): string =>
    total === 0 ? String(done) : `${done}/${total}`;
  return [
    `Linking  ${progress.declarations} declarations, ${share(progress.chunks)} parts emitted`,
    `├─ Constants    ${share(progress.constants)}`,
    `├─ Synthetics   ${share(progress.synthetics)}`,
    `└─ Relocations  ${share(progress.relocations)}`,
  ];
}
