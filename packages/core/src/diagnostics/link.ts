/** MF02xx: what can go wrong between declarations that are each well-formed. */

import { type Diagnostic, error } from "./diagnostic.js";

/** A region of shared memory would have to grow beyond what one view can address. */
export function memoryLimit(what: string, wanted: number, limit: number): Diagnostic {
  return error("MF0201", `the ${what} would need ${wanted} bytes; the limit is ${limit} bytes`, {
    suggestion:
      "Split the program, or move large zero-filled data into variables with `zero`, which take no file space.",
  });
}
