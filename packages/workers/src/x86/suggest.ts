/** The nearest of many words, for messages. */

import { editDistance } from "@manifold/core";

/** The word nearest to `name`, or undefined where none is near: at most about one edit for every three bytes. */
export function nearest(name: string, words: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  let limit = Math.max(1, Math.floor((name.length + 1) / 3));
  let best: string | undefined;
  for (const word of words) {
    if (Math.abs(word.length - name.length) > limit) continue;
    const distance = editDistance(name, word, limit + 1);
    if (distance > limit) continue;
    best = word;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}
