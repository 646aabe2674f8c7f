/**
 * A manifest that is edited while a session has it: which version the session has, and what makes another version of it,
 * as calls of the session.
 *
 * What changed is handed over as text, not as parts of the file: the file is edited again while the session still refers to
 * what it was given. The text is checked against the hashes of the scan, so that what is handed over is what was compared.
 * Of every line it is known where it stands in what the session was given, and so where the session's places are now.
 */

import type { Place } from "../diagnostics/diagnostic.js";
import { TEXT_LEAD } from "../protocol/sources.js";
import { type DeclarationIdentity, type DeclarationKey, declarationKey, identityText } from "./declaration-key.js";
import { LineKeys, readLineKeys } from "./line-keys.js";
import { LineReader } from "./line-reader.js";
import { locateInFile } from "./locate.js";
import { diffLines, type LineDiff } from "./manifest-diff.js";
import type { OpenedManifest } from "./open-manifest.js";
import { pairChanges } from "./pair-changes.js";
import { type ManifestLines, scanManifestFile } from "./scan-manifest.js";

/** Class and name of a declaration that is gone; what is removed by name, a type, has its name. */
export type GoneKey = DeclarationIdentity & { readonly name?: string };

export interface ManifestEdits {
  readonly version: ManifestVersion;
  readonly removed: readonly GoneKey[];
  /** The lines that are new, changed or handed over again, as `Session.updateText` takes them; undefined where none is. */
  readonly text: SharedArrayBuffer | undefined;
  /** Why the manifest has to be linked anew. */
  readonly needsLink: string | undefined;
}

/** What the session has to be told besides what differs. */
export interface EditOptions {
  /** Number of this edit: above those of all edits before it. */
  readonly edit: number;
  /** Lines that came with edits above this one are handed over again. */
  readonly good: number;
  /** Declarations that depend on types: handed over again where types changed. */
  readonly typed: () => Iterable<DeclarationIdentity>;
}

/** So many lines, and more than half of all: then a link from the start is sooner done. */
const MANY = 2000;
const NEWLINE = 0x0a;
const TAB = 0x09;

export class ManifestVersion {
  readonly opened: OpenedManifest;
  readonly lines: ManifestLines;
  readonly keys: LineKeys;
  /** By line: the edit that it was handed over with, 0 for the file as it was linked; and where it begins in that text. */
  readonly #edits: Int32Array;
  readonly #starts: Float64Array;
  /** Names of types, by their keys: all that were ever seen. */
  readonly #typeNames: Map<string, string>;

  private constructor(
    opened: OpenedManifest,
    lines: ManifestLines,
    keys: LineKeys,
    origin: { readonly edits: Int32Array; readonly starts: Float64Array },
    typeNames: Map<string, string>,
  ) {
    this.opened = opened;
    this.lines = lines;
    this.keys = keys;
    this.#edits = origin.edits;
    this.#starts = origin.starts;
    this.#typeNames = typeNames;
  }

  /** The file as it is linked. Throws DiagnosticError, and what `fs` throws where it changes meanwhile. */
  static read(opened: OpenedManifest): ManifestVersion {
    const lines = scanManifestFile(opened);
    const names = new Map<string, string>();
    const keys = readLineKeys(opened.path, lines, (key) => names.set(identityText(key), key.name));
    const origin = { edits: new Int32Array(lines.count), starts: lines.start };
    return new ManifestVersion(opened, lines, keys, origin, names);
  }

  /**
   * What makes the file as it is now of this version. Throws ManifestChanged where it changes meanwhile, DiagnosticError,
   * and what `fs` throws.
   */
  editsTo(opened: OpenedManifest, options: EditOptions): ManifestEdits {
    const lines = scanManifestFile(opened);
    const diff = diffLines(this.lines, lines);
    const reader = new LineReader(opened.path, lines);
    try {
      return this.#edit(opened, lines, diff, reader, options);
    } finally {
      reader.close();
    }
  }

  /**
   * Where byte `offset` of what was handed over with edit `edit` (0: the file that was linked) stands now; undefined where
   * its line is gone.
   */
  place(edit: number, offset: number, length: number): Place | undefined {
    const { path } = this.opened;
    for (let line = 0; line < this.lines.count; line++) {
      const inside = offset - this.#starts[line]!;
      if (this.#edits[line] === edit && inside >= 0 && inside <= this.lines.length[line]!)
        return locateInFile(path, this.lines.start[line]! + inside, length);
    }
    return undefined;
  }

  #edit(
    opened: OpenedManifest,
    lines: ManifestLines,
    diff: LineDiff,
    reader: LineReader,
    options: EditOptions,
  ): ManifestEdits {
    const keys = new LineKeys(lines.count);
    const edits = new Int32Array(lines.count);
    const starts = new Float64Array(lines.count);
    const next = new ManifestVersion(opened, lines, keys, { edits, starts }, this.#typeNames);
    this.#keep(next, diff);
    const added = new Map<number, DeclarationKey | undefined>();
    for (const line of diff.added) {
      const bytes = reader.line(line);
      const key = declarationKey(bytes, 0, bytes.length);
      added.set(line, key);
      keys.set(line, key);
      if (key?.class === "type") this.#typeNames.set(identityText(key), key.name);
    }
    const { changes } = pairChanges(
      diff,
      (line) => this.keys.get(line),
      (line) => added.get(line),
    );
    const touched = changes.map(({ key }) => key);
    const removed = changes.filter(({ kind }) => kind === "removed").map(({ key }) => this.#named(key));
    const needsLink = this.#whyLink(next, diff, touched);
    if (needsLink !== undefined) return { version: next, removed, text: undefined, needsLink };
    const again = new Set(diff.added);
    this.#addAgain(next, touched, options, again);
    const text = next.#take(
      [...again].sort((a, b) => a - b),
      reader,
      options.edit,
    );
    return { version: next, removed, text, needsLink };
  }

  /** Hands what is known of lines that are in both versions to `next`. */
  #keep(next: ManifestVersion, diff: LineDiff): void {
    const copy = (from: number, to: number, count: number): void => {
      next.keys.copy(to, this.keys, from, count);
      next.#edits.set(this.#edits.subarray(from, from + count), to);
      next.#starts.set(this.#starts.subarray(from, from + count), to);
    };
    const { prefix, suffix, middle } = diff;
    copy(0, 0, prefix);
    middle.forEach((from, index) => {
      if (from !== -1) copy(from, prefix + index, 1);
    });
    copy(this.lines.count - suffix, next.lines.count - suffix, suffix);
  }

  #whyLink(next: ManifestVersion, diff: LineDiff, touched: readonly DeclarationIdentity[]): string | undefined {
    if (diff.added.length > MANY && diff.added.length > next.lines.count / 2) return "most of it changed";
    if (touched.some((key) => key.class === "input")) return "an input changed";
    if (touched.length > 0 && (this.keys.hasTwice(touched) || next.keys.hasTwice(touched)))
      return "a name is declared twice";
    return undefined;
  }

  /** Adds the lines that stayed, and that the session has to be given again all the same. */
  #addAgain(
    next: ManifestVersion,
    touched: readonly DeclarationIdentity[],
    { edit, good, typed }: EditOptions,
    again: Set<number>,
  ): void {
    if (good < edit - 1)
      for (let line = 0; line < next.lines.count; line++) if (next.#edits[line]! > good) again.add(line);
    if (!touched.some((key) => key.class === "type" || key.class === "errors")) return;
    const keys = [...typed()];
    for (const line of next.keys.linesOf(new Set(keys.map(identityText)), keys)) again.add(line);
  }

  /** The text of these lines. They are this edit's from now on. */
  #take(taken: readonly number[], reader: LineReader, edit: number): SharedArrayBuffer | undefined {
    if (taken.length === 0) return undefined;
    const size = taken.reduce((bytes, line) => bytes + this.lines.length[line]! + 1, TEXT_LEAD);
    const buffer = new SharedArrayBuffer(size);
    const text = new Uint8Array(buffer);
    text[0] = NEWLINE;
    let at = TEXT_LEAD;
    for (const line of taken) {
      const bytes = reader.line(line);
      text.set(bytes, at);
      // In JSON, one declaration may take several lines; a tab is allowed where a newline is, and nowhere else.
      for (let i = bytes.indexOf(NEWLINE); i !== -1; i = bytes.indexOf(NEWLINE, i + 1)) text[at + i] = TAB;
      this.#edits[line] = edit;
      this.#starts[line] = at - TEXT_LEAD;
      at += bytes.length;
      text[at++] = NEWLINE;
    }
    return buffer;
  }

  #named(key: DeclarationIdentity): GoneKey {
    const name = key.class === "type" ? this.#typeNames.get(identityText(key)) : undefined;
    const { class: kind, hash0, hash1, hash2 } = key;
    return { class: kind, hash0, hash1, hash2, ...(name === undefined ? {} : { name }) };
  }
}
