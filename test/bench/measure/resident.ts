/** A contestant that is a process which stays: it is asked for a link and tells what the link took. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cleanEnvironment, type Measurement } from "./command.js";
import type { Course } from "./commands.js";
import { checkProgram } from "./program-check.js";
import type { Contestant } from "./race.js";

const PROCESS = fileURLToPath(new URL("../resident-relink.js", import.meta.url));
/** Links before any that counts: code is compiled in them. */
const WARMUPS = 3;

export const RESIDENT_RELINK = "manifold, resident relink";

/** Links `objects` in full, again and again, in one process. Its output stays: that is what a relink finds. */
export function residentRelink(course: Course, objects: readonly string[], printed: string): Contestant {
  const output = join(course.outputs, "resident");
  let resident: Resident | undefined;
  return {
    name: RESIDENT_RELINK,
    setUp: async () => {
      resident = new Resident(output, objects);
      for (let i = 0; i < WARMUPS; i++) await resident.link();
    },
    run: () => resident!.link(),
    check: () => checkProgram(output, printed),
    tearDown: () => resident?.end(),
  };
}

class Resident {
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private errors = "";

  constructor(output: string, objects: readonly string[]) {
    this.process = spawn(process.execPath, [PROCESS, output], { env: cleanEnvironment() });
    this.process.stderr!.on("data", (text: Buffer) => {
      this.errors += text.toString();
    });
    // A process that has ended says so by the end of its output.
    this.process.stdin!.on("error", () => {});
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
    this.process.stdin!.write(`${objects.join("\n")}\n\n`);
  }

  async link(): Promise<Measurement> {
    this.process.stdin!.write("link\n");
    const { value, done } = await this.lines.next();
    if (done) throw new Error(this.errors.split("\n").find((line) => line.includes("Error")) ?? "the process ended");
    const told: Measurement = JSON.parse(value);
    return told;
  }

  end(): void {
    this.process.stdin!.end();
    this.process.kill();
  }
}
