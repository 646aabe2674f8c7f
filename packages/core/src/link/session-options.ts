/** What a session is made of, and what its flushes come to. */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { Files } from "../image/files.js";
import type { Fingerprint } from "../image/fingerprint.js";
import type { DeclarationIdentity } from "../manifest/declaration-key.js";
import type { Header } from "../manifest/header.js";
import type { Phase } from "../phases/phase.js";
import type { EmitPool } from "../protocol/pool.js";
import type { UpdateCounts } from "../update/change.js";
import type { MemoryChanges } from "../update/memory-changes.js";
import type { Program } from "../update/program.js";
import type { LinkCounts } from "./linked.js";

/** What a flush did. With diagnostics that are errors the file is as it was. */
export interface FlushResult {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly counts: LinkCounts;
  readonly phases: readonly Phase[];
  readonly bytesWritten: number;
  /** What an update cost; undefined where everything was linked. */
  readonly update: UpdateCounts | undefined;
  /** Why everything was linked, though it was linked before. */
  readonly reason: string | undefined;
  /** Of an update, where it was asked for: what a process that runs the program does not have yet. */
  readonly memory?: MemoryChanges;
}

/** What `remove` takes: class and name. */
export type RemovedKey = DeclarationIdentity & { readonly name?: string };

export interface SessionOptions {
  readonly header: Header;
  /** Path of the output. */
  readonly output: string;
  readonly pool: EmitPool;
  readonly control: Int32Array<SharedArrayBuffer>;
  /** How many names to expect, at a guess. */
  readonly expectedNames?: number;
  /** Input is cut into parts of so many bytes; where never shows in the output. */
  readonly chunkBytes?: number;
  /** Leave room for changes from the first flush on. Else they are expected when the first one is made. */
  readonly incremental?: boolean;
  /** Say what updates changed in memory. */
  readonly describes?: boolean;
  /** A program that was restored from disk, with its output as it was found. */
  readonly restored?: { readonly program: Program; readonly output: Fingerprint };
  /** Called before anything is written to the output. */
  readonly beforeWrite?: () => void;
  /**
   * Declarations of inputs are followed: a flush that finds some, while the output is not a relocatable file, links nothing
   * and is not ok, without diagnostics; see `Session.inputs` and `Session.becomeObject`. Else they are errors.
   */
  readonly takesInputs?: boolean;
  /** `dumpTree` is to show every atom, also where no changes are expected, which costs memory and time. */
  readonly keepsTree?: boolean;
  /** What the output is written with; the system's where not given. */
  readonly files?: Files;
}
