/** What comes of a link. */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { MappedFile } from "../image/mapped-file.js";
import type { Span } from "../protocol/pool.js";
import type { LinkedParts } from "../update/build-program.js";
import type { Layout } from "./layout.js";

/** How a link ended. */
export interface Linked {
  /** Without errors the image is complete. */
  readonly diagnostics: readonly Diagnostic[];
  readonly image: MappedFile;
  /** Of a link that left room, and had no errors: what an updatable program is made of. */
  readonly parts: LinkedParts | undefined;
  /** Checks the image's node tree and prints it. */
  readonly dump: () => string;
  readonly layout: Layout | undefined;
  readonly counts: LinkCounts;
  readonly spans: readonly Span[];
}

export interface LinkCounts {
  readonly declarations: number;
  readonly symbols: number;
  readonly constants: number;
  readonly lazySymbols: number;
  readonly relocations: number;
  readonly chunks: number;
  /** Bytes of the output. */
  readonly bytes: number;
}
