/** Checks relocations against the contents that they are in: from text, from assembly, and from builders. */

import { blame, DeclFlag, FORMULA, Formula, ManifestError, WIDTH, x8664RelocationName } from "@manifold/core";
import { Pending } from "./pending.js";
import type { WordList } from "./word-list.js";

/**
 * Checks that the pending relocations `[from, to)` lie within contents of `size` bytes that have `flags`; the flags that
 * they add (ABSOLUTE). Throws ManifestError.
 */
export function checkRelocations(pending: WordList, from: number, to: number, size: number, flags: number): number {
  const { words } = pending;
  let added = 0;
  for (let index = from; index < to; index++) {
    const at = index * Pending.WORDS;
    const type = words[at + Pending.TYPE]!;
    const offset = words[at + Pending.OFFSET]!;
    const source = words[at + Pending.SOURCE]!;
    if (offset < 0 || offset + WIDTH[type]! > size)
      throw new ManifestError(
        blame.relocationOutside(x8664RelocationName(type) ?? String(type), offset, WIDTH[type]!, size),
        source,
        words[at + Pending.SOURCE_LENGTH]!,
      );
    if (flags & DeclFlag.ZERO) throw new ManifestError(blame.relocationInZeros(), source, 1);
    if (FORMULA[type] === Formula.ABSOLUTE) added = DeclFlag.ABSOLUTE;
  }
  return added;
}
