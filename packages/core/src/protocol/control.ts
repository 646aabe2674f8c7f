/**
 * The words through which a link is watched.
 *
 *   word             written by             read by
 *   CONSTANTS ..     coordinator, workers   whoever shows progress; done and total of each line of the seed's tree
 *   slot words       the slot's worker      coordinator: where a worker was that did not come back
 *
 * The message that starts a shift orders it after everything the coordinator wrote before; the message that ends it orders
 * the coordinator after the worker. How workers divide a shift among them is in `claims.ts`.
 */

export const Control = {
  CONSTANTS_DONE: 8,
  CONSTANTS_TOTAL: 9,
  SYNTHETICS_DONE: 10,
  SYNTHETICS_TOTAL: 11,
  RELOCATIONS_DONE: 12,
  RELOCATIONS_TOTAL: 13,
  DECLARATIONS: 14,
  CHUNKS_DONE: 15,
  CHUNKS_TOTAL: 16,
  SLOTS: 32,
} as const;

/**
 * Per slot: [0] the chunk it works on plus 1, or 0; [1] the byte of the chunk's text where its declaration begins;
 * [2] the first free byte of its arena.
 */
export const Slot = { CHUNK: 0, SOURCE: 1, ARENA_TOP: 2, WORDS: 4 } as const;

/** More workers than this are not started. */
export const MAX_SLOTS = 64;

export const CONTROL_WORDS: number = Control.SLOTS + MAX_SLOTS * Slot.WORDS;

export function makeControl(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
}

export function slotWord(slot: number, field: number): number {
  return Control.SLOTS + slot * Slot.WORDS + field;
}

/** A reading of the counters: what a progress display shows. */
export interface Progress {
  readonly declarations: number;
  readonly chunks: { readonly done: number; readonly total: number };
  readonly constants: { readonly done: number; readonly total: number };
  readonly synthetics: { readonly done: number; readonly total: number };
  readonly relocations: { readonly done: number; readonly total: number };
}

export function readProgress(control: Int32Array): Progress {
  const pair = (word: number): { done: number; total: number } => ({
    done: Atomics.load(control, word),
    total: Atomics.load(control, word + 1),
  });
  return {
    declarations: Atomics.load(control, Control.DECLARATIONS),
    chunks: pair(Control.CHUNKS_DONE),
    constants: pair(Control.CONSTANTS_DONE),
    synthetics: pair(Control.SYNTHETICS_DONE),
    relocations: pair(Control.RELOCATIONS_DONE),
  };
}
