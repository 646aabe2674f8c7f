/**
 * The library: a linker in a thread of its own. A compiler adds declarations as it produces them; those that are text are
 * emitted on the pool while it goes on, those that are calls are emitted by the calls, and `flush` writes the file.
 */

import {
  builderMisuse,
  type Diagnostic,
  DiagnosticError,
  type FlushResult,
  type HeaderOptions,
  MAX_SLOTS,
  makeHeader,
  type Progress,
} from "@manifold/core";
import {
  type Reference as BuilderReference,
  type DataBuilder,
  type DataContents,
  type DataOptions,
  type ExportOptions,
  type ExternOptions,
  type Func as FuncBuilder,
  type FuncOptions,
  RecordsBuilder,
} from "@manifold/workers/builder";
import { CoordinatorThread } from "@manifold/workers/threads";
import type { Declaration } from "./declarations.js";
import type { Removed } from "./removed.js";
import { SCOPE, ThreadedLinker } from "./threaded-linker.js";

export interface LinkerOptions extends HeaderOptions {
  /** Where the ELF file is written. */
  readonly file: string;
  /** Emit threads; by default one per processor. */
  readonly workers?: number;
  /** What messages call the declarations instead of a file name. */
  readonly label?: string;
  /**
   * Leave room for changes from the first flush on. Without it the first flush packs the output densely, and the first
   * one that changes a declaration links everything once more.
   */
  readonly incremental?: boolean;
}

/** Options of a declaration that, with `update`, takes the place of what is declared under its name, if something is. */
export type Updating<Options> = Options & { readonly update?: boolean };

/** What builds a function. It runs at once, and all instructions are written when it returns. */
export type BuildFunc = (f: FuncBuilder) => void;
/** What data consists of: calls, or bytes, text or zeros as they are. */
export type BuildData = ((d: DataBuilder) => void) | DataContents;

/**
 * Declarations come in by `add`, as a manifest spells them, or by calls that write code and data directly; in the output
 * they stand in the order of the calls. What is wrong with a call is thrown by it, as DiagnosticError, and the declaration
 * is then as if it had never been made; what is wrong with the program is in the result of the next flush.
 */
export interface ManifoldLinker {
  /** Adds declarations. They are checked when they are emitted; what is wrong with them is in the next flush's result. */
  add(...declarations: readonly Declaration[]): void;
  /** Declares anew: takes the place of the declarations of the same names, or adds to them. `errors` replaces all errors. */
  update(...declarations: readonly Declaration[]): void;
  /** Removes declarations. What refers to them is in the next flush's result, unless it is changed too. */
  remove(...names: readonly Removed[]): void;
  /** A function, instruction by instruction. */
  func(name: string, build: BuildFunc): void;
  func(name: string, options: Updating<FuncOptions>, build: BuildFunc): void;
  /** A constant; a variable where it is `writable` or `threadlocal`. */
  data(name: string, build: BuildData): void;
  data(name: string, options: Updating<DataOptions>, build: BuildData): void;
  /** A symbol that is defined elsewhere. */
  extern(name: string, options?: Updating<ExternOptions>): void;
  /** A global name for a nav, an unnamed value or a place inside a nav. */
  export(name: string, of: string | BuilderReference, options?: Updating<ExportOptions>): void;
  /**
   * Links all that was declared so far and brings the file up to date; after the first change of a declaration at the cost
   * of what changed. With errors the file stays as it was, and the next flush takes what mends them. Rejects for faults of the linker only. */
  flush(): Promise<FlushResult>;
  /**
   * Proves that what updates made of the output is what a full link makes: links all declarations again, in memory, and
   * compares. Returns what differs; nothing, for a linker that was not updated. To be called behind a flush.
   */
  verify(): Promise<readonly Diagnostic[]>;
  /** Where the work stands, read from shared counters. */
  progress(): Progress;
  /** Ends the threads. A flush that runs is finished first. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a linker. Throws DiagnosticError where an option cannot be. */
export function createLinker(options: LinkerOptions): ManifoldLinker {
  checkOptions(options);
  const header = makeHeader(options);
  const { file, workers, label = "declarations", incremental = false } = options;
  const thread = new CoordinatorThread({
    header,
    output: file,
    incremental,
    ...(workers === undefined ? {} : { workers }),
  });
  return new ThreadedLinker(thread, label, new RecordsBuilder(label, SCOPE, header.functionAlignLog2));
}

/** The options that are no part of a header; TypeScript checks them too, JavaScript does not. */
function checkOptions({ file, workers }: LinkerOptions): void {
  if (typeof file !== "string" || file === "")
    throw new DiagnosticError(builderMisuse("createLinker: `file` says where to write, and is missing", undefined));
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= MAX_SLOTS))
    throw new DiagnosticError(
      builderMisuse(`createLinker: \`workers\` is a whole number from 1 to ${MAX_SLOTS}, not ${workers}`, undefined),
    );
}
