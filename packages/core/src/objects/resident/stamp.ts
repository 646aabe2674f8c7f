/** What tells a process that stays whether a file is as it was. */

import { statSync } from "node:fs";

/** Device, inode, size in bytes, times of the last write and the last change. */
export type Stamp = readonly [dev: number, ino: number, size: number, mtime: number, ctime: number];

/** A file that was written so short a time before it was read may be written again under the same time stamps. */
const YOUNG_MS = 50;

/** Undefined for a file that cannot be looked at, or is too young to tell it from a later version. */
export function stampOf(path: string): Stamp | undefined {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return Date.now() - Math.max(mtimeMs, ctimeMs) < YOUNG_MS ? undefined : [dev, ino, size, mtimeMs, ctimeMs];
  } catch {
    return undefined;
  }
}

export function isSame(before: Stamp | undefined, now: Stamp | undefined): boolean {
  return before !== undefined && now !== undefined && before.every((value, i) => value === now[i]);
}
