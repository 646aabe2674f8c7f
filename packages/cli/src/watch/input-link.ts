/**
 * The second half of a link of manifests that are watched and declare inputs: objects and archives are linked with what the
 * manifests came to, again whenever one of either changes. Its session is on disk beside the output, as that of
 * `manifold link --incremental` is, for as long as the watcher runs.
 */

import { rmSync } from "node:fs";
import {
  type FlushResult,
  inputFiles,
  linkMixedIncremental,
  type MixedRequest,
  type MixedResult,
  objectPath,
  statePath,
} from "@manifold/core";
import type { Updated } from "./manifest-session.js";
import { stateOf } from "./watch-manifest.js";

type Outcome = Omit<Updated, "milliseconds">;

const NO_COUNTS = { declarations: 0, symbols: 0, constants: 0, lazySymbols: 0, relocations: 0, chunks: 0 };
const NO_UPDATE = { emitted: 0, removed: 0, symbols: 0, nodes: 0, relocations: 0 };

export class InputLink {
  readonly #output: string;
  /** Paths of the inputs, and what they were when they were read. */
  files: ReadonlyMap<string, string> = new Map();
  #isFirst = true;

  constructor(output: string) {
    this.#output = output;
  }

  /** Links the inputs with what the manifests came to, which is in `updated`; returns what the whole came to. */
  link(updated: Outcome, request: MixedRequest): Outcome {
    // First looked at, then read: what changes from now on is told.
    this.files = new Map(inputFiles(request).map((path) => [path, stateOf(path)]));
    const mixed = linkMixedIncremental(request, false);
    const isNull = mixed.ok && updated.result === undefined && mixed.bytesWritten === 0;
    const isFirst = this.#isFirst;
    if (mixed.ok) this.#isFirst = false;
    if (isNull) return { ...updated, diagnostics: mixed.diagnostics };
    return {
      ok: mixed.ok,
      diagnostics: mixed.diagnostics,
      result: joined(updated.result, mixed),
      reason: updated.reason ?? (isFirst ? undefined : mixed.reason),
    };
  }

  /** Removes what was needed for the next update. */
  discard(): void {
    const object = objectPath(this.#output);
    for (const path of [object, statePath(object), statePath(this.#output)]) rmSync(path, { force: true });
  }
}

/** What changed in memory is not told: the program starts anew. */
function joined(
  own: FlushResult | undefined,
  { ok, diagnostics, bytesWritten, size, reason }: MixedResult,
): FlushResult {
  const update = own === undefined ? NO_UPDATE : own.update;
  return {
    ok,
    diagnostics,
    counts: { ...(own?.counts ?? NO_COUNTS), bytes: size },
    phases: own?.phases ?? [],
    bytesWritten,
    update: update === undefined || reason !== undefined ? undefined : { ...update, changed: bytesWritten },
    reason,
  };
}
