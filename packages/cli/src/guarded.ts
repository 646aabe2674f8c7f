/** Turns what a command throws into a message and an exit code. */

import { DiagnosticError } from "@manifold/core";
import { Exit } from "./exit.js";
import { printError, standardError } from "./print.js";
import { renderDiagnostic, wantsColour } from "./render.js";
import { UsageError } from "./usage.js";

export async function guarded(run: () => Promise<number> | number): Promise<number> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof UsageError) {
      printError(`manifold: ${cause.message}\n`);
      return Exit.USAGE;
    }
    if (cause instanceof DiagnosticError) {
      for (const diagnostic of cause.diagnostics)
        printError(renderDiagnostic(diagnostic, wantsColour(standardError())));
      return Exit.ERRORS;
    }
    printError(
      `manifold: internal error[MF0901]: ${cause instanceof Error ? cause.stack : String(cause)}\nThis is a fault of Manifold; please report it.\n`,
    );
    return Exit.INTERNAL;
  }
}
