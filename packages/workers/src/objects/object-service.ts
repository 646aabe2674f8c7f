/** What a thread does that takes part in links of objects: jobs, as the coordinator posts them. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { MessagePort } from "node:worker_threads";
import {
  BatchReader,
  type PartReport,
  PartWriter,
  type Phase,
  PhaseLog,
  type ReadBatch,
  type ReadJob,
  type WriteJob,
} from "@manifold/core";
import { announce, type StartData } from "../pool/started.js";

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

export interface ObjectThreadData extends StartData {
  readonly port: MessagePort;
  /** Its number; the coordinator's is 0. */
  readonly thread: number;
  /** [0] jobs that it has not finished: the coordinator adds, the thread takes away. */
  readonly unfinished: Int32Array<SharedArrayBuffer>;
}

/** Serves until the process ends. `finished`: called when a link is done, before the coordinator goes on. */
export function serve({ port, thread, unfinished }: ObjectThreadData, finished: () => void = () => {}): void {
  const log = new PhaseLog(thread);
  const answer = (message: ObjectAnswer, transferred: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transferred);
  const work = ({ number, read, write }: ObjectMessage): void => {
    const end = log.begin(read === undefined ? "contents" : "read", "share");
    let items = 0;
    if (read !== undefined)
      items = new BatchReader(read).readAll((batch) => answer({ number, batch }, [batch.words.buffer as ArrayBuffer]));
    if (write !== undefined) items = new PartWriter(write).writeAll((report) => answer({ number, report }));
    end({ items });
    answer({ number, phases: log.take() });
    if (write !== undefined) finished();
  };
  announce();
  let held = 0;
  const release = ({ write }: ObjectMessage): void => {
    if (write === undefined) return;
    held += bytesOf(write);
    if (held < MOST_HELD) return;
    held = 0;
    setImmediate(collect);
  };
  port.on("message", (message: ObjectMessage) => {
    try {
      work(message);
    } finally {
      Atomics.sub(unfinished, 0, 1);
      Atomics.notify(unfinished, 0);
      release(message);
    }
  });
}

/** Bytes of tables that a thread may keep of links that are done. */
const MOST_HELD = 256 * 2 ** 20;

function bytesOf({ table, globals, sectionAddresses }: WriteJob): number {
  const columns = [...Object.values(table), ...Object.values(globals), sectionAddresses];
  return columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/**
 * Lets go of the tables of past links. Shared memory counts for nothing with V8, which otherwise sees no reason to look for
 * what is not used any more: a thread that only takes part in links makes next to no objects.
 */
function collect(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}
