/**
 * The threads of another process (proc(5), `/proc/PID/task`): their states, where each of them is, and stopping all of
 * them for a while. SIGSTOP is the whole process's: it reaches threads that are just being created too.
 */

import { readdirSync, readFileSync } from "node:fs";

/** Where a thread stands in user space. */
export interface ThreadPlace {
  readonly stackPointer: number;
  /** In a system call: the address after the call's instruction. */
  readonly programCounter: number;
  /** Whether it is in a system call, which the kernel may start again from its instruction. */
  readonly inSystemCall: boolean;
}

/** Thread ids, the process's own id among them; none once the process is gone. */
export function listThreads(pid: number): number[] {
  return (unlessGone(() => readdirSync(`/proc/${pid}/task`)) ?? []).map(Number);
}

/** Threads that have not ended; none for a zombie, which a child is until the event loop has come round. */
export function liveThreads(pid: number): number[] {
  return listThreads(pid).filter((thread) => !["Z", "X", undefined].includes(threadState(pid, thread)));
}

/** The letter of proc(5): `R` running, `S` sleeping, `T` stopped, `t` traced, `Z` ended, …; undefined once gone. */
export function threadState(pid: number, thread: number): string | undefined {
  const stat = unlessGone(() => readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1"));
  // The name before it is the program's choice, and may hold parentheses and spaces.
  return stat?.charAt(stat.lastIndexOf(")") + 2);
}

/** Undefined while the thread runs, and once it is gone. */
export function threadPlace(pid: number, thread: number): ThreadPlace | undefined {
  const text = unlessGone(() => readFileSync(`/proc/${pid}/task/${thread}/syscall`, "latin1"));
  // "running", or "-1 SP PC", or the call's number, its six arguments, SP and PC.
  const fields = text?.trim().split(" ") ?? [];
  if (fields.length < 3) return undefined;
  const [stackPointer, programCounter] = fields.slice(-2).map((field) => Number.parseInt(field, 16));
  return { stackPointer: stackPointer!, programCounter: programCounter!, inSystemCall: fields[0] !== "-1" };
}

/** The process that traces `pid` (a debugger, strace), 0 for none. */
export function tracerOf(pid: number): number {
  return Number(/^TracerPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
}

/** Milliseconds within which every thread reaches a stop, unless it is in a wait that no signal ends. */
const STOP_LIMIT = 500;

/**
 * Stops `pid`, calls `use` with its live threads (none where it has ended, undefined where not all of them stopped
 * within half a second), and lets it go on, whatever happens. A process that somebody else had stopped stays stopped.
 * Throws ESRCH or EPERM where it cannot be stopped, and what `use` throws.
 */
export function whileStopped<T>(pid: number, use: (threads: readonly number[] | undefined) => T): T {
  const stoppedBefore = areStopped(pid, liveThreads(pid));
  process.kill(pid, "SIGSTOP");
  try {
    return use(waitUntilStopped(pid));
  } finally {
    if (!stoppedBefore) unlessGone(() => process.kill(pid, "SIGCONT"));
  }
}

function waitUntilStopped(pid: number): number[] | undefined {
  const deadline = performance.now() + STOP_LIMIT;
  // A thread that was not stopped yet may have created one after the list was read: two equal lists of stopped ones.
  let before = -1;
  for (;;) {
    const live = liveThreads(pid);
    if (live.length === 0) return live;
    if (areStopped(pid, live)) {
      if (live.length === before) return live;
      before = live.length;
    } else {
      if (performance.now() > deadline) return undefined;
      before = -1;
      pause(1);
    }
  }
}

function areStopped(pid: number, threads: readonly number[]): boolean {
  return threads.length > 0 && threads.every((thread) => threadState(pid, thread) === "T");
}

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread. */
export function pause(milliseconds: number): void {
  Atomics.wait(NEVER_WOKEN, 0, 0, milliseconds);
}

function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ESRCH" || code === "ENOENT") return undefined;
    throw cause;
  }
}
