/** Diagnostics of `manifold watch`. */

import { type Diagnostic, error, reasonOf } from "@manifold/core";

/** The linked program cannot be started; `cause` is what Node's `spawn` threw or emitted. */
export function cannotRun(file: string, cause: unknown): Diagnostic {
  const { code } = cause as NodeJS.ErrnoException;
  const reason = code === "ENOEXEC" ? "this machine cannot execute it" : reasonOf(cause);
  return error("MF0304", `cannot run ${file}: ${reason}`, {
    place: { file },
    suggestion: "Check the manifest's target and output, or leave --run out.",
  });
}
