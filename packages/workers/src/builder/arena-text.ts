/** Writes strings into an arena as UTF-8. */

import type { Arena } from "@manifold/core";

/** Longer strings are written by Node, whose call costs what this many bytes cost in a loop. */
const SHORT = 64;
/** Bytes that a UTF-16 unit can take. */
const WIDEST = 3;

export class ArenaText {
  readonly #arena: Arena;
  #buffer: Buffer<ArrayBufferLike> = Buffer.alloc(0);

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Appends `text`; returns its length in bytes. */
  write(text: string): number {
    const arena = this.#arena;
    arena.reserve(text.length * WIDEST);
    const start = arena.top;
    if (text.length > SHORT || !this.#writeAscii(text)) {
      if (this.#buffer.length !== arena.bytes.length)
        this.#buffer = Buffer.from(arena.region.buffer, 0, arena.bytes.length);
      arena.top = start + this.#buffer.write(text, start, "utf8");
    }
    return arena.top - start;
  }

  #writeAscii(text: string): boolean {
    const { bytes, top } = this.#arena;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[top + i] = unit;
    }
    this.#arena.top = top + text.length;
    return true;
  }
}
