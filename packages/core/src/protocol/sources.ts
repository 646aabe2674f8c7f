/** Where declarations come from, and where in them a diagnostic points. */

import type { Diagnostic } from "../diagnostics/diagnostic.js";

/**
 * A source of declarations. `lines`: one declaration a line (NDJSON); `elements`: an array's elements, of which a chunk
 * holds whole ones and the commas between them: all, or some that are emitted again. A text source holds its text in
 * shared memory and begins with a newline, so that, as in a file behind its header, there is a byte before every line.
 */
export type Source = TextualSource | RecordsSource;

/** What workers read and emit. */
export type TextualSource = FileSource | TextSource;

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
 * Declarations that came as records: one chunk, emitted by whoever made it, in an arena of its maker. There is no text;
 * its records' text offsets are offsets into the arena: of the declaration's name, or of a name that it refers to. What
 * belongs to a declaration lies between its name and the next one's.
 */
export interface RecordsSource {
  readonly kind: "records";
  readonly label: string;
  readonly arena: SharedArrayBuffer;
  /** The chunk's declaration records: arena offset and count. */
  readonly decls: number;
  readonly declCount: number;
  readonly scope: number;
}

/** A chunk's worth of records on its way to the coordinator. */
export interface RecordsBatch {
  /** What messages call the declarations instead of a file name. */
  readonly label: string;
  /** The arena that holds them; its maker goes on writing behind them. Arenas are numbered from 0 by their maker. */
  readonly arena: SharedArrayBuffer;
  readonly arenaIndex: number;
  /** Where in the arena the records are: fields of the chunk's record and their values. */
  readonly fields: readonly (readonly [field: number, value: number])[];
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
