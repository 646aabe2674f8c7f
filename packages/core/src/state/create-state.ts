/** A new state beside an output: from tables in memory, under a temporary name until it is whole. */

import { discard, discardStale, type Files, systemFiles, temporaryName } from "../image/files.js";
import type { Fingerprint } from "../image/fingerprint.js";
import { HEADER_PAGES, Status } from "./header.js";
import { PageFile } from "./page-file.js";
import { asStateError, lockOf, type StateTable, writeMeta, writeTable } from "./state-file.js";
import { TablePages } from "./table-pages.js";

/** Before the umask. */
const MODE = 0o666;

/**
 * Writes the state `path` of the output that `output` was taken from when it was written. Throws StateError where that
 * fails; what was there before stays, and belongs to an output that is no more. Returns the bytes written.
 */
export function createState(
  path: string,
  output: Fingerprint,
  meta: unknown,
  tables: readonly StateTable[],
  files: Files = systemFiles,
): number {
  discardStale(files, path);
  const temporary = temporaryName(path);
  try {
    const file = new PageFile(path, files, files.open(temporary, "wx", MODE));
    try {
      const pages = new TablePages(file, {
        generation: 0,
        pages: HEADER_PAGES,
        metaBytes: 0,
        fingerprint: output,
        sums: { name: "checksums", used: 0, extents: [] },
        meta: { name: "meta", used: 0, extents: [] },
        tables: [],
      });
      writeMeta(pages, meta);
      for (const table of tables) writeTable(pages, table);
      pages.finish(Status.CLEAN);
    } finally {
      file.close();
    }
    files.rename(temporary, path);
    discard(files, lockOf(path));
    return file.bytesWritten;
  } catch (cause) {
    discard(files, temporary);
    throw asStateError(path, cause);
  }
}
