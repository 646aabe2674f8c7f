/** The place where the command calls the linker. */

import { type InputFile, linkObjects, type ObjectLinkResult } from "@manifold/core";
import type { LdRequest } from "./request.js";

/** Links what was gathered. `request.incremental` says whether a session is to be kept. */
export function linkRequest(inputs: readonly InputFile[], { options }: LdRequest): ObjectLinkResult {
  // linkObjectsIncremental is called here, with request.output and request.incremental, once there is one.
  return linkObjects(inputs, options);
}
