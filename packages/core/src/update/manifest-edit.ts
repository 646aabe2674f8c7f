/**
 * What became of a manifest since a session was saved: which declarations are to be emitted, which are gone. Found by
 * comparing the whole text (`compare-manifest.ts`), or for declarations that the caller names by looking at these alone
 * (`locate-changes.ts`).
 */

import type { SourcePart } from "../link/linker.js";
import type { DeclarationIdentity, DeclarationKey } from "../manifest/declaration-key.js";
import { hashSpan, spanHash0, spanHash1 } from "../manifest/span-hash.js";
import type { ManifestTexts, TextLine } from "./manifest-lines.js";
import type { TextReader } from "./text-reader.js";

/** A declaration with new text; `row` is its record where it had one before. */
export interface ChangedText {
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

/**
 * Adds what typed values need: all declarations of types, where something to be emitted may be typed; and all typed
 * declarations, where types changed.
 */
export function addTyped(
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

export function isTypes(texts: ManifestTexts, row: number): boolean {
  const kind = texts.classOf(row);
  return kind === "type" || kind === "errors";
}

export function isSameText(one: Pick<TextLine, "hash0" | "hash1">, other: Pick<TextLine, "hash0" | "hash1">): boolean {
  return one.hash0 === other.hash0 && one.hash1 === other.hash1;
}

/** Whether the text that a line is about stands where it says. */
export function isTextAt(reader: TextReader, { start, length, hash0, hash1 }: TextLine): boolean {
  if (start < 0) return false;
  const text = hashed(reader.read(start, length), start);
  return text.length === length && isSameText(text, { hash0, hash1 });
}

export function partAt({ start, length }: TextLine, replaces: boolean): SourcePart {
  return { start, end: start + length, replaces };
}

export function hashed(bytes: Buffer, start: number): TextLine {
  hashSpan(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  return { start, length: bytes.length, hash0: spanHash0, hash1: spanHash1 };
}
