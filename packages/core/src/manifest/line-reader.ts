/** Reads declarations of a manifest file again, by where a scan has found them. */

import { closeSync, openSync, readSync } from "node:fs";
import type { ManifestLines } from "./scan-manifest.js";
import { hashSpan, spanHash0, spanHash1 } from "./span-hash.js";

/** A manifest is not what it was a moment ago: whatever was read of it is to be read again. */
export class ManifestChanged extends Error {
  override readonly name = "ManifestChanged";

  constructor(path: string) {
    super(`${path} has changed while it was read`);
  }
}

/** So much is read at a time; lines that are read mostly follow each other. */
const BLOCK = 1 << 16;

export class LineReader {
  readonly #path: string;
  readonly #lines: ManifestLines;
  readonly #fd: number;
  #block = Buffer.allocUnsafe(BLOCK);
  /** What of the file is in the block: `[start, end)`. */
  #start = 0;
  #end = 0;

  /** `lines` as a scan of the file at `path` found them. Throws what `fs` throws. */
  constructor(path: string, lines: ManifestLines) {
    this.#path = path;
    this.#lines = lines;
    this.#fd = openSync(path, "r");
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The beginning of a line, all of it where it is no longer than a block: a view that the next call overwrites. */
  head(line: number): Buffer {
    return this.#read(line, BLOCK);
  }

  /** A whole line: a view that the next call overwrites. Throws ManifestChanged where it is not the one that was scanned. */
  line(line: number): Buffer {
    const bytes = this.#read(line, Number.POSITIVE_INFINITY);
    const { hash0, hash1, length } = this.#lines;
    hashSpan(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
    if (bytes.length !== length[line] || spanHash0 !== hash0[line] || spanHash1 !== hash1[line])
      throw new ManifestChanged(this.#path);
    return bytes;
  }

  #read(line: number, limit: number): Buffer {
    const start = this.#lines.start[line]!;
    const length = Math.min(this.#lines.length[line]!, limit);
    if (start < this.#start || start + length > this.#end) this.#fetch(start, length);
    return this.#block.subarray(start - this.#start, Math.min(start + length, this.#end) - this.#start);
  }

  #fetch(start: number, length: number): void {
    if (length > this.#block.length) this.#block = Buffer.allocUnsafe(length);
    this.#start = start;
    this.#end = start;
    while (this.#end < start + length) {
      const at = this.#end - start;
      const got = readSync(this.#fd, this.#block, at, this.#block.length - at, this.#end);
      if (got === 0) return;
      this.#end += got;
    }
  }
}
