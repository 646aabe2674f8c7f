/** Small real programs for tests: compiled by gcc, started, watched through what they print, and ended. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Extent {
  readonly address: number;
  readonly size: number;
}

/** How a program is linked; both are free of a loader. */
export const STATIC: readonly string[] = ["-static", "-fno-pie", "-no-pie"];
export const STATIC_PIE: readonly string[] = ["-static-pie", "-fPIE"];

export class Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly lines: string[] = [];
  readonly exited: Promise<void>;

  constructor(file: string, args: readonly string[]) {
    this.child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.pid = this.child.pid!;
    this.exited = new Promise((settle) => this.child.once("exit", () => settle()));
    let rest = "";
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      this.lines.push(...parts);
    });
  }

  /** Settles once a line printed at or after index `from` is `wanted`; rejects when the program ends before. */
  async line(wanted: (line: string) => boolean, from = 0): Promise<string> {
    for (;;) {
      const found = this.lines.slice(from).find(wanted);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`ended (${this.child.exitCode ?? this.child.signalCode}) after ${this.lines.slice(-5)}`);
      await sleep(2);
    }
  }

  async end(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }
}

/** A directory of programs; `close` ends what still runs and removes it. */
export class Programs {
  readonly directory: string = mkdtempSync(join(tmpdir(), "manifold-watch-"));
  readonly #running: Running[] = [];

  compile(name: string, source: string, flags: readonly string[] = STATIC): string {
    const file = join(this.directory, name);
    writeFileSync(`${file}.c`, source);
    execFileSync("gcc", ["-O1", "-fno-inline", "-pthread", ...flags, `${file}.c`, "-o", file]);
    return file;
  }

  start(file: string, ...args: string[]): Running {
    const running = new Running(file, args);
    this.#running.push(running);
    return running;
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.end()));
    rmSync(this.directory, { recursive: true });
  }
}

/** Where `symbol` is in `file`, by readelf; the size is 0 where the symbol has none. */
export function extentOf(file: string, symbol: string): Extent {
  const table = execFileSync("readelf", ["-Ws", file], { encoding: "utf8", maxBuffer: 1 << 26 });
  for (const line of table.split("\n")) {
    const [, address, size, , , , , name] = line.trim().split(/ +/);
    if (name === symbol) return { address: Number.parseInt(address!, 16), size: Number(size) };
  }
  throw new Error(`${file} has no symbol ${symbol}`);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((settle) => setTimeout(settle, milliseconds));
}

/** Settles once `holds` does; the test's own time limit bounds it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}
