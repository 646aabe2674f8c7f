/** Diagnostics of `manifold inspect`: MF044x. Those about the file itself are core's (MF0401 to MF0407). */

import { type Diagnostic, error, type Place } from "@manifold/core";

/** The tree is rebuilt from symbols that only this linker leaves. */
export function notLinkedByManifold(place: Place): Diagnostic {
  return error("MF0440", "the file was not linked by Manifold: it has no node tree", {
    place,
    suggestion: "Leave --tree out to see headers, sections and symbols.",
  });
}
