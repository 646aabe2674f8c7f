/** The place where the command calls the linker. */

import {
  DiagnosticError,
  type IncrementalObjectResult,
  type InputFile,
  linkObjects,
  linkObjectsIncremental,
  OutputFile,
} from "@manifold/core";
import type { LdRequest } from "./request.js";

/** Before the umask, as every linker has it. */
const MODE = 0o777;

/** Links what was gathered, and writes the output unless there are errors, or warnings that count as such. */
export function linkRequest(inputs: readonly InputFile[], request: LdRequest): IncrementalObjectResult {
  const { options, output, incremental } = request;
  if (incremental !== undefined) {
    const wantsMap = request.mapFile !== undefined || request.printMap;
    const full = wantsMap ? { full: "a map is asked for" } : {};
    return linkObjectsIncremental({
      inputs,
      options,
      output,
      verify: incremental.verify,
      fatalWarnings: request.warnings === "fatal",
      ...full,
    });
  }
  const result = {
    ...linkObjects(inputs, options),
    bytesWritten: 0,
    explanation: [],
    fellBack: false,
    reason: undefined,
  };
  const isFatal = request.warnings === "fatal" && result.diagnostics.length > 0;
  if (result.image === undefined || isFatal) return result;
  try {
    return { ...result, bytesWritten: new OutputFile(output, MODE).flush(result.image, result.image.length, []) };
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    return { ...result, diagnostics: [...result.diagnostics, ...cause.diagnostics] };
  }
}
