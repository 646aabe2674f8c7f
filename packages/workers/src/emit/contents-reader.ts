/**
 * Reads what a function, a constant, a variable or an unnamed value consists of: its bytes go into the arena, its
 * relocations into a list that waits until the whole declaration has been read, because `refs` may follow `code`.
 */

import {
  type Arena,
  alignLog2Of,
  blame,
  DeclFlag,
  hash0,
  hash1,
  hash2,
  hashBytes,
  type JsonCursor,
  ManifestError,
  R_X86_64,
  WIDTH,
  WordTable,
} from "@manifold/core";
import { decodeBase64, decodeHex } from "./bytes.js";
import { Pending, setAddend, Target } from "./pending.js";
import { checkRelocations } from "./relocation-check.js";
import { WordList } from "./word-list.js";

const TYPES = new WordTable(Object.keys(R_X86_64));
const TYPE_NUMBERS = Int16Array.from(Object.values(R_X86_64));
/** Types that a manifest can hold, for suggestions. */
const SUPPORTED = new WordTable(Object.entries(R_X86_64).flatMap(([name, type]) => (WIDTH[type] ? [name] : [])));

/** No value is larger than what the image can hold. */
const SIZE_LIMIT = 2 ** 32 - 65536;
/** Offsets of relocations are signed words in their records. */
const OFFSET_LIMIT = 2 ** 31 - 1;
const BASE64_PREFIX = "base64:";

/** The keys that constants, variables and unnamed values share. */
export const CONTENTS_KEYS = ["align", "bytes", "text", "zero", "type", "init"] as const;

type Kept = Pick<ContentsReader, "blob" | "size" | "flags" | "given" | "alignLog2" | "type" | "init">;

export class ContentsReader {
  /** What was read: arena offset, size in bytes and flags (ZERO, ABSOLUTE) of the contents. */
  blob = 0;
  size = 0;
  flags = 0;
  /** How the contents were given: "bytes", "text", "zero", "init" or none so far. */
  given: string[] = [];
  alignLog2 = 0;
  /** Where "type" and "init" stand in the text. */
  type: Stretch | undefined;
  init: Stretch | undefined;
  readonly pending: WordList = new WordList(Pending.WORDS);
  readonly #cursor: JsonCursor;
  readonly #arena: Arena;

  constructor(cursor: JsonCursor, arena: Arena) {
    this.#cursor = cursor;
    this.#arena = arena;
  }

  /** Forgets the contents before; relocations pending from them stay. `alignLog2` holds where no alignment is given. */
  begin(alignLog2: number): void {
    this.blob = this.#arena.top;
    this.size = 0;
    this.flags = 0;
    this.given = [];
    this.alignLog2 = alignLog2;
    this.type = undefined;
    this.init = undefined;
  }

  /** What was read so far, while the reader is used for something inside it. */
  keep(): Kept {
    const { blob, size, flags, given, alignLog2, type, init } = this;
    return { blob, size, flags, given, alignLog2, type, init };
  }

  restore(kept: Kept): void {
    Object.assign(this, kept);
  }

  /** Reads the value of `CONTENTS_KEYS[key]`. */
  readKey(key: number): void {
    if (key === 0) this.alignLog2 = this.readAlign();
    else if (key === 1) this.readBytes();
    else if (key === 2) this.readText();
    else if (key === 3) this.readZero();
    else if (key === 4) this.type = stretchOf(this.#cursor);
    else {
      this.init = stretchOf(this.#cursor);
      this.given.push('"init"');
    }
  }

  readBytes(): void {
    const cursor = this.#cursor;
    cursor.digits("bytes");
    const { bytes, stringStart: start, stringEnd: end } = cursor;
    const arena = this.#arena;
    arena.reserve(end - start);
    this.blob = arena.top;
    let isBase64 = bytes[start + BASE64_PREFIX.length - 1] === 0x3a && end - start >= BASE64_PREFIX.length;
    for (let i = 0; isBase64 && i < BASE64_PREFIX.length; i++)
      isBase64 = bytes[start + i] === BASE64_PREFIX.charCodeAt(i);
    arena.top = isBase64
      ? decodeBase64(bytes, start + BASE64_PREFIX.length, end, arena.bytes, arena.top)
      : decodeHex(bytes, start, end, arena.bytes, arena.top);
    this.size = arena.top - this.blob;
    this.given.push('"bytes"');
  }

  readText(): void {
    const cursor = this.#cursor;
    cursor.string("text");
    const arena = this.#arena;
    arena.reserve(cursor.stringEnd - cursor.stringStart);
    this.blob = arena.top;
    arena.top = cursor.decodeString(arena.bytes, arena.top);
    this.size = arena.top - this.blob;
    this.given.push('"text"');
  }

  readZero(): void {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    const size = cursor.integer("zero");
    if (size < 0 || size > SIZE_LIMIT)
      throw new ManifestError(blame.badSize("a value", size, SIZE_LIMIT), start, cursor.at - start);
    this.size = size;
    this.flags |= DeclFlag.ZERO;
    this.given.push('"zero"');
  }

  /** Checks that contents were given once. */
  finish(where: string, source: number): void {
    if (this.given.length !== 1) throw new ManifestError(blame.contentsCount(where, this.given), source, 1);
    if ((this.type === undefined) !== (this.init === undefined))
      throw new ManifestError(blame.missingKey(this.type === undefined ? "type" : "init", where), source, 1);
  }

  /** Reads `[[offset, type, target, addend], ...]`. */
  readRelocs(): void {
    const cursor = this.#cursor;
    cursor.enterArray("relocs");
    for (let first = true; cursor.nextItem(first); first = false) {
      cursor.enterArray("a relocation");
      const start = cursor.at - 1;
      if (!cursor.nextItem(true)) this.#incomplete(start);
      cursor.peek();
      const offsetAt = cursor.at;
      const offset = cursor.integer("the offset of a relocation");
      if (offset < 0 || offset > OFFSET_LIMIT)
        throw new ManifestError(blame.badSize("an offset", offset, OFFSET_LIMIT), offsetAt, cursor.at - offsetAt);
      if (!cursor.nextItem(false)) this.#incomplete(start);
      const type = this.#readType();
      if (!cursor.nextItem(false)) this.#incomplete(start);
      cursor.string("the target of a relocation");
      const at = this.pending.add();
      const words = this.pending.words;
      hashString(cursor);
      words[at + Pending.HASH0] = hash0;
      words[at + Pending.HASH1] = hash1;
      words[at + Pending.HASH2] = hash2;
      words[at + Pending.SOURCE] = cursor.stringStart;
      words[at + Pending.SOURCE_LENGTH] = cursor.stringEnd - cursor.stringStart;
      if (!cursor.nextItem(false)) this.#incomplete(start);
      const addend = cursor.integer("the addend of a relocation");
      if (cursor.nextItem(false)) this.#incomplete(start);
      words[at + Pending.REF] = Target.NAME;
      setAddend(words, at, addend);
      words[at + Pending.TYPE] = type;
      words[at + Pending.OFFSET] = offset;
    }
  }

  /** Checks that relocations `[from, to)` lie within the contents, and notes whether one is absolute. */
  checkRelocs(from: number, to: number = this.pending.count): void {
    this.flags |= checkRelocations(this.pending, from, to, this.size, this.flags);
  }

  readAlign(): number {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    const align = cursor.integer("align");
    const log2 = alignLog2Of(align);
    if (log2 === -1) throw new ManifestError(blame.badAlignment(align), start, cursor.at - start);
    return log2;
  }

  #readType(): number {
    const cursor = this.#cursor;
    cursor.string("the type of a relocation");
    const index = TYPES.find(cursor.bytes, cursor.stringStart, cursor.stringEnd);
    if (index === -1)
      cursor.failString(blame.unknownRelocation(cursor.shownString(), SUPPORTED.nearest(cursor.shownString())));
    const type = TYPE_NUMBERS[index]!;
    if (!WIDTH[type]) cursor.failString(blame.unsupportedRelocation(cursor.shownString()));
    return type;
  }

  #incomplete(start: number): never {
    const found = "an array of another length";
    throw new ManifestError(
      blame.wrongType("a relocation", "[offset, type, target, addend]", found),
      start,
      this.#cursor.at - start,
    );
  }
}

/** A stretch of the chunk's text that holds one JSON value. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Steps over a value of any kind; where it stands. */
export function stretchOf(cursor: JsonCursor): Stretch {
  cursor.peek();
  const start = cursor.at;
  cursor.skip();
  return { start, end: cursor.at };
}

let scratch = new Uint8Array(256);

/** Hashes the string that the cursor read last, into core's `hash0..2`. */
export function hashString(cursor: JsonCursor): void {
  if (!cursor.stringEscaped) return hashBytes(cursor.bytes, cursor.stringStart, cursor.stringEnd);
  const length = cursor.stringEnd - cursor.stringStart;
  if (length > scratch.length) scratch = new Uint8Array(length);
  hashBytes(scratch, 0, cursor.decodeString(scratch, 0));
}
