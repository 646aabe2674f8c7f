/**
 * Threads that take part in links of objects. The coordinator of a link never returns to its event loop before the link is
 * done: it takes what threads hand over from their ports itself, and waits on shared memory.
 */

import { availableParallelism } from "node:os";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { LinkThreads, PartReport, Phase, ReadBatch, ReadJob, WriteJob } from "@manifold/core";

/** What the coordinator says to a thread. `number`: of the job, which answers repeat. */
export interface ObjectMessage {
  readonly number: number;
  readonly read?: ReadJob;
  readonly write?: WriteJob;
}

export interface ObjectAnswer {
  readonly number: number;
  readonly batch?: ReadBatch;
  readonly report?: PartReport;
  readonly phases?: readonly Phase[];
}

export interface ObjectThreadData {
  readonly port: MessagePort;
  /** Its number; the coordinator's is 0. */
  readonly thread: number;
}

export class ObjectThreads implements LinkThreads {
  readonly #workers: Worker[] = [];
  readonly #ports: MessagePort[] = [];
  /** Of the last job: answers to an earlier one, which was given up, mean nothing. */
  #number = 0;
  #phases: Phase[] = [];

  /** `count`: threads besides the coordinator's. They start at once, and do not keep the process alive. */
  constructor(count: number = availableParallelism() - 1) {
    for (let i = 0; i < count; i++) {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(new URL(import.meta.resolve("#object-worker")), {
        // Flags of the program's own start (loaders, --input-type) are not for this thread.
        execArgv: [],
        workerData: { port: port2, thread: i + 1 } satisfies ObjectThreadData,
        transferList: [port2],
      });
      // Of a thread that ends nothing more is heard; whoever waits for it does its work himself.
      worker.on("error", () => {});
      worker.unref();
      port1.unref();
      this.#workers.push(worker);
      this.#ports.push(port1);
    }
  }

  read(job: ReadJob): void {
    this.#post({ number: ++this.#number, read: job });
  }

  receive(): ReadBatch | undefined {
    return this.#answer()?.batch;
  }

  write(job: WriteJob): void {
    this.#post({ number: ++this.#number, write: job });
  }

  told(): PartReport | undefined {
    return this.#answer()?.report;
  }

  takePhases(): readonly Phase[] {
    while (this.#answer() !== undefined);
    const phases = this.#phases;
    this.#phases = [];
    return phases;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #post(message: ObjectMessage): void {
    for (const port of this.#ports) port.postMessage(message);
  }

  #answer(): ObjectAnswer | undefined {
    for (const port of this.#ports) {
      for (let received = receiveMessageOnPort(port); received !== undefined; received = receiveMessageOnPort(port)) {
        const answer = received.message as ObjectAnswer;
        if (answer.phases !== undefined) this.#phases.push(...answer.phases);
        else if (answer.number === this.#number) return answer;
      }
    }
    return undefined;
  }
}
