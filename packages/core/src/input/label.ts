/** What an input is called in diagnostics, and how diagnostics raised deep inside a codec learn it. */

import { DiagnosticError, type Place } from "../diagnostics/diagnostic.js";

/** A file, or a member of an archive. */
export interface InputLabel {
  /** Path as the user gave it. */
  readonly file: string;
  readonly member?: string;
}

/** `lib/libz.a:inflate.o`, or the path alone. */
export function labelText(label: InputLabel): string {
  return label.member === undefined ? label.file : `${label.file}:${label.member}`;
}

/** Runs `read`; a diagnostic that it throws gets `place` (and the label) where it does not say better itself. */
export function locating<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof DiagnosticError)) throw thrown;
    throw new DiagnosticError(...thrown.diagnostics.map((each) => ({ ...each, place: { ...place, ...each.place } })));
  }
}
