/** The entry of a pool thread: one task is one shift. */

import { runShift, type ShiftTask } from "./shift.js";

export default function work(task: ShiftTask): ReturnType<typeof runShift> {
  return runShift(task);
}
