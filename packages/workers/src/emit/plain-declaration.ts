/**
 * Emits declarations of machine code, of assembly and of data that are written plainly (see `PlainText`), which are nearly all of what
 * compilers write. It comes to the same records as `DeclarationEmitter` does, in a third of the time. Whatever is not
 * plain, and whatever is wrong, is undone and left to that one: nothing is diagnosed here.
 */

import {
  type Arena,
  alignLog2Of,
  Decl,
  DeclFlag,
  DeclKind,
  FORMULA,
  Formula,
  hash0,
  hash1,
  hash2,
  hashBytes,
  type JsonCursor,
  DECLARATION_KINDS as KINDS,
  packAlign,
  R_X86_64,
  WIDTH,
  WordTable,
} from "@manifold/core";
import type { AssemblyReader } from "./assembly-reader.js";
import { decodePlainHex } from "./bytes.js";
import type { ChunkRecords } from "./chunk-records.js";
import type { ContentsReader } from "./contents-reader.js";
import { Pending, Target } from "./pending.js";
import { PlainRefs } from "./plain-refs.js";
import { NO_INTEGER, NO_KEY, PlainText } from "./plain-text.js";
import type { ReferenceBinder } from "./reference-binder.js";
import type { RefsReader } from "./refs-reader.js";
import type { ValueEmitter } from "./value-emitter.js";
import type { WordList } from "./word-list.js";

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const FUNC_KEYS = new WordTable(["align", "code", "refs"]);
const CODE_KEYS = new WordTable(["bytes", "relocs", "asm"]);
const DATA_KEYS = new WordTable(["align", "bytes", "zero", "relocs", "refs"]);
const Key = { ALIGN: 0, CODE: 1, FUNC_REFS: 2, BYTES: 1, ZERO: 2, RELOCS: 3, REFS: 4 } as const;
const CodeKey = { BYTES: 0, RELOCS: 1, ASM: 2 } as const;
const TYPES = new WordTable(Object.keys(R_X86_64));
const TYPE_NUMBERS = Int16Array.from(Object.values(R_X86_64));

export class PlainDeclarations {
  readonly #text = new PlainText();
  readonly #cursor: JsonCursor;
  readonly #records: ChunkRecords;
  readonly #arena: Arena;
  readonly #pending: WordList;
  readonly #binder: ReferenceBinder;
  readonly #refs: RefsReader;
  readonly #plainRefs: PlainRefs;
  readonly #values: ValueEmitter;
  readonly #assembly: AssemblyReader;
  readonly #functionAlignLog2: number;
  /** Of the declaration at hand: its contents, and whether names in it were bound by `refs`. */
  #nameStart = 0;
  #blob = 0;
  #size = 0;
  #alignLog2 = 0;
  /** What the code asks for itself. */
  #codeAlignLog2 = 0;
  #flags = 0;
  #hasLocals = false;
  /** Its relocations among those that are pending; what `refs` binds may have some as well. */
  #from = 0;
  #to = 0;

  constructor(
    cursor: JsonCursor,
    records: ChunkRecords,
    arena: Arena,
    parts: {
      readonly contents: ContentsReader;
      readonly binder: ReferenceBinder;
      readonly refs: RefsReader;
      readonly values: ValueEmitter;
      readonly assembly: AssemblyReader;
    },
    functionAlignLog2: number,
  ) {
    this.#cursor = cursor;
    this.#records = records;
    this.#arena = arena;
    this.#pending = parts.contents.pending;
    this.#binder = parts.binder;
    this.#refs = parts.refs;
    this.#plainRefs = new PlainRefs(this.#text, cursor, arena, parts.binder);
    this.#values = parts.values;
    this.#assembly = parts.assembly;
    this.#functionAlignLog2 = functionAlignLog2;
  }

  /**
   * Emits the declaration that is the line from `start` on; returns where the line ends, or -1, having done nothing. A
   * newline must stand in `bytes` behind `start`, and the arena have room for all text up to it.
   */
  emit(bytes: Uint8Array, start: number): number {
    const text = this.#text;
    text.bytes = bytes;
    text.at = start + 1;
    if (bytes[start] !== OPEN_BRACE) return -1;
    const kind = text.key(KINDS, true);
    if (kind !== DeclKind.FUNC && kind !== DeclKind.CONST && kind !== DeclKind.VAR) return -1;
    if (!text.string()) return -1;
    const length = text.stringEnd - text.stringStart;
    if (length === 0) return -1;
    const arena = this.#arena;
    const name = arena.top;
    const target = arena.bytes;
    for (let from = text.stringStart, to = name; from < text.stringEnd; ) target[to++] = bytes[from++]!;
    arena.top = name + length;
    const decl = this.#records.declare(kind, name, length, start);
    this.#pending.clear();
    this.#flags = 0;
    this.#size = 0;
    this.#hasLocals = false;
    this.#from = 0;
    this.#to = 0;
    this.#blob = arena.top;
    this.#nameStart = text.stringStart;
    const isRead = kind === DeclKind.FUNC ? this.#func(decl, start) : this.#data(decl, start);
    if (isRead && bytes[text.at] === NEWLINE && this.#finish(decl)) return text.at;
    arena.top = name;
    this.#records.decls.count = decl;
    this.#pending.clear();
    return -1;
  }

  #func(decl: number, start: number): boolean {
    const text = this.#text;
    this.#alignLog2 = this.#functionAlignLog2;
    this.#codeAlignLog2 = 0;
    let seen = 0;
    for (;;) {
      const key = text.key(FUNC_KEYS, false);
      if (key === NO_KEY) {
        if (this.#codeAlignLog2 > this.#alignLog2) this.#alignLog2 = this.#codeAlignLog2;
        return (seen & (1 << Key.CODE)) !== 0;
      }
      if (key < 0 || seen & (1 << key)) return false;
      seen |= 1 << key;
      if (key === Key.CODE ? !this.#code() : key === Key.ALIGN ? !this.#align() : !this.#readRefs(decl, start))
        return false;
    }
  }

  #code(): boolean {
    const text = this.#text;
    if (!text.skip(OPEN_BRACE)) return false;
    const first = text.key(CODE_KEYS, true);
    if (first === CodeKey.ASM) return this.#asm() && text.skip(CLOSE_BRACE);
    if (first !== CodeKey.BYTES || !this.#bytes()) return false;
    const key = text.key(CODE_KEYS, false);
    if (key === NO_KEY) return true;
    return key === CodeKey.RELOCS && this.#relocs() && text.skip(CLOSE_BRACE);
  }

  /** Code must take no more room than its text, as everything here. */
  #asm(): boolean {
    const text = this.#text;
    const { bytes } = text;
    if (bytes[text.at] !== QUOTE) return false;
    const assembly = this.#assembly;
    this.#from = this.#pending.count;
    const end = assembly.readPlainly(bytes, text.at + 1, bytes.length, 1);
    if (end === -1) return false;
    this.#to = this.#pending.count;
    this.#blob = assembly.blob;
    this.#size = assembly.size;
    this.#codeAlignLog2 = alignLog2Of(assembly.alignment);
    text.at = end + 1;
    return true;
  }

  #data(decl: number, start: number): boolean {
    const text = this.#text;
    this.#alignLog2 = 0;
    let seen = 0;
    for (;;) {
      const key = text.key(DATA_KEYS, false);
      if (key === NO_KEY) {
        const contents = seen & ((1 << Key.BYTES) | (1 << Key.ZERO));
        return contents === 1 << Key.BYTES || contents === 1 << Key.ZERO;
      }
      if (key < 0 || seen & (1 << key)) return false;
      seen |= 1 << key;
      const isRead =
        key === Key.BYTES
          ? this.#bytes()
          : key === Key.ALIGN
            ? this.#align()
            : key === Key.RELOCS
              ? this.#relocs()
              : key === Key.ZERO
                ? this.#zero()
                : this.#readRefs(decl, start);
      if (!isRead) return false;
    }
  }

  #align(): boolean {
    const align = this.#text.integer();
    this.#alignLog2 = align === NO_INTEGER ? -1 : alignLog2Of(align);
    return this.#alignLog2 !== -1;
  }

  #zero(): boolean {
    const size = this.#text.integer();
    if (size < 0 || size === NO_INTEGER) return false;
    this.#size = size;
    this.#flags |= DeclFlag.ZERO;
    return true;
  }

  #bytes(): boolean {
    const text = this.#text;
    const arena = this.#arena;
    if (text.bytes[text.at] !== QUOTE) return false;
    const start = text.at + 1;
    const size = decodePlainHex(text.bytes, start, arena.bytes, arena.top);
    if (size === -1) return false;
    this.#blob = arena.top;
    this.#size = size;
    arena.top += size;
    text.at = start + size * 2 + 1;
    return true;
  }

  /** `[[offset, type, target, addend], ...]` */
  #relocs(): boolean {
    const text = this.#text;
    const { bytes } = text;
    const pending = this.#pending;
    this.#from = pending.count;
    this.#to = pending.count;
    if (!text.skip(OPEN_BRACKET)) return false;
    if (text.skip(CLOSE_BRACKET)) return true;
    for (;;) {
      if (!text.skip(OPEN_BRACKET)) return false;
      const offset = text.integer();
      if (offset < 0 || offset === NO_INTEGER || !text.comma() || !text.string()) return false;
      const type = TYPES.find(bytes, text.stringStart, text.stringEnd);
      if (type === -1 || !text.comma() || !text.string()) return false;
      const { stringStart, stringEnd } = text;
      if (!text.comma()) return false;
      const addend = text.integer();
      if (addend === NO_INTEGER || !text.skip(CLOSE_BRACKET)) return false;
      hashBytes(bytes, stringStart, stringEnd);
      const at = pending.add();
      const { words } = pending;
      words[at + Pending.OFFSET] = offset;
      words[at + Pending.TYPE] = TYPE_NUMBERS[type]!;
      words[at + Pending.HASH0] = hash0;
      words[at + Pending.HASH1] = hash1;
      words[at + Pending.HASH2] = hash2;
      words[at + Pending.SOURCE] = stringStart;
      words[at + Pending.SOURCE_LENGTH] = stringEnd - stringStart;
      words[at + Pending.ADDEND_LOW] = addend;
      words[at + Pending.ADDEND_HIGH] = addend >> 31;
      words[at + Pending.REF] = Target.NAME;
      this.#to = pending.count;
      if (bytes[text.at] !== COMMA) return text.skip(CLOSE_BRACKET);
      text.comma();
    }
  }

  /** What is not plain in `refs` is read by the careful reader; where something is wrong with it, that one says so. */
  #readRefs(decl: number, start: number): boolean {
    const text = this.#text;
    const cursor = this.#cursor;
    const binder = this.#binder;
    const { words } = this.#records.decls;
    const at = decl * Decl.WORDS;
    binder.begin();
    this.#values.begin(start);
    binder.named(
      words[at + Decl.HASH0]!,
      words[at + Decl.HASH1]!,
      words[at + Decl.HASH2]!,
      this.#nameStart,
      words[at + Decl.NAME_LENGTH]!,
    );
    this.#hasLocals = true;
    const before = text.at;
    const pending = this.#pending.count;
    const { top } = this.#arena;
    try {
      if (this.#plainRefs.read(pending)) return true;
      binder.begin();
      this.#arena.top = top;
      cursor.reset(text.bytes, before, text.bytes.indexOf(NEWLINE, before));
      this.#refs.readRefs();
    } catch {
      return false;
    }
    text.at = cursor.at;
    return true;
  }

  /** Checks relocations against the contents, and makes records of all; false where one is wrong. */
  #finish(decl: number): boolean {
    const records = this.#records;
    const from = this.#from;
    const to = this.#to;
    const { words } = this.#pending;
    let flags = packAlign(this.#alignLog2) | this.#flags;
    for (let at = from * Pending.WORDS; at < to * Pending.WORDS; at += Pending.WORDS) {
      const type = words[at + Pending.TYPE]!;
      const width = WIDTH[type]!;
      if (width === 0 || words[at + Pending.OFFSET]! + width > this.#size || flags & DeclFlag.ZERO) return false;
      if (FORMULA[type] === Formula.ABSOLUTE) flags |= DeclFlag.ABSOLUTE;
    }
    if (this.#hasLocals) {
      const binder = this.#binder;
      binder.bindLocals();
      binder.bindTargets(from, to);
      if (this.#values.usedTypes) flags |= DeclFlag.TYPED;
    } else {
      for (let at = from * Pending.WORDS; at < to * Pending.WORDS; at += Pending.WORDS)
        words[at + Pending.REF] = words[at + Pending.REF] === Target.SELF ? this.#self(decl) : this.#nameRef(at);
    }
    records.define(decl, flags, this.#blob, this.#size, to - from);
    this.#binder.unnamed.addRelocs(from, to);
    return true;
  }

  /** The reference to what a pending relocation names, where no name is a local one. */
  #nameRef(at: number): number {
    const { words } = this.#pending;
    return this.#records.nameRefAt(
      words[at + Pending.HASH0]!,
      words[at + Pending.HASH1]!,
      words[at + Pending.HASH2]!,
      words[at + Pending.SOURCE]!,
      words[at + Pending.SOURCE_LENGTH]!,
    );
  }

  /** The reference to the declaration itself: from its code to a place in it. */
  #self(decl: number): number {
    const { words } = this.#records.decls;
    const at = decl * Decl.WORDS;
    return this.#records.nameRefAt(
      words[at + Decl.HASH0]!,
      words[at + Decl.HASH1]!,
      words[at + Decl.HASH2]!,
      this.#nameStart,
      words[at + Decl.NAME_LENGTH]!,
    );
  }
}
