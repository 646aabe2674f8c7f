/** `manifold watch` as a process that runs while a test edits what it watches. */

import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { MANIFOLD } from "./command.js";

export class WatchCommand {
  out = "";
  err = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;

  /** Ends with the test. */
  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [MANIFOLD, "watch", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
    });
    this.#ended = new Promise((settle) => this.#child.once("close", (code, signal) => settle({ code, signal })));
    onTestFinished(async () => {
      // The program that it runs ends with it; SIGKILL would leave that behind.
      this.#child.kill("SIGTERM");
      await this.#ended;
    });
  }

  /** Settles once `holds` does; throws where the command ends before, and the test's time limit bounds it. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#child.exitCode !== null) throw new Error(`ended with ${this.#child.exitCode}: ${this.err}${this.out}`);
      await sleep(5);
    }
  }

  /** Settles when standard error, from index `from` on, has what `wanted` matches; returns where that ends. */
  async says(wanted: RegExp, from = 0): Promise<number> {
    const end = (): number => {
      const found = wanted.exec(this.err.slice(from));
      return found === null ? -1 : from + found.index + found[0].length;
    };
    await this.until(() => end() !== -1);
    return end();
  }

  /** Sends a signal; settles with the exit code. */
  async signal(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return (await this.#ended).code;
  }
}
