/**
 * Edits of a session in this process, of any number of manifests: what runs between the library's calls and the file,
 * without threads. Every image is checked after every flush.
 */

import {
  type DeclarationClass,
  type Diagnostic,
  type FlushResult,
  type HeaderOptions,
  makeControl,
  makeHeader,
  Session,
} from "@manifold/core";
import { InlinePool } from "@manifold/workers";
import { keyOf, sharedText } from "../declarations.js";
import { changesBetween, type Removal } from "./changes.js";
import type { EditedSession, Updated } from "./edit-sequences.js";
import { manifestText } from "./faults.js";
import type { Program } from "./program.js";
import { declarationsOf } from "./render.js";

export class ResidentSession implements EditedSession {
  readonly output: string;
  readonly textual = false;
  readonly session: Session;
  readonly #options: HeaderOptions;
  /** What the last flush came to. */
  last: FlushResult | undefined;

  constructor(options: HeaderOptions, output: string) {
    this.output = output;
    this.#options = options;
    this.session = this.#makeSession();
  }

  async apply(before: Program | undefined, after: Program): Promise<Updated> {
    const old = before === undefined ? [] : declarationsOf(before);
    declarationsOf(after).forEach((lines, scope) => {
      const { update, remove } = changesBetween(old[scope] ?? [], lines);
      if (remove.length > 0) this.session.remove(scope, remove.map(keyOfRemoval));
      if (update.length > 0) this.session.updateText(`manifest ${scope}`, sharedText(manifestText(update)), scope);
    });
    const result = await this.session.flush();
    this.last = result;
    if (result.ok) this.session.dumpTree();
    return { ok: result.ok, codes: result.diagnostics.map(({ code }) => code) };
  }

  /** What differs from a full link of `program`, which is what was applied last. */
  verify(program: Program): Promise<readonly Diagnostic[]> {
    return this.session.verify(() => {
      const fresh = this.#makeSession();
      declarationsOf(program).forEach((lines, scope) => {
        fresh.addText(`manifest ${scope}`, sharedText(manifestText(lines)), scope);
      });
      return fresh;
    });
  }

  #makeSession(): Session {
    return new Session({
      header: makeHeader(this.#options),
      output: this.output,
      pool: new InlinePool(),
      control: makeControl(),
      incremental: true,
    });
  }
}

function keyOfRemoval(removal: Removal): Parameters<Session["remove"]>[1][number] {
  const [kind, name]: [DeclarationClass, string] =
    typeof removal === "string"
      ? ["nav", removal]
      : "export" in removal
        ? ["export", removal.export]
        : ["type", removal.type];
  return keyOf(kind, name);
}
