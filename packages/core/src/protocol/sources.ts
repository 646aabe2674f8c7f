/** Where declarations come from, and where in them a diagnostic points. */

import type { Diagnostic } from "../diagnostics/diagnostic.js";

/**
 * A source of declarations. `lines`: one declaration a line (NDJSON); `elements`: an array's elements, which are one
 * chunk. A text source holds its text in shared memory and begins with a newline, so that, as in a file behind its
 * header, there is a byte before every line.
 */
export type Source = FileSource | TextSource;

export interface FileSource {
  readonly kind: "file";
  readonly path: string;
  readonly spelling: "lines" | "elements";
  /** Which manifest it belongs to: names of navs are local to a scope. */
  readonly scope: number;
}

export interface TextSource {
  readonly kind: "text";
  readonly label: string;
  readonly buffer: SharedArrayBuffer;
  readonly spelling: "lines";
  readonly scope: number;
}

/**
 * Records hold offsets into their chunk's text, which begins one byte before the chunk's start: the byte that shows
 * whether a line begins there.
 */
export const TEXT_LEAD = 1;

/** A diagnostic about `length` bytes at byte `offset` of a source; the coordinator turns that into line and column. */
export interface Blamed {
  readonly diagnostic: Diagnostic;
  readonly source: number;
  readonly offset: number;
  readonly length: number;
}
