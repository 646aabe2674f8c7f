/** Outputs with their sessions that are put back to what they were. */

import { chmodSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { statePath } from "@manifold/core";
import { systemFiles } from "../../packages/core/src/image/files.js";
import { decodeHeader, encodeHeader, HEADER_PAGES, PAGE_BYTES, Status } from "../../packages/core/src/state/header.js";

/** An output and its session. */
export interface Snapshot {
  readonly output: Buffer | undefined;
  readonly state: Buffer | undefined;
}

export function snapshot(output: string): Snapshot {
  const read = (path: string): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined);
  return { output: read(output), state: read(statePath(output)) };
}

/** Puts back what was, as a session that belongs to its output; with `other` the output has a second name. */
export function restore(output: string, { output: bytes, state }: Snapshot, other?: string): void {
  for (const path of [output, statePath(output), `${statePath(output)}.lock`]) rmSync(path, { force: true });
  if (bytes !== undefined) {
    writeFileSync(output, bytes);
    chmodSync(output, 0o755);
    if (other !== undefined) linkSync(output, other);
  }
  if (state === undefined) return;
  const path = statePath(output);
  const words = new Int32Array(new Uint8Array(state).buffer);
  const header = decodeHeader(path, words.subarray(0, (HEADER_PAGES * PAGE_BYTES) / 4), state.length, state.length);
  words.set(encodeHeader({ ...header, fingerprint: systemFiles.stat(output)!.fingerprint }, Status.CLEAN));
  writeFileSync(path, new Uint8Array(words.buffer));
}
