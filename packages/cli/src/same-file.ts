import { existsSync, realpathSync } from "node:fs";

/** Whether both paths lead to one file that exists, by whatever names. */
export function isSameFile(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
}
