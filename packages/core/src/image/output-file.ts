/**
 * The file behind an image. A whole image is written to a file of another name in the same directory, which takes the
 * output's name when all bytes are there: whatever goes wrong, what was there before stays. An output that this session
 * wrote before, and that nobody touched since, is brought up to date by writing its dirty ranges.
 *
 * The output is never held open between flushes: a file that is open for writing cannot be executed.
 */

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { cannotWrite } from "../diagnostics/output.js";

/** Bytes a single write takes at most; Linux itself stops a little below 2 GiB. */
const WRITE_LIMIT = 2 ** 30;

/** What tells that a file is the one that was written last. */
interface Fingerprint {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

export class OutputFile {
  readonly #path: string;
  readonly #mode: number;
  #written: Fingerprint | undefined;

  /** `mode` as for open(2), before the umask. */
  constructor(path: string, mode: number) {
    this.#path = path;
    this.#mode = mode;
  }

  /**
   * Brings the file up to date with `bytes[0, size)`, of which `ranges` differ from what was written last. Returns how
   * many bytes were written. Throws DiagnosticError, with the file as it was, where that fails.
   */
  flush(bytes: Uint8Array, size: number, ranges: readonly (readonly [start: number, end: number])[]): number {
    try {
      if (this.#isOurs()) {
        const patched = this.#patch(bytes, size, ranges);
        if (patched !== undefined) return patched;
      }
      return this.#replace(bytes, size);
    } catch (cause) {
      if (cause instanceof DiagnosticError) throw cause;
      throw new DiagnosticError(cannotWrite(this.#path, cause));
    }
  }

  #isOurs(): boolean {
    const stats = this.#written && statSync(this.#path, { throwIfNoEntry: false });
    return stats !== undefined && sameFile(this.#written!, stats);
  }

  /** Writes ranges in place; undefined where the program is running and cannot be written to. */
  #patch(bytes: Uint8Array, size: number, ranges: readonly (readonly [number, number])[]): number | undefined {
    const resized = this.#written!.size !== size;
    if (ranges.length === 0 && !resized) return 0;
    let fd: number;
    try {
      fd = openSync(this.#path, "r+");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ETXTBSY") return undefined;
      throw cause;
    }
    // From here on a failure leaves a file that is neither old nor new: it is not ours until all is written.
    this.#written = undefined;
    try {
      if (resized) ftruncateSync(fd, size);
      let written = 0;
      for (const [start, end] of ranges) written += writeAll(fd, bytes, start, end);
      this.#written = fstatSync(fd);
      return written;
    } finally {
      closeSync(fd);
    }
  }

  #replace(bytes: Uint8Array, size: number): number {
    const existing = statSync(this.#path, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    if (existing && !existing.isFile()) return this.#writeDevice(bytes, size);
    const target = existing ? realpathSync(this.#path) : linkTarget(this.#path);
    // A name of 60 UTF-16 units takes at most 180 bytes, which leaves room for the rest in the 255 that Linux allows.
    const name = basename(target).slice(0, 60);
    const temporary = join(dirname(target), `.${name}.${process.pid}-${Date.now().toString(36)}.tmp`);
    const fd = openSync(temporary, "wx", this.#mode);
    try {
      try {
        writeAll(fd, bytes, 0, size);
        this.#written = fstatSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, target);
    } catch (cause) {
      this.#written = undefined;
      unlinkSync(temporary);
      throw cause;
    }
    return size;
  }

  #writeDevice(bytes: Uint8Array, size: number): number {
    const fd = openSync(this.#path, "w");
    try {
      return writeAll(fd, bytes, 0, size);
    } finally {
      closeSync(fd);
    }
  }
}

function sameFile(written: Fingerprint, stats: Stats): boolean {
  return written.ino === stats.ino && written.size === stats.size && written.mtimeMs === stats.mtimeMs;
}

/** Writes `bytes[start, end)` at the same offsets of the file; returns how many. */
function writeAll(fd: number, bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; ) at += writeSync(fd, bytes, at, Math.min(WRITE_LIMIT, end - at), at);
  return end - start;
}

/** Where a symbolic link points whose target does not exist yet; any other path is itself. */
function linkTarget(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink ? resolve(dirname(path), readlinkSync(path)) : path;
}
