/**
 * The calls into the file system that the output and its state are written with, as an object that can be exchanged:
 * tests put one in its place that fails, writes short or stops dead at any call. No file outside of this module that
 * writes the output or its state imports `node:fs`.
 *
 * Whoever writes counts on the order of calls alone, never on bytes having reached the disk: what is promised holds
 * where the process dies, not where the machine does.
 */

import {
  type BigIntStats,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { hash0, hashBytes } from "../memory/hash.js";
import { type Fingerprint, fingerprintOf } from "./fingerprint.js";

/** What there is to know about a path or an open file. */
export interface FileFacts {
  readonly kind: "file" | "directory" | "other";
  /** Permission bits. */
  readonly mode: number;
  readonly fingerprint: Fingerprint;
}

/** All throw as Node's `fs` does. Offsets and sizes are bytes. */
export interface Files {
  open(path: string, flags: "r" | "r+" | "w" | "wx", mode?: number): number;
  close(fd: number): void;
  /** Fills `target` from `at` on as far as one call does; returns how many bytes. */
  read(fd: number, target: Uint8Array, at: number): number;
  /** Writes `source` at `at` as far as one call does; returns how many bytes. */
  write(fd: number, source: Uint8Array, at: number): number;
  truncate(fd: number, size: number): void;
  /** Follows symbolic links; undefined where there is nothing. */
  stat(path: string): FileFacts | undefined;
  fstat(fd: number): FileFacts;
  chmod(fd: number, mode: number): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** The names in a directory. */
  list(directory: string): string[];
  /** A copy with the same permissions, sharing blocks where the file system can; `to` must not exist. */
  copy(from: string, to: string): void;
  /** The path without symbolic links; where it points at nothing yet, the path that it points at. */
  resolve(path: string): string;
}

const BIGINT = { bigint: true } as const;

export const systemFiles: Files = {
  open: (path, flags, mode) => openSync(path, flags, mode),
  close: (fd) => closeSync(fd),
  read: (fd, target, at) => readSync(fd, target, 0, target.length, at),
  write: (fd, source, at) => writeSync(fd, source, 0, source.length, at),
  truncate: (fd, size) => ftruncateSync(fd, size),
  stat: (path) => {
    const stats = statSync(path, { ...BIGINT, throwIfNoEntry: false });
    return stats && factsOf(stats);
  },
  fstat: (fd) => factsOf(fstatSync(fd, BIGINT)),
  chmod: (fd, mode) => fchmodSync(fd, mode),
  rename: (from, to) => renameSync(from, to),
  unlink: (path) => unlinkSync(path),
  list: (directory) => readdirSync(directory),
  copy: (from, to) => copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL),
  resolve: (path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return path;
    if (stats.isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined)
      return resolve(dirname(path), readlinkSync(path));
    return realpathSync(path);
  },
};

function factsOf(stats: BigIntStats): FileFacts {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  return { kind, mode: Number(stats.mode) & 0o7777, fingerprint: fingerprintOf(stats) };
}

/** Bytes a single call takes at most; Linux itself stops a little below 2 GiB. */
const CALL_LIMIT = 2 ** 30;

/** Writes all of `source` at `at`; returns how many bytes that are. */
export function writeAll(files: Files, fd: number, source: Uint8Array, at: number): number {
  for (let done = 0; done < source.length; ) {
    const count = files.write(fd, source.subarray(done, done + CALL_LIMIT), at + done);
    // No file system should take nothing and call that a success; waiting for it to take more could last for ever.
    if (count === 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
    done += count;
  }
  return source.length;
}

/** Fills `target` from `at` on; returns how many bytes there were, fewer than asked for where the file ends. */
export function readAll(files: Files, fd: number, target: Uint8Array, at: number): number {
  let done = 0;
  while (done < target.length) {
    const count = files.read(fd, target.subarray(done, done + CALL_LIMIT), at + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** A name beside `target` for what shall take its place. */
export function temporaryName(target: string): string {
  const unique = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  return join(dirname(target), `${temporaryPrefix(target)}${process.pid}-${unique}.tmp`);
}

/** Removes the temporary files of `target` that processes of this machine left which are no more: killed ones. */
export function discardStale(files: Files, target: string): void {
  const prefix = temporaryPrefix(target);
  const directory = dirname(target);
  let names: string[];
  try {
    names = files.list(directory);
  } catch {
    return;
  }
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^([1-9]\d{0,9})-[0-9a-z]+\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (pid !== undefined && isGone(Number(pid))) discard(files, join(directory, name));
  }
}

function temporaryPrefix(target: string): string {
  // A name of 60 UTF-16 units takes at most 180 bytes, which leaves room for the rest in the 255 that Linux allows.
  return `.${basename(target).slice(0, 60)}.${processSpace()}-`;
}

let space: string | undefined;

/** Where numbers of processes mean what they mean here: others may share the directory, from a container or over a network. */
function processSpace(): string {
  if (space !== undefined) return space;
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Without /proc, machines are told apart, and containers of one machine by their host names only.
  }
  const bytes = Buffer.from(`${hostname()} ${namespace}`);
  hashBytes(bytes, 0, bytes.length);
  space = (hash0 >>> 0).toString(36);
  return space;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Removes what may or may not be there, and does not mind where that fails. */
export function discard(files: Files, path: string): void {
  try {
    files.unlink(path);
  } catch {
    // Whoever calls has a better reason to give than that.
  }
}

/** Closes what was only read, or is not trusted before it has been checked: it does not matter where that fails. */
export function closeAnyway(files: Files, fd: number): void {
  try {
    files.close(fd);
  } catch {
    // As above.
  }
}
