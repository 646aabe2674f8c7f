/**
 * `--verify`: links the inputs in full, in memory, and compares with the output: what is linked, who defines each name, and,
 * with everything put where the session says it is, every byte of every section, and the symbol table. Nothing of the update's
 * own work is believed but places and the order of tables.
 */

import { readFileSync } from "node:fs";
import type { Diagnostic } from "../../diagnostics/diagnostic.js";
import { sessionDiffers } from "../../diagnostics/objects.js";
import { StateFile } from "../../state/state-file.js";
import { statePath } from "../../update/saved-session.js";
import { ObjectLink } from "../object-link.js";
import type { InputFile, ObjectLinkOptions } from "../options.js";
import { adoptPlaces } from "./adopt-places.js";
import { compareContents } from "./compare-contents.js";
import { compareNames, compareRanges, compareSections } from "./compare-structure.js";
import { compareSymbols } from "./compare-symbols.js";
import { type Comparison, Difference, pairObjects } from "./comparison.js";
import type { LinkSession } from "./link-session.js";
import { restoreSession } from "./saved-session.js";

/** The first difference between `output` with its session, and a full link; none where they agree. */
export function verifyObjects(
  output: string,
  inputs: readonly InputFile[],
  options: ObjectLinkOptions,
): readonly Diagnostic[] {
  const path = statePath(output);
  const opened = StateFile.open(path, output);
  if ("reason" in opened) return [sessionDiffers(opened.reason.message)];
  try {
    const session = restoreSession(opened.state, path, inputs, options);
    const fresh = new ObjectLink(options, true);
    fresh.load(inputs);
    if (!fresh.hasErrors) fresh.choose();
    if (fresh.hasErrors) return [sessionDiffers(`a full link fails: ${fresh.diagnostics[0]!.message}`)];
    const difference = firstDifference(session, fresh, readFileSync(output));
    return difference === undefined ? [] : [sessionDiffers(difference)];
  } finally {
    opened.state.close();
  }
}

function firstDifference(session: LinkSession, fresh: ObjectLink, file: Uint8Array): string | undefined {
  try {
    const comparison: Comparison = { session, fresh, file, ...pairObjects(session, fresh) };
    compareSections(comparison);
    compareRanges(comparison);
    compareNames(comparison);
    adoptPlaces(comparison);
    compareContents(comparison);
    compareSymbols(comparison);
    return undefined;
  } catch (cause) {
    if (cause instanceof Difference) return cause.message;
    throw cause;
  }
}
