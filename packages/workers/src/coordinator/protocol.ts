/**
 * What passes between a program and the thread that hosts the coordinator: a few coarse calls through Comlink, and two
 * kinds of shared memory that are never sent twice, the text of declarations and the counters of progress.
 */

import type { MessagePort } from "node:worker_threads";
import type { FlushResult, Header } from "@manifold/core";

/** `workerData` of the coordinator's thread. */
export interface CoordinatorData {
  /** Comlink's endpoint. */
  readonly port: MessagePort;
  readonly header: Header;
  readonly output: string;
  readonly workers: number | undefined;
  /** Progress counters: written there, read here. */
  readonly control: SharedArrayBuffer;
}

/** The calls. They are taken in the order in which they are made. */
export interface CoordinatorCalls {
  /** Declarations as NDJSON, behind a first newline, in memory that the caller no longer touches. */
  addText(label: string, text: SharedArrayBuffer): Promise<void>;
  flush(): Promise<FlushResult>;
  close(): Promise<void>;
}
