import { realpathSync, type Stats, statSync } from "node:fs";

/** Whether both paths lead to one file that exists, by whatever names; a hard link is another file. */
export function isSameFile(one: string, other: string): boolean {
  const first = statsOf(one);
  const second = first && statsOf(other);
  // Most are told apart by this, without a look at every directory above them.
  if (first === undefined || second === undefined || first.ino !== second.ino || first.dev !== second.dev) return false;
  return realpathSync(one) === realpathSync(other);
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
