/**
 * Finds every declaration of a manifest and hashes it, without parsing what is in it: what is compared when a manifest
 * has changed (`manifest-diff.ts`). Of an NDJSON file a few blocks are in memory at any time, whatever its size.
 */

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { lineTooLong } from "../diagnostics/manifest.js";
import { cannotRead } from "../diagnostics/output.js";
import { JsonCursor, ManifestError } from "./json-cursor.js";
import { locateInFile } from "./locate.js";
import type { OpenedManifest } from "./open-manifest.js";
import { hashSpan, spanHash0, spanHash1 } from "./span-hash.js";

/** Two versions of a manifest are compared by these alone. Element `i` belongs to declaration `i`. */
export interface LineHashes {
  readonly count: number;
  /** 64 bits, see `span-hash.ts`. */
  readonly hash0: Int32Array;
  readonly hash1: Int32Array;
}

/** The declarations of a manifest in their order in the file: where each stands, and its hash. */
export interface ManifestLines extends LineHashes {
  /** Byte offset in the file. An NDJSON declaration begins where its line does. */
  readonly start: Float64Array;
  /** Bytes, without what ends the line or the array's element. */
  readonly length: Int32Array;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Small enough that a block's lines are still in the second-level cache when they are hashed. */
const BLOCK = 1 << 19;
/** As large as a line may be that a worker emits. */
const LINE_LIMIT = 2 ** 30;

/** Scans a manifest whose whole file is `bytes`. Throws DiagnosticError where its declarations cannot be told apart. */
export function scanManifest(bytes: Uint8Array, opened: OpenedManifest): ManifestLines {
  return reported(opened, () => {
    const text = new Text(bytes, 0);
    const end = Math.min(opened.end, bytes.length);
    const spans = new Spans();
    if (opened.spelling === "elements") scanElements(text, opened.start, end, spans);
    else addLine(text, scanLines(text, opened.start, end, spans), end, spans);
    return spans.lines();
  });
}

/**
 * Scans the manifest's file, an NDJSON file block by block. A file that has been changed since it was opened gives the
 * spans of nothing that exists, or an error: whoever watches it scans again. Throws DiagnosticError.
 */
export function scanManifestFile(opened: OpenedManifest): ManifestLines {
  return reported(opened, () => {
    if (opened.spelling === "elements") return scanManifest(readFileSync(opened.path), opened);
    const fd = openSync(opened.path, "r");
    try {
      return scanBlocks(fd, opened.start, opened.end);
    } finally {
      closeSync(fd);
    }
  });
}

function reported<T>(opened: OpenedManifest, scan: () => T): T {
  try {
    return scan();
  } catch (cause) {
    if (cause instanceof ManifestError)
      throw new DiagnosticError({ ...cause.diagnostic, place: locateInFile(opened.path, cause.offset, cause.length) });
    if ((cause as NodeJS.ErrnoException).syscall !== undefined)
      throw new DiagnosticError(cannotRead(opened.path, cause));
    throw cause;
  }
}

/** A part of the file in memory. */
class Text {
  /** A Buffer because its `indexOf` is five times as fast as that of a plain array. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Where in the file it begins. */
  readonly offset: number;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array, offset: number) {
    this.bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.offset = offset;
  }
}

function scanBlocks(fd: number, start: number, end: number): ManifestLines {
  const spans = new Spans();
  let block = new Uint8Array(BLOCK);
  /** Bytes at the block's start that are of a line whose end was not yet seen. */
  let kept = 0;
  let at = start;
  while (at < end) {
    const got = readSync(fd, block, kept, Math.min(block.length - kept, end - at), at);
    // A file that has become shorter ends here.
    if (got === 0) break;
    const length = kept + got;
    const rest = scanLines(new Text(block.subarray(0, length), at - kept), 0, length, spans);
    at += got;
    kept = length - rest;
    block.copyWithin(0, rest, length);
    if (kept > LINE_LIMIT) break;
    if (kept === block.length) block = doubled(block);
  }
  addLine(new Text(block.subarray(0, kept), at - kept), 0, kept, spans);
  return spans.lines();
}

function doubled(block: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(block.length * 2);
  larger.set(block);
  return larger;
}

/** Adds the lines of `text` from `start` on that end before `end`. Returns where the next one begins. */
function scanLines(text: Text, start: number, end: number, spans: Spans): number {
  const bytes = text.bytes.subarray(0, end);
  let at = start;
  for (let newline = bytes.indexOf(NEWLINE, at); newline !== -1; newline = bytes.indexOf(NEWLINE, at)) {
    addLine(text, at, newline, spans);
    at = newline + 1;
  }
  return at;
}

/** Adds a line unless it is blank. Carriage returns that end it are no part of it. */
function addLine(text: Text, start: number, end: number, spans: Spans): void {
  const { bytes } = text;
  let stop = end;
  while (stop > start && bytes[stop - 1] === RETURN) stop--;
  let first = start;
  while (first < stop && isSpace(bytes[first]!)) first++;
  if (first < stop) spans.add(text, start, stop);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === RETURN;
}

function scanElements({ bytes, view }: Text, start: number, end: number, spans: Spans): void {
  const cursor = new JsonCursor();
  cursor.reset(bytes, start, end);
  for (let first = true; cursor.peek() !== -1; first = false) {
    if (!first) {
      cursor.expectComma();
      cursor.peek();
    }
    const element = cursor.at;
    cursor.skip();
    spans.add({ view, offset: 0 }, element, cursor.at);
  }
}

/** The spans found so far; the arrays grow. */
class Spans {
  #count = 0;
  #start = new Float64Array(1024);
  #length = new Int32Array(1024);
  #hash0 = new Int32Array(1024);
  #hash1 = new Int32Array(1024);

  add({ view, offset }: Pick<Text, "view" | "offset">, start: number, end: number): void {
    if (end - start > LINE_LIMIT) throw new ManifestError(lineTooLong(LINE_LIMIT), offset + start, 1);
    if (this.#count === this.#start.length) this.#resize(this.#count * 2);
    const index = this.#count++;
    hashSpan(view, start, end);
    this.#start[index] = offset + start;
    this.#length[index] = end - start;
    this.#hash0[index] = spanHash0;
    this.#hash1[index] = spanHash1;
  }

  lines(): ManifestLines {
    this.#resize(this.#count);
    return {
      count: this.#count,
      start: this.#start,
      length: this.#length,
      hash0: this.#hash0,
      hash1: this.#hash1,
    };
  }

  #resize(size: number): void {
    const kept = Math.min(size, this.#count);
    const start = new Float64Array(size);
    start.set(this.#start.subarray(0, kept));
    this.#start = start;
    this.#length = resized(this.#length, kept, size);
    this.#hash0 = resized(this.#hash0, kept, size);
    this.#hash1 = resized(this.#hash1, kept, size);
  }
}

function resized(array: Int32Array, kept: number, size: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(size);
  next.set(array.subarray(0, kept));
  return next;
}
