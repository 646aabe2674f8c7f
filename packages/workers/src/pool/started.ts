/**
 * Which threads have been started. To end a thread while Node still loads modules in it ends the whole process,
 * now and then, with a fatal error of V8: so whoever ends threads waits until all have said that they are there.
 */

import { setTimeout } from "node:timers/promises";
import { type Worker, workerData } from "node:worker_threads";

/** What whoever starts threads gives them; one word, to which each of them adds 1. */
export interface StartData {
  readonly started: SharedArrayBuffer;
}

const POLL_MS = 1;

/** Called by the module that a thread loads last. Node itself is done with loading it when the thread's next turn comes. */
export function announce(): void {
  setImmediate(() => add((workerData as StartData).started));
}

/** The side of whoever starts threads. */
export class Started {
  readonly data: StartData = { started: new SharedArrayBuffer(4) };

  /** `threads` were created; one that ends before it has said a word is waited for no longer. */
  watch(threads: readonly Worker[]): void {
    for (const thread of threads) thread.once("exit", () => add(this.data.started));
  }

  /** Resolves when `count` threads are there. Waits with a timer, which keeps the process alive as idle threads do not. */
  async all(count: number): Promise<void> {
    const words = new Int32Array(this.data.started);
    while (Atomics.load(words, 0) < count) await setTimeout(POLL_MS);
  }
}

function add(started: SharedArrayBuffer): void {
  Atomics.add(new Int32Array(started), 0, 1);
}
