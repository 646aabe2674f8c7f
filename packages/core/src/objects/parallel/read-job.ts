/**
 * Reading objects on several threads. The objects of a link, in its order, are divided into batches; a thread claims one by
 * exchanging its state, reads and checks it, and hands over what `packObjects` makes of it. All threads read into the same
 * stretch of memory, so that nothing but those words passes between them.
 *
 *   FREE -> CLAIMED -> READY     by whoever reads it; the words are in the batch's slot of the ring
 *                   -> POSTED    they are too many for that, and were posted before
 *                   -> FAILED    something went wrong that is no fault of the input: the coordinator reads it itself
 *
 * Threads are ahead of the coordinator by as many batches as the ring has slots, so that words are where they were written
 * and are not kept for long: of a million functions they would be a tenth of all memory.
 */

import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { sharedInts } from "../columns.js";
import { InputBytes, type SharedInput } from "../input-bytes.js";
import { readFileBytes } from "../input-files.js";
import { ObjectTable } from "../object-table.js";
import { readHashedObject, readObject } from "../read-object.js";
import { packObjects } from "./object-batch.js";

export const BatchState = { FREE: 0, CLAIMED: 1, READY: 2, FAILED: 3, POSTED: 4 } as const;

/** Objects of a batch: enough that claiming and handing over cost nothing beside it, few enough to wait for. */
export const BATCH_OBJECTS = 16;

/** Batches that the ring has room for, and words of one: those of 16 objects with 600 symbols each. */
const SLOTS = 64;
const SLOT_WORDS = 1 << 15;
/** What has been consumed when nothing is wanted any more. */
const ALL = 2 ** 31 - 1 - SLOTS;

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
  readonly ring: Int32Array<SharedArrayBuffer>;
  /** [0] how many batches the coordinator has done with. */
  readonly consumed: Int32Array<SharedArrayBuffer>;
}

export function makeReadJob(files: readonly string[], input: InputBytes, hashed: boolean): ReadJob {
  const batches = Math.ceil(files.length / BATCH_OBJECTS);
  const ring = sharedInts(Math.min(batches, SLOTS) * SLOT_WORDS);
  return { input: input.shared, files, hashed, states: sharedInts(batches), ring, consumed: sharedInts(1) };
}

/** Where in the ring the words of a batch are. */
export function slotOf({ ring }: ReadJob, batch: number): Int32Array<SharedArrayBuffer> {
  const at = (batch % SLOTS) * SLOT_WORDS;
  return ring.subarray(at, at + SLOT_WORDS);
}

/** The coordinator has done with all batches before `batch`; where none is given, with the job. */
export function consume({ consumed }: ReadJob, batch: number = ALL): void {
  Atomics.store(consumed, 0, batch);
  Atomics.notify(consumed, 0);
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

  /** Whether the ring has room for a batch. */
  hasRoom(batch: number): boolean {
    return batch - Atomics.load(this.#job.consumed, 0) < SLOTS;
  }

  /** Takes a batch that nobody has; false where somebody does. */
  claim(batch: number): boolean {
    return Atomics.compareExchange(this.#job.states, batch, BatchState.FREE, BatchState.CLAIMED) === BatchState.FREE;
  }

  /** Reads batches that nobody has claimed until there are none, and posts what the ring cannot hold; returns how many. */
  readAll(post: (batch: ReadBatch) => void): number {
    const { states, ring, consumed } = this.#job;
    let count = 0;
    for (let batch = 0; batch < states.length; batch++) {
      for (let done = Atomics.load(consumed, 0); batch - done >= SLOTS; done = Atomics.load(consumed, 0))
        Atomics.wait(consumed, 0, done);
      if (Atomics.load(consumed, 0) === ALL) return count;
      if (!this.claim(batch)) continue;
      let state: number = BatchState.FAILED;
      try {
        const words = this.read(batch);
        count++;
        if (words.buffer !== ring.buffer) post({ batch, words });
        state = words.buffer === ring.buffer ? BatchState.READY : BatchState.POSTED;
      } finally {
        Atomics.store(states, batch, state);
        Atomics.notify(states, batch);
      }
    }
    return count;
  }

  /** Reads a batch. What is wrong with an object is found again, and told, by the link itself. */
  read(batch: number): Int32Array {
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
    return packObjects(table, objects, slotOf(this.#job, batch));
  }
}
