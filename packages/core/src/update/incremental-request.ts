/** What an incremental link is asked, and what comes of it. */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { Files } from "../image/files.js";
import type { DeclaredInput } from "../link/declared-inputs.js";
import type { FlushResult } from "../link/session-options.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import type { EmitPool } from "../protocol/pool.js";
import type { Program } from "./program.js";

export interface IncrementalRequest {
  readonly manifests: readonly OpenedManifest[];
  readonly output: string;
  /** Makes the pool, when there is something to emit: `full` says whether that is everything. */
  readonly pool: (full: boolean) => Promise<EmitPool>;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly expectedNames: number;
  /** Names of the declarations that changed, where the caller knows; else all of the manifests is compared. */
  readonly changed?: readonly string[];
  /** Prove that the output is what a full link makes: link in full, in memory, and compare. */
  readonly verify?: boolean;
  /** Inputs may be declared: the manifests are then linked to `objectPath(output)`, and the caller does the rest. */
  readonly takesInputs?: boolean;
  /** What output and session are read and written with; the system's where not given. */
  readonly files?: Files;
}

export interface IncrementalResult extends FlushResult {
  /** What is to be said about the session itself, beside `reason`: that it was not saved. */
  readonly notes: readonly Diagnostic[];
  /** What was found out, for people who want to know: a line each. */
  readonly explanation: readonly string[];
  /** Bytes read of the session on disk and of the output, and of the former written. */
  readonly bytesRead: number;
  readonly stateBytesWritten: number;
  /** What is to be linked with `objectPath(output)`; where there is nothing, the output is what was asked for. */
  readonly inputs: readonly DeclaredInput[];
  /** The program as it is now. */
  readonly program: Program | undefined;
}
