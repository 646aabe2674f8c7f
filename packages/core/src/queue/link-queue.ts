/**
 * The link queue, with the seed's two stages (seed lines 5198-5339): prelink tasks until all that are expected have come
 * and run, then link tasks in the order in which they were added. Wherever the queue would wait, it does idle work
 * instead, a slice at a time, so that the event loop stays alive.
 *
 * Which idle task runs when depends on timing; so idle tasks must come to the same result whenever they run.
 */

import { setImmediate } from "node:timers/promises";

export interface LinkTask {
  /** Whether the task can run. A task that is not ready holds up those behind it. */
  ready(): boolean;
  /** Resolves when `ready` may have become true. */
  wait(): Promise<unknown>;
  run(): void;
}

/** Does one idle task; false when there was none. */
export type IdleStep = () => boolean;

/** How long idle work may keep the event loop waiting. */
const SLICE_MS = 2;
/** The clock is looked at once in so many idle tasks. */
const STEPS_PER_LOOK = 16;

export class LinkQueue {
  readonly #idle: IdleStep;
  readonly #prelink: (() => void | Promise<void>)[] = [];
  readonly #link: LinkTask[] = [];
  #next = 0;

  constructor(idle: IdleStep) {
    this.#idle = idle;
  }

  /** A task of the first stage: an input to open or parse. It may add further tasks of both stages. */
  addPrelink(task: () => void | Promise<void>): void {
    this.#prelink.push(task);
  }

  addLink(task: LinkTask): void {
    this.#link.push(task);
  }

  /**
   * Runs both stages, then what idle work is left. Resolves with the milliseconds that it waited. Rejects with
   * what a task throws.
   */
  async run(): Promise<number> {
    let waited = 0;
    const waitFor = async (what: Promise<unknown>): Promise<void> => {
      const from = performance.now();
      await what;
      waited += performance.now() - from;
    };
    for (let task = this.#prelink.shift(); task !== undefined; task = this.#prelink.shift()) await task();
    for (; this.#next < this.#link.length; this.#next++) {
      const task = this.#link[this.#next]!;
      while (!task.ready()) {
        await waitFor(this.#idleSlice() ? setImmediate() : task.wait());
      }
      task.run();
    }
    while (this.#idleSlice()) await waitFor(setImmediate());
    return waited;
  }

  /** Idle work for one slice of time; true when some is left. */
  #idleSlice(): boolean {
    const end = performance.now() + SLICE_MS;
    for (let step = 1; ; step++) {
      if (!this.#idle()) return false;
      if (step % STEPS_PER_LOOK === 0 && performance.now() >= end) return true;
    }
  }
}
