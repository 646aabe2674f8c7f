/**
 * A text chunk as parts of one declaration each, so that what is wrong with one does not cost the others, and a typed value
 * that was replaced is not emitted again with its neighbours.
 */

import type { TextSource } from "../protocol/sources.js";

const NEWLINE = 0x0a;

/** The lines that begin in `[start, end)` of a text source, blank ones aside, each with the newline that ends it. */
export function linesOf({ buffer }: TextSource, start: number, end: number): { start: number; end: number }[] {
  const bytes = new Uint8Array(buffer);
  const lines: { start: number; end: number }[] = [];
  // A line that began before the chunk belongs to the one before it.
  let at = bytes[start - 1] === NEWLINE ? start : after(bytes, start);
  while (at < end && at < bytes.length) {
    const next = after(bytes, at);
    if (bytes.subarray(at, next).some((byte) => byte > 0x20)) lines.push({ start: at, end: next });
    at = next;
  }
  return lines;
}

/** The byte behind the next newline, or the end. */
function after(bytes: Uint8Array, from: number): number {
  const newline = bytes.indexOf(NEWLINE, from);
  return newline === -1 ? bytes.length : newline + 1;
}
