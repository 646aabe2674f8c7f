/**
 * Opens a manifest file: reads its header, and says where its declarations are. Declarations themselves are the emit
 * workers' business; of an NDJSON file only the first line is read here.
 */

import { isUtf8 } from "node:buffer";
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { headerMissing, invalidUtf8, jsonTooLarge, lineTooLong } from "../diagnostics/manifest.js";
import { cannotRead } from "../diagnostics/output.js";
import { type Header, readHeader } from "./header.js";
import { JsonCursor, ManifestError } from "./json-cursor.js";
import { locateInFile } from "./locate.js";

export interface OpenedManifest {
  readonly path: string;
  readonly header: Header;
  readonly spelling: "lines" | "elements";
  /** Bytes `[start, end)` of the file hold the declarations. */
  readonly start: number;
  readonly end: number;
}

const HEADER_LIMIT = 1 << 20;
/** Most headers are shorter: to read as much as they may have takes a millisecond. */
const USUAL_HEADER = 4096;

/** Reads the header of the manifest at `path`. Throws DiagnosticError where it cannot be used. */
export function openManifest(path: string): OpenedManifest {
  try {
    // Workers read their parts from wherever they are, which a pipe does not allow; to open one could wait for ever.
    const stats = statSync(path);
    if (!stats.isFile())
      throw Object.assign(new Error(), { code: stats.isDirectory() ? "EISDIR" : "ESPIPE", syscall: "stat" });
    return path.endsWith(".json") ? openJson(path) : openNdjson(path);
  } catch (cause) {
    if (cause instanceof ManifestError)
      throw new DiagnosticError({ ...cause.diagnostic, place: locateInFile(path, cause.offset, cause.length) });
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw new DiagnosticError(cannotRead(path, cause));
    throw cause;
  }
}

function openNdjson(path: string): OpenedManifest {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    let { bytes, start, newline } = readFirstLine(fd, Math.min(USUAL_HEADER, size));
    if (newline === -1 && size > USUAL_HEADER)
      ({ bytes, start, newline } = readFirstLine(fd, Math.min(HEADER_LIMIT, size)));
    if (newline === -1 && size > HEADER_LIMIT) throw new ManifestError(lineTooLong(HEADER_LIMIT), 0, 1);
    const line = newline === -1 ? bytes.length : newline;
    checkText(bytes, line);
    const cursor = new JsonCursor();
    cursor.reset(bytes, start, line);
    const header = readHeader(cursor);
    cursor.finish();
    return { path, header, spelling: "lines", start: Math.min(line + 1, size), end: size };
  } finally {
    closeSync(fd);
  }
}

/** Of the first `length` bytes: where the first line that is not empty starts, and the newline behind it, or -1. */
function readFirstLine(fd: number, length: number): { bytes: Uint8Array; start: number; newline: number } {
  const bytes = new Uint8Array(length);
  readSync(fd, bytes, 0, length, 0);
  let start = 0;
  while (bytes[start] === 0x0a || bytes[start] === 0x0d) start++;
  return { bytes, start, newline: bytes.indexOf(0x0a, start) };
}

/** Larger ones are no longer written by hand, and NDJSON is split among workers. */
const JSON_LIMIT = 2 ** 30;

function openJson(path: string): OpenedManifest {
  const { size } = statSync(path);
  if (size > JSON_LIMIT) throw new ManifestError(jsonTooLarge(size, JSON_LIMIT), 0, 1);
  const bytes = readFileSync(path);
  checkText(bytes, bytes.length);
  const cursor = new JsonCursor();
  cursor.reset(bytes, 0, bytes.length);
  let start = bytes.length;
  let end = bytes.length;
  const header = readHeader(cursor, () => {
    cursor.enterArray("declarations");
    start = cursor.at;
    for (let first = true; cursor.nextItem(first); first = false) cursor.skip();
    end = cursor.at - 1;
  });
  cursor.finish();
  return { path, header, spelling: "elements", start, end };
}

function checkText(bytes: Uint8Array, end: number): void {
  const text = bytes.subarray(0, end);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw new ManifestError(headerMissing("a byte order mark, which UTF-8 does not need"), 0, 3);
  if (end === 0) throw new ManifestError(headerMissing("an empty file"), 0, 1);
  if (!isUtf8(text)) throw new ManifestError(invalidUtf8(), firstInvalid(text), 1);
}

/** Where the first character stands that is no UTF-8, character by character: only for texts that have one. */
export function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (!isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}
