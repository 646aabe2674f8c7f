/** Starts the thread that hosts the coordinator, and calls it. */

import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import {
  type Diagnostic,
  type FlushResult,
  type Header,
  makeControl,
  type Progress,
  type RecordsBatch,
  type RemovedKey,
  readProgress,
} from "@manifold/core";
import { type Remote, releaseProxy, wrap } from "comlink";
import type { CoordinatorCalls, CoordinatorData } from "./protocol.js";

export interface CoordinatorThreadOptions {
  readonly header: Header;
  /** Path of the output. */
  readonly output: string;
  readonly workers?: number;
  /** Leave room for changes from the first flush on. */
  readonly incremental?: boolean;
}

export class CoordinatorThread {
  readonly #control = makeControl();
  readonly #calls: Remote<CoordinatorCalls>;
  readonly #worker: Worker;
  /** Rejects when the thread ends before it was asked to: Comlink itself would wait for ever. */
  readonly #ended: Promise<never>;

  constructor({ header, output, workers, incremental = false }: CoordinatorThreadOptions) {
    const { port1, port2 } = new MessageChannel();
    const data: CoordinatorData = {
      port: port2,
      header,
      output,
      workers,
      incremental,
      control: this.#control.buffer,
    };
    this.#worker = new Worker(new URL(import.meta.resolve("#coordinator-worker")), {
      // Flags of the program's own start (loaders, --input-type) are not for this thread.
      execArgv: [],
      workerData: data,
      transferList: [port2],
    });
    this.#calls = wrap<CoordinatorCalls>(port1);
    this.#ended = Promise.race([
      once(this.#worker, "error").then(([cause]) => {
        throw cause;
      }),
      once(this.#worker, "exit").then(([code]) => {
        throw new Error(`the linker's thread ended with code ${code}`);
      }),
    ]);
    // Somebody learns of it with the next call.
    this.#ended.catch(() => {});
  }

  addText(label: string, text: SharedArrayBuffer, replaces: boolean): Promise<void> {
    return Promise.race([this.#calls.addText(label, text, replaces), this.#ended]);
  }

  addRecords(batch: RecordsBatch, replaces: boolean): Promise<void> {
    return Promise.race([this.#calls.addRecords(batch, replaces), this.#ended]);
  }

  remove(keys: readonly RemovedKey[]): Promise<void> {
    return Promise.race([this.#calls.remove(keys), this.#ended]);
  }

  flush(): Promise<FlushResult> {
    return Promise.race([this.#calls.flush(), this.#ended]);
  }

  verify(): Promise<readonly Diagnostic[]> {
    return Promise.race([this.#calls.verify(), this.#ended]);
  }

  /** Where the work stands; costs no message. */
  progress(): Progress {
    return readProgress(this.#control);
  }

  async close(): Promise<void> {
    try {
      await Promise.race([this.#calls.close(), this.#ended]);
    } finally {
      this.#calls[releaseProxy]();
      await this.#worker.terminate();
    }
  }
}
