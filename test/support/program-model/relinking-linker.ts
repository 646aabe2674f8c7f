/** An `UpdatableLinker` that links in full each time: what any other must be as good as. */

import type { Declaration, LinkerOptions } from "manifold";
import type { Line } from "../manifest.js";
import { linkDeclarations } from "./build.js";
import { keyOf, type Removal } from "./changes.js";
import type { UpdatableLinker } from "./library-session.js";

export class RelinkingLinker implements UpdatableLinker {
  readonly #options: LinkerOptions;
  readonly #lines = new Map<string, Line>();

  /** As `createLinker` takes them. */
  constructor(options: LinkerOptions) {
    this.#options = options;
  }

  update(...declarations: readonly Declaration[]): void {
    for (const line of declarations as readonly object[] as readonly Line[]) this.#lines.set(keyOf(line), line);
  }

  remove(...names: readonly Removal[]): void {
    for (const name of names) this.#lines.delete(JSON.stringify(name));
  }

  async flush(): ReturnType<UpdatableLinker["flush"]> {
    const codes = await linkDeclarations(this.#options, [[...this.#lines.values()]], this.#options.file);
    const diagnostics = codes.map((code) => ({ code, severity: "error" as const, message: code }));
    return { ok: codes.length === 0, diagnostics };
  }
}
