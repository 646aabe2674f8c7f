/** Diagnostics of `manifold watch`. */

import { type Diagnostic, error } from "@manifold/core";

/** The linked program cannot be started. */
export function cannotRun(file: string, reason: string): Diagnostic {
  return error("MF0310", `cannot run ${file}: ${reason}`, {
    place: { file },
    suggestion: "Check the manifest's target and output, or leave --run out.",
  });
}

/** A manifest that is written to all the time. */
export function keepsChanging(file: string): Diagnostic {
  return error("MF0311", `${file}, or another manifest, changes whenever it is read`, {
    place: { file },
    suggestion: "Write it beside and rename it when it is complete; the next change is linked.",
  });
}
