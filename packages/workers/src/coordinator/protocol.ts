/**
 * What passes between a program and the thread that hosts the coordinator: a few coarse calls through Comlink, and shared
 * memory that is never copied: the text of declarations, arenas of records and the counters of progress.
 */

import type { MessagePort } from "node:worker_threads";
import type { Diagnostic, FlushResult, Header, RecordsBatch, RemovedKey } from "@manifold/core";

/** `workerData` of the coordinator's thread. */
export interface CoordinatorData {
  /** Comlink's endpoint. */
  readonly port: MessagePort;
  readonly header: Header;
  readonly output: string;
  readonly workers: number | undefined;
  /** Leave room for changes from the first flush on. */
  readonly incremental: boolean;
  /** Progress counters: written there, read here. */
  readonly control: SharedArrayBuffer;
}

/**
 * The calls. They are taken in the order in which they are made. Declarations that replace take the place of what is
 * declared under their names, where something is.
 */
export interface CoordinatorCalls {
  /** Declarations as NDJSON, behind a first newline, in memory that the caller no longer touches. */
  addText(label: string, text: SharedArrayBuffer, replaces: boolean): Promise<void>;
  /** Declarations as records, in an arena whose part that holds them the caller no longer touches. */
  addRecords(batch: RecordsBatch, replaces: boolean): Promise<void>;
  remove(keys: readonly RemovedKey[]): Promise<void>;
  flush(): Promise<FlushResult>;
  /** Compares what the last flush left with a full link; what differs. */
  verify(): Promise<readonly Diagnostic[]>;
  close(): Promise<void>;
}
