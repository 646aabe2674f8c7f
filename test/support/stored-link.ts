/** Incremental links in this process. */

import {
  type IncrementalRequest,
  type IncrementalResult,
  linkIncrementally,
  makeControl,
  openManifest,
} from "@manifold/core";
import { InlinePool } from "@manifold/workers";

type Options = Pick<IncrementalRequest, "changed" | "verify" | "files">;

/** What `manifold link --incremental` does. */
export function linkStored(
  manifests: readonly string[],
  output: string,
  options: Options = {},
): Promise<IncrementalResult> {
  return linkIncrementally({
    manifests: manifests.map((path) => openManifest(path)),
    output,
    pool: async () => new InlinePool(),
    control: makeControl(),
    expectedNames: 64,
    ...options,
  });
}
