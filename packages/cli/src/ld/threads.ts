/** Whether a link is worth other threads, and starting them. */

import { availableParallelism } from "node:os";
import type { FileFacts, InputFile, LinkThreads } from "@manifold/core";

/**
 * Bytes of objects from which on other threads are started. They need 30 to 40 ms before they read the first one, and
 * compile the same code once more; one thread reads and links this much in about the time that it takes to come out even.
 */
const WORTHWHILE = 24 * 2 ** 20;

/**
 * `wanted`: how many threads shall link, the coordinator's included; undefined: as many as are worth it. `known`: facts of
 * objects.
 */
export async function startThreads(
  inputs: readonly InputFile[],
  wanted: number | undefined,
  known: ReadonlyMap<string, FileFacts>,
): Promise<LinkThreads | undefined> {
  const count = wanted ?? (isWorthwhile(inputs, known) ? availableParallelism() : 1);
  if (count < 2) return undefined;
  const { ObjectThreads } = await import("@manifold/workers/objects");
  return new ObjectThreads(count - 1);
}

function isWorthwhile(inputs: readonly InputFile[], known: ReadonlyMap<string, FileFacts>): boolean {
  let bytes = 0;
  for (const { path, kind } of inputs) {
    // Members of archives are read one by one, when they are wanted.
    if (kind !== "object") continue;
    bytes += known.get(path)?.size ?? 0;
    if (bytes >= WORTHWHILE) return true;
  }
  return false;
}
