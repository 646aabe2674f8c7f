/**
 * Where the names stand that typed values point to. Values are lowered from parsed JSON, which knows no places; the text
 * is searched for `"nav": "name"` where one is needed, once per declaration.
 */

import { JsonCursor } from "@manifold/core";
import type { Stretch } from "./contents-reader.js";

const NAV = Buffer.from('"nav"');
const COLON = 0x3a;
const QUOTE = 0x22;

export class NavPlaces {
  readonly #cursor: JsonCursor;
  readonly #reader = new JsonCursor();
  readonly #places = new Map<string, Stretch>();
  #searched = 0;

  /** `cursor` reads the declarations: what is behind it need not be there yet. */
  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  /** Starts a declaration, which begins at `source`. */
  begin(source: number): void {
    if (this.#places.size > 0) this.#places.clear();
    this.#searched = source;
  }

  /** Where the name stands first, in the declaration up to the cursor. */
  find(name: string): Stretch {
    if (!this.#places.has(name)) this.#search();
    return this.#places.get(name) ?? { start: this.#searched, end: this.#searched };
  }

  #search(): void {
    const { bytes, at: end } = this.#cursor;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, end);
    const reader = this.#reader;
    for (;;) {
      const key = text.indexOf(NAV, this.#searched);
      if (key === -1) break;
      this.#searched = key + NAV.length;
      reader.reset(bytes, this.#searched, end);
      if (reader.peek() !== COLON) continue;
      reader.at++;
      if (reader.peek() !== QUOTE) continue;
      reader.string("nav");
      const name = reader.stringText();
      if (!this.#places.has(name)) this.#places.set(name, { start: reader.stringStart, end: reader.stringEnd });
      this.#searched = reader.at;
    }
    this.#searched = end;
  }
}
