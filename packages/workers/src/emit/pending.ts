/**
 * Relocations on their way to records. They wait in a list until the whole declaration has been read, because `refs` may
 * follow what uses them; then targets are bound, then records are made.
 */

import type { WordList } from "./word-list.js";

/**
 * A waiting relocation: place, type, the target's name, addend, and where the name stands in the text. REF says what
 * the target is: at first one of `Target`, once bound the index of a reference of the chunk.
 */
export const Pending = {
  OFFSET: 0,
  TYPE: 1,
  HASH0: 2,
  HASH1: 3,
  HASH2: 4,
  SOURCE: 5,
  SOURCE_LENGTH: 6,
  ADDEND_LOW: 7,
  ADDEND_HIGH: 8,
  REF: 9,
  WORDS: 10,
} as const;

/** NAME: what the hash names. SELF: the declaration itself. Below: target `FIRST - REF` of the typed values' list. */
export const Target = { NAME: -1, SELF: -2, FIRST: -3 } as const;

/** An unnamed value or lazy symbol whose contents are in the arena. */
export interface PendingValue {
  readonly blob: number;
  readonly size: number;
  readonly flags: number;
  readonly source: number;
  /** Its relocations in the list of pending ones. */
  readonly from: number;
  readonly to: number;
  /** What identifies it besides its relocations' targets; where not given, the contents and the relocations. */
  readonly key: string | undefined;
  bound: "no" | "now" | "yes";
}

export function setAddend(words: Int32Array, at: number, addend: number): void {
  words[at + Pending.ADDEND_LOW] = addend | 0;
  words[at + Pending.ADDEND_HIGH] = Math.floor(addend / 2 ** 32);
}

/** Adds a relocation whose target is not a name; the index of its first word. */
export function addPending(list: WordList, offset: number, type: number, addend: number, target: number): number {
  const at = list.add();
  const { words } = list;
  words[at + Pending.OFFSET] = offset;
  words[at + Pending.TYPE] = type;
  words[at + Pending.SOURCE] = 0;
  words[at + Pending.SOURCE_LENGTH] = 0;
  words[at + Pending.REF] = target;
  setAddend(words, at, addend);
  return at;
}
