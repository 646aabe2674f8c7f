/**
 * Another process's memory through `/proc` (proc(5)): what is mapped where, and the bytes. The kernel grants it for
 * processes that the caller may trace, such as its own children. Writing goes past page protection: read-only and
 * executable pages of a private mapping are copied for that process alone, the file stays as it is.
 *
 * Each `pid` may be the id of any thread of the process; one that has ended shows nothing any more.
 *
 * Addresses are Numbers: user space ends at 2^47. Failures are thrown as Node's errors with their `code`; memory of a
 * process that has ended is ESRCH.
 */

import { closeSync, openSync, readFileSync, readlinkSync, readSync, writeSync } from "node:fs";
import { EM } from "@manifold/core";
import { readElfHeader } from "./elf-header.js";

/** One line of `/proc/PID/maps`. */
export interface Mapping {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** `rwx` and `p` (private) or `s` (shared); `-` for what is missing. */
  readonly permissions: string;
  /** The mapped file, `[stack]` and the like, or nothing. A file that was replaced has ` (deleted)` behind it. */
  readonly path: string;
}

/** Start, end, permissions, offset, device, inode, path. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) [0-9a-f]+ \S+ \d+ *(.*)$/;

/** Mappings in ascending order, without what lies outside user space (`[vsyscall]`). */
export function parseMappings(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split("\n")) {
    const [, start, end, permissions, path] = MAPPING.exec(line) ?? [];
    if (start === undefined || end === undefined || permissions === undefined || path === undefined) continue;
    const mapping = { start: Number.parseInt(start, 16), end: Number.parseInt(end, 16), permissions, path };
    if (Number.isSafeInteger(mapping.end)) mappings.push(mapping);
  }
  return mappings;
}

/** What `pid` has mapped now; nothing for one that has ended and was not waited for. */
export function readMappings(pid: number): Mapping[] {
  return parseMappings(readFileSync(`/proc/${pid}/maps`, "latin1"));
}

/** Whether all of `[start, end)` is mapped from the file at `path`. */
export function isMappedFrom(mappings: readonly Mapping[], path: string, start: number, end: number): boolean {
  let reached = start;
  for (const mapping of mappings) {
    if (mapping.path === path && mapping.start <= reached && reached < mapping.end) reached = mapping.end;
  }
  return reached >= end;
}

/** The file that `pid` executes, spelled as in its mappings. */
export function executablePath(pid: number): string {
  return readlinkSync(`/proc/${pid}/exe`, "latin1");
}

/** The entry's type in the auxiliary vector (x86-64 psABI, "Auxiliary Vector"): the program's entry point. */
const AT_ENTRY = 9;

/**
 * What is added to an address in the file that `pid` executes: 0 for an ET_EXEC file. It follows from where the entry
 * point came to lie. Undefined where the file is not a 64-bit x86-64 one, or the process has ended.
 */
export function loadBase(pid: number): number | undefined {
  // This link leads to the file that was started, also when its name belongs to a newer one by now.
  const header = readElfHeader(`/proc/${pid}/exe`);
  if (header?.machine !== EM.X86_64) return undefined;
  const auxiliary = readFileSync(`/proc/${pid}/auxv`);
  for (let at = 0; at + 16 <= auxiliary.length; at += 16) {
    if (auxiliary.readUInt32LE(at) !== AT_ENTRY) continue;
    return auxiliary.readUInt32LE(at + 8) + auxiliary.readUInt32LE(at + 12) * 0x1_0000_0000 - header.entry;
  }
  return undefined;
}

/** The memory of one process, open for reading and writing until `close`. It does not follow an `execve`. */
export class ProcessMemory {
  readonly #fd: number;

  constructor(pid: number) {
    this.#fd = openSync(`/proc/${pid}/mem`, "r+");
  }

  /** `size` bytes at `address`, in a buffer of their own; EIO where some of them are not mapped. */
  read(address: number, size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      done += progress(readSync(this.#fd, bytes, done, size - done, address + done));
    }
    return bytes;
  }

  /** Writes all of `bytes`; EIO where the memory is not mapped or the kernel forbids it. */
  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += progress(writeSync(this.#fd, bytes, done, bytes.length - done, address + done));
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Nothing was transferred: the address space is gone. */
function progress(transferred: number): number {
  if (transferred > 0) return transferred;
  throw Object.assign(new Error("the process has ended"), { code: "ESRCH" });
}
