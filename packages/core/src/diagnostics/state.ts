/**
 * MF08xx: why the state beside an output cannot be used or saved. None of it is an error: the link is done in full, and
 * the reason is worth a line.
 */

import { type Diagnostic, warning } from "./diagnostic.js";
import { reasonOf } from "./output.js";

/** Why a state cannot be used; `code` tells the cases apart. */
export type StateReason = Diagnostic;

export const StateCode = {
  MISSING: "MF0801",
  UNREADABLE: "MF0802",
  OTHER_VERSION: "MF0803",
  TRUNCATED: "MF0804",
  CORRUPTED: "MF0805",
  INTERRUPTED: "MF0806",
  OTHER_OUTPUT: "MF0807",
  NOT_SAVED: "MF0808",
} as const;

const state = (code: string, path: string, message: string): StateReason =>
  warning(code, message, { place: { file: path } });

export function stateMissing(path: string): StateReason {
  return state(StateCode.MISSING, path, `there is no state in ${path} yet`);
}

export function stateUnreadable(path: string, cause: unknown): StateReason {
  return state(StateCode.UNREADABLE, path, `the state in ${path} cannot be read: ${reasonOf(cause)}`);
}

/** `found` as the file says, undefined where even the format is another. */
export function stateOtherVersion(path: string, found: string | undefined): StateReason {
  const by = found === undefined ? "another version" : `version ${found}`;
  return state(StateCode.OTHER_VERSION, path, `the state in ${path} was saved by ${by} of Manifold`);
}

export function stateTruncated(path: string): StateReason {
  return state(StateCode.TRUNCATED, path, `the state in ${path} is not as long as it was saved`);
}

/** `what` is wrong, a clause. */
export function stateCorrupted(path: string, what: string): StateReason {
  return state(StateCode.CORRUPTED, path, `the state in ${path} is corrupted: ${what}`);
}

export function stateInterrupted(path: string): StateReason {
  return state(
    StateCode.INTERRUPTED,
    path,
    `the state in ${path} is being updated by another link, or the last one was interrupted`,
  );
}

export function stateOfOtherOutput(path: string, output: string): StateReason {
  return state(StateCode.OTHER_OUTPUT, path, `${output} is not as it was when the state in ${path} was saved`);
}

export function stateNotSaved(path: string, cause: unknown): StateReason {
  return state(
    StateCode.NOT_SAVED,
    path,
    `the state could not be saved in ${path}: ${reasonOf(cause)}; the next link will be a full one`,
  );
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
