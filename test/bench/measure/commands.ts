/** Contestants that are commands: `node` that does nothing, Manifold's, and other linkers'. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Linker } from "../peers/linkers.js";
import { type CommandTimer, MANIFOLD } from "./command.js";
import { checkAndRemove } from "./program-check.js";
import type { Contestant } from "./race.js";

/** Where a race takes place. */
export interface Course {
  readonly timer: CommandTimer;
  /** A directory for outputs. */
  readonly outputs: string;
}

export const NODE_START = "node -e 0";
const NODE_EMPTY_FILE = "node empty.cjs";

/** Starts of Node alone: what every command of ours takes in any case. */
export function nodeStarts({ timer, outputs }: Course): Contestant[] {
  const empty = join(outputs, "empty.cjs");
  return [
    { name: NODE_START, run: () => timer.run(process.execPath, ["-e", "0"]) },
    {
      name: NODE_EMPTY_FILE,
      setUp: () => writeFileSync(empty, ""),
      run: () => timer.run(process.execPath, [empty]),
    },
  ];
}

/** A command of ours that writes a program, which is run and removed. */
export function manifold(course: Course, name: string, args: readonly string[], printed: string): Contestant {
  const output = join(course.outputs, slug(name));
  return {
    name,
    run: () => course.timer.run(process.execPath, [MANIFOLD, ...args, "-o", output]),
    check: () => checkAndRemove(output, printed),
  };
}

/** Another linker on the same inputs. */
export function peer(course: Course, linker: Linker, args: readonly string[], printed: string): Contestant {
  const output = join(course.outputs, slug(linker.name));
  return {
    name: linker.name,
    isPeer: true,
    leavesChildren: linker.leavesChildren,
    run: () => course.timer.run(linker.program, [...linker.options, ...args, "-o", output]),
    check: () => checkAndRemove(output, printed),
  };
}

/** A name that is good for a file. */
function slug(name: string): string {
  return name.replace(/[^a-z0-9]+/gi, "-");
}
