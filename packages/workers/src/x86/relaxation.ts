/**
 * Finds the sizes of branches and alignments. Branches begin short and grow until every one reaches its target; the passes
 * follow `relax_segment` and `relax_frag` of binutils' `gas/write.c`, so that the choice is the one GNU `as` makes, also
 * where alignments between branch and target would allow another.
 */
import { ALIGN, type Draft, Item } from "./draft.js";
import type { SymbolTable } from "./symbols.js";

// An imported binding is read anew at every use; constants of this module are folded into the code.
const ItemField = Item;
const align = ALIGN;

/** `Item.KIND` of a jump without condition. */
export const SHORT_JUMP = 0xeb;
/** Sizes of branches in bytes. */
export const SHORT = 2;
const NEAR_JUMP = 5;
const NEAR_CONDITIONAL = 6;

/** Passes after which branches grow whether they have to or not; real functions take a handful. */
const PATIENCE = 500;

export class Relaxation {
  /** Per item: its size in bytes. */
  sizes: Int32Array = new Int32Array(64);
  /** Per fragment: how far the items before it move it. One more than there are items. */
  shifts: Int32Array = new Int32Array(65);
  /** Per fragment: how many of the items before it align. */
  #regions = new Int32Array(65);

  readonly #draft: Draft;
  readonly #symbols: SymbolTable;

  constructor(draft: Draft, symbols: SymbolTable) {
    this.#draft = draft;
    this.#symbols = symbols;
  }

  /** Sets `sizes` and `shifts` for the draft. */
  run(): void {
    const count = this.#draft.itemCount;
    if (count >= this.sizes.length) {
      this.sizes = new Int32Array(2 * count);
      this.shifts = new Int32Array(2 * count + 1);
      this.#regions = new Int32Array(2 * count + 1);
    }
    if (this.#start()) this.#relax();
  }

  /** Gives items their first sizes; true where a branch that is short may have to grow. */
  #start(): boolean {
    const { items, itemCount } = this.#draft;
    const fragment = this.#symbols.fragment;
    let shift = 0;
    let region = 0;
    let shortBranches = 0;
    for (let k = 0; k < itemCount; k++) {
      const at = k * ItemField.SIZE;
      this.shifts[k] = shift;
      this.#regions[k] = region;
      const kind = items[at + ItemField.KIND]!;
      let size = SHORT;
      if (kind === align) {
        size = this.#padding(at, shift);
        region++;
      } else if (fragment[items[at + ItemField.TARGET]!] === -1) {
        size = kind === SHORT_JUMP ? NEAR_JUMP : NEAR_CONDITIONAL;
      } else shortBranches++;
      this.sizes[k] = size;
      shift += size;
    }
    this.shifts[itemCount] = shift;
    this.#regions[itemCount] = region;
    return shortBranches > 0 && this.#draft.length + shift > 127;
  }

  #padding(at: number, shift: number): number {
    const items = this.#draft.items;
    const boundary = items[at + ItemField.TARGET]!;
    const most = items[at + ItemField.EXTRA]!;
    const padding = -(items[at + ItemField.POSITION]! + shift) & (boundary - 1);
    return most !== 0 && padding > most ? 0 : padding;
  }

  /**
   * Grows branches until a pass changes nothing. Branches never shrink, so it ends; where it takes too long, because every
   * pass moves just one more out of reach, the rest of them grow at once.
   */
  #relax(): void {
    const { items, itemCount } = this.#draft;
    const sizes = this.sizes;
    const shifts = this.shifts;
    let changed = true;
    for (let pass = 0; changed; pass++) {
      changed = false;
      let shift = 0;
      for (let k = 0; k < itemCount; k++) {
        const at = k * ItemField.SIZE;
        const stretch = shift - shifts[k]!;
        shifts[k] = shift;
        const kind = items[at + ItemField.KIND]!;
        let size = sizes[k]!;
        if (kind === align) size = this.#padding(at, shift);
        else if (size === SHORT && (pass > PATIENCE || this.#mustGrow(k, at, stretch))) {
          size = kind === SHORT_JUMP ? NEAR_JUMP : NEAR_CONDITIONAL;
        }
        if (size !== sizes[k]) {
          sizes[k] = size;
          changed = true;
        }
        shift += size;
      }
      shifts[itemCount] = shift;
    }
  }

  /**
   * Whether short branch `k` does not reach. `stretch` is how far this pass has moved it so far: a target that the pass
   * has not come to yet is taken to move as far, unless an alignment stands between.
   */
  #mustGrow(k: number, at: number, stretch: number): boolean {
    const items = this.#draft.items;
    const symbol = items[at + ItemField.TARGET]!;
    const fragment = this.#symbols.fragment[symbol]!;
    const address = items[at + ItemField.POSITION]! + this.shifts[k]! + 1;
    let target = this.#symbols.place[symbol]! + this.shifts[fragment]! + items[at + ItemField.EXTRA]!;
    if (stretch !== 0 && fragment > k) {
      if (stretch < 0 || this.#regions[fragment] === this.#regions[k]) target += stretch;
      else if (target < address) return false;
    }
    const distance = target - address;
    return distance < -127 || distance > 128;
  }
}
