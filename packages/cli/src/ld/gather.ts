/**
 * Finds the inputs and links them. Files that are called as objects are taken for such; where the link then fails, all are
 * looked at, and linked once more if that has made a difference.
 */

import { statSync } from "node:fs";
import {
  type Diagnostic,
  type FileFacts,
  type GatheredInputs,
  gatherInputs,
  type IncrementalObjectResult,
  outputIsInput,
  type PhaseLog,
  QuickLook,
} from "@manifold/core";
import { isSameFile } from "../same-file.js";
import { linkRequest } from "./link.js";
import type { LdRequest } from "./request.js";
import { mapPath } from "./side-files.js";

export interface GatheredLink {
  readonly gathered: GatheredInputs;
  /** What there is to say of the inputs. */
  readonly told: readonly Diagnostic[];
  /** Undefined where errors among the inputs kept them from being linked. */
  readonly result: IncrementalObjectResult | undefined;
}

export async function gatherAndLink(request: LdRequest, log: PhaseLog): Promise<GatheredLink> {
  const { inputs, search } = request;
  const { identify, trusted } = new QuickLook();
  const quick = log.serial("gather", () => gatherInputs(inputs, search, identify));
  const linked = await link(request, quick, trusted);
  if (linked.result?.image !== undefined || trusted.size === 0 || !hasErrors(linked)) return linked;
  const seen = gatherInputs(inputs, search);
  return isSame(quick, seen) ? linked : link(request, seen, trusted);
}

async function link(
  request: LdRequest,
  gathered: GatheredInputs,
  known: ReadonlyMap<string, FileFacts>,
): Promise<GatheredLink> {
  const told = [...gathered.diagnostics, ...clobbered(request, gathered.files, known)];
  const result = told.some(isError) ? undefined : await linkRequest(gathered.inputs, request);
  return { gathered, told, result };
}

function hasErrors({ told, result }: GatheredLink): boolean {
  return told.some(isError) || (result?.diagnostics.some(isError) ?? false);
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function isSame(one: GatheredInputs, other: GatheredInputs): boolean {
  return (
    one.diagnostics.length === other.diagnostics.length &&
    one.inputs.length === other.inputs.length &&
    one.inputs.every(({ path, kind }, i) => path === other.inputs[i]!.path && kind === other.inputs[i]!.kind)
  );
}

/** Inputs that a file to be written would take the place of. */
function clobbered(
  { output, mapFile, dependencyFile, traceFile }: LdRequest,
  files: readonly string[],
  known: ReadonlyMap<string, FileFacts>,
): readonly Diagnostic[] {
  const map = mapFile === undefined ? undefined : mapPath(mapFile, output);
  return [output, map, dependencyFile, traceFile]
    .filter((path) => path !== undefined)
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
