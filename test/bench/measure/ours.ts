/** Contestants of ours on a generated program: from objects, from manifests, and one function of it changed. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { MANIFOLD } from "./command.js";
import { type Course, manifold } from "./commands.js";
import { OneFunction } from "./one-function.js";
import { checkProgram } from "./program-check.js";
import type { Contestant } from "./race.js";

export const OURS_OBJECTS = "manifold ld";
export const OURS_MANIFEST = "manifold link";
export const OURS_CHANGED = "manifold link --incremental --changed";
export const OURS_ASSEMBLY = "manifold link, assembly";
/** With one worker and with two. */
const OURS_WORKERS: readonly [string, string] = [
  "manifold link, assembly, --workers 1",
  "manifold link, assembly, --workers 2",
];

export function oursOnObjects(course: Course, args: readonly string[], printed: string): Contestant {
  return manifold(course, OURS_OBJECTS, ["ld", ...args], printed);
}

export function oursOnManifest(course: Course, manifest: string, printed: string): Contestant {
  return manifold(course, OURS_MANIFEST, ["link", manifest], printed);
}

export function oursOnAssembly(course: Course, manifest: string, printed: string): Contestant[] {
  const workers = OURS_WORKERS.map((name, index) =>
    manifold(course, name, ["link", manifest, "--workers", String(index + 1)], printed),
  );
  return [manifold(course, OURS_ASSEMBLY, ["link", manifest], printed), ...workers];
}

/** Changes a function in the middle of the program, and tells its name. The session is made beforehand. */
export function oursChanged(course: Course, manifest: string, functions: number, printed: string): Contestant {
  const output = join(course.outputs, "changed");
  const link = [MANIFOLD, "link", manifest, "-o", output, "--incremental"];
  let changed: OneFunction | undefined;
  return {
    name: OURS_CHANGED,
    setUp: () => {
      changed = new OneFunction(manifest, functions >> 1);
      course.timer.run(process.execPath, link);
    },
    prepare: () => changed!.change(),
    run: () => course.timer.run(process.execPath, [...link, "--changed", changed!.name]),
    check: () => {
      changed!.check(output);
      checkProgram(output, printed);
    },
    tearDown: () => {
      rmSync(output, { force: true });
      rmSync(`${output}.manifold`, { force: true });
    },
  };
}
