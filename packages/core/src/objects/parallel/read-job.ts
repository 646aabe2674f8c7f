/**
 * Reading objects on several threads. The objects of a link, in its order, are divided into batches; a thread claims one by
 * exchanging its state, reads and checks it, and hands over what `packObjects` makes of it. All threads read into the same
 * stretch of memory, so that nothing but those words passes between them.
 *
 *   FREE -> CLAIMED -> READY     by whoever reads it; it posts the words before it says READY
 *                   -> FAILED    something went wrong that is no fault of the input: the coordinator reads it itself
 */

import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { InputBytes, type SharedInput } from "../input-bytes.js";
import { readFileBytes } from "../input-files.js";
import { ObjectTable } from "../object-table.js";
import { readHashedObject, readObject } from "../read-object.js";
import { packObjects } from "./object-batch.js";

export const BatchState = { FREE: 0, CLAIMED: 1, READY: 2, FAILED: 3 } as const;

/** Objects of a batch: enough that claiming and handing over cost nothing beside it, few enough to wait for. */
export const BATCH_OBJECTS = 16;

/** A batch that a thread has read. */
export interface ReadBatch {
  readonly batch: number;
  readonly words: Int32Array;
}

/** What threads need to know of a link to read for it. */
export interface ReadJob {
  readonly input: SharedInput;
  readonly files: readonly string[];
  /** The link will be updated: a hash of each object's bytes is wanted. */
  readonly hashed: boolean;
  /** By batch: its `BatchState`. */
  readonly states: Int32Array<SharedArrayBuffer>;
}

/** Reads the batches of a job, on any thread. */
export class BatchReader {
  readonly #job: ReadJob;
  readonly #input: InputBytes;
  readonly #table: ObjectTable;

  constructor(job: ReadJob, input: InputBytes = new InputBytes(job.input)) {
    this.#job = job;
    this.#input = input;
    this.#table = new ObjectTable(input);
  }

  /** Takes a batch that nobody has; false where somebody does. */
  claim(batch: number): boolean {
    return Atomics.compareExchange(this.#job.states, batch, BatchState.FREE, BatchState.CLAIMED) === BatchState.FREE;
  }

  /** Reads batches that nobody has claimed until there are none, and hands each over; returns how many. */
  readAll(handOver: (batch: ReadBatch) => void): number {
    const { states } = this.#job;
    let count = 0;
    for (let batch = 0; batch < states.length; batch++) {
      if (!this.claim(batch)) continue;
      let state: number = BatchState.FAILED;
      try {
        handOver({ batch, words: this.read(batch) });
        count++;
        state = BatchState.READY;
      } finally {
        Atomics.store(states, batch, state);
        Atomics.notify(states, batch);
      }
    }
    return count;
  }

  /** Reads a batch. What is wrong with an object is found again, and told, by the link itself. */
  read(batch: number): Int32Array<ArrayBuffer> {
    const { files, hashed } = this.#job;
    const table = this.#table;
    table.clear();
    const read = hashed ? readHashedObject : readObject;
    const objects = files.slice(batch * BATCH_OBJECTS, (batch + 1) * BATCH_OBJECTS).map((path) => {
      try {
        const [at, size] = readFileBytes(this.#input, path);
        return read(table, { file: path }, at, size);
      } catch (cause) {
        if (cause instanceof DiagnosticError) return -1;
        throw cause;
      }
    });
    return packObjects(table, objects);
  }
}
