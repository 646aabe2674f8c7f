/** A manifest compared as a whole with what a session knows of it, declaration by declaration. */

import type { SourcePart } from "../link/linker.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import { type DeclarationIdentity, type DeclarationKey, declarationKey } from "../manifest/declaration-key.js";
import { diffLines, lineBefore } from "../manifest/manifest-diff.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import { pairChanges } from "../manifest/pair-changes.js";
import { scanManifestFile } from "../manifest/scan-manifest.js";
import { addTyped, type ChangedText, isTypes, type ManifestEdit, partAt } from "./manifest-edit.js";
import { lineAt, type ManifestTexts, type TextLine } from "./manifest-lines.js";
import { NONE } from "./tables.js";
import { TextReader } from "./text-reader.js";

/** Compares all of a manifest; undefined where nothing changed. Throws NeedsFullLink where its inputs did. */
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
    if (areInputsMoved(texts, after.count, same)) throw new NeedsFullLink("the inputs are in another order");
    const linesWhere = (isMeant: (row: number) => boolean): TextLine[] => {
      const lines: TextLine[] = [];
      for (let line = 0; line < after.count; line++) {
        const row = same(line);
        if (row !== NONE && isMeant(row)) lines.push(lineAt(after, line));
      }
      return lines;
    };
    const typed = (): TextLine[] => linesWhere((row) => texts.isTyped(row));
    const types = (): TextLine[] => linesWhere((row) => isTypes(texts, row));
    addTyped(parts, texts, changed, removed, reader, typed, types);
    if (parts.length === 0 && removed.length === 0) return undefined;
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

/** Whether declarations of inputs that stayed stand in another order. `same` has the row of a line that stayed. */
function areInputsMoved(texts: ManifestTexts, lines: number, same: (line: number) => number): boolean {
  const before = texts.inputs();
  if (before.length < 2) return false;
  const inputs = new Set(before);
  const after: number[] = [];
  for (let line = 0; line < lines; line++) if (inputs.has(same(line))) after.push(same(line));
  const left = new Set(after);
  return before.filter((row) => left.has(row)).some((row, i) => row !== after[i]);
}
