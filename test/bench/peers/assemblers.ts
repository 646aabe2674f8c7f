/**
 * GNU as and a linker, one behind the other, on the text that a manifest has as assembly: as one file, and as files of a thousand
 * functions, as many at a time as there are processors. The slow part is GNU as; so there is one linker to it, the one that
 * was fastest on such objects elsewhere: lld, else the first that is installed.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { writeAssembly, writeResponseFile } from "../generate.js";
import type { ProgramOptions } from "../generator/program.js";
import type { Course } from "../measure/commands.js";
import { checkAndRemove } from "../measure/program-check.js";
import type { Contestant } from "../measure/race.js";
import type { Linker } from "./linkers.js";

const FUNCTIONS_PER_FILE = 1000;

export const AS_ONE_FILE = "as, one file";
export const AS_FILES = "as, files side by side";

/** Writes the text; what it returns makes contestants. */
export function assemblers(
  directory: string,
  program: ProgramOptions,
  linkers: readonly Linker[],
): ((course: Course, printed: string) => Contestant)[] {
  const linker = linkers.find(({ name }) => name === "lld") ?? linkers[0]!;
  const whole = join(directory, "whole");
  const kinds = [
    { name: AS_ONE_FILE, functionsPerFile: program.functions + 1, at: whole },
    { name: AS_FILES, functionsPerFile: FUNCTIONS_PER_FILE, at: directory },
  ];
  return kinds.map(({ name, functionsPerFile, at }) => {
    mkdirSync(at, { recursive: true });
    const { sources } = writeAssembly(at, { ...program, functionsPerFile });
    const list = join(at, "sources.txt");
    writeFileSync(list, `${sources.join("\n")}\n`);
    const objects = sources.map((source) => `${source}.o`);
    const responseFile = writeResponseFile(at, objects);
    // `xargs` starts as many as there are processors; each gets one file.
    const assemble = `xargs -P ${availableParallelism()} -I FILE as FILE -o FILE.o < sources.txt`;
    return ({ timer, outputs }, printed) => {
      const output = join(outputs, "assembled");
      const link = [linker.program, ...linker.options, "-static", `@${responseFile}`, "-o", output];
      return {
        name,
        isPeer: true,
        leavesChildren: linker.leavesChildren,
        prepare: () => {
          for (const object of objects) rmSync(object, { force: true });
        },
        run: () => timer.run("/bin/sh", ["-c", `${assemble} && exec "$@"`, "sh", ...link], at),
        check: () => checkAndRemove(output, printed),
      };
    };
  });
}
