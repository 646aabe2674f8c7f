/** How a shift shares its thread with the coordinator, which commits meanwhile what the shift has emitted. */

import { setImmediate } from "node:timers/promises";

/** For so long a shift has the thread to itself. */
const SLICE_MS = 2;

/** What a shift is to await after a chunk, if it is the turn of others. */
export function takeTurns(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < SLICE_MS) return undefined;
    return setImmediate().then(() => {
      last = performance.now();
    });
  };
}
