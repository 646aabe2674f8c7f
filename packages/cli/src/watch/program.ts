/**
 * The program that `manifold watch --run` keeps running. There is one process at a time: the next one starts when the
 * last one is gone. The program shares the terminal and the process group of the watcher, so Ctrl-C reaches both; what
 * it forks itself is its own to end.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { type Diagnostic, reasonOf } from "@manifold/core";
import { cannotRun } from "./diagnostics.js";
import { whyNotExecutable } from "./elf-header.js";

/** How a run of the program came to its end. */
export type ProgramEnd =
  | { readonly how: "exit"; readonly code: number; readonly asked: boolean }
  | { readonly how: "signal"; readonly signal: NodeJS.Signals; readonly asked: boolean }
  | { readonly how: "not-started"; readonly diagnostic: Diagnostic };

export interface ProgramOptions {
  /** Path of the ELF file; it is not searched for in PATH. */
  readonly file: string;
  readonly args: readonly string[];
  /** Told once for each start. `asked` is true where `restart` or `stop` ended the program. */
  readonly onEnd: (end: ProgramEnd) => void;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace?: number;
  /** Its standard output becomes our standard error. */
  readonly aside?: boolean;
}

const GRACE = 1000;

export class RunningProgram {
  readonly #options: ProgramOptions;
  #child: ChildProcess | undefined;
  /** Settles when `#child` is gone; it never rejects. */
  #gone: Promise<void> = Promise.resolve();
  #restarting: Promise<void> | undefined;
  #asked = false;
  #stopped = false;

  /** Starts nothing yet: the first `restart` does. */
  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  /** The running process; undefined before the first start, between two and after the end. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Ends the program if it runs and starts it from the file as it is then. Calls that come before that start share it.
   * Settles after the start, never rejects; a file that cannot be started is told to `onEnd`. Does nothing after `stop`.
   */
  restart(): Promise<void> {
    this.#restarting ??= this.#restart();
    return this.#restarting;
  }

  /** Ends the program for good; settles when it is gone. A restart under way does not start it again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end();
  }

  async #restart(): Promise<void> {
    await this.#end();
    this.#restarting = undefined;
    if (!this.#stopped) this.#start();
  }

  #start(): void {
    const { file, args, onEnd, aside = false } = this.#options;
    const failed = (reason: string) => onEnd({ how: "not-started", diagnostic: cannotRun(file, reason) });
    const child = spawned(resolve(file), args, aside);
    if (typeof child === "string") {
      failed(child);
      return;
    }
    if (child.pid === undefined) {
      child.once("error", (cause) => failed(reasonOf(cause)));
      return;
    }
    this.#child = child;
    this.#asked = false;
    this.#gone = new Promise((settle) => {
      child.once("exit", (code, signal) => {
        this.#child = undefined;
        settle();
        const asked = this.#asked;
        onEnd(signal === null ? { how: "exit", code: code ?? 0, asked } : { how: "signal", signal, asked });
      });
    });
    // A signal that cannot be sent also emits "error", which would end the watcher: `exit` says all that counts.
    child.on("error", () => {});
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    if (!this.#asked) {
      this.#asked = true;
      child.kill("SIGTERM");
      // One that somebody stopped would not get the signal until it goes on.
      child.kill("SIGCONT");
      const timer = setTimeout(() => child.kill("SIGKILL"), this.#options.grace ?? GRACE);
      child.once("exit", () => clearTimeout(timer));
    }
    await this.#gone;
  }
}

/** The process, or why there is none. Node throws for some errors of execve (ETXTBSY, E2BIG) and emits the others. */
function spawned(path: string, args: readonly string[], aside: boolean): ChildProcess | string {
  try {
    return (
      whyNotExecutable(path) ??
      spawn(path, args, { stdio: ["inherit", aside ? process.stderr.fd : "inherit", "inherit"] })
    );
  } catch (cause) {
    return reasonOf(cause);
  }
}
