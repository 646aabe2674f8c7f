/** The second half of a link of manifests that declare inputs: their own object is linked with what is declared. */

import {
  checkInputs,
  type FlushResult,
  type IncrementalResult,
  linkMixed,
  linkMixedIncremental,
  type MixedRequest,
  type MixedResult,
  PhaseLog,
  type Session,
} from "@manifold/core";

/** Links what `session` has, which `flush` has left for its inputs' sake. What is wrong with both halves is told. */
export async function linkInputs(
  session: Session,
  request: MixedRequest,
  flush: FlushResult,
): Promise<FlushResult & { readonly objects?: number }> {
  if (flush.diagnostics.length > 0) return { ...flush, diagnostics: [...flush.diagnostics, ...checkInputs(request)] };
  const { object, ...linked } = await session.linkObject();
  const own = { ...linked, phases: [...flush.phases, ...linked.phases] };
  if (object === undefined) return { ...own, diagnostics: [...own.diagnostics, ...checkInputs(request)] };
  const log = new PhaseLog();
  const mixed = log.serial("objects", () => linkMixed(request, object));
  return { ...joined(own, mixed, log), objects: mixed.objects };
}

/** As `linkInputs`, of manifests that were linked to a file beside the output: `own` says how that went. */
export function linkInputsStored(
  own: IncrementalResult,
  request: MixedRequest,
  verify: boolean,
): IncrementalResult & { readonly objects?: number } {
  if (!own.ok) return { ...own, diagnostics: [...own.diagnostics, ...checkInputs(request)] };
  const log = new PhaseLog();
  const mixed = log.serial("objects", () => linkMixedIncremental(request, verify));
  return {
    ...own,
    ...joined(own, mixed, log),
    reason: own.reason ?? mixed.reason,
    explanation: [...own.explanation, ...mixed.explanation],
    objects: mixed.objects,
  };
}

/** Both halves as one link: bytes are those of the output, counters those of the manifests. */
function joined(own: FlushResult, { ok, diagnostics, bytesWritten, size }: MixedResult, log: PhaseLog): FlushResult {
  return {
    ...own,
    ok: own.ok && ok,
    diagnostics: [...own.diagnostics, ...diagnostics],
    bytesWritten,
    counts: { ...own.counts, bytes: size },
    phases: [...own.phases, ...log.take()],
  };
}
