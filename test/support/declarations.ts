/** Declarations as a session in this process takes them. */

import { type DeclarationClass, hash0, hash1, hash2, hashBytes, type RemovedKey } from "@manifold/core";

/** NDJSON behind a first newline, in shared memory: what `Session.addText` and `updateText` take. */
export function sharedText(...parts: readonly string[]): SharedArrayBuffer {
  const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 1);
  const buffer = new SharedArrayBuffer(bytes);
  let at = Buffer.from(buffer).write("\n");
  for (const part of parts) at += Buffer.from(buffer, at).write(part);
  return buffer;
}

/** What `Session.remove` takes. */
export function keyOf(kind: DeclarationClass, name: string): RemovedKey {
  const bytes = Buffer.from(name);
  hashBytes(bytes, 0, bytes.length);
  return { class: kind, name, hash0, hash1, hash2 };
}
