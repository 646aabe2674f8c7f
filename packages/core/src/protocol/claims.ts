/**
 * How the threads of one shift divide its chunks among them. Every shift has words of its own, so that a thread that comes
 * late, when the shift is over and the next one has begun, finds nothing to do and disturbs nobody.
 *
 *   word          written by             read by
 *   [0] NEXT      workers (Atomics.add)  workers: the next position in the shift that nobody has claimed
 *   [1 + slot]    the slot's worker      who gave out the shift: 1 once the worker has begun to claim
 *
 * A worker claims a chunk by adding to NEXT: one atomic operation, no message. The message that starts a shift orders it
 * after everything the coordinator wrote before; the message that ends it orders the coordinator after the worker.
 */

const NEXT = 0;
const BEGUN = 1;

export class Claims {
  readonly #words: Int32Array<SharedArrayBuffer>;

  /** The claims of another thread, or new ones. */
  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  /** Shared memory for a shift that begins at position `first`, of workers with slots below `slots`. */
  static make(first: number, slots: number): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer((BEGUN + slots) * 4);
    new Int32Array(buffer)[NEXT] = first;
    return buffer;
  }

  /** Says that the worker of `slot` is about to claim; who sees that before has to wait for what it reports. */
  begin(slot: number): void {
    Atomics.store(this.#words, BEGUN + slot, 1);
  }

  hasBegun(slot: number): boolean {
    return Atomics.load(this.#words, BEGUN + slot) !== 0;
  }

  /** The next position, or one behind the shift's end. */
  claim(): number {
    return Atomics.add(this.#words, NEXT, 1);
  }
}
