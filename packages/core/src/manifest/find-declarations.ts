/**
 * Finds where declarations stand in a manifest file, by class and name: for diagnostics of a link that is over and has kept
 * no places. Reads all of the file.
 */

import type { Place } from "../diagnostics/diagnostic.js";
import { DiagnosticError } from "../diagnostics/diagnostic.js";
import { hash0, hash1, hash2, hashBytes } from "../memory/hash.js";
import { type DeclarationClass, type DeclarationIdentity, identityText } from "./declaration-key.js";
import { JsonCursor } from "./json-cursor.js";
import { readLineKeys } from "./line-keys.js";
import { LineReader, ManifestChanged } from "./line-reader.js";
import { locateInFile } from "./locate.js";
import type { OpenedManifest } from "./open-manifest.js";
import { scanManifestFile } from "./scan-manifest.js";

export interface WantedDeclaration {
  readonly class: DeclarationClass;
  readonly name: string;
}

/**
 * By index of `wanted`: where the name stands in its first declaration; undefined where there is none, and where the file
 * cannot be read any more.
 */
export function findDeclarations(
  opened: OpenedManifest,
  wanted: readonly WantedDeclaration[],
): readonly (Place | undefined)[] {
  if (wanted.length === 0) return [];
  try {
    const places = new Map<string, Place>();
    const keys = wanted.map(identityOf);
    const texts = keys.map(identityText);
    const lines = scanManifestFile(opened);
    const reader = new LineReader(opened.path, lines);
    try {
      const all = readLineKeys(opened.path, lines, () => {});
      for (const line of all.linesOf(new Set(texts), keys)) {
        const text = identityText(all.get(line)!);
        if (places.has(text)) continue;
        const [start, length] = nameIn(reader.line(line));
        places.set(text, locateInFile(opened.path, lines.start[line]! + start, length));
      }
    } finally {
      reader.close();
    }
    return texts.map((text) => places.get(text));
  } catch (cause) {
    const isGone = (cause as NodeJS.ErrnoException).syscall !== undefined;
    if (isGone || cause instanceof DiagnosticError || cause instanceof ManifestChanged)
      return wanted.map(() => undefined);
    throw cause;
  }
}

function identityOf({ class: kind, name }: WantedDeclaration): DeclarationIdentity {
  const bytes = Buffer.from(name, "utf8");
  hashBytes(bytes, 0, bytes.length);
  return { class: kind, hash0, hash1, hash2 };
}

/** Where the name begins in a declaration that has one, and how many bytes it takes as it is spelled. */
function nameIn(declaration: Uint8Array): [start: number, length: number] {
  const cursor = new JsonCursor();
  cursor.reset(declaration, 0, declaration.length);
  cursor.enterObject("a declaration");
  cursor.nextKey(true);
  cursor.string("a name");
  return [cursor.stringStart, cursor.stringEnd - cursor.stringStart];
}
