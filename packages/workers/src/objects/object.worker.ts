/** The entry of a thread that takes part in links of objects. */

import { type MessagePort, workerData } from "node:worker_threads";
import { BatchReader, PartWriter } from "@manifold/core";
import type { ObjectAnswer, ObjectMessage } from "./object-threads.js";

const port = workerData as MessagePort;

function answer(message: ObjectAnswer, transferred: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transferred);
}

port.on("message", ({ number, read, write }: ObjectMessage) => {
  if (read !== undefined)
    new BatchReader(read).readAll((batch) => answer({ number, batch }, [batch.words.buffer as ArrayBuffer]));
  if (write !== undefined) new PartWriter(write).writeAll((report) => answer({ number, report }));
});
