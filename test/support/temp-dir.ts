/** Directories that live as long as one test. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new empty directory, removed with all it holds when the running test ends. */
export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), "manifold-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
