/**
 * From what an update changed in memory to a patch for the process that runs the program. Code that moved away stays in the
 * process as it was, for pointers may lead to it as long as the process lives; so its place must not be used again.
 */

import type { Extent, MemoryChanges } from "@manifold/core";
import type { HotPatch } from "./hot-swap.js";

export class HotPatcher {
  /** What is in the process, and not in the program any more. */
  #left: Extent[] = [];

  /** A process was started: it has what the file has. */
  begin(): void {
    this.#left = [];
  }

  /** What makes the program's code in the process the new one. To be called for every update that the process is to have. */
  patch({ written, replaced, left, taken, other }: MemoryChanges): HotPatch {
    this.#left.push(...left);
    const reused = this.#left.find((old) => taken.some((now) => overlap(old, now)));
    const unsafe = other ?? (reused === undefined ? undefined : `the old place of ${reused.name} is used again`);
    return { code: written, replaced, unsafe };
  }
}

function overlap(one: Extent, other: Extent): boolean {
  return one.address < other.address + other.size && other.address < one.address + one.size;
}
