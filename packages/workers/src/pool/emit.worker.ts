/** The entry of a pool thread: one task is one shift. */

import { runShift, type ShiftTask } from "./shift.js";
import { announce } from "./started.js";

export default function work(task: ShiftTask): ReturnType<typeof runShift> {
  return runShift(task);
}

announce();
