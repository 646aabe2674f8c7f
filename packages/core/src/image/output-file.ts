/**
 * The file behind an image. A whole image is written to a file of another name in the same directory, which takes the
 * output's name when all bytes are there: whatever goes wrong, what was there before stays. An output that was written
 * before, and that nobody touched since, is brought up to date by writing its dirty ranges: in place, undone where that
 * fails; or in a new file that takes its name, where the output is being executed or has other names, under which
 * nobody asked for a change.
 *
 * The output is never held open between flushes: a file that is open for writing cannot be executed.
 */

import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { cannotWrite, damagedOutput, outputChanged } from "../diagnostics/output.js";
import {
  discard,
  discardStale,
  type FileFacts,
  type Files,
  readAll,
  systemFiles,
  temporaryName,
  writeAll,
} from "./files.js";
import { type Fingerprint, linksOf, sameContents, sameFile, sizeOf } from "./fingerprint.js";

export type Ranges = readonly (readonly [start: number, end: number])[];

export interface FlushOptions {
  /** `bytes` holds nothing but the ranges: the image of a restored session, of which most is in the file alone. */
  readonly partial?: boolean;
}

/** Old bytes that are kept at most while they are overwritten; a larger change is made in a new file. */
const UNDO_LIMIT = 64 * 2 ** 20;
const PERMISSIONS = 0o777;
const EXECUTABLE = 0o111;
const OWNER_WRITES = 0o200;

export class OutputFile {
  readonly #path: string;
  readonly #mode: number;
  readonly #files: Files;
  #written: Fingerprint | undefined;

  /** `mode` as for open(2), before the umask. */
  constructor(path: string, mode: number, files: Files = systemFiles) {
    this.#path = path;
    this.#mode = mode;
    this.#files = files;
  }

  /** The file as it was written last; undefined where nothing was, or where it is a device. */
  get fingerprint(): Fingerprint | undefined {
    return this.#written;
  }

  /** Takes a file for the one that was written last, on the word of a restored state. */
  adopt(fingerprint: Fingerprint): void {
    this.#written = fingerprint;
  }

  /**
   * Brings the file up to date with `bytes[0, size)`, of which `ranges` (ascending, disjoint, within `size`) differ from
   * what was written last. Returns how many bytes were written. Throws DiagnosticError where that fails, with the file
   * as it was: MF0302, MF0304 where the image is partial and the file is not the one that the ranges belong to, and
   * MF0305 in the one case where the file is damaged, because restoring it failed as well.
   */
  flush(bytes: Uint8Array, size: number, ranges: Ranges, { partial = false }: FlushOptions = {}): number {
    try {
      const existing = this.#files.stat(this.#path);
      if (this.#isOurs(existing?.fingerprint)) {
        if (ranges.length === 0 && sizeOf(this.#written!) === size) return 0;
        return this.#patch(existing!, bytes, size, ranges, partial);
      }
      if (partial) throw new DiagnosticError(outputChanged(this.#path));
      return this.#replace(existing, bytes, size);
    } catch (cause) {
      if (cause instanceof DiagnosticError) throw cause;
      throw new DiagnosticError(cannotWrite(this.#path, cause));
    }
  }

  #isOurs(fingerprint: Fingerprint | undefined): boolean {
    return this.#written !== undefined && fingerprint !== undefined && sameFile(this.#written, fingerprint);
  }

  #patch(existing: FileFacts, bytes: Uint8Array, size: number, ranges: Ranges, partial: boolean): number {
    const large = ranges.reduce((sum, [start, end]) => sum + end - start, 0) > UNDO_LIMIT;
    const elsewhere = (): number =>
      partial ? this.#patchCopy(bytes, size, ranges) : this.#replace(existing, bytes, size);
    if (large || linksOf(existing.fingerprint) > 1) return elsewhere();
    let fd: number;
    try {
      fd = this.#files.open(this.#path, "r+");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ETXTBSY") return elsewhere();
      throw cause;
    }
    try {
      // What was opened need not be what was looked at a moment before.
      if (this.#isOurs(this.#files.fstat(fd).fingerprint)) return this.#patchInPlace(fd, bytes, size, ranges);
    } finally {
      this.#files.close(fd);
    }
    if (partial) throw new DiagnosticError(outputChanged(this.#path));
    return this.#replace(existing, bytes, size);
  }

  #patchInPlace(fd: number, bytes: Uint8Array, size: number, ranges: Ranges): number {
    const oldSize = sizeOf(this.#written!);
    const undo = new Undo(this.#files, fd, oldSize, size < oldSize ? [...ranges, [size, oldSize]] : ranges);
    try {
      const written = this.#writeRanges(fd, bytes, oldSize, size, ranges, undo);
      this.#written = this.#files.fstat(fd).fingerprint;
      return written;
    } catch (cause) {
      this.#written = undefined;
      try {
        this.#written = undo.run();
      } catch {
        throw new DiagnosticError(damagedOutput(this.#path, cause));
      }
      throw cause;
    }
  }

  /** Makes the change in a copy, since what is not in the ranges is nowhere but in the file. */
  #patchCopy(bytes: Uint8Array, size: number, ranges: Ranges): number {
    const target = this.#files.resolve(this.#path);
    return this.#asTemporary(target, (temporary) => {
      this.#files.copy(target, temporary);
      const now = this.#files.stat(target)?.fingerprint;
      if (!this.#isOurs(now)) throw new DiagnosticError(outputChanged(this.#path));
      const fd = this.#files.open(temporary, "r+");
      try {
        return this.#writeRanges(fd, bytes, sizeOf(this.#written!), size, ranges);
      } finally {
        this.#files.close(fd);
      }
    });
  }

  /** Writes all of the image. */
  #replace(existing: FileFacts | undefined, bytes: Uint8Array, size: number): number {
    if (existing?.kind === "directory") throw Object.assign(new Error(), { code: "EISDIR" });
    if (existing?.kind === "other") return this.#writeDevice(bytes, size);
    return this.#asTemporary(this.#files.resolve(this.#path), (temporary) => {
      const fd = this.#files.open(temporary, "wx", this.#mode);
      try {
        if (existing !== undefined) {
          const executable = this.#files.fstat(fd).mode & EXECUTABLE;
          this.#files.chmod(fd, (existing.mode & PERMISSIONS) | executable | OWNER_WRITES);
        }
        return writeAll(this.#files, fd, bytes.subarray(0, size), 0);
      } finally {
        this.#files.close(fd);
      }
    });
  }

  /** Gives what `write` makes the name `target`. Nothing stays behind where it throws, and `target` is as it was. */
  #asTemporary(target: string, write: (temporary: string) => number): number {
    const files = this.#files;
    discardStale(files, target);
    const temporary = temporaryName(target);
    let fresh: Fingerprint | undefined;
    let written: number;
    try {
      written = write(temporary);
      fresh = files.stat(temporary)?.fingerprint;
      files.rename(temporary, target);
    } catch (cause) {
      discard(files, temporary);
      throw cause;
    }
    this.#written = this.#afterRename(fresh, target);
    return written;
  }

  /** The rename changed the inode's time: looked up once more, and believed if all else is as it was. */
  #afterRename(fresh: Fingerprint | undefined, target: string): Fingerprint | undefined {
    try {
      const now = this.#files.stat(target)?.fingerprint;
      return fresh !== undefined && now !== undefined && sameContents(fresh, now) ? now : undefined;
    } catch {
      // The output is complete; all that is lost is that it can be brought up to date in place.
      return undefined;
    }
  }

  /** What makes the file larger comes first: where the disk is full, nothing has been overwritten by then. */
  #writeRanges(fd: number, bytes: Uint8Array, oldSize: number, size: number, ranges: Ranges, undo?: Undo): number {
    let written = 0;
    for (const [start, end] of ranges) {
      const from = Math.max(start, oldSize);
      if (end > from) written += writeAll(this.#files, fd, bytes.subarray(from, end), from);
    }
    if (size > oldSize) this.#files.truncate(fd, size);
    for (const [start, end] of ranges) {
      if (start >= oldSize) continue;
      undo?.next();
      written += writeAll(this.#files, fd, bytes.subarray(start, Math.min(end, oldSize)), start);
    }
    if (size < oldSize) {
      undo?.next();
      this.#files.truncate(fd, size);
    }
    return written;
  }

  #writeDevice(bytes: Uint8Array, size: number): number {
    const fd = this.#files.open(this.#path, "w");
    try {
      return writeAll(this.#files, fd, bytes.subarray(0, size), 0);
    } finally {
      this.#files.close(fd);
    }
  }
}

/** The old bytes of ranges that are about to be overwritten. */
class Undo {
  readonly #files: Files;
  readonly #fd: number;
  readonly #size: number;
  readonly #old: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  #begun = 0;

  /** Reads them: parts of `ranges` behind `size`, the file's, are not there to be kept. */
  constructor(files: Files, fd: number, size: number, ranges: Ranges) {
    this.#files = files;
    this.#fd = fd;
    this.#size = size;
    this.#old = ranges
      .filter(([start]) => start < size)
      .map(([start, end]) => {
        const bytes = Buffer.allocUnsafe(Math.min(end, size) - start);
        if (readAll(files, fd, bytes, start) < bytes.length) throw Object.assign(new Error(), { code: "EIO" });
        return { at: start, bytes };
      });
  }

  /** The next of the ranges is about to be overwritten. */
  next(): void {
    this.#begun++;
  }

  /** Restores the file; returns what it is then. */
  run(): Fingerprint {
    for (const { at, bytes } of this.#old.slice(0, this.#begun)) writeAll(this.#files, this.#fd, bytes, at);
    this.#files.truncate(this.#fd, this.#size);
    return this.#files.fstat(this.#fd).fingerprint;
  }
}
