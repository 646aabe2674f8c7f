/** Lines of a manifest that may be too large for a string. */

import { closeSync, openSync, readSync } from "node:fs";

const PIECE = 16 << 20;
/** No line that is asked for is longer. */
const LONGEST = 1 << 16;

export interface FoundLine {
  /** Where it begins in the file. */
  readonly at: number;
  readonly text: string;
}

/** The lines that begin with `beginnings`, in that order. */
export function findLines(path: string, beginnings: readonly string[]): FoundLine[] {
  const found = new Map<string, FoundLine>();
  const fd = openSync(path, "r");
  try {
    const piece = Buffer.alloc(PIECE);
    for (let start = 0, size = PIECE; size === PIECE; start += PIECE - LONGEST) {
      size = readSync(fd, piece, 0, PIECE, start);
      const bytes = piece.subarray(0, size);
      for (const beginning of beginnings) {
        if (found.has(beginning)) continue;
        const at = bytes.indexOf(`\n${beginning}`);
        // A line that does not end here begins in the next piece as well.
        const end = at === -1 ? -1 : bytes.indexOf("\n", at + 1);
        if (end !== -1) found.set(beginning, { at: start + at + 1, text: bytes.toString("latin1", at + 1, end) });
      }
    }
  } finally {
    closeSync(fd);
  }
  return beginnings.map((beginning) => {
    const line = found.get(beginning);
    if (line === undefined) throw new Error(`${path} has no line that begins with ${beginning}`);
    return line;
  });
}
