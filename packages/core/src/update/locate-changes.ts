/** The declarations that a caller calls changed, found where they must stand if nothing else changed. */

import type { SourcePart } from "../link/linker.js";
import {
  type DeclarationIdentity,
  type DeclarationKey,
  declarationKey,
  isSameDeclaration,
} from "../manifest/declaration-key.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import { hash0, hash1, hash2, hashBytes } from "../memory/hash.js";
import {
  addTyped,
  type ChangedText,
  hashed,
  isSameText,
  isTextAt,
  isTypes,
  type ManifestEdit,
  partAt,
} from "./manifest-edit.js";
import type { ManifestTexts, TextLine } from "./manifest-lines.js";
import { rowsOfName } from "./names.js";
import type { Program } from "./program.js";
import { References } from "./references.js";
import { NONE } from "./tables.js";
import { TextReader } from "./text-reader.js";

const NEWLINE = 0x0a;
const TAIL_LIMIT = 1 << 26;

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
      if (key !== undefined && isSameDeclaration(key, old)) {
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
