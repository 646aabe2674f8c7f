/**
 * Replaces code in a running program, so that it goes on with its data. The process is stopped as a whole, the places
 * of its threads are checked, the bytes are written and read back, and the process goes on; where a thread still needs
 * the old code it is let go for a moment and asked again. A refusal leaves the program as it was: the caller starts it
 * anew.
 *
 * A program counter is always at an instruction's first byte, so a field inside an instruction (a displacement, an
 * immediate) may change whenever no counter is in the field itself: the instruction runs as the old one or the new one.
 * On x86-64 the processors need no more than that: each returns from the kernel before it runs program code again,
 * which serialises (Intel SDM 3A, "Handling Self- and Cross-Modifying Code").
 *
 * Only x86-64 and only this process: what it has forked keeps the old code. Interrupting a program by SIGSTOP can show:
 * some system calls (`epoll_wait` among them) return EINTR then, and a handler for SIGCONT runs; see signal(7).
 */

import { realpathSync } from "node:fs";
import { reasonOf } from "@manifold/core";
import { findActive, type Wanted } from "./active-code.js";
import { AddressRanges } from "./address-ranges.js";
import { executablePath, isMappedFrom, loadBase, ProcessMemory, readMappings } from "./process-memory.js";
import { liveThreads, pause, tracerOf, whileStopped } from "./process-threads.js";

/** What an update changed in the loaded image; addresses as in the file (a PIE's load base is added by hotSwap). */
export interface HotPatch {
  /**
   * Code bytes to write: address and new bytes; ascending and disjoint. No piece may be wider than what changed: a
   * thread that will return into a piece holds the swap up.
   */
  readonly code: readonly CodePiece[];
  /**
   * Address ranges of the function bodies that were replaced (old extents): no thread may be inside or return into
   * them. Pointers to their starts stay in use: what has moved elsewhere must still be there in its old form, or
   * `unsafe` says so.
   */
  readonly replaced: readonly {
    readonly address: number;
    readonly size: number;
    /** For the reason of a refusal. */
    readonly name?: string;
  }[];
  /** Why the update as a whole cannot be swapped (moved data, changed layout, …); undefined when it can. */
  readonly unsafe: string | undefined;
}

interface CodePiece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export type HotResult =
  | {
      readonly swapped: true;
      /** Bytes written. */
      readonly bytes: number;
    }
  | {
      readonly swapped: false;
      /** Part of a sentence, for people. */
      readonly reason: string;
    };

/** A refusal that a moment may change. */
type Attempt = HotResult | { readonly swapped: "later"; readonly reason: string };

/** Milliseconds between attempts: a function that is seldom active is soon left, a loop may take its time. */
const PAUSES = [1, 2, 5, 10, 20, 40, 60, 80];

/**
 * Writes `patch` into the process `pid`, which executes the file `program`. Blocks for as long as a quarter of a second
 * where threads are in the way, twice that where they do not stop. It does not throw for what the process does or is:
 * a process that ended, cannot be written to or is another program is a reason.
 */
export function hotSwap(pid: number, program: string, patch: HotPatch): HotResult {
  if (patch.unsafe !== undefined) return refusal(patch.unsafe);
  // A signal to 0 or below would reach whole groups of processes.
  if (!Number.isInteger(pid) || pid <= 0) return refusal("the program is not running");
  for (const next of PAUSES) {
    const result = guarded(pid, () => attempt(pid, program, patch));
    if (result.swapped !== "later") return result;
    pause(next);
  }
  const result = guarded(pid, () => attempt(pid, program, patch));
  return result.swapped === "later" ? refusal(result.reason) : result;
}

function refusal(reason: string): HotResult & { readonly swapped: false } {
  return { swapped: false, reason };
}

/** Turns what the system says into a refusal; any other error is a fault of the linker's. */
function guarded(pid: number, act: () => Attempt): Attempt {
  try {
    return act();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    return refusal(
      liveThreads(pid).length === 0 ? "the program has ended" : `the process cannot be changed: ${reasonOf(cause)}`,
    );
  }
}

function attempt(pid: number, program: string, patch: HotPatch): Attempt {
  // The first thread may have ended before the others, and what the process is can be seen through a live one only.
  const [live] = liveThreads(pid);
  if (live === undefined) return refusal("the program has ended");
  const path = executablePath(live);
  if (path.replace(/ \(deleted\)$/, "") !== realpathSync(program, "latin1"))
    return refusal(`the process executes ${path}`);
  const tracer = tracerOf(live);
  if (tracer !== 0) return refusal(`process ${tracer} is debugging it`);
  return whileStopped(pid, (threads) => {
    if (threads === undefined) return refusal("a thread does not stop");
    const [through] = threads;
    if (through === undefined) return refusal("the program has ended");
    const base = loadBase(through);
    if (base === undefined) return refusal("it is not a 64-bit x86-64 program");
    const mappings = readMappings(through);
    const pieces = patch.code.map(({ address, bytes }) => ({ address: base + address, bytes }));
    const outside = pieces.find(({ address, bytes }) => !isMappedFrom(mappings, path, address, address + bytes.length));
    if (outside !== undefined)
      return refusal(`the code at ${hex(outside.address - base)} is beyond what the process has mapped`);
    const memory = new ProcessMemory(through);
    try {
      const active = findActive({ pid, threads, mappings, memory }, wantedBy(patch, base));
      return active === undefined ? write(memory, pieces) : { swapped: "later", reason: active };
    } finally {
      memory.close();
    }
  });
}

function wantedBy(patch: HotPatch, base: number): Wanted {
  const ranges = [
    ...patch.replaced.map(({ address, size, name }) => ({
      address,
      size,
      label: name ?? `the code at ${hex(address)}`,
    })),
    ...patch.code.map(({ address, bytes }) => ({ address, size: bytes.length, label: `the code at ${hex(address)}` })),
  ];
  const from = (skipped: number) =>
    new AddressRanges(
      ranges.map(({ address, size, label }) => ({
        start: base + address + skipped,
        end: base + address + size,
        label,
      })),
    );
  return { places: from(0), returns: from(1) };
}

/** Writes all pieces or none. */
function write(memory: ProcessMemory, pieces: readonly CodePiece[]): HotResult {
  const old = pieces.map(({ address, bytes }) => ({ address, bytes: memory.read(address, bytes.length) }));
  let complete = false;
  try {
    for (const { address, bytes } of pieces) memory.write(address, bytes);
    complete = pieces.every(({ address, bytes }) => Buffer.compare(memory.read(address, bytes.length), bytes) === 0);
  } finally {
    if (!complete) for (const { address, bytes } of old) memory.write(address, bytes);
  }
  if (!complete) return refusal("what was written is not what is there");
  return { swapped: true, bytes: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
