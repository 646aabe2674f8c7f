/** Runs the command as its users do: a process of its own, with arguments, exit code and both streams. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

const { MANIFOLD_COMMAND } = process.env;

/** The script behind `manifold`; MANIFOLD_COMMAND names another, for example that of an installed package. */
export const MANIFOLD: string = MANIFOLD_COMMAND ?? join(ROOT, "packages/cli/bin/manifold.js");

export interface Outcome {
  /** Null where a signal ended the process. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** Milliseconds until the process is killed; 60,000 where not given. */
  readonly timeout?: number;
}

/** Runs any program. Throws where it cannot be started or takes too long: that is never what a test is about. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Outcome {
  const { stdout, stderr, ...rest } = runBytes(program, args, options);
  return { ...rest, stdout: stdout.toString("utf8"), stderr: stderr.toString("utf8") };
}

/** As `run`, for a program whose output is not text. */
export function runBytes(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): { code: number | null; signal: string | null; stdout: Buffer; stderr: Buffer } {
  const child = spawnSync(program, args, { timeout: 60_000, maxBuffer: 1 << 28, ...options });
  if (child.error !== undefined) throw new Error(`${program} ${args.join(" ")}: ${child.error.message}`);
  return { code: child.status, signal: child.signal, stdout: child.stdout, stderr: child.stderr };
}

/** Runs a tool that must succeed, and returns what it printed on standard output. */
export function tool(program: string, args: readonly string[], options: RunOptions = {}): string {
  const { code, signal, stdout, stderr } = run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code ?? signal}:\n${stderr}${stdout}`);
  return stdout;
}

/** Runs `manifold` with these arguments. */
export function manifold(args: readonly string[], options: RunOptions = {}): Outcome {
  return run(process.execPath, [MANIFOLD, ...args], options);
}

/** Links the manifests `inputs` to `output`, which must succeed; returns `output`. */
export function link(inputs: readonly string[], output: string, ...flags: readonly string[]): string {
  tool(process.execPath, [MANIFOLD, "link", ...inputs, "-o", output, ...flags]);
  return output;
}
