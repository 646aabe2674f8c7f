/**
 * Fetches the text of a chunk: from the byte before its start to the end of the last line that begins within it. The
 * buffer is reused from chunk to chunk, so that a manifest of any size takes a few megabytes per worker.
 */

import { closeSync, openSync, readSync } from "node:fs";
import { blame, ManifestError, TEXT_LEAD, type TextualSource } from "@manifold/core";

const NEWLINE = 0x0a;
/** How much more is read at a time to find the end of the chunk's last line. */
const MORE = 1 << 16;
/** A declaration's text must fit one buffer with room to spare. */
const LINE_LIMIT = 2 ** 30;

export class ChunkText {
  /** The text is `bytes[0, end)`; `bytes[0]` is the byte before the chunk's start. */
  bytes: Uint8Array = new Uint8Array();
  end = 0;
  /** Where the chunk's own part ends: lines that begin at or behind it belong to the next chunk. */
  limit = 0;
  #fd = -1;
  #path = "";

  /** Fetches the chunk `[start, stop)` of `source`. Throws an `fs` error, or ManifestError for a line without end. */
  fetch(source: TextualSource, start: number, stop: number): void {
    const length = stop - start + TEXT_LEAD;
    this.limit = length;
    if (source.kind === "text") {
      this.bytes = new Uint8Array(source.buffer, start - TEXT_LEAD);
      const newline = this.bytes.indexOf(NEWLINE, length - 1);
      this.end = newline === -1 ? this.bytes.length : newline + 1;
      return;
    }
    this.#open(source.path);
    this.#reserve(length);
    this.end = this.#read(0, start - TEXT_LEAD, length);
    if (source.spelling === "lines") this.#completeLine(start - TEXT_LEAD);
  }

  close(): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
    this.#path = "";
  }

  /** Reads on to the end of the line that holds the chunk's last byte. */
  #completeLine(fileStart: number): void {
    if (this.end < this.limit || this.bytes[this.limit - 1] === NEWLINE) return;
    for (let from = this.limit; ; from = this.end) {
      if (from > LINE_LIMIT) throw new ManifestError(blame.lineTooLong(LINE_LIMIT), this.limit - 1, 1);
      this.#reserve(from + MORE);
      const got = this.#read(from, fileStart + from, MORE);
      const newline = this.bytes.subarray(from, from + got).indexOf(NEWLINE);
      this.end = newline === -1 ? from + got : from + newline + 1;
      if (newline !== -1 || got < MORE) return;
    }
  }

  #open(path: string): void {
    if (path === this.#path) return;
    this.close();
    this.#fd = openSync(path, "r");
    this.#path = path;
  }

  #read(at: number, position: number, length: number): number {
    let got = 0;
    while (got < length) {
      const count = readSync(this.#fd, this.bytes, at + got, length - got, position + got);
      if (count === 0) break;
      got += count;
    }
    return got;
  }

  #reserve(length: number): void {
    if (this.bytes.buffer instanceof SharedArrayBuffer) this.bytes = new Uint8Array(length + MORE);
    if (length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(length + MORE, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
  }
}
