/**
 * An update of a session on disk: what changed in its manifests is found, the program follows, the output is written, and
 * the session saved. What cannot be done so is thrown, and is a full link.
 */

import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { StateError } from "../diagnostics/state.js";
import { discard, systemFiles } from "../image/files.js";
import { OutputSource } from "../image/output-source.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import { Session } from "../link/session.js";
import type { FlushResult } from "../link/session-options.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import type { StateFile } from "../state/state-file.js";
import { compareManifest } from "./compare-manifest.js";
import type { IncrementalRequest, IncrementalResult } from "./incremental-request.js";
import { locateChanges } from "./locate-changes.js";
import type { ManifestEdit } from "./manifest-edit.js";
import { ManifestTexts } from "./manifest-lines.js";
import { rowsOfName } from "./names.js";
import type { Program } from "./program.js";
import { References } from "./references.js";
import { countProgram } from "./report.js";
import { programTables, restoreProgram } from "./save-program.js";
import {
  isAsSeen,
  isSameText,
  type Looked,
  lookAt,
  type SavedSession,
  savedSession,
  statePath,
  textTables,
} from "./saved-session.js";
import { NONE } from "./tables.js";

/** A file that was written so shortly before it was looked at may be written again at the same time. */
const SETTLED_MS = 50;

export class StoredSession {
  readonly #request: IncrementalRequest;
  readonly #state: StateFile;
  readonly #saved: SavedSession;
  readonly #explanation: string[] = [];

  constructor(request: IncrementalRequest, state: StateFile) {
    this.#request = request;
    this.#state = state;
    this.#saved = state.meta as SavedSession;
    const { manifests } = this.#saved;
    if (manifests === undefined) throw new NeedsFullLink("the session is not one of manifests");
    const isSame =
      manifests.length === request.manifests.length &&
      manifests.every(({ path }, scope) => path === request.manifests[scope]!.path);
    if (!isSame) throw new NeedsFullLink("other manifests were linked before");
    const { header } = request.manifests[0]!;
    if (JSON.stringify(header) !== JSON.stringify(this.#saved.header))
      throw new NeedsFullLink("the manifest's header changed");
  }

  async update(): Promise<IncrementalResult> {
    const request = this.#request;
    const { output, manifests, control, pool, files = systemFiles } = request;
    const state = this.#state;
    const looked = manifests.map(({ path }) => lookAt(path));
    const source = new OutputSource(output, state.fingerprint, files);
    try {
      const program = restoreProgram(this.#saved.program, (name) => state.table(name), source);
      const texts = this.#saved.manifests.map(
        ({ lines }, scope) =>
          new ManifestTexts(program, scope, {
            order: state.table(`order ${scope}`)!,
            types: state.table(`types ${scope}`)!,
            state: lines,
          }),
      );
      const edits = manifests.map((manifest, scope) =>
        this.#editOf(program, texts[scope]!, manifest, scope, looked[scope]!),
      );
      const isNothing = edits.every((edit) => edit === undefined);
      if (isNothing && this.#request.verify !== true) return this.#nothing(program, source);
      const session = new Session({
        header: manifests[0]!.header,
        output,
        pool: await pool(this.#request.verify === true),
        control,
        restored: { program, output: state.fingerprint },
        takesInputs: request.takesInputs === true,
        files,
        beforeWrite: () => this.#begin(),
      });
      edits.forEach((edit, scope) => {
        if (edit === undefined) return;
        const keys = edit.removed.flatMap(({ key }) => (key.class === "nav" || key.class === "export" ? [key] : []));
        if (keys.length > 0) session.remove(scope, keys);
        if (edit.parts.length > 0) session.updateManifest(manifests[scope]!, scope, edit.parts);
      });
      if (isNothing) return await verified(this.#request, session, this.#nothing(program, source));
      const result = await session.flush();
      if (!result.ok) return this.#result(result, program, source, []);
      const notes = this.#save(session, program, texts, edits, looked);
      return await verified(this.#request, session, this.#result(result, program, source, notes));
    } finally {
      source.close();
    }
  }

  #editOf(
    program: Program,
    texts: ManifestTexts,
    manifest: OpenedManifest,
    scope: number,
    now: Looked,
  ): ManifestEdit | undefined {
    const saved = this.#saved.manifests[scope]!;
    const isKnown = saved.isCompared || this.#request.changed !== undefined;
    if (isKnown && isSameText(saved, now) && saved.mtimeMs + SETTLED_MS < saved.seenMs) {
      this.#explanation.push(`${manifest.path}: not touched`);
      return undefined;
    }
    const { changed } = this.#request;
    if (changed !== undefined && this.#saved.manifests.length > 1)
      this.#explanation.push(`${manifest.path}: compared as a whole, because --changed does not say of which manifest`);
    if (changed !== undefined && this.#saved.manifests.length === 1) {
      const tell = (reason: string): void => {
        this.#explanation.push(`${manifest.path}: compared as a whole, because ${reason}`);
      };
      const edit = locateChanges(program, texts, manifest, scope, changed, saved.size, tell);
      if (edit !== undefined) return this.#explained(manifest, edit);
    }
    return this.#explained(manifest, compareManifest(texts, manifest));
  }

  /** The edit, where there is anything to do. */
  #explained(manifest: OpenedManifest, edit: ManifestEdit | undefined): ManifestEdit | undefined {
    if (edit === undefined || (edit.parts.length === 0 && edit.removed.length === 0)) {
      this.#explanation.push(`${manifest.path}: no declaration changed`);
      return undefined;
    }
    const { changed, removed } = edit;
    if ([...changed, ...removed].some(({ key }) => key.class === "input")) throw new NeedsFullLink("other inputs");
    const list = changed.slice(0, 8).map(({ key, row }) => `${row === NONE ? "+" : ""}${key.kind} ${key.name}`);
    const more = changed.length > list.length ? `, ${changed.length - list.length} more` : "";
    this.#explanation.push(
      `${manifest.path}: ${count(changed.length, "declaration")} new or changed${list.length > 0 ? ` (${list.join(", ")}${more})` : ""}, ${removed.length} gone`,
    );
    return edit;
  }

  #begun = false;
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#state.begin();
  }

  /** Saves the session; what is said where that is not possible. The next link is a full one then. */
  #save(
    session: Session,
    program: Program,
    texts: readonly ManifestTexts[],
    edits: readonly (ManifestEdit | undefined)[],
    looked: readonly Looked[],
  ): Diagnostic[] {
    const { manifests } = this.#request;
    const fingerprint = session.file.fingerprint;
    // A manifest that changed while it was read is not what was linked.
    if (fingerprint === undefined || manifests.some(({ path }, scope) => !isAsSeen(path, looked[scope]!))) {
      this.#begin();
      return [];
    }
    try {
      edits.forEach((edit, scope) => {
        if (edit !== undefined) noteEdit(program, texts[scope]!, scope, edit);
      });
      this.#begin();
      const tables = [...programTables(program), ...textTables(texts)];
      // What the caller did not name was not looked at: that the file is as it was says nothing of it.
      const isCompared = this.#request.changed === undefined;
      const { inputs } = this.#saved;
      const saved = savedSession(program, session.chunkCount, manifests, texts, looked, isCompared, inputs);
      this.#state.save(saved, tables, fingerprint);
      return [];
    } catch (cause) {
      if (cause instanceof StateError) return [cause.reason];
      throw cause;
    }
  }

  #nothing(program: Program, source: OutputSource): IncrementalResult {
    const update = { emitted: 0, removed: 0, symbols: 0, nodes: 0, relocations: 0, changed: 0 };
    const counts = countProgram(program, 0);
    const flush = { ok: true, diagnostics: [], counts, phases: [], bytesWritten: 0, update, reason: undefined };
    return this.#result(flush, program, source, []);
  }

  #result(flush: FlushResult, program: Program, source: OutputSource, notes: readonly Diagnostic[]): IncrementalResult {
    return {
      ...flush,
      notes,
      explanation: this.#explanation,
      bytesRead: this.#state.bytesRead + source.bytesRead,
      stateBytesWritten: this.#state.bytesWritten,
      inputs: this.#saved.inputs,
      program,
    };
  }
}

/**
 * With `verify`, the result as a comparison with a full link makes it. Where that finds a difference, the session is
 * forgotten: the next link is a full one.
 */
export async function verified(
  request: IncrementalRequest,
  session: Session,
  result: IncrementalResult,
): Promise<IncrementalResult> {
  const { verify, changed, manifests, output, pool, control, expectedNames, files = systemFiles } = request;
  if (verify !== true) return result;
  const own = await pool(true);
  const found = await session.verify(() => {
    const { header } = manifests[0]!;
    const takesInputs = request.takesInputs === true;
    const fresh = new Session({ header, output, pool: own, control, expectedNames, incremental: true, takesInputs });
    if (result.inputs.length > 0) fresh.becomeObject(output);
    manifests.forEach((manifest, scope) => {
      fresh.addManifest(manifest, scope);
    });
    return fresh;
  });
  const hint =
    changed === undefined ? [] : [{ message: "only what --changed names was looked at: is that all that changed?" }];
  const differences = found.map((one) => ({ ...one, notes: [...(one.notes ?? []), ...hint] }));
  if (differences.length > 0) discard(files, statePath(output));
  const same = differences.length === 0 ? "the same as a full link" : "not what a full link makes";
  return {
    ...result,
    ok: differences.length === 0,
    diagnostics: differences,
    explanation: [...result.explanation, `verified: ${same}`],
  };
}

/** Notes the new texts of declarations that the program has followed. */
function noteEdit(program: Program, texts: ManifestTexts, scope: number, edit: ManifestEdit): void {
  edit.follow();
  for (const { row, key } of edit.removed) if (key.class === "type" || key.class === "errors") texts.removeType(row);
  const references = new References(program);
  for (const { key, line, row } of edit.changed) {
    if (key.class === "type" || key.class === "errors") texts.retext(row === NONE ? texts.addType(key) : row, line);
    else {
      const own = rowsOfName(program, references, scope, [key.hash0, key.hash1, key.hash2]);
      const declared = own.find((candidate) => texts.classOf(candidate) === key.class);
      if (declared !== undefined) texts.retext(declared, line);
    }
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
