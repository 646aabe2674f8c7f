/** Diagnostics of `manifold watch`. */

import { type Diagnostic, error } from "@manifold/core";

/** The linked program cannot be started. */
export function cannotRun(file: string, reason: string): Diagnostic {
  return error("MF0310", `cannot run ${file}: ${reason}`, {
    place: { file },
    suggestion: "Check the manifest's target and output, or leave --run out.",
  });
}
