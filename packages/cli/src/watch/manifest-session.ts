/**
 * Manifests that are linked, and linked again as they change. Holds for each the version that the linker's session has,
 * and tells the session what makes another version of it.
 *
 * Where an update cannot follow (the header changed, a name is declared twice, most of a manifest is new), all is linked
 * in a session of its own. Only when that has succeeded does it take the place of the one before: a mistake that is taken
 * back costs no link in full.
 *
 * Races: files are looked at before they are read, and again when all has been read: if they are not the same, what was
 * read counts for nothing. A link in full reads them until it is done, so that its output may have been written when that
 * is noticed; the next round, which follows at once, puts it right.
 */

import { setTimeout as sleep } from "node:timers/promises";
import {
  type DeclarationIdentity,
  type DeclaredInput,
  DeclFlag,
  DeclKind,
  type Diagnostic,
  DiagnosticError,
  type FlushResult,
  ManifestChanged,
  type ManifestEdits,
  ManifestVersion,
  type Note,
  type OpenedManifest,
  objectPath,
  type Place,
  Session,
  tables,
} from "@manifold/core";
import { choosePool, openAll } from "../link/link-manifests.js";
import { keepsChanging } from "./diagnostics.js";
import { InputLink } from "./input-link.js";
import { stateOf } from "./watch-manifest.js";

export interface ManifestSessionOptions {
  readonly manifests: readonly string[];
  readonly output: string;
  readonly workers?: number;
  readonly control: Int32Array<SharedArrayBuffer>;
  /** As for a session: say what updates changed in memory. */
  readonly describes?: boolean;
}

/** What an update came to. With `ok` false the output is as it was. */
export interface Updated {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where there was nothing to do, or nothing could be done. */
  readonly result: FlushResult | undefined;
  /** Why all was linked, though it was linked before. */
  readonly reason: string | undefined;
  readonly milliseconds: number;
}

/** The session that links, what it is made of, and what it has. */
interface Live {
  readonly session: Session;
  readonly close: () => Promise<void>;
  /** By scope. */
  versions: readonly ManifestVersion[];
  /** What the files were when they were read. */
  states: readonly string[];
  /** Number of the last edit, and of the last that the output has. */
  edit: number;
  good: number;
  /** What is linked with the manifests. */
  readonly inputs: readonly DeclaredInput[];
}

/** Bytes of input per declaration, at a guess, to size tables. */
const BYTES_PER_NAME = 256;
const ROUNDS = 10;
/** Milliseconds: above the resolution of file times, within which a file can change and look the same. */
const RESOLUTION = 20;

export class ManifestSession {
  readonly #options: ManifestSessionOptions;
  #live: Live | undefined;
  #inputs: InputLink | undefined;

  constructor(options: ManifestSessionOptions) {
    this.#options = options;
  }

  /** Brings the output up to date with the files. Not to be called while it runs. Rejects for faults of the linker only. */
  async update(): Promise<Updated> {
    const start = performance.now();
    const done = (updated: Omit<Updated, "milliseconds">): Updated => {
      return { ...updated, milliseconds: performance.now() - start };
    };
    for (let round = 1; ; round++) {
      try {
        return done(await this.#linkInputs(await this.#update()));
      } catch (cause) {
        if (cause instanceof DiagnosticError) return done(failed(cause.diagnostics));
        if (!(cause instanceof ManifestChanged)) throw cause;
        if (round === ROUNDS) return done(failed([keepsChanging(this.#options.manifests[0]!)]));
        await sleep(RESOLUTION);
      }
    }
  }

  /** Does what the next update would else have to do first. */
  prepare(): void {
    this.#live?.session.prepare();
  }

  /** Files besides the manifests that the output depends on, and what they were when they were read last. */
  get followed(): ReadonlyMap<string, string> {
    return this.#inputs?.files ?? new Map();
  }

  async close(): Promise<void> {
    await this.#live?.close();
    this.#live = undefined;
    this.#inputs?.discard();
  }

  /** Links the inputs that are declared with what became of the manifests, which is good. */
  async #linkInputs(updated: Omit<Updated, "milliseconds">): Promise<Omit<Updated, "milliseconds">> {
    const live = this.#live;
    if (!updated.ok || live === undefined) return updated;
    if (live.inputs.length === 0) {
      this.#inputs?.discard();
      this.#inputs = undefined;
      return updated;
    }
    this.#inputs ??= new InputLink(this.#options.output);
    return this.#inputs.link(updated, {
      manifests: live.versions.map(({ opened }) => opened),
      inputs: live.inputs,
      output: this.#options.output,
    });
  }

  async #update(): Promise<Omit<Updated, "milliseconds">> {
    const states = this.#look();
    const { manifests, diagnostics } = openAll(this.#options);
    if (diagnostics.length > 0) return failed(diagnostics);
    const live = this.#live;
    if (live === undefined) return this.#linkAll(manifests, states, undefined);
    if (JSON.stringify(manifests[0]!.header) !== JSON.stringify(live.versions[0]!.opened.header))
      return this.#linkAll(manifests, states, "the header changed");
    if (live.session.program === undefined)
      return this.#linkAll(manifests, states, "the last link left no room for changes");
    const edits = this.#editsOf(live, manifests, states);
    const reason = edits.find(({ needsLink }) => needsLink !== undefined)?.needsLink;
    if (reason !== undefined) return this.#linkAll(manifests, states, reason);
    return this.#follow(live, manifests, edits, states);
  }

  // --- updates --------------------------------------------------------------------------------------------------

  /** By scope; what did not change is not read. */
  #editsOf(live: Live, manifests: readonly OpenedManifest[], states: readonly string[]): ManifestEdits[] {
    const edit = live.edit + 1;
    const edits = manifests.map((opened, scope): ManifestEdits => {
      const version = live.versions[scope]!;
      if (states[scope] === live.states[scope] && live.good === live.edit)
        return { version, removed: [], text: undefined, needsLink: undefined };
      return read(opened, () =>
        version.editsTo(opened, { edit, good: live.good, typed: () => typedOf(live.session, scope) }),
      );
    });
    this.#checkUnchanged(states);
    return edits;
  }

  async #follow(
    live: Live,
    manifests: readonly OpenedManifest[],
    edits: readonly ManifestEdits[],
    states: readonly string[],
  ): Promise<Omit<Updated, "milliseconds">> {
    const isSame = edits.every(({ removed, text }) => removed.length === 0 && text === undefined);
    live.versions = edits.map(({ version }) => version);
    live.states = states;
    if (isSame && live.good === live.edit) return { ok: true, diagnostics: [], result: undefined, reason: undefined };
    live.edit++;
    edits.forEach(({ version, removed, text }, scope) => {
      if (removed.length > 0) live.session.remove(scope, removed);
      if (text !== undefined) live.session.updateText(labelOf(version, scope, live.edit), text, scope);
    });
    let result: FlushResult;
    try {
      result = await live.session.flush();
    } catch (cause) {
      // What the session is worth now is not known.
      await this.close();
      if (cause instanceof DiagnosticError) throw cause;
      return this.#linkAll(manifests, states, `an update failed, which is a fault of Manifold: ${messageOf(cause)}`);
    }
    live.session.forgetTyped();
    if (result.ok) live.good = live.edit;
    const diagnostics = result.diagnostics.map((diagnostic) => relocated(diagnostic, live.versions));
    return { ok: result.ok, diagnostics, result, reason: result.reason };
  }

  // --- full links -----------------------------------------------------------------------------------------------

  async #linkAll(
    manifests: readonly OpenedManifest[],
    states: readonly string[],
    reason: string | undefined,
  ): Promise<Omit<Updated, "milliseconds">> {
    const { output, workers, control, describes = false } = this.#options;
    const size = manifests.reduce((bytes, { start, end }) => bytes + end - start, 0);
    const { pool, close } = await choosePool(workers, size);
    const session = new Session({
      header: manifests[0]!.header,
      output,
      pool,
      control,
      expectedNames: Math.ceil(size / BYTES_PER_NAME),
      incremental: true,
      describes,
      takesInputs: true,
    });
    let isTaken = false;
    try {
      manifests.forEach((manifest, scope) => {
        session.addManifest(manifest, scope);
      });
      // Workers emit meanwhile.
      const versions = manifests.map((opened) => read(opened, () => ManifestVersion.read(opened)));
      let result = await session.flush();
      if (!result.ok && result.diagnostics.length === 0) {
        session.becomeObject(objectPath(output));
        result = await session.flush();
      }
      this.#checkUnchanged(states);
      if (result.ok) {
        isTaken = true;
        await this.#live?.close();
        // What depends on types is handed over again when they change: their text in the file may be gone by then.
        session.forgetTyped();
        this.#live = { session, close, versions, states, edit: 0, good: 0, inputs: session.inputs };
      }
      return { ok: result.ok, diagnostics: result.diagnostics, result, reason };
    } finally {
      if (!isTaken) await close();
    }
  }

  #look(): string[] {
    return this.#options.manifests.map(stateOf);
  }

  #checkUnchanged(states: readonly string[]): void {
    const now = this.#look();
    const changed = this.#options.manifests.find((_, index) => now[index] !== states[index]);
    if (changed !== undefined) throw new ManifestChanged(changed);
  }
}

function failed(diagnostics: readonly Diagnostic[]): Omit<Updated, "milliseconds"> {
  return { ok: false, diagnostics, result: undefined, reason: undefined };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** A file that was opened a moment ago and cannot be read has changed; opening it again tells how. */
function read<T>({ path }: OpenedManifest, reading: () => T): T {
  try {
    return reading();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw new ManifestChanged(path);
    throw cause;
  }
}

/** The declarations of a manifest that depend on its types. */
function* typedOf(session: Session, scope: number): Generator<DeclarationIdentity> {
  const { Declaration } = tables;
  const { declarations } = session.program!.parts;
  for (let row = 0; row < declarations.length; row++) {
    const flags = declarations.get(row, Declaration.FLAGS);
    if ((flags & DeclFlag.TYPED) === 0 || declarations.get(row, Declaration.SCOPE) !== scope) continue;
    yield {
      class: (flags & DeclFlag.KIND) === DeclKind.EXPORT ? "export" : "nav",
      hash0: declarations.get(row, Declaration.HASH0),
      hash1: declarations.get(row, Declaration.HASH1),
      hash2: declarations.get(row, Declaration.HASH2),
    };
  }
}

// --- places -----------------------------------------------------------------------------------------------------

/** Parts a path from what stands behind it: no path holds it. */
const SEPARATOR = "\0";

/** What the session calls the text that it is given. */
function labelOf({ opened }: ManifestVersion, scope: number, edit: number): string {
  return [opened.path, scope, edit].join(SEPARATOR);
}

/** The diagnostic with the places that the session knows as they are in the files now. */
function relocated(diagnostic: Diagnostic, versions: readonly ManifestVersion[]): Diagnostic {
  const { place, notes } = diagnostic;
  return {
    ...diagnostic,
    ...(place === undefined ? {} : { place: placeNow(place, versions) }),
    ...(notes === undefined ? {} : { notes: notes.map((note) => noteNow(note, versions)) }),
  };
}

function noteNow(note: Note, versions: readonly ManifestVersion[]): Note {
  return note.place === undefined ? note : { ...note, place: placeNow(note.place, versions) };
}

function placeNow(place: Place, versions: readonly ManifestVersion[]): Place {
  if (place.file === undefined || place.offset === undefined) return place;
  const [path, scope, edit = 0] = place.file.split(SEPARATOR);
  const version = scope === undefined ? versions.find(({ opened }) => opened.path === path) : versions[Number(scope)];
  const now = version?.place(Number(edit), place.offset, place.length ?? 1);
  return now ?? { file: path! };
}
