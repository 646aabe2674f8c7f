/**
 * The coordinator as a thread of its own hosts it. p-queue keeps flushes apart: a flush takes what was added before it,
 * and what is added while it runs waits for the next.
 */

import {
  type Diagnostic,
  type FlushResult,
  type RecordsBatch,
  type RemovedKey,
  Session,
  type SessionOptions,
} from "@manifold/core";
import PQueue from "p-queue";
import { ThreadPool } from "../pool/thread-pool.js";
import type { CoordinatorCalls } from "./protocol.js";

/** Declarations that come through the library are one manifest. */
const SCOPE = 0;
/** Some hundred functions take less time than it takes to tell the threads of them. */
const INLINE_BYTES = 1 << 14;

export class Coordinator implements CoordinatorCalls {
  readonly #session: Session;
  readonly #pool: ThreadPool;
  readonly #queue = new PQueue({ concurrency: 1 });

  constructor(options: Omit<SessionOptions, "pool">, workers: number | undefined) {
    this.#pool = new ThreadPool({ inlineBytes: INLINE_BYTES, ...(workers === undefined ? {} : { workers }) });
    this.#session = new Session({ ...options, pool: this.#pool });
  }

  async addText(label: string, text: SharedArrayBuffer, replaces: boolean): Promise<void> {
    // Emission need not wait for a flush that runs; only the flush must not see what came after it was called.
    await this.#queue.add(() => {
      if (replaces) this.#session.updateText(label, text, SCOPE);
      else this.#session.addText(label, text, SCOPE);
    });
  }

  async addRecords(batch: RecordsBatch, replaces: boolean): Promise<void> {
    await this.#queue.add(() => this.#session.addRecords(batch, SCOPE, replaces));
  }

  async remove(keys: readonly RemovedKey[]): Promise<void> {
    await this.#queue.add(() => this.#session.remove(SCOPE, keys));
  }

  async flush(): Promise<FlushResult> {
    const result = await this.#queue.add(() => this.#session.flush());
    // Behind whatever was asked for meanwhile.
    void this.#queue.add(() => this.#session.prepare(), { priority: -1 });
    return result;
  }

  verify(): Promise<readonly Diagnostic[]> {
    return this.#queue.add(() => this.#session.verify());
  }

  async close(): Promise<void> {
    await this.#queue.onIdle();
    await this.#pool.close();
  }
}
