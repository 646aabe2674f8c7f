/** From lines that are in one version of a manifest only to what was done to declarations. */

import { type DeclarationIdentity, identityText } from "./declaration-key.js";
import type { LineDiff } from "./manifest-diff.js";

/** `before` and `after` are lines of the two versions. */
export type DeclarationChange<Before extends DeclarationIdentity, After extends DeclarationIdentity> =
  | { readonly kind: "changed"; readonly key: After; readonly before: number; readonly after: number }
  | { readonly kind: "added"; readonly key: After; readonly after: number }
  | { readonly kind: "removed"; readonly key: Before; readonly before: number };

export interface PairedChanges<Before extends DeclarationIdentity, After extends DeclarationIdentity> {
  /** Changed and added ones in the order of `after`, then removed ones in the order of `before`. */
  readonly changes: readonly DeclarationChange<Before, After>[];
  /** Added lines that are malformed up to their name: to be emitted for what is wrong with them. */
  readonly malformed: readonly number[];
}

/**
 * Pairs lines of the same class and name: these are changed, also where a function became a constant. Where a name occurs
 * several times on a side (weak exports, `errors`), the first pairs with the first. A line that `keyBefore` has no key for
 * never was a declaration, and is left out.
 */
export function pairChanges<Before extends DeclarationIdentity, After extends DeclarationIdentity>(
  { added, gone }: Pick<LineDiff, "added" | "gone">,
  keyBefore: (line: number) => Before | undefined,
  keyAfter: (line: number) => After | undefined,
): PairedChanges<Before, After> {
  const waiting = new Map<string, number[]>();
  const removed = new Map<number, Before>();
  // Backwards, so that the first of a name is at the end of its list.
  for (const line of gone.toReversed()) {
    const key = keyBefore(line);
    if (key === undefined) continue;
    removed.set(line, key);
    const lines = waiting.get(identityText(key));
    if (lines === undefined) waiting.set(identityText(key), [line]);
    else lines.push(line);
  }
  const changes: DeclarationChange<Before, After>[] = [];
  const malformed: number[] = [];
  for (const after of added) {
    const key = keyAfter(after);
    if (key === undefined) {
      malformed.push(after);
      continue;
    }
    const before = waiting.get(identityText(key))?.pop();
    if (before === undefined) changes.push({ kind: "added", key, after });
    else {
      removed.delete(before);
      changes.push({ kind: "changed", key, before, after });
    }
  }
  for (const [before, key] of [...removed].reverse()) changes.push({ kind: "removed", key, before });
  return { changes, malformed };
}
