/** The entry of the coordinator's thread. */

import { workerData } from "node:worker_threads";
import { expose } from "comlink";
import { Coordinator } from "./coordinator.js";
import type { CoordinatorData } from "./protocol.js";

const { port, header, output, workers, incremental, control } = workerData as CoordinatorData;
expose(new Coordinator({ header, output, incremental, control: new Int32Array(control) }, workers), port);
