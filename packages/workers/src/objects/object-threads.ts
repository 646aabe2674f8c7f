/**
 * Threads that take part in links of objects. The coordinator of a link never returns to its event loop before the link is
 * done: it takes what threads hand over from their ports itself, and waits on shared memory.
 */

import { availableParallelism } from "node:os";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { LinkThreads, PartReport, Phase, ReadBatch, ReadJob, WriteJob } from "@manifold/core";
import { Started } from "../pool/started.js";
import type { ObjectAnswer, ObjectMessage, ObjectThreadData } from "./object-service.js";

/** A thread that is done says so at once; one that has not begun, or is no more, is not waited for. In milliseconds. */
const PATIENCE = 100;

export class ObjectThreads implements LinkThreads {
  readonly #workers: Worker[] = [];
  readonly #ports: MessagePort[] = [];
  readonly #started = new Started();
  readonly #unfinished: Int32Array<SharedArrayBuffer>[] = [];
  /** Of the last job: answers to an earlier one, which was given up, mean nothing. */
  #number = 0;
  #phases: Phase[] = [];

  /** `count`: threads besides the coordinator's. They start at once, and do not keep the process alive. */
  constructor(count: number = availableParallelism() - 1) {
    const entry = import.meta.resolve("#object-worker");
    for (let i = 0; i < count; i++) {
      const { port1, port2 } = new MessageChannel();
      const unfinished = new Int32Array(new SharedArrayBuffer(4));
      const data: ObjectThreadData = { ...this.#started.data, port: port2, thread: i + 1, unfinished };
      const worker = new Worker(entry.startsWith("file:") ? new URL(entry) : entry, {
        // Flags of the program's own start (loaders, --input-type) are not for this thread.
        execArgv: [],
        workerData: data,
        transferList: [port2],
      });
      // Of a thread that ends nothing more is heard; whoever waits for it does its work himself.
      worker.on("error", () => {});
      worker.once("exit", () => this.#forget(port1));
      worker.unref();
      port1.unref();
      this.#workers.push(worker);
      this.#ports.push(port1);
      this.#unfinished.push(unfinished);
    }
    this.#started.watch(this.#workers);
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

  /** Waits until all threads are done with what they have begun. */
  takePhases(): readonly Phase[] {
    for (const unfinished of this.#unfinished) {
      for (let jobs = Atomics.load(unfinished, 0); jobs > 0; jobs = Atomics.load(unfinished, 0))
        if (Atomics.wait(unfinished, 0, jobs, PATIENCE) === "timed-out") break;
    }
    while (this.#answer() !== undefined);
    const phases = this.#phases;
    this.#phases = [];
    return phases;
  }

  /** Resolves when all threads are there: before that neither they nor the process may end. */
  started(): Promise<void> {
    return this.#started.all(this.#workers.length);
  }

  async close(): Promise<void> {
    await this.started();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** A thread that is no more is not given work, nor waited for. */
  #forget(port: MessagePort): void {
    const i = this.#ports.indexOf(port);
    this.#ports.splice(i, 1);
    this.#unfinished.splice(i, 1);
  }

  #post(message: ObjectMessage): void {
    for (const [i, port] of this.#ports.entries()) {
      Atomics.add(this.#unfinished[i]!, 0, 1);
      port.postMessage(message);
    }
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
