/** The place where the command calls the linker. */

import {
  DiagnosticError,
  type IncrementalObjectResult,
  type InputFile,
  type LinkThreads,
  linkObjects,
  linkObjectsIncremental,
  OutputFile,
  PhaseLog,
} from "@manifold/core";
import type { LdRequest } from "./request.js";
import { startThreads } from "./threads.js";

/** Before the umask, as every linker has it. */
const MODE = 0o777;

/** Links what was gathered, with other threads where that is worth it; see `linkWith`. */
export async function linkRequest(inputs: readonly InputFile[], request: LdRequest): Promise<IncrementalObjectResult> {
  const threads = await startThreads(inputs, request.threads);
  try {
    return linkWith(threads, inputs, request);
  } finally {
    await threads?.started();
  }
}

/** Links what was gathered, and writes the output unless there are errors, or warnings that count as such. */
function linkWith(
  threads: LinkThreads | undefined,
  inputs: readonly InputFile[],
  request: LdRequest,
): IncrementalObjectResult {
  const { options, output, incremental } = request;
  if (incremental !== undefined) {
    const wantsMap = request.mapFile !== undefined || request.printMap;
    const full = wantsMap ? { full: "a map is asked for" } : {};
    return linkObjectsIncremental({
      inputs,
      options,
      output,
      verify: incremental.verify,
      threads,
      fatalWarnings: request.warnings === "fatal",
      ...full,
    });
  }
  const result = {
    ...linkObjects(inputs, options, threads),
    bytesWritten: 0,
    explanation: [],
    fellBack: false,
    reason: undefined,
  };
  const isFatal = request.warnings === "fatal" && result.diagnostics.length > 0;
  if (result.image === undefined || isFatal) return result;
  try {
    const log = new PhaseLog();
    const { image } = result;
    const bytesWritten = log.serial("flush", () => new OutputFile(output, MODE).flush(image, image.length, []));
    return { ...result, bytesWritten, phases: [...result.phases, ...log.take()] };
  } catch (cause) {
    if (!(cause instanceof DiagnosticError)) throw cause;
    return { ...result, diagnostics: [...result.diagnostics, ...cause.diagnostics] };
  }
}
