/** An open state as numbered pages, without a view of what they mean. Counts what goes to and fro. */

import { StateError, stateTruncated } from "../diagnostics/state.js";
import { type Files, readAll, writeAll } from "../image/files.js";
import { sizeOf } from "../image/fingerprint.js";
import { PAGE_BYTES } from "./header.js";

export class PageFile {
  readonly path: string;
  readonly #files: Files;
  readonly #fd: number;
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(path: string, files: Files, fd: number) {
    this.path = path;
    this.#files = files;
    this.#fd = fd;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get size(): number {
    return sizeOf(this.#files.fstat(this.#fd).fingerprint);
  }

  /** Fills `target` from the start of `page` on. Throws StateError where the file ends before. */
  read(page: number, target: Int32Array): void {
    const count = this.readStart(page, target);
    if (count < target.byteLength) throw new StateError(stateTruncated(this.path));
  }

  /** As `read`, but returns how many bytes there were. */
  readStart(page: number, target: Int32Array): number {
    const count = readAll(this.#files, this.#fd, bytesOf(target), page * PAGE_BYTES);
    this.#bytesRead += count;
    return count;
  }

  write(page: number, words: Int32Array): void {
    this.writeAt(page * PAGE_BYTES, words);
  }

  /** `at` in bytes. */
  writeAt(at: number, words: Int32Array): void {
    this.#bytesWritten += writeAll(this.#files, this.#fd, bytesOf(words), at);
  }

  /** Makes the file `pages` long; what is not written is a hole. */
  resize(pages: number): void {
    this.#files.truncate(this.#fd, pages * PAGE_BYTES);
  }

  close(): void {
    this.#files.close(this.#fd);
  }
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
