/**
 * The tables that a session keeps beside those of a link, so that a change finds what it concerns without looking at
 * anything else. All are written by the coordinator alone, and saved as they are.
 *
 * Of every symbol, 12 words, at the symbol's index (`symbol-table.ts` has the rest of it):
 *   [0]  RELOCS        the first relocation inside it, or NONE; NEXT_OWN leads on
 *   [1]  TARGETS       the first relocation against it, or NONE; NEXT_TARGET leads on
 *   [2]  ALIASES       the first symbol whose ALIAS it is, or NONE; [3] NEXT_ALIAS, [4] PREV_ALIAS lead on
 *   [5]  HASH0..2      of its name; of an unnamed value, its identity
 *   [8]  SCOPE         of its name: see `resolve.ts`
 *   [9]  NAME_LENGTH   bytes of the name in .strtab
 *   [10] DECL          its declaration; of a global name, the first of its exports and externs
 *   [11] MARKS         see Mark
 *
 * Relocation, 12 words: owner, offset within it, type (with RELAXED), target, addend, what the addend counts from, the two
 * lists, its entry in the output's own table of relocations (or NONE), and its place in the declaration's text.
 *
 * Declaration, 16 words: as in `protocol/records.ts` its flags, or a kind of its own for types; the symbol it is about; a
 * list of those of one global name; the hash of its name; its manifest; a hash of its text and where that is; the record it
 * came from, if that is in memory; of an export, the relocation that stands for what it names; its place in the list of all
 * declarations of the manifest (`manifest-lines.ts`).
 */

export const NONE = -1;

export const Graph = {
  RELOCS: 0,
  TARGETS: 1,
  ALIASES: 2,
  NEXT_ALIAS: 3,
  PREV_ALIAS: 4,
  HASH0: 5,
  HASH1: 6,
  HASH2: 7,
  SCOPE: 8,
  NAME_LENGTH: 9,
  DECL: 10,
  MARKS: 11,
  WORDS: 12,
} as const;

/** OWN_NAME: its name in .strtab is its own, and given back with it. */
export const Mark = { OWN_NAME: 1 } as const;

export const Relocation = {
  OWNER: 0,
  OFFSET: 1,
  TYPE: 2,
  TARGET: 3,
  ADDEND_LOW: 4,
  ADDEND_HIGH: 5,
  INSIDE: 6,
  NEXT_OWN: 7,
  NEXT_TARGET: 8,
  PREV_TARGET: 9,
  ENTRY: 10,
  SOURCE: 11,
  WORDS: 12,
} as const;

/** In TYPE: the instruction around it was rewritten to do without a table, as `relax-got.ts` and `relax-tls.ts` do. */
export const RELAXED = 0x100;
/** The type of what is no place in the image: a name that an export refers to. */
export const NO_FIELD = 0;

export const Declaration = {
  FLAGS: 0,
  SYMBOL: 1,
  NEXT: 2,
  HASH0: 3,
  HASH1: 4,
  HASH2: 5,
  SCOPE: 6,
  TEXT0: 7,
  TEXT1: 8,
  OFFSET_LOW: 9,
  OFFSET_HIGH: 10,
  LENGTH: 11,
  CHUNK: 12,
  RECORD: 13,
  RELOC: 14,
  ORDER: 15,
  WORDS: 16,
} as const;

/** Exports are found by manifest and name: scopes of their own in the name table. */
export function exportScope(scope: number): number {
  return -2_000_000 - scope;
}

/** Kinds of declarations that have no record: inputs, and what a manifest's typed values are emitted with. */
export const INPUT_KIND = 13;
export const TYPE_KIND = 14;
export const ERRORS_KIND = 15;
