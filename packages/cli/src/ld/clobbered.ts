/** Whether a link would write over what it reads. */

import { statSync } from "node:fs";
import { type Diagnostic, type FileFacts, outputIsInput } from "@manifold/core";
import { isSameFile } from "../same-file.js";
import type { LdRequest } from "./request.js";
import { mapPath } from "./side-files.js";

/** All files that a link writes. */
export function writtenBy({ output, mapFile, dependencyFile, traceFile }: LdRequest): readonly string[] {
  const map = mapFile === undefined ? undefined : mapPath(mapFile, output);
  return [output, map, dependencyFile, traceFile].filter((path) => path !== undefined);
}

/** Of the files that are to be written, those that are among `files`. `known`: facts of files that were looked at. */
export function clobbered(
  written: readonly string[],
  files: readonly string[],
  known: ReadonlyMap<string, FileFacts>,
): readonly Diagnostic[] {
  return written
    .filter((path) => {
      const there = statSync(path, { throwIfNoEntry: false });
      return there !== undefined && files.some((file) => mayBe(known.get(file), there) && isSameFile(file, path));
    })
    .map(outputIsInput);
}

/** Of files that were looked at the numbers tell soon that they are others; paths are followed for what is left. */
function mayBe(file: FileFacts | undefined, other: FileFacts): boolean {
  return file === undefined || (file.ino === other.ino && file.dev === other.dev);
}
