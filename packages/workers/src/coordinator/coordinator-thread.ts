/** Starts the thread that hosts the coordinator, and calls it. */

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
  /** Calls that wait: they reject when the thread ends before it was asked to. Comlink itself would wait for ever. */
  readonly #waiting = new Set<(cause: unknown) => void>();
  #ended: { readonly cause: unknown } | undefined;

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
    this.#worker.once("error", (cause) => this.#end(cause));
    this.#worker.once("exit", (code) => this.#end(new Error(`the linker's thread ended with code ${code}`)));
  }

  #end(cause: unknown): void {
    this.#ended ??= { cause };
    for (const reject of this.#waiting) reject(cause);
  }

  /** Nothing of a call stays behind, unlike with a race against one promise that never settles. */
  #answered<Answer>(call: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended.cause);
      this.#waiting.add(reject);
      call.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  addText(label: string, text: SharedArrayBuffer, replaces: boolean): Promise<void> {
    return this.#answered(this.#calls.addText(label, text, replaces));
  }

  addRecords(batch: RecordsBatch, replaces: boolean): Promise<void> {
    return this.#answered(this.#calls.addRecords(batch, replaces));
  }

  remove(keys: readonly RemovedKey[]): Promise<void> {
    return this.#answered(this.#calls.remove(keys));
  }

  flush(): Promise<FlushResult> {
    return this.#answered(this.#calls.flush());
  }

  verify(): Promise<readonly Diagnostic[]> {
    return this.#answered(this.#calls.verify());
  }

  /** Where the work stands; costs no message. */
  progress(): Progress {
    return readProgress(this.#control);
  }

  async close(): Promise<void> {
    try {
      await this.#answered(this.#calls.close());
    } finally {
      this.#calls[releaseProxy]();
      await this.#worker.terminate();
    }
  }
}
