/** What is wrong inside a declaration that could be read to its end: the others of its part are checked all the same. */

import { type Diagnostic, JsonCursor } from "@manifold/core";

/** A diagnostic about `length` bytes from `offset` on, an offset into the chunk's text. */
export interface Fault {
  readonly diagnostic: Diagnostic;
  readonly offset: number;
  readonly length: number;
}

/** The typed lowering begins its messages with a path such as `init.items[3]["a b"]: `. */
const PATH = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\])*(?=: )/;
const STEP = /\.?([A-Za-z_$][\w$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** The fault that a diagnostic about a typed value or a type is, in the declaration `bytes[start, end)`. */
export function valueFault(diagnostic: Diagnostic, bytes: Uint8Array, start: number, end: number): Fault {
  const path = PATH.exec(diagnostic.message)?.[0] ?? "";
  return { diagnostic, ...locatePath(path, bytes, start, end) };
}

/** Where the value at `path` stands in the JSON `bytes[start, end)`, or what is left of the path leads nowhere. */
function locatePath(path: string, bytes: Uint8Array, start: number, end: number): { offset: number; length: number } {
  const cursor = new JsonCursor();
  cursor.reset(bytes, start, end);
  let offset = start;
  for (const [, name, index, quoted] of path.matchAll(STEP)) {
    cursor.peek();
    offset = cursor.at;
    const found =
      index === undefined
        ? enterKey(cursor, name ?? (JSON.parse(quoted!) as string))
        : enterItem(cursor, Number(index));
    if (!found) {
      cursor.reset(bytes, offset, end);
      break;
    }
  }
  cursor.peek();
  offset = cursor.at;
  cursor.skip();
  return { offset, length: cursor.at - offset };
}

function enterKey(cursor: JsonCursor, key: string): boolean {
  if (cursor.peek() !== OPEN_BRACE) return false;
  cursor.enterObject("");
  for (let first = true; cursor.nextKey(first); first = false) {
    if (cursor.stringText() === key) return true;
    cursor.skip();
  }
  return false;
}

function enterItem(cursor: JsonCursor, index: number): boolean {
  if (cursor.peek() !== OPEN_BRACKET) return false;
  cursor.enterArray("");
  for (let item = 0; cursor.nextItem(item === 0); item++) {
    if (item === index) return true;
    cursor.skip();
  }
  return false;
}
