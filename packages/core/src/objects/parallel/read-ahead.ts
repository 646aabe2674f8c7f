/**
 * The coordinator's side of reading objects on several threads: it takes them in the order of the link. While the next one
 * is not ready it reads a later batch itself; it sleeps only where all are claimed.
 */

import type { InputLabel } from "../../input/label.js";
import type { InputBytes } from "../input-bytes.js";
import type { ObjectTable } from "../object-table.js";
import { enterObject, isRead, namesAt, nextObject } from "./object-batch.js";
import {
  BATCH_OBJECTS,
  BatchReader,
  BatchState,
  consume,
  makeReadJob,
  type ReadBatch,
  type ReadJob,
  slotOf,
} from "./read-job.js";

/** Other threads that read for a link. */
export interface ReadingThreads {
  /** Lets them read: each claims batches of the job until there are none. */
  read(job: ReadJob): void;
  /** A batch that has been handed over; undefined where there is none at the moment. */
  receive(): ReadBatch | undefined;
}

/** An object in the link's table, and where the hashes of its names are. */
export interface EnteredObject {
  readonly object: number;
  readonly words: Int32Array;
  readonly names: number;
}

/** Objects of a link, in its order. */
export interface ObjectSource {
  /** Enters the next object into the table; undefined where it could not be read, as reading it again will tell. */
  take(table: ObjectTable, label: InputLabel): EnteredObject | undefined;
  times(): ReadingTimes;
  /** Nothing more is wanted. */
  close(): void;
}

/** Milliseconds in which the coordinator read, and waited; how many batches it read, and how many there were. */
export interface ReadingTimes {
  readonly busy: number;
  readonly waited: number;
  readonly own: number;
  readonly count: number;
}

/** A thread that says nothing for so long is lost: its batch is read once more. In milliseconds. */
const PATIENCE = 20_000;

export class ReadAhead implements ObjectSource {
  readonly #job: ReadJob;
  readonly #input: InputBytes;
  readonly #reader: BatchReader;
  readonly #threads: ReadingThreads;
  /** Batches that the ring does not hold. */
  readonly #batches = new Map<number, Int32Array>();
  /** The first batch that may still be free. */
  #free = 0;
  /** The object that is taken next: its number, and where it stands in its batch. */
  #next = 0;
  #at = 0;
  /** A batch was not handed over. Whoever has it may still write to the ring: it is not read any more. */
  #isLost = false;
  #busy = 0;
  #waited = 0;
  #own = 0;

  constructor(files: readonly string[], input: InputBytes, hashed: boolean, threads: ReadingThreads) {
    this.#job = makeReadJob(files, input, hashed);
    this.#input = input;
    this.#reader = new BatchReader(this.#job, input);
    this.#threads = threads;
    threads.read(this.#job);
  }

  take(table: ObjectTable, label: InputLabel): EnteredObject | undefined {
    const read = this.next();
    if (read === undefined) return undefined;
    const { words, at } = read;
    return { object: enterObject(table, label, words, at), words, names: namesAt(words, at) };
  }

  /** The words of the next object, and where among them it begins. */
  next(): { readonly words: Int32Array; readonly at: number } | undefined {
    const batch = Math.floor(this.#next / BATCH_OBJECTS);
    if (this.#next % BATCH_OBJECTS === 0) {
      this.#batches.delete(batch - 1);
      if (!this.#isLost) consume(this.#job, batch);
      this.#at = 0;
    }
    this.#next++;
    const words = this.#isLost ? undefined : this.#batch(batch);
    if (words === undefined) {
      this.#isLost = true;
      this.close();
      return undefined;
    }
    const at = this.#at;
    this.#at = nextObject(words, at);
    if (!isRead(words, at)) return undefined;
    // Other threads may have made the region larger than the views of this one.
    this.#input.refresh();
    return { words, at };
  }

  close(): void {
    consume(this.#job);
  }

  times(): ReadingTimes {
    return { busy: this.#busy, waited: this.#waited, own: this.#own, count: this.#job.states.length };
  }

  #batch(batch: number): Int32Array | undefined {
    for (;;) {
      const known = this.#batches.get(batch);
      if (known !== undefined) return known;
      const state = Atomics.load(this.#job.states, batch);
      if (state === BatchState.READY) return slotOf(this.#job, batch);
      if (state === BatchState.FAILED) return undefined;
      if (this.#receive() || this.#readOne()) continue;
      const start = performance.now();
      const isLost = Atomics.wait(this.#job.states, batch, BatchState.CLAIMED, PATIENCE) === "timed-out";
      this.#waited += performance.now() - start;
      if (isLost) return undefined;
    }
  }

  #receive(): boolean {
    const received = this.#threads.receive();
    if (received === undefined) return false;
    this.#batches.set(received.batch, received.words);
    return true;
  }

  /** Reads the first batch that nobody has claimed; false where there is none. */
  #readOne(): boolean {
    const { states, ring } = this.#job;
    for (; this.#free < states.length && this.#reader.hasRoom(this.#free); this.#free++) {
      if (!this.#reader.claim(this.#free)) continue;
      const start = performance.now();
      const words = this.#reader.read(this.#free);
      if (words.buffer !== ring.buffer) this.#batches.set(this.#free, words);
      else Atomics.store(states, this.#free, BatchState.READY);
      this.#busy += performance.now() - start;
      this.#own++;
      return true;
    }
    return false;
  }
}
