/**
 * Runs commands and measures them: wall-clock time here, processor time and peak memory by GNU time (`/usr/bin/time`), which
 * sees what the command and the children that it waits for took. What GNU time adds to the wall-clock time, about a
 * millisecond, is measured once and taken off again. Where it is not installed, only wall-clock time is known.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The script behind `manifold`. */
export const MANIFOLD: string = fileURLToPath(new URL("../../../../packages/cli/bin/manifold.js", import.meta.url));

export interface Measurement {
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs?: number | undefined;
  readonly peakMiB?: number | undefined;
}

const GNU_TIME = "/usr/bin/time";
const CALIBRATION_RUNS = 21;

/** What every measured command gets: where NODE_EXTRA_CA_CERTS is set, each start of Node reads all certificates first. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env["NODE_EXTRA_CA_CERTS"];
  return env;
}

export class CommandTimer {
  private readonly report: string;
  private readonly hasTime = existsSync(GNU_TIME);
  private readonly env = cleanEnvironment();
  /** Milliseconds that GNU time adds. */
  readonly overheadMs: number;

  /** Uses a file in `directory`. */
  constructor(directory: string) {
    this.report = join(directory, "time.txt");
    this.overheadMs = this.hasTime ? this.calibrate() : 0;
  }

  /** Runs a command; throws with what it said if it fails. */
  run(program: string, args: readonly string[], cwd?: string): Measurement {
    if (!this.hasTime) return { wallMs: this.wall(program, args, cwd) };
    const timed = ["-f", "%U %S %M", "-o", this.report, program, ...args];
    const wallMs = this.wall(GNU_TIME, timed, cwd) - this.overheadMs;
    const [user, system, peak] = readFileSync(this.report, "utf8").trim().split(" ").map(Number);
    return { wallMs, cpuMs: (user! + system!) * 1000, peakMiB: peak! / 1024 };
  }

  private wall(program: string, args: readonly string[], cwd?: string): number {
    const start = performance.now();
    const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
      env: this.env,
      cwd,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const wallMs = performance.now() - start;
    if (status !== 0)
      throw new Error(firstLine(error?.message ?? (stderr || stdout)) || `ended with ${status ?? signal}`);
    return wallMs;
  }

  /** By the fastest of each: what else the machine does only ever adds. */
  private calibrate(): number {
    const plain: number[] = [];
    const timed: number[] = [];
    for (let i = 0; i < CALIBRATION_RUNS; i++) {
      plain.push(this.wall("/bin/true", []));
      timed.push(this.wall(GNU_TIME, ["-f", "%U %S %M", "-o", this.report, "/bin/true"]));
    }
    return Math.max(0, Math.min(...timed) - Math.min(...plain));
  }
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "") ?? "";
}
