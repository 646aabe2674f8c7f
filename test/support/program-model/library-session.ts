/** Edits by calls of the library: `update` and `remove` with what differs, then `flush`. One manifest only. */

import type { Declaration, FlushResult } from "manifold";
import { changesBetween, type Removal } from "./changes.js";
import type { EditedSession, Updated } from "./edit-sequences.js";
import type { Program } from "./program.js";
import { declarationsOf } from "./render.js";

/** What it asks of a linker. */
export interface UpdatableLinker {
  update(...declarations: readonly Declaration[]): void;
  remove(...names: readonly Removal[]): void;
  flush(): Promise<Pick<FlushResult, "ok" | "diagnostics">>;
}

export class LibrarySession implements EditedSession {
  readonly output: string;
  readonly textual = false;
  readonly #linker: UpdatableLinker;

  /** `linker` writes to `output`, with the header of the programs that will be applied. */
  constructor(linker: UpdatableLinker, output: string) {
    this.#linker = linker;
    this.output = output;
  }

  async apply(before: Program | undefined, after: Program): Promise<Updated> {
    const { update, remove } = changesBetween(before === undefined ? [] : linesOf(before), linesOf(after));
    if (remove.length > 0) this.#linker.remove(...remove);
    if (update.length > 0) this.#linker.update(...(update as readonly object[] as readonly Declaration[]));
    const { ok, diagnostics } = await this.#linker.flush();
    return { ok, codes: diagnostics.map(({ code }) => code) };
  }
}

function linesOf(program: Program): ReturnType<typeof declarationsOf>[number] {
  const [lines, ...more] = declarationsOf(program);
  if (lines === undefined || more.length > 0) throw new Error("declarations of the library are one manifest");
  return lines;
}
