/** What a call of `manifold ld` asks for: plain data, made by `parseLd` and read by the command. */

import type { InputSpec, ObjectLinkOptions, SearchOptions } from "@manifold/core";

export type LdAction =
  | { readonly kind: "link" }
  /** `--help`, `--version`, `--print-sysroot`, ...: nothing but this text. */
  | { readonly kind: "print"; readonly text: string }
  /** `--make-dir`: a directory for `gcc -B`. */
  | { readonly kind: "make-directory"; readonly path: string };

export interface LdRequest {
  readonly action: LdAction;
  /** What `-v` and `-V` print before anything else; may be empty. */
  readonly banner: string;
  readonly output: string;
  /** In the order of the command line. */
  readonly inputs: readonly InputSpec[];
  readonly search: SearchOptions;
  readonly options: ObjectLinkOptions;
  /** A file, or a directory for a file named after the output. */
  readonly mapFile: string | undefined;
  /** The map goes to standard output. */
  readonly printMap: boolean;
  /** A makefile rule of what the output depends on goes there. */
  readonly dependencyFile: string | undefined;
  /** `-t` */
  readonly trace: boolean;
  readonly printGcSections: boolean;
  readonly stats: boolean;
  /** A trace of phases goes there. */
  readonly traceFile: string | undefined;
  /** Threads that link, the coordinator's included; undefined: as many as are worth it. */
  readonly threads: number | undefined;
  readonly warnings: "shown" | "hidden" | "fatal";
  readonly colour: "auto" | "always" | "never";
  /** Undefined where no session is to be kept. */
  readonly incremental: { readonly verify: boolean; readonly explain: boolean } | undefined;
}
