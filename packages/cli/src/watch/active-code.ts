/**
 * Which thread still needs code that is to be replaced. All threads stand still meanwhile. A thread needs it where its
 * program counter is inside, or where a word of its stack is an address inside: that may be a number or left over from
 * an earlier call, but every return address is among them.
 *
 * Words that equal the start of a range count for program counters only: they are pointers to the function, which go
 * on being good, and no call returns there. What is out of sight: a stack that no thread is on (coroutines, and what a
 * signal handler on an alternate stack interrupted, save for the first thread, whose stack the kernel names).
 */

import type { AddressRanges } from "./address-ranges.js";
import type { Mapping, ProcessMemory } from "./process-memory.js";
import { type ThreadPlace, threadPlace } from "./process-threads.js";

/** Ranges at the addresses where the process has them. */
export interface Wanted {
  /** No program counter may be in here. */
  readonly places: AddressRanges;
  /** No word of a stack may point in here. */
  readonly returns: AddressRanges;
}

export interface StoppedProcess {
  readonly pid: number;
  readonly threads: readonly number[];
  readonly mappings: readonly Mapping[];
  readonly memory: ProcessMemory;
}

/** Bytes of one stack that are looked through; the default limit of stacks. A deeper one counts as needing the code. */
const STACK_LIMIT = 8 << 20;
/** Bytes of `syscall`, `sysenter` and `int 0x80`. */
const SYSTEM_CALL_SIZE = 2;

/** What keeps the code from being replaced now, as a sentence; undefined where nothing does. */
export function findActive(stopped: StoppedProcess, wanted: Wanted): string | undefined {
  for (const thread of stopped.threads) {
    const name = thread === stopped.pid ? "the main thread" : `thread ${thread}`;
    const place = threadPlace(stopped.pid, thread);
    if (place === undefined) return `${name} cannot be looked at`;
    const inside = placeOf(place, wanted.places);
    if (inside !== undefined) return `${name} is in ${inside}`;
    const { stackPointer } = place;
    const stack = stackAt(stopped.mappings, stackPointer);
    if (stack === undefined || (thread === stopped.pid && stack.path !== "[stack]"))
      return `${name} is not on a stack of its own`;
    if (stack.end - stackPointer > STACK_LIMIT) return `the stack of ${name} is deeper than ${STACK_LIMIT >> 20} MiB`;
    const returns = returnOf(stopped.memory, stackPointer, stack.end, wanted.returns);
    if (returns !== undefined) return `${name} has yet to return into ${returns}`;
  }
  return undefined;
}

function placeOf({ programCounter, inSystemCall }: ThreadPlace, places: AddressRanges): string | undefined {
  const inside = places.find(programCounter);
  // A call that the stop interrupted starts again from its instruction.
  return inside === undefined && inSystemCall ? places.find(programCounter - SYSTEM_CALL_SIZE) : inside;
}

/** An empty stack begins where its mapping ends. */
function stackAt(mappings: readonly Mapping[], pointer: number): Mapping | undefined {
  return (
    mappings.find(({ start, end }) => start <= pointer && pointer < end) ?? mappings.find(({ end }) => end === pointer)
  );
}

/** The first word from `start` on that points into `ranges`: the psABI aligns return addresses to their size. */
function returnOf(memory: ProcessMemory, start: number, end: number, ranges: AddressRanges): string | undefined {
  const aligned = start - (start % 8);
  const words = new Uint32Array(memory.read(aligned, end - aligned).buffer);
  for (let i = 0; i < words.length; i += 2) {
    const found = ranges.find(words[i]! + words[i + 1]! * 0x1_0000_0000);
    if (found !== undefined) return found;
  }
  return undefined;
}
