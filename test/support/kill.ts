/** Kills real processes at random moments, to see what they leave behind. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { setTimeout } from "node:timers/promises";

export interface KillOptions {
  readonly cwd?: string;
  /** Milliseconds; the process is killed at a random moment from its start, or what `since` waits for, until then. */
  readonly within: number;
  /** Resolves when time begins to count; `signal` says when nobody waits any more. */
  readonly since?: (child: ChildProcess, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1, as Math.random: a generator with a seed makes the moments repeatable, as far as machines are. */
  readonly random?: () => number;
}

export interface KillOutcome {
  /** False where the process had ended by itself before its moment came. */
  readonly killed: boolean;
  /** Null where it was killed. */
  readonly code: number | null;
  /** Milliseconds from its start to its end. */
  readonly ran: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds that a command takes from start to end: the longest of `runs`, each of which must succeed. */
export async function runTime(
  program: string,
  args: readonly string[],
  { cwd, runs = 3 }: { readonly cwd?: string; readonly runs?: number } = {},
): Promise<number> {
  let longest = 0;
  for (let run = 0; run < runs; run++) {
    const { code, ran, stderr } = await start(program, args, cwd, undefined);
    if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stderr}`);
    longest = Math.max(longest, ran);
  }
  return longest;
}

/** Waits until a process has printed something. */
export function firstOutput(child: ChildProcess, signal: AbortSignal): Promise<unknown> {
  return once(child.stdout!, "data", { signal });
}

/** Waits for a file of `directory` whose name matches to come or to change. */
export function firstChange(directory: string, name: RegExp): NonNullable<KillOptions["since"]> {
  return (_, signal) =>
    new Promise((resolve) => {
      const watcher = watch(directory, { signal }, (_event, file) => {
        if (file === null || !name.test(file)) return;
        watcher.close();
        resolve(file);
      });
    });
}

/** Runs a command and sends it SIGKILL at a random moment. Rejects where it cannot be started or dies otherwise. */
export function killAtRandom(
  program: string,
  args: readonly string[],
  { cwd, within, random = Math.random, since = async () => {} }: KillOptions,
): Promise<KillOutcome> {
  const limit = random() * within;
  return start(program, args, cwd, async (child, signal) => {
    await since(child, signal);
    await setTimeout(limit, undefined, { signal });
    child.kill("SIGKILL");
  });
}

/** Runs a command until it ends, by itself or by what `end` does. */
function start(
  program: string,
  args: readonly string[],
  cwd: string | undefined,
  end: KillOptions["since"],
): Promise<KillOutcome> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(program, args, { ...(cwd !== undefined && { cwd }), stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    const ended = new AbortController();
    end?.(child, ended.signal).catch((cause: unknown) => {
      if (!ended.signal.aborted) reject(cause);
    });
    child.once("error", (cause) => {
      ended.abort();
      reject(cause);
    });
    child.once("close", (code, signal) => {
      ended.abort();
      if (signal !== null && signal !== "SIGKILL") reject(new Error(`${program} was ended by ${signal}`));
      else resolve({ killed: signal !== null, code, ran: performance.now() - begun, ...output });
    });
  });
}
