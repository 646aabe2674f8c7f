/** What a session on disk keeps besides its program: which manifests it is of, and what they were when they were read. */

import { statSync } from "node:fs";
import type { DeclaredInput } from "../link/declared-inputs.js";
import type { Header } from "../manifest/header.js";
import type { OpenedManifest } from "../manifest/open-manifest.js";
import type { StateTable } from "../state/state-file.js";
import type { ManifestTexts, SavedLines } from "./manifest-lines.js";
import type { Program } from "./program.js";
import { type SavedProgram, saveProgram } from "./save-program.js";

/** A manifest as it was when the session was saved. */
interface SavedManifest {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  /** When its text was looked at. */
  readonly seenMs: number;
  /** Whether all of it was looked at, and not only what its caller called changed. */
  readonly isCompared: boolean;
  readonly lines: SavedLines;
}

export interface SavedSession {
  readonly program: SavedProgram;
  readonly manifests: readonly SavedManifest[];
  /** The first manifest's; the program's own asks for a relocatable file where there are inputs. */
  readonly header: Header;
  /** What the manifests declare to be linked with the program. */
  readonly inputs: readonly DeclaredInput[];
}

/** The session's file. */
export function statePath(output: string): string {
  return `${output}.manifold`;
}

/** The relocatable file that manifests are linked to where they declare inputs. */
export function objectPath(output: string): string {
  return `${output}.manifold.o`;
}

export function savedSession(
  program: Program,
  chunks: number,
  manifests: readonly OpenedManifest[],
  texts: readonly ManifestTexts[],
  looked: readonly Looked[],
  isCompared: boolean,
  inputs: readonly DeclaredInput[],
): SavedSession {
  return {
    program: saveProgram(program, chunks),
    manifests: manifests.map(({ path }, scope) => ({
      path,
      ...looked[scope]!,
      isCompared,
      lines: texts[scope]!.state,
    })),
    header: manifests[0]!.header,
    inputs,
  };
}

export function textTables(texts: readonly ManifestTexts[]): StateTable[] {
  return texts.flatMap(({ order, types }, scope) => [
    { name: `order ${scope}`, words: order.table, used: order.length },
    { name: `types ${scope}`, words: types.table, used: types.length },
  ]);
}

export type Looked = Omit<SavedManifest, "path" | "lines" | "isCompared">;

export function lookAt(path: string): Looked {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  return { size, mtimeMs, ctimeMs, ino, seenMs: Date.now() };
}

export function isAsSeen(path: string, seen: Looked): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now !== undefined && isSameText(seen, now);
}

/** The time of the inode's last change is in it since tools that copy set back that of the last write. */
export function isSameText(before: Omit<Looked, "seenMs">, now: Omit<Looked, "seenMs">): boolean {
  return (
    before.size === now.size &&
    before.mtimeMs === now.mtimeMs &&
    before.ctimeMs === now.ctimeMs &&
    before.ino === now.ino
  );
}
