/** What comes of a link. */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { MappedFile } from "../image/mapped-file.js";
import type { Header } from "../manifest/header.js";
import type { NameTable } from "../memory/name-table.js";
import type { Phase } from "../phases/phase.js";
import type { ChunkTable } from "../protocol/chunk-table.js";
import type { Committer } from "./commit.js";
import type { GrowingLayout } from "./growing-layout.js";
import type { Layout } from "./layout.js";
import type { Records } from "./link-records.js";
import type { SymbolTable } from "./symbol-table.js";

/** How a link ended. */
export interface Linked {
  /** Without errors, and with a layout, the image is complete. */
  readonly diagnostics: readonly Diagnostic[];
  readonly image: MappedFile;
  /** Of a link that left room, and had no errors: what an updatable program is made of. */
  readonly parts: LinkedParts | undefined;
  /** Checks the image's node tree and prints it. */
  readonly dump: () => string;
  /** Undefined where there are errors, and where inputs are declared that the header's output cannot hold. */
  readonly layout: Layout | undefined;
  readonly counts: LinkCounts;
  readonly phases: readonly Phase[];
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

/** What a finished link hands over to those who update its output. */
export interface LinkedParts {
  readonly header: Header;
  readonly image: MappedFile;
  readonly layout: GrowingLayout;
  readonly names: NameTable;
  readonly symbols: SymbolTable;
  readonly committer: Committer;
  readonly chunks: ChunkTable;
  /** How many chunks there were; more may have come since. */
  readonly chunkCount: number;
  readonly records: Records;
  readonly scopes: readonly number[];
  /** By scope: the manifest's file, where it is one. */
  readonly files: readonly (string | undefined)[];
}
