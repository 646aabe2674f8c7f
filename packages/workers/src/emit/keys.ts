/** Keys and words of a declaration, checked while it is read. */

import { blame, type JsonCursor, WordTable } from "@manifold/core";

/** The index of the key read last; fails where it is unknown or, by its bit in `seen`, was given before. */
export function keyOf(cursor: JsonCursor, keys: WordTable, where: string, seen: number): number {
  const key = keys.find(cursor.bytes, cursor.stringStart, cursor.stringEnd);
  if (key === -1) cursor.failString(blame.unknownKey(cursor.shownString(), where, keys.nearest(cursor.shownString())));
  if (seen & (1 << key)) cursor.failString(blame.duplicateKey(cursor.shownString(), where));
  return key;
}

/** Reads a string that is one of `known`; its index. */
export function choiceOf(cursor: JsonCursor, what: string, known: readonly string[]): number {
  cursor.string(what);
  const text = cursor.shownString();
  const index = known.indexOf(text);
  if (index === -1) cursor.failString(blame.unknownValue(what, text, known, new WordTable(known).nearest(text)));
  return index;
}
