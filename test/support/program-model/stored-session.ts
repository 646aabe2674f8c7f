/**
 * Edits of manifest files, each followed by an incremental link that restores its session from disk: what
 * `manifold link --incremental` does, in this process.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type IncrementalResult, linkIncrementally, makeControl, openManifest } from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { type Changes, changesBetween } from "./changes.js";
import type { EditedSession, Updated } from "./edit-sequences.js";
import { manifestText } from "./faults.js";
import type { Program } from "./program.js";
import { declarationsOf, render } from "./render.js";

/** After so many links the output is compared with a full link, which makes it an error if it differs. */
const VERIFY_EVERY = 5;

export interface StoredSessionOptions {
  /** Which names to call changed, of what changed; undefined: none, so that all is compared. */
  readonly tell?: (changes: readonly Changes[]) => readonly string[] | undefined;
}

export class StoredSession implements EditedSession {
  readonly output: string;
  readonly textual = true;
  readonly #directory: string;
  readonly #options: StoredSessionOptions;
  /** Names that changed since a link succeeded: what failed was not saved. */
  #names: readonly string[] | undefined = [];
  /** What the last link came to. */
  last: IncrementalResult | undefined;
  #links = 0;

  constructor(directory: string, options: StoredSessionOptions = {}) {
    this.#directory = directory;
    this.#options = options;
    this.output = join(directory, "program");
  }

  async apply(before: Program | undefined, after: Program): Promise<Updated> {
    const paths = render(after).map((lines, scope) => {
      const path = join(this.#directory, `manifest${scope}.ndjson`);
      writeFileSync(path, manifestText(lines));
      return path;
    });
    const old = before === undefined ? [] : declarationsOf(before);
    const changes = declarationsOf(after).map((lines, scope) => changesBetween(old[scope] ?? [], lines));
    const names = this.#options.tell?.(changes);
    this.#names = names && this.#names && [...new Set([...this.#names, ...names])];
    const changed = before === undefined ? undefined : this.#names;
    const result = await linkIncrementally({
      manifests: paths.map((path) => openManifest(path)),
      output: this.output,
      pool: async () => new InlinePool(),
      control: makeControl(),
      expectedNames: 64,
      verify: ++this.#links % VERIFY_EVERY === 0,
      ...(changed === undefined ? {} : { changed }),
    });
    this.last = result;
    if (result.ok) this.#names = [];
    return { ok: result.ok, codes: result.diagnostics.map(({ code }) => code) };
  }
}
