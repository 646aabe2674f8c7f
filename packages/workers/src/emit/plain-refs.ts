/**
 * Reads `refs` that are written plainly (see `PlainText`) and bind names to places in navs, or to unnamed values of text or
 * bytes without relocations. It comes to what `RefsReader` comes to; what else there is, is left to that one.
 */

import {
  type Arena,
  alignLog2Of,
  DeclKind,
  hash0,
  hash1,
  hash2,
  hashBytes,
  type JsonCursor,
  packAlign,
  WordTable,
} from "@manifold/core";
import { decodePlainHex } from "./bytes.js";
import type { PendingValue } from "./pending.js";
import { NO_INTEGER, NO_KEY, type PlainText } from "./plain-text.js";
import type { ReferenceBinder } from "./reference-binder.js";
import type { Hash } from "./unnamed-values.js";

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const REF_KEYS = new WordTable(["uav", "nav", "offset"]);
const RefKey = { UAV: 0, NAV: 1, OFFSET: 2 } as const;
const UAV_KEYS = new WordTable(["text", "bytes", "align"]);
const UavKey = { TEXT: 0, BYTES: 1, ALIGN: 2 } as const;

export class PlainRefs {
  readonly #text: PlainText;
  readonly #cursor: JsonCursor;
  readonly #arena: Arena;
  readonly #binder: ReferenceBinder;

  constructor(text: PlainText, cursor: JsonCursor, arena: Arena, binder: ReferenceBinder) {
    this.#text = text;
    this.#cursor = cursor;
    this.#arena = arena;
    this.#binder = binder;
  }

  /**
   * Reads `{name: value, ...}` and binds the names; false where it is not plain, with some bound and the arena's top where
   * it may be. `pending`: relocations that wait so far. Throws ManifestError where an escape is wrong.
   */
  read(pending: number): boolean {
    const text = this.#text;
    const binder = this.#binder;
    if (!text.skip(OPEN_BRACE)) return false;
    for (;;) {
      if (!text.string()) return false;
      const hash = this.#hash();
      if (binder.hasLocal(hash) || !text.colon() || !text.skip(OPEN_BRACE)) return false;
      const form = text.key(REF_KEYS, true);
      if (form === RefKey.NAV) {
        const ref = this.#nav();
        if (ref === -1) return false;
        binder.addLocal({ hash, ref, value: undefined });
      } else {
        const value = form === RefKey.UAV ? this.#uav(pending) : undefined;
        if (value === undefined || !text.skip(CLOSE_BRACE)) return false;
        binder.addLocal({ hash, ref: -1, value });
      }
      if (text.skip(CLOSE_BRACE)) return true;
      if (!text.comma()) return false;
    }
  }

  /** The hash of the string read last. */
  #hash(): Hash {
    const { bytes, stringStart, stringEnd } = this.#text;
    hashBytes(bytes, stringStart, stringEnd);
    return [hash0, hash1, hash2];
  }

  /** `"name"}` or `"name","offset":N}`: the reference, or -1. */
  #nav(): number {
    const text = this.#text;
    if (!text.string()) return -1;
    const { stringStart, stringEnd } = text;
    const hash = this.#hash();
    const key = text.key(REF_KEYS, false);
    let offset = 0;
    if (key === RefKey.OFFSET) {
      offset = text.integer();
      if (offset < 0 || offset === NO_INTEGER || !text.skip(CLOSE_BRACE)) return -1;
    } else if (key !== NO_KEY) return -1;
    return this.#binder.unnamed.nameRef(hash, offset, stringStart, stringEnd - stringStart);
  }

  #uav(pending: number): PendingValue | undefined {
    const text = this.#text;
    const source = text.at;
    if (!text.skip(OPEN_BRACE)) return undefined;
    let seen = 0;
    let alignLog2 = 0;
    const blob = this.#arena.top;
    for (;;) {
      const key = text.key(UAV_KEYS, seen === 0);
      if (key === NO_KEY) break;
      if (key < 0 || seen & (1 << key)) return undefined;
      seen |= 1 << key;
      if (key === UavKey.ALIGN) {
        const align = text.integer();
        alignLog2 = align === NO_INTEGER ? -1 : alignLog2Of(align);
        if (alignLog2 === -1) return undefined;
      } else if (key === UavKey.TEXT) this.#string();
      else if (!this.#bytes()) return undefined;
    }
    const contents = seen & ~(1 << UavKey.ALIGN);
    if (contents !== 1 << UavKey.TEXT && contents !== 1 << UavKey.BYTES) return undefined;
    const flags = DeclKind.UAV | packAlign(alignLog2);
    const size = this.#arena.top - blob;
    return { blob, size, flags, source, from: pending, to: pending, key: undefined, bound: "no" };
  }

  /** Text often has escapes: a line's end, a zero. These the careful reader decodes. */
  #string(): void {
    const text = this.#text;
    const cursor = this.#cursor;
    const arena = this.#arena;
    cursor.reset(text.bytes, text.at, text.bytes.indexOf(NEWLINE, text.at));
    cursor.string("text");
    arena.top = cursor.decodeString(arena.bytes, arena.top);
    text.at = cursor.at;
  }

  #bytes(): boolean {
    const text = this.#text;
    const arena = this.#arena;
    if (text.bytes[text.at] !== QUOTE) return false;
    const size = decodePlainHex(text.bytes, text.at + 1, arena.bytes, arena.top);
    if (size === -1) return false;
    arena.top += size;
    text.at += size * 2 + 2;
    return true;
  }
}
