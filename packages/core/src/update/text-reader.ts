/** Parts of a manifest, read where they stand. */

import { closeSync, openSync, readSync } from "node:fs";

/** Reads parts of a manifest. */
export class TextReader {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, "r");
  }

  read(start: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, length));
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, bytes.length, start));
  }

  close(): void {
    closeSync(this.#fd);
  }
}
