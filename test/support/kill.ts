/** Kills real processes at random moments, to see what they leave behind. */

import { spawn } from "node:child_process";

export interface KillOptions {
  readonly cwd?: string;
  /** Milliseconds; the process is killed at a random moment from its start until then. */
  readonly within: number;
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
    const { code, ran, stderr } = await start(program, args, cwd, Number.POSITIVE_INFINITY);
    if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stderr}`);
    longest = Math.max(longest, ran);
  }
  return longest;
}

/** Runs a command and sends it SIGKILL at a random moment. Rejects where it cannot be started or dies otherwise. */
export function killAtRandom(program: string, args: readonly string[], options: KillOptions): Promise<KillOutcome> {
  return start(program, args, options.cwd, (options.random ?? Math.random)() * options.within);
}

/** Runs a command, for at most `limit` milliseconds. */
function start(program: string, args: readonly string[], cwd: string | undefined, limit: number): Promise<KillOutcome> {
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
    const timer = Number.isFinite(limit) ? setTimeout(() => child.kill("SIGKILL"), limit) : undefined;
    child.once("error", (cause) => {
      clearTimeout(timer);
      reject(cause);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (signal !== null && signal !== "SIGKILL") reject(new Error(`${program} was ended by ${signal}`));
      else resolve({ killed: signal !== null, code, ran: performance.now() - begun, ...output });
    });
  });
}
