/** The entry of a thread that takes part in links of objects. */

import { workerData } from "node:worker_threads";
import { BatchReader, PartWriter, PhaseLog } from "@manifold/core";
import type { ObjectAnswer, ObjectMessage, ObjectThreadData } from "./object-threads.js";

const { port, thread } = workerData as ObjectThreadData;
const log = new PhaseLog(thread);

function answer(message: ObjectAnswer, transferred: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transferred);
}

port.on("message", ({ number, read, write }: ObjectMessage) => {
  const end = log.begin(read === undefined ? "contents" : "read", "share");
  let items = 0;
  if (read !== undefined)
    items = new BatchReader(read).readAll((batch) => answer({ number, batch }, [batch.words.buffer as ArrayBuffer]));
  if (write !== undefined) items = new PartWriter(write).writeAll((report) => answer({ number, report }));
  end({ items });
  answer({ number, phases: log.take() });
});
