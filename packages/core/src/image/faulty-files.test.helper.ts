/** A file system that fails when a test says so. */

import { closeSync } from "node:fs";
import { type Files, systemFiles } from "./files.js";

/**
 * From which call on, counted from 0, things go wrong, and how:
 *   error  that call fails, and no other
 *   short  that call, where it writes, writes half, and the next one fails
 *   full   every call from then on that adds bytes fails
 *   dead   every call from then on fails, as if the process had been killed before it
 *   torn   as `dead`, but where that call writes, half of it gets through
 */
export interface Fault {
  readonly at: number;
  readonly kind: "error" | "short" | "full" | "dead" | "torn";
}

export const FAULT_KINDS = ["error", "short", "full", "dead", "torn"] as const;
const ADDS_BYTES: readonly string[] = ["write", "open", "copy", "truncate"];

class Killed extends Error {}

export class FaultyFiles {
  readonly files: Files;
  /** Names of the calls so far. */
  readonly log: string[] = [];
  readonly #fault: Fault;
  readonly #open = new Set<number>();

  constructor(fault: Fault = { at: Number.POSITIVE_INFINITY, kind: "error" }) {
    this.#fault = fault;
    const wrapped = Object.entries(systemFiles).map(([name, call]) => [
      name,
      (...args: unknown[]) => this.#call(name, call as (...args: unknown[]) => unknown, args),
    ]);
    this.files = Object.fromEntries(wrapped) as Files;
  }

  /** How many calls so far. */
  get calls(): number {
    return this.log.length;
  }

  /** Closes what a process that was killed would have left to the kernel. */
  release(): void {
    for (const fd of this.#open) closeSync(fd);
    this.#open.clear();
  }

  #call(name: string, call: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    const since = this.log.length - this.#fault.at;
    this.log.push(name);
    const { kind } = this.#fault;
    const partly = since === 0 && (kind === "short" || kind === "torn") && name === "write";
    if (partly) {
      const [fd, source, at] = args as Parameters<Files["write"]>;
      const count = systemFiles.write(fd, source.subarray(0, Math.max(1, source.length >>> 1)), at);
      if (kind === "torn") throw new Killed();
      return count;
    }
    if (since >= 0 && (kind === "dead" || kind === "torn")) throw new Killed();
    if (name === "close") this.#open.delete(args[0] as number);
    const result = name === "close" || !this.#fails(name, since) ? call(...args) : undefined;
    if (this.#fails(name, since))
      throw Object.assign(new Error("injected"), { code: kind === "error" ? "EIO" : "ENOSPC" });
    if (name === "open") this.#open.add(result as number);
    return result;
  }

  #fails(name: string, since: number): boolean {
    const { kind } = this.#fault;
    if (kind === "error") return since === 0;
    if (kind === "short") return since === 1;
    return kind === "full" && since >= 0 && ADDS_BYTES.includes(name);
  }
}
