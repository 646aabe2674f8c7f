/**
 * MF08xx: why the state beside an output cannot be used or saved. None of it is an error: the link is done in full, and
 * the reason is worth a line.
 */

import { type Diagnostic, warning } from "./diagnostic.js";
import { reasonOf } from "./output.js";

/** Why a state cannot be used; `code` tells the cases apart. */
export type StateReason = Diagnostic;

export function stateMissing(path: string): StateReason {
  return warning("MF0801", `there is no state in ${path} yet`, { place: { file: path } });
}

export function stateUnreadable(path: string, cause: unknown): StateReason {
  return warning("MF0802", `the state in ${path} cannot be read: ${reasonOf(cause)}`, { place: { file: path } });
}

/** `found` as the file says, undefined where even the format is another. */
export function stateOtherVersion(path: string, found: string | undefined): StateReason {
  const by = found === undefined ? "another version" : `version ${found}`;
  return warning("MF0803", `the state in ${path} was saved by ${by} of Manifold`, { place: { file: path } });
}

export function stateTruncated(path: string): StateReason {
  return warning("MF0804", `the state in ${path} is not as long as it was saved`, { place: { file: path } });
}

/** `what` is wrong, a clause. */
export function stateCorrupted(path: string, what: string): StateReason {
  return warning("MF0805", `the state in ${path} is corrupted: ${what}`, { place: { file: path } });
}

export function stateInterrupted(path: string): StateReason {
  return warning("MF0806", `the state in ${path} is in use by another link, or the last one was interrupted`, {
    place: { file: path },
  });
}

export function stateOfOtherOutput(path: string, output: string): StateReason {
  return warning("MF0807", `${output} is not as it was when the state in ${path} was saved`, { place: { file: path } });
}

export function stateNotSaved(path: string, cause: unknown): StateReason {
  return warning("MF0808", `the state could not be saved in ${path}: ${reasonOf(cause)}`, {
    place: { file: path },
    suggestion: "The output is complete; the next link will be a full one.",
  });
}

/** Carries the reason to whoever can link in full instead. Not a DiagnosticError: nothing is wrong with the link. */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly reason: StateReason;

  constructor(reason: StateReason) {
    super(`${reason.code}: ${reason.message}`);
    this.reason = reason;
  }
}
