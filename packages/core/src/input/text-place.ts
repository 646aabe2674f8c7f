/** Where in a text that people write (linker scripts, response files) something stands. */

import type { Place } from "../diagnostics/diagnostic.js";
import { locateInSource } from "../manifest/locate.js";
import { TEXT_LEAD } from "../protocol/sources.js";

/** The place of `length` bytes from byte `offset` of a file's bytes on, with its line to quote. */
export function placeInText(file: string, bytes: Uint8Array, offset: number, length: number): Place {
  const buffer = new SharedArrayBuffer(TEXT_LEAD + bytes.length);
  new Uint8Array(buffer).set(bytes, TEXT_LEAD);
  const source = { kind: "text", label: file, buffer, spelling: "lines", scope: 0 } as const;
  return locateInSource(source, TEXT_LEAD + offset, length);
}
