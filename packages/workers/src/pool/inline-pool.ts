/** The pool for small links: shifts run on the calling thread, which is sooner done than a thread is started. */

import { setImmediate } from "node:timers/promises";
import { Arena, Control, type EmitPool, type Shift, type ShiftReport } from "@manifold/core";
import { runShift } from "./shift.js";

/** For so long a shift has the thread to itself. */
const SLICE_MS = 2;

export class InlinePool implements EmitPool {
  readonly workers = 1;
  readonly arenas: readonly SharedArrayBuffer[] = [new Arena().region.buffer];

  async run(shift: Shift): Promise<ShiftReport> {
    const control = new Int32Array(shift.emission.control);
    control[Control.CURSOR] = shift.first;
    let last = performance.now();
    return runShift({ ...shift, slot: 0, thread: 0, leads: true }, () => {
      if (performance.now() - last < SLICE_MS) return undefined;
      return setImmediate().then(() => {
        last = performance.now();
      });
    });
  }
}
