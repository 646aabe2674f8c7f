/**
 * Finds the inputs and links them. Files that are called as objects are taken for such; where the link then fails, all are
 * looked at, and linked once more if that has made a difference.
 */

import {
  type Diagnostic,
  type FileFacts,
  type GatheredInputs,
  gatherInputs,
  type IncrementalObjectResult,
  type PhaseLog,
  QuickLook,
} from "@manifold/core";
import { clobbered, writtenBy } from "./clobbered.js";
import { linkRequest } from "./link.js";
import type { LdRequest } from "./request.js";

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
  const told = [...gathered.diagnostics, ...clobbered(writtenBy(request), gathered.files, known)];
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
