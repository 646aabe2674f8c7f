/**
 * What became of a manifest since a session was saved: which declarations are to be emitted, which are gone. Found by
 * comparing the whole text, or for declarations that the caller names by looking at these alone.
 */

import { closeSync, openSync, readSync } from "node:fs";
import type { SourcePart } from "../link/linker.js";
import { type DeclarationIdentity, type DeclarationKey, declarationKey } from "../manifest/declaration-key.js";
import { diffLines, lineBefore } from "../manifest/manifest-diff.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import { pairChanges } from "../manifest/pair-changes.js";
import { scanManifestFile } from "../manifest/scan-manifest.js";
import { hashSpan, spanHash0, spanHash1 } from "../manifest/span-hash.js";
import { hash0, hash1, hash2, hashBytes } from "../memory/hash.js";
import { lineAt, type ManifestTexts, type TextLine } from "./manifest-lines.js";
import { rowsOfName } from "./names.js";
import type { Program } from "./program.js";
import { References } from "./references.js";
import { NONE } from "./tables.js";

/** A declaration with new text; `row` is its record where it had one before. */
interface ChangedText {
  readonly key: DeclarationKey;
  readonly line: TextLine;
  readonly row: number;
}

export interface ManifestEdit {
  /** What is to be emitted, in the order of the text. */
  readonly parts: readonly SourcePart[];
  readonly removed: readonly { readonly row: number; readonly key: DeclarationIdentity }[];
  readonly changed: readonly ChangedText[];
  /** To be called when the program has followed: notes the places of all that stayed. */
  readonly follow: () => void;
}

const NEWLINE = 0x0a;

/** Reads parts of a manifest. */
class TextReader {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, "r");
  }

  read(start: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, length));
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, bytes.length, start));
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Compares all of a manifest; undefined where nothing changed. */
export function compareManifest(texts: ManifestTexts, opened: OpenedManifest): ManifestEdit | undefined {
  const after = scanManifestFile(opened);
  const before = texts.hashes();
  const diff = diffLines(before.lines, after);
  const reader = new TextReader(opened.path);
  try {
    const keyAfter = (line: number): DeclarationKey | undefined => {
      const bytes = reader.read(after.start[line]!, after.length[line]!);
      return declarationKey(bytes, 0, bytes.length);
    };
    const { changes, malformed } = pairChanges(diff, (line) => texts.identityOf(before.rows[line]!), keyAfter);
    const parts: SourcePart[] = malformed.map((line) => partAt(lineAt(after, line), false));
    const changed: ChangedText[] = [];
    const removed: { row: number; key: DeclarationIdentity }[] = [];
    for (const change of changes) {
      if (change.kind === "removed") removed.push({ row: before.rows[change.before]!, key: change.key });
      else {
        const row = change.kind === "changed" ? before.rows[change.before]! : NONE;
        const line = lineAt(after, change.after);
        parts.push(partAt(line, row !== NONE));
        changed.push({ key: change.key, line, row });
      }
    }
    const same = (line: number): number => {
      const at = lineBefore(diff, before.lines, after, line);
      return at === -1 ? NONE : before.rows[at]!;
    };
    const rowOfLine = new Map(changed.map(({ line, row }) => [line.start, row]));
    const rowOf = (line: number): number => {
      const row = same(line);
      return row === NONE ? (rowOfLine.get(after.start[line]!) ?? NONE) : row;
    };
    addTyped(
      parts,
      texts,
      changed,
      removed,
      reader,
      () => {
        const typed: TextLine[] = [];
        for (let line = 0; line < after.count; line++) {
          const row = same(line);
          if (row !== NONE && texts.isTyped(row)) typed.push(lineAt(after, line));
        }
        return typed;
      },
      () => {
        const types: TextLine[] = [];
        for (let line = 0; line < after.count; line++) {
          const row = same(line);
          if (row !== NONE && isTypes(texts, row)) types.push(lineAt(after, line));
        }
        return types;
      },
    );
    const isSame = parts.length === 0 && removed.length === 0;

    if (isSame) return undefined;
    return {
      parts: parts.sort((a, b) => a.start - b.start),
      removed,
      changed,
      follow: () => {
        const rows: number[] = [];
        const starts: number[] = [];
        for (let line = 0; line < after.count; line++) {
          const row = rowOf(line);
          if (row === NONE) continue;
          rows.push(row);
          starts.push(after.start[line]!);
        }
        texts.follow(Int32Array.from(rows), Float64Array.from(starts));
      },
    };
  } finally {
    reader.close();
  }
}

/**
 * Finds the declarations that `names` name where they must stand if nothing else changed: text of the same name in the same
 * place, or none there any more; new ones in the place of one that went, or at the end. Undefined where that is not so,
 * with the reason in `why`.
 */
export function locateChanges(
  program: Program,
  texts: ManifestTexts,
  opened: OpenedManifest,
  scope: number,
  names: readonly string[],
  sizeBefore: number,
  why: (reason: string) => void,
): ManifestEdit | undefined {
  if (opened.spelling !== "lines") {
    why("it is no NDJSON");
    return undefined;
  }
  if (texts.isScattered) {
    why("it has changed in many places since that was done last");
    return undefined;
  }
  const reader = new TextReader(opened.path);
  try {
    const references = new References(program);
    const known: { row: number; start: number }[] = [];
    const unknown = new Set<string>();
    for (const name of names) {
      const rows = rowsNamed(program, references, scope, name);
      if (rows.length === 0) unknown.add(name);
      for (const row of rows) known.push({ row, start: texts.startOf(row) });
    }
    if (known.some(({ start }) => start < 0)) {
      why("where a named declaration stands is not known");
      return undefined;
    }
    known.sort((a, b) => a.start - b.start);
    const parts: SourcePart[] = [];
    const changed: ChangedText[] = [];
    const removed: { row: number; key: DeclarationIdentity }[] = [];
    /** What is behind `position` in noted coordinates, `start` in the text before, moves by `change`. */
    const moves: { position: number; start: number; change: number }[] = [];
    let shift = 0;
    for (const { row, start } of known) {
      const length = texts.lengthOf(row);
      const line = readLine(reader, start + shift, length);
      if (line === undefined) {
        why("a named declaration is not where it was");
        return undefined;
      }
      const key = declarationKey(line.bytes, 0, line.bytes.length);
      const old = texts.identityOf(row);
      const text = hashed(line.bytes, start + shift);
      let change = line.bytes.length - length;
      // Named, and the same all the same.
      if (change === 0 && isSameText(text, texts.hashOf(row))) continue;
      if (key !== undefined && isSameKey(key, old)) {
        changed.push({ key, line: text, row });
        parts.push(partAt(text, true));
      } else {
        removed.push({ row, key: old });
        if (key !== undefined && unknown.delete(key.name)) {
          changed.push({ key, line: text, row: NONE });
          parts.push(partAt(text, false));
        } else change = -(length + 1);
      }
      moves.push({ position: texts.behind(row), start, change });
      shift += change;
    }
    const end = sizeBefore + shift;
    if (end > opened.end || unknown.size > 0 !== end < opened.end) {
      why("more of the manifest changed than was named");
      return undefined;
    }
    if (end < opened.end) {
      const tail = readTail(reader, end, opened.end, unknown);
      if (tail === undefined) {
        why("a named declaration is new, and not at the end");
        return undefined;
      }
      for (const { key, line } of tail) {
        changed.push({ key, line, row: NONE });
        parts.push(partAt(line, false));
      }
    }
    const isAboutTypes = changed.some(({ key }) => key.class === "type" || key.class === "errors");
    if (isAboutTypes) {
      why("types changed");
      return undefined;
    }
    let areTypesKnown = true;
    addTyped(
      parts,
      texts,
      changed,
      removed,
      reader,
      () => [],
      () => {
        const lines = typeLines(texts, moves);
        areTypesKnown = lines.every((line) => isTextAt(reader, line));
        return lines;
      },
    );
    if (!areTypesKnown) {
      why("where types are declared is not known");
      return undefined;
    }
    return {
      parts: parts.sort((a, b) => a.start - b.start),
      removed,
      changed,
      follow: () => {
        for (const { position, change } of moves) texts.moveBehind(position, change);
      },
    };
  } finally {
    reader.close();
  }
}

/** The navs, externs and exports of that name. */
function rowsNamed(program: Program, references: References, scope: number, name: string): number[] {
  const bytes = Buffer.from(name, "utf8");
  hashBytes(bytes, 0, bytes.length);
  return rowsOfName(program, references, scope, [hash0, hash1, hash2]);
}

/** Where the declarations of types stand now, those before a change by that much further. */
function typeLines(texts: ManifestTexts, moves: readonly { start: number; change: number }[]): TextLine[] {
  const lines: TextLine[] = [];
  for (let at = 0; at < texts.types.length; at++) {
    const row = texts.types.get(at);
    if (!isTypes(texts, row)) continue;
    const start = texts.startOf(row);
    if (start < 0) {
      lines.push({ start, length: 0, ...texts.hashOf(row) });
      continue;
    }
    let shift = 0;
    for (const move of moves) if (move.start < start) shift += move.change;
    lines.push({ start: start + shift, length: texts.lengthOf(row), ...texts.hashOf(row) });
  }
  return lines;
}

/**
 * Adds what typed values need: all declarations of types, where something to be emitted may be typed; and all typed
 * declarations, where types changed.
 */
function addTyped(
  parts: SourcePart[],
  texts: ManifestTexts,
  changed: readonly ChangedText[],
  removed: readonly { readonly key: DeclarationIdentity }[],
  reader: TextReader,
  typed: () => readonly TextLine[],
  types: () => readonly TextLine[],
): void {
  const isType = ({ key }: { readonly key: DeclarationIdentity }): boolean =>
    key.class === "type" || key.class === "errors";
  const typesChanged = changed.some(isType) || removed.some(isType);
  const mayBeTyped = parts.some(({ start, end }) => reader.read(start, end - start).includes('"type"'));
  if (!typesChanged && !mayBeTyped) return;
  if (typesChanged) for (const line of typed()) parts.push(partAt(line, true));
  if (texts.types.length > 0) for (const line of types()) parts.push(partAt(line, false));
}

function isTypes(texts: ManifestTexts, row: number): boolean {
  const kind = texts.classOf(row);
  return kind === "type" || kind === "errors";
}

function isSameKey(one: DeclarationIdentity, other: DeclarationIdentity): boolean {
  return (
    one.class === other.class && one.hash0 === other.hash0 && one.hash1 === other.hash1 && one.hash2 === other.hash2
  );
}

function isSameText(one: Pick<TextLine, "hash0" | "hash1">, other: Pick<TextLine, "hash0" | "hash1">): boolean {
  return one.hash0 === other.hash0 && one.hash1 === other.hash1;
}

/** Whether the text that a line is about stands where it says. */
function isTextAt(reader: TextReader, { start, length, hash0, hash1 }: TextLine): boolean {
  if (start < 0) return false;
  const text = hashed(reader.read(start, length), start);
  return text.length === length && isSameText(text, { hash0, hash1 });
}

function partAt({ start, length }: TextLine, replaces: boolean): SourcePart {
  return { start, end: start + length, replaces };
}

function hashed(bytes: Buffer, start: number): TextLine {
  hashSpan(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  return { start, length: bytes.length, hash0: spanHash0, hash1: spanHash1 };
}

/** The line at `start`, which began there before with `length` bytes; undefined where no line begins there. */
function readLine(reader: TextReader, start: number, length: number): { readonly bytes: Buffer } | undefined {
  if (start < 1) return undefined;
  for (let guess = length + 256; ; guess *= 2) {
    const bytes = reader.read(start - 1, guess + 1);
    if (bytes[0] !== NEWLINE) return undefined;
    const newline = bytes.indexOf(NEWLINE, 1);
    if (newline === -1 && bytes.length === guess + 1) continue;
    let end = newline === -1 ? bytes.length : newline;
    if (bytes[end - 1] === 0x0d) end--;
    return { bytes: bytes.subarray(1, end) };
  }
}

/** The lines in `[start, end)`, if they declare all of `names` and nothing else. */
function readTail(
  reader: TextReader,
  start: number,
  end: number,
  names: ReadonlySet<string>,
): { readonly key: DeclarationKey; readonly line: TextLine }[] | undefined {
  if (end - start > TAIL_LIMIT) return undefined;
  const bytes = reader.read(start - 1, end - start + 1);
  if (bytes[0] !== NEWLINE) return undefined;
  const found: { key: DeclarationKey; line: TextLine }[] = [];
  const missing = new Set(names);
  for (let at = 1; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const stop = newline === -1 ? bytes.length : newline;
    const text = bytes.subarray(at, stop);
    const key = declarationKey(text, 0, text.length);
    if (key === undefined || !names.has(key.name)) return undefined;
    missing.delete(key.name);
    found.push({ key, line: hashed(text, start - 1 + at) });
    at = stop + 1;
  }
  return missing.size === 0 ? found : undefined;
}

const TAIL_LIMIT = 1 << 26;
