/** The entry of a thread that takes part in links of objects. */

import { workerData } from "node:worker_threads";
import { type ObjectThreadData, serve } from "./object-service.js";

serve(workerData as ObjectThreadData);
