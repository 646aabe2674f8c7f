/** Whether a link is worth other threads, and starting them. */

import { availableParallelism } from "node:os";
import type { InputFile } from "@manifold/core";
import type { ObjectThreads } from "@manifold/workers/objects";

/**
 * Bytes of objects from which on other threads are started. They need 30 to 40 ms before they read the first one, and
 * compile the same code once more; one thread reads and links this much in about the time that it takes to come out even.
 */
const WORTHWHILE = 24 * 2 ** 20;

/** More would only wait for each other. */
const MOST_PER_PROCESSOR = 4;

/**
 * `wanted`: how many threads shall link, the coordinator's included; undefined: as many as are worth it.
 */
export async function startThreads(
  inputs: readonly InputFile[],
  wanted: number | undefined,
): Promise<ObjectThreads | undefined> {
  const count = Math.min(
    wanted ?? (isWorthwhile(inputs) ? availableParallelism() : 1),
    MOST_PER_PROCESSOR * availableParallelism(),
  );
  if (count < 2) return undefined;
  const threads = await import("@manifold/workers/objects");
  return new threads.ObjectThreads(count - 1);
}

/** Members of archives do not count: they are read one by one, when they are wanted. */
function isWorthwhile(inputs: readonly InputFile[]): boolean {
  return inputs.reduce((sum, { size = 0 }) => sum + size, 0) >= WORTHWHILE;
}
