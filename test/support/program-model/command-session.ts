/** Edits by files: the manifests that differ are written anew, and the command brings the output up to date. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifold } from "../command.js";
import { type Changes, changesBetween } from "./changes.js";
import type { EditedSession, Updated } from "./edit-sequences.js";
import { manifestText } from "./faults.js";
import type { Program } from "./program.js";
import { render } from "./render.js";

export interface CommandOptions {
  /** Options of `manifold link`, such as `--incremental` and `--verify`. */
  readonly flags: readonly string[];
  /** Options that tell what changed in the manifests, where the caller knows. */
  readonly tell?: (changes: readonly Changes[]) => readonly string[];
}

export class CommandSession implements EditedSession {
  readonly output: string;
  readonly textual = true;
  readonly #directory: string;
  readonly #options: CommandOptions;
  #written: readonly string[] = [];

  /** Everything is in `directory`. */
  constructor(directory: string, options: CommandOptions) {
    this.#directory = directory;
    this.#options = options;
    this.output = join(directory, "program");
  }

  async apply(before: Program | undefined, after: Program): Promise<Updated> {
    const manifests = render(after);
    const texts = manifests.map(manifestText);
    const paths = texts.map((_, scope) => join(this.#directory, `${scope}.ndjson`));
    texts.forEach((text, scope) => {
      if (text !== this.#written[scope]) writeFileSync(paths[scope]!, text);
    });
    this.#written = texts;
    const old = before === undefined ? [] : render(before);
    const changes = manifests.map((lines, scope) => changesBetween((old[scope] ?? []).slice(1), lines.slice(1)));
    const { flags, tell } = this.#options;
    const told = before === undefined ? [] : (tell?.(changes) ?? []);
    const { code, signal, stderr } = manifold(["link", ...paths, "-o", this.output, ...flags, ...told]);
    if (code !== 0 && code !== 1) throw new Error(`the command ended with ${code ?? signal}: ${stderr}`);
    return { ok: code === 0, codes: stderr.match(/\bMF\d{4}\b/g) ?? [] };
  }
}
