/**
 * The arguments of a command line, with those that response files (`@FILE`) stand for in their place. Response files are
 * read as GNU's tools do it: white space parts arguments; quotes of both kinds keep them together; a backslash takes
 * whatever follows literally, within quotes too; a file may name further ones, relative to the working directory.
 */

import { existsSync, readFileSync } from "node:fs";
import {
  type Diagnostic,
  type Place,
  placeInText,
  reasonOf,
  responseFilesEndless,
  responseFileUnreadable,
} from "@manifold/core";

export interface Argument {
  readonly text: string;
  /** Where a response file says so; counts lines when it is called. Undefined for the command line itself. */
  readonly place: (() => Place) | undefined;
}

/** As many as GNU's tools read. */
const MOST_FILES = 2000;
const BLANK = /[ \t-\r]/;

/** Expands response files. Those that cannot be read stand in `diagnostics` (MF0511, MF0512), and not in the result. */
export function expandArguments(
  args: readonly string[],
  diagnostics: Diagnostic[],
  limit: number = MOST_FILES,
): readonly Argument[] {
  const expanded: Argument[] = [];
  let read = 0;
  const expand = (argument: Argument, within: readonly string[]): void => {
    const path = argument.text.slice(1);
    const place = argument.place?.();
    if (within.includes(path)) {
      diagnostics.push(responseFilesEndless(path, "it leads to itself", place));
      return;
    }
    read++;
    if (read > limit) {
      // Told once: files that double with each level would all say the same.
      const reason = `${limit} others were read before it`;
      if (read === limit + 1) diagnostics.push(responseFilesEndless(path, reason, place));
      return;
    }
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (cause) {
      diagnostics.push(responseFileUnreadable(path, reasonOf(cause), place));
      return;
    }
    for (const inner of splitArguments(bytes, path)) add(inner, [...within, path]);
  };
  const add = (argument: Argument, within: readonly string[]): void => {
    if (isResponseFile(argument.text)) expand(argument, within);
    else expanded.push(argument);
  };
  for (const text of args) add({ text, place: undefined }, []);
  return expanded;
}

/** A file whose own name begins with @ is not a response file, unless there is one as well. */
function isResponseFile(text: string): boolean {
  return text.startsWith("@") && text.length > 1 && (existsSync(text.slice(1)) || !existsSync(text));
}

/** The arguments in a response file's bytes. Quotes that are not closed end with the file. */
export function splitArguments(bytes: Uint8Array, file: string): readonly Argument[] {
  // A character a byte, so that positions are positions in the file.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const found: Argument[] = [];
  for (let at = 0; ; ) {
    while (at < text.length && BLANK.test(text[at]!)) at++;
    if (at >= text.length) return found;
    const start = at;
    let argument = "";
    let quote: string | undefined;
    for (; at < text.length; at++) {
      const character = text[at]!;
      if (character === "\\") {
        at++;
        argument += text[at] ?? "";
      } else if (character === quote) quote = undefined;
      else if (quote === undefined && (character === "'" || character === '"')) quote = character;
      else if (quote === undefined && BLANK.test(character)) break;
      else argument += character;
    }
    const length = Math.min(at, text.length) - start;
    found.push({
      text: Buffer.from(argument, "latin1").toString("utf8"),
      place: () => placeInText(file, bytes, start, length),
    });
  }
}
