/** Edits by files, followed as `manifold watch` follows them, in this process. */

import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeControl } from "@manifold/core";
import { type Updated as Followed, ManifestSession } from "../../../packages/cli/dist/watch/manifest-session.js";
import type { EditedSession, Updated } from "./edit-sequences.js";
import { manifestText } from "./faults.js";
import type { Program } from "./program.js";
import { render } from "./render.js";

/** How a manifest takes its new text. */
export type Writing = "in place" | "renamed";

export class WatchSession implements EditedSession {
  readonly output: string;
  readonly textual = true;
  readonly session: ManifestSession;
  /** What the last update came to. */
  last: Followed | undefined;
  readonly #paths: readonly string[];
  readonly #writing: Writing;
  #written: readonly string[] = [];

  /** Everything is in `directory`. */
  constructor(directory: string, manifests: number, writing: Writing) {
    this.output = join(directory, "program");
    this.#paths = Array.from({ length: manifests }, (_, scope) => join(directory, `${scope}.ndjson`));
    this.#writing = writing;
    this.session = new ManifestSession({ manifests: this.#paths, output: this.output, control: makeControl() });
  }

  async apply(_before: Program | undefined, after: Program): Promise<Updated> {
    const texts = render(after).map(manifestText);
    texts.forEach((text, scope) => {
      if (text !== this.#written[scope]) this.#write(this.#paths[scope]!, text);
    });
    this.#written = texts;
    this.last = await this.session.update();
    return { ok: this.last.ok, codes: this.last.diagnostics.map(({ code }) => code) };
  }

  #write(path: string, text: string): void {
    if (this.#writing === "in place") writeFileSync(path, text);
    else {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    }
  }
}
