/** The pool for small links: shifts run on the calling thread, which is sooner done than a thread is started. */

import { Arena, Claims, type EmitPool, type Shift, type ShiftReport } from "@manifold/core";
import { runShift } from "./shift.js";
import { takeTurns } from "./turns.js";

export class InlinePool implements EmitPool {
  readonly workers = 1;
  readonly arenas: readonly SharedArrayBuffer[] = [new Arena().region.buffer];

  run(shift: Shift): Promise<ShiftReport> {
    return runShift({ ...shift, claims: Claims.make(shift.first, 1), slot: 0, thread: 0, leads: true }, takeTurns());
  }
}
