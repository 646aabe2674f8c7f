/**
 * The output as the place that the bytes of a restored image come from. It is opened once and for reading only, which
 * leaves it executable, and stays what it was when it was opened even where another file has taken its name since.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { cannotRead, outputChanged } from "../diagnostics/output.js";
import { closeAnyway, type Files, readAll, systemFiles } from "./files.js";
import { type Fingerprint, sameFile, sizeOf } from "./fingerprint.js";
import type { ByteSource } from "./image-bytes.js";

export class OutputSource implements ByteSource {
  /** Bytes. */
  readonly size: number;
  readonly #path: string;
  readonly #fd: number;
  readonly #files: Files;
  #bytesRead = 0;

  /** Throws DiagnosticError: MF0301 where `path` cannot be opened, MF0304 where it is not as `fingerprint` says. */
  constructor(path: string, fingerprint: Fingerprint, files: Files = systemFiles) {
    this.#path = path;
    this.#files = files;
    this.size = sizeOf(fingerprint);
    try {
      this.#fd = files.open(path, "r");
    } catch (cause) {
      throw new DiagnosticError(cannotRead(path, cause));
    }
    try {
      if (!sameFile(fingerprint, files.fstat(this.#fd).fingerprint)) throw new DiagnosticError(outputChanged(path));
    } catch (cause) {
      this.close();
      throw cause instanceof DiagnosticError ? cause : new DiagnosticError(cannotRead(path, cause));
    }
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Throws DiagnosticError (MF0301) where the file cannot be read or has become shorter. */
  load(at: number, target: Uint8Array<SharedArrayBuffer>): void {
    let count: number;
    try {
      count = readAll(this.#files, this.#fd, target, at);
    } catch (cause) {
      throw new DiagnosticError(cannotRead(this.#path, cause));
    }
    this.#bytesRead += count;
    if (count < target.length) throw new DiagnosticError(outputChanged(this.#path));
  }

  close(): void {
    closeAnyway(this.#files, this.#fd);
  }
}
