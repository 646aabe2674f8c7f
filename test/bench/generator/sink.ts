/** Where a generated program goes: a manifest, or assembly or objects for other linkers. */

import type { Blob } from "./blob.js";

export interface Sink {
  /** Whether functions shall bring their `assembly`. */
  readonly wantsAssembly?: boolean;
  /** Comes first, once. */
  header(pie: boolean): void;
  /** A hidden object that the linker provides. */
  extern(name: string): void;
  /** `align` 0 leaves the alignment to the linker's default, which is 16. */
  func(name: string, align: number, body: Blob): void;
  /** `isLocal`: only the function that comes next refers to it. */
  data(
    kind: "const" | "var",
    name: string,
    align: number,
    contents: Blob,
    threadlocal: boolean,
    isLocal?: boolean,
  ): void;
  zero(name: string, align: number, size: number, threadlocal: boolean): void;
  /** A second name for the function `of`, which came last. */
  exported(name: string, of: string): void;
  /** Ends a run of declarations that belong together, as a compiler's module would. */
  endBlock(): void;
  /** Comes last, once: everything is on disk when it returns. */
  close(): void;
}
