/**
 * ASCII text to a file, through one large buffer. Building half a gigabyte of manifest is mostly storing bytes, so the
 * text never becomes a string of any length.
 */

import { closeSync, openSync, writeSync } from "node:fs";

const DIGITS = Buffer.from("0123456789abcdef");

export class TextWriter {
  private buffer: Buffer = Buffer.allocUnsafe(1 << 20);
  private size = 0;

  /** Bytes held since the last `take` or `clear`. */
  get length(): number {
    return this.size;
  }

  text(text: string): void {
    this.reserve(text.length);
    const { buffer } = this;
    let at = this.size;
    for (let i = 0; i < text.length; i++) buffer[at++] = text.charCodeAt(i);
    this.size = at;
  }

  hex(bytes: Uint8Array, size: number): void {
    this.reserve(size * 2);
    const { buffer } = this;
    let at = this.size;
    for (let i = 0; i < size; i++) {
      const byte = bytes[i]!;
      buffer[at++] = DIGITS[byte >> 4]!;
      buffer[at++] = DIGITS[byte & 15]!;
    }
    this.size = at;
  }

  /** Appends bytes `from`..`to` of another writer. */
  copy(other: TextWriter, from: number, to: number): void {
    this.reserve(to - from);
    other.buffer.copy(this.buffer, this.size, from, to);
    this.size += to - from;
  }

  clear(): void {
    this.size = 0;
  }

  /** Writes all to the file and starts anew. */
  flushTo(file: number): void {
    let done = 0;
    while (done < this.size) done += writeSync(file, this.buffer, done, this.size - done);
    this.size = 0;
  }

  private reserve(more: number): void {
    if (this.size + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.size + more));
    this.buffer.copy(larger, 0, 0, this.size);
    this.buffer = larger;
  }
}

/** A text file that is written in pieces of at least 8 MiB. */
export class TextFile {
  readonly writer: TextWriter = new TextWriter();
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, "w");
  }

  flushWhenLarge(): void {
    if (this.writer.length >= 8 << 20) this.writer.flushTo(this.file);
  }

  close(): void {
    this.writer.flushTo(this.file);
    closeSync(this.file);
  }
}
