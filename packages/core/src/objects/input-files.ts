/** Reads inputs again: an object, or a member of an archive, into the bytes of a link. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { inputUnreadable } from "../diagnostics/input.js";
import { reasonOf } from "../diagnostics/output.js";
import { ArchiveIndex } from "../input/archive-index.js";
import type { InputBytes } from "./input-bytes.js";

/** Archives that are read again, each of them opened once. */
export class OpenArchives {
  readonly #archives = new Map<string, ArchiveIndex>();

  /** Throws MF0403, MF0408. */
  open(path: string): ArchiveIndex {
    const archive = this.#archives.get(path) ?? ArchiveIndex.open(path);
    this.#archives.set(path, archive);
    return archive;
  }

  /**
   * Adds the file `path` to the inputs, or where `member` is not -1 the member whose header stands there: its offset and its
   * size. Throws MF0403, MF0408.
   */
  read(input: InputBytes, path: string, member: number): [at: number, size: number] {
    if (member === -1) return readFileBytes(input, path);
    const archive = this.open(path);
    const place = archive.member(member);
    const at = input.reserve(place.size);
    archive.readMember(place, input.bytes.subarray(at, at + place.size));
    return [at, place.size];
  }

  close(): void {
    for (const archive of this.#archives.values()) archive.close();
  }
}

/** Adds a whole file. Throws MF0403. */
export function readFileBytes(input: InputBytes, path: string): [at: number, size: number] {
  try {
    const fd = openSync(path, "r");
    try {
      const { size } = fstatSync(fd);
      const at = input.reserve(size);
      for (let done = 0; done < size; ) {
        const got = readSync(fd, input.bytes, at + done, size - done, done);
        if (got === 0) throw new Error("the file became shorter while it was read");
        done += got;
      }
      return [at, size];
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (cause instanceof DiagnosticError) throw cause;
    throw new DiagnosticError(inputUnreadable({ file: path }, reasonOf(cause)));
  }
}
