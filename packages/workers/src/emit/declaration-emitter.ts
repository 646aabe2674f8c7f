/**
 * Reads one declaration of a manifest and emits it: contents into the arena, records into the chunk. This is the inner
 * loop of a link from a manifest; it makes no strings and, unless `refs` are given, no objects.
 */

import {
  type Arena,
  blame,
  Decl,
  DeclFlag,
  DeclKind,
  ExportLinkage,
  hash0,
  hash1,
  hash2,
  hashBytes,
  hashSet,
  hashWord,
  JsonCursor,
  ManifestError,
  packAlign,
  packExternType,
  packLinkage,
  packVisibility,
  Ref,
  STT,
  STV,
  Uav,
  WordTable,
} from "@manifold/core";
import type { ChunkRecords } from "./chunk-records.js";
import { ContentsReader, hashString, Pending } from "./contents-reader.js";

const KINDS = new WordTable(["func", "const", "var", "extern", "export", "type", "errors", "input"]);
const KIND_COUNT = 5;
const FUNC_KEYS = new WordTable(["align", "code", "refs"]);
const CODE_KEYS = new WordTable(["bytes", "relocs", "asm"]);
const DATA_KEYS = new WordTable(["align", "bytes", "text", "zero", "relocs", "refs", "threadlocal", "type", "init"]);
const UAV_KEYS = new WordTable(["align", "bytes", "text", "zero", "relocs", "type", "init"]);
const EXTERN_KEYS = new WordTable(["is", "weak", "visibility"]);
const EXPORT_KEYS = new WordTable(["of", "linkage", "visibility", "refs"]);
const REF_KEYS = new WordTable(["uav", "lazy", "nav", "type", "offset"]);
const EXTERN_TYPES = ["func", "object", "tls"];
const EXTERN_STT = [STT.FUNC, STT.OBJECT, STT.TLS];
const LINKAGES = ["strong", "weak", "internal"];
const LINKAGE_VALUES = [ExportLinkage.STRONG, ExportLinkage.WEAK, ExportLinkage.INTERNAL];
const VISIBILITIES = ["default", "hidden", "protected"];
const VISIBILITY_VALUES = [STV.DEFAULT, STV.HIDDEN, STV.PROTECTED];

type Hash = readonly [number, number, number];

/** What a name in `refs` is bound to: a reference of the chunk, or an unnamed value whose relocations wait for binding. */
interface LocalRef {
  readonly hash: Hash;
  ref: number;
  readonly value: PendingUav | undefined;
}

interface PendingUav {
  readonly blob: number;
  readonly size: number;
  readonly flags: number;
  readonly source: number;
  /** Its relocations in the list of pending ones. */
  readonly from: number;
  readonly to: number;
  bound: "no" | "now" | "yes";
}

export class DeclarationEmitter {
  readonly cursor: JsonCursor = new JsonCursor();
  readonly #records: ChunkRecords;
  readonly #arena: Arena;
  readonly #contents: ContentsReader;
  readonly #functionAlignLog2: number;
  #locals: LocalRef[] = [];
  #alignLog2 = 0;

  constructor(records: ChunkRecords, arena: Arena, functionAlignLog2: number) {
    this.#records = records;
    this.#arena = arena;
    this.#contents = new ContentsReader(this.cursor, arena);
    this.#functionAlignLog2 = functionAlignLog2;
  }

  /** Emits the declaration at the cursor, which is left behind it. `source` is where it begins in the chunk's text. */
  emit(source: number): void {
    const { cursor } = this;
    this.#locals = [];
    this.#contents.pending.clear();
    cursor.enterObject("a declaration");
    const start = cursor.at - 1;
    if (!cursor.nextKey(true)) throw new ManifestError(blame.missingKey("func", "a declaration"), start, 1);
    const kind = KINDS.find(cursor.bytes, cursor.stringStart, cursor.stringEnd);
    if (kind === -1) cursor.failString(blame.unknownKind(cursor.shownString(), KINDS.nearest(cursor.shownString())));
    if (kind >= KIND_COUNT) cursor.failString(blame.notYet(`the declaration "${KINDS.words[kind]}"`));
    const decl = this.#begin(kind, source);
    if (kind === DeclKind.FUNC) this.#func(decl, start);
    else if (kind === DeclKind.EXTERN) this.#extern(decl);
    else if (kind === DeclKind.EXPORT) this.#export(decl, start);
    else this.#data(decl, kind, start);
  }

  /** Starts the record of a declaration with its name; returns the index of the record. */
  #begin(kind: number, source: number): number {
    const { cursor } = this;
    cursor.string("a name");
    const arena = this.#arena;
    arena.reserve(cursor.stringEnd - cursor.stringStart);
    const name = arena.top;
    arena.top = cursor.decodeString(arena.bytes, name);
    const length = arena.top - name;
    if (length === 0 || arena.bytes.subarray(name, arena.top).indexOf(0) !== -1)
      cursor.failString(blame.emptyName(`a ${KINDS.words[kind]}`));
    const decls = this.#records.decls;
    const at = decls.add();
    const words = decls.words;
    words.fill(0, at, at + Decl.WORDS);
    hashBytes(arena.bytes, name, arena.top);
    words[at + Decl.FLAGS] = kind;
    words[at + Decl.SOURCE] = source;
    words[at + Decl.NAME] = name;
    words[at + Decl.NAME_LENGTH] = length;
    words[at + Decl.HASH0] = hash0;
    words[at + Decl.HASH1] = hash1;
    words[at + Decl.HASH2] = hash2;
    words[at + Decl.SYMBOL] = -1;
    return decls.count - 1;
  }

  #func(decl: number, start: number): void {
    const { cursor } = this;
    const contents = this.#contents;
    let seen = 0;
    let from = 0;
    let to = 0;
    this.#alignLog2 = this.#functionAlignLog2;
    contents.begin();
    for (; cursor.nextKey(false); ) {
      const key = this.#key(FUNC_KEYS, "a func", seen);
      seen |= 1 << key;
      if (key === 0) this.#alignLog2 = contents.readAlign();
      else if (key === 1) {
        from = contents.pending.count;
        this.#code();
        to = contents.pending.count;
      } else this.#refs();
    }
    if (!(seen & 2)) throw new ManifestError(blame.missingKey("code", "a func"), start, 1);
    contents.checkRelocs(from, to);
    this.#finish(decl, 0, from, to);
  }

  #code(): void {
    const { cursor } = this;
    cursor.enterObject("code");
    const start = cursor.at - 1;
    let seen = 0;
    for (let first = true; cursor.nextKey(first); first = false) {
      const key = this.#key(CODE_KEYS, "the code of a func", seen);
      seen |= 1 << key;
      if (key === 0) this.#contents.readBytes();
      else if (key === 1) this.#contents.readRelocs();
      else cursor.failString(blame.notYet('"asm"'));
    }
    if (!(seen & 1)) throw new ManifestError(blame.missingKey("bytes", "the code of a func"), start, 1);
  }

  #data(decl: number, kind: number, start: number): void {
    const { cursor } = this;
    const contents = this.#contents;
    const where = kind === DeclKind.CONST ? "a const" : "a var";
    let seen = 0;
    let extra = 0;
    let from = 0;
    let to = 0;
    this.#alignLog2 = 0;
    contents.begin();
    for (; cursor.nextKey(false); ) {
      const key = this.#key(DATA_KEYS, where, seen);
      seen |= 1 << key;
      if (key === 4) {
        from = contents.pending.count;
        contents.readRelocs();
        to = contents.pending.count;
      } else if (key === 5) this.#refs();
      else if (key === 6) {
        if (kind === DeclKind.CONST) cursor.failString(blame.tlsConst());
        if (cursor.boolean("threadlocal")) extra = DeclFlag.THREADLOCAL;
      } else this.#contentsKey(key);
    }
    contents.finish(where, start);
    contents.checkRelocs(from, to);
    this.#finish(decl, extra, from, to);
  }

  /** A key that DATA_KEYS and UAV_KEYS share, by its index in DATA_KEYS. */
  #contentsKey(key: number): void {
    if (key === 0) this.#alignLog2 = this.#contents.readAlign();
    else if (key === 1) this.#contents.readBytes();
    else if (key === 2) this.#contents.readText();
    else if (key === 3) this.#contents.readZero();
    else this.cursor.failString(blame.notYet('a typed value ("type", "init")'));
  }

  #extern(decl: number): void {
    const { cursor } = this;
    let flags = packExternType(STT.NOTYPE);
    let seen = 0;
    for (; cursor.nextKey(false); ) {
      const key = this.#key(EXTERN_KEYS, "an extern", seen);
      seen |= 1 << key;
      if (key === 0) flags |= packExternType(EXTERN_STT[this.#choice("is", EXTERN_TYPES)]!);
      else if (key === 1) flags |= cursor.boolean("weak") ? DeclFlag.WEAK : 0;
      else flags |= packVisibility(VISIBILITY_VALUES[this.#choice("visibility", VISIBILITIES)]!);
    }
    this.#records.decls.words[decl * Decl.WORDS + Decl.FLAGS]! |= flags;
  }

  #export(decl: number, start: number): void {
    const { cursor } = this;
    let flags = 0;
    let seen = 0;
    let target: { hash: Hash; source: number; length: number } | undefined;
    let direct: LocalRef | undefined;
    for (; cursor.nextKey(false); ) {
      const key = this.#key(EXPORT_KEYS, "an export", seen);
      seen |= 1 << key;
      if (key === 0) {
        if (cursor.peek() === 0x7b) direct = this.#refValue([0, 0, 0]);
        else target = this.#nameOf("of");
      } else if (key === 1) flags |= packLinkage(LINKAGE_VALUES[this.#choice("linkage", LINKAGES)]!);
      else if (key === 2) flags |= packVisibility(VISIBILITY_VALUES[this.#choice("visibility", VISIBILITIES)]!);
      else this.#refs();
    }
    if (target === undefined && direct === undefined)
      throw new ManifestError(blame.missingKey("of", "an export"), start, 1);
    const ref =
      direct !== undefined ? this.#bindLocal(direct) : this.#bind(target!.hash, target!.source, target!.length);
    const words = this.#records.decls.words;
    words[decl * Decl.WORDS + Decl.FLAGS]! |= flags;
    words[decl * Decl.WORDS + Decl.REF] = ref;
  }

  /** Completes a function, constant or variable whose contents have been read. */
  #finish(decl: number, extra: number, from: number, to: number): void {
    const contents = this.#contents;
    for (const local of this.#locals) this.#bindLocal(local);
    const words = this.#records.decls.words;
    const at = decl * Decl.WORDS;
    words[at + Decl.FLAGS]! |= packAlign(this.#alignLog2) | contents.flags | extra;
    words[at + Decl.BLOB] = contents.blob;
    words[at + Decl.SIZE] = contents.size;
    words[at + Decl.RELOC] = this.#records.relocs.count;
    words[at + Decl.RELOC_COUNT] = to - from;
    this.#addRelocs(from, to);
  }

  // --- references -----------------------------------------------------------------------------------------------

  /** Reads `"refs": {name: value, ...}`. */
  #refs(): void {
    const { cursor } = this;
    // Unnamed values use the same reader: what it holds of this declaration is kept aside.
    const { blob, size, flags, given } = this.#contents;
    const alignLog2 = this.#alignLog2;
    cursor.enterObject("refs");
    for (let first = true; cursor.nextKey(first); first = false) {
      hashString(cursor);
      const hash: Hash = [hash0, hash1, hash2];
      if (this.#findLocal(hash[0], hash[1], hash[2]) !== undefined)
        cursor.failString(blame.duplicateKey(cursor.shownString(), '"refs"'));
      this.#locals.push(this.#refValue(hash));
    }
    Object.assign(this.#contents, { blob, size, flags, given });
    this.#alignLog2 = alignLog2;
  }

  /** Reads one value of `refs`. */
  #refValue(hash: Hash): LocalRef {
    const { cursor } = this;
    cursor.enterObject("a reference");
    const start = cursor.at - 1;
    let local: LocalRef | undefined;
    let nav: { hash: Hash; source: number; length: number } | undefined;
    let offset = 0;
    let seen = 0;
    for (let first = true; cursor.nextKey(first); first = false) {
      const key = this.#key(REF_KEYS, "a reference", seen);
      seen |= 1 << key;
      // A value has one place only: its start.
      if (seen & 1 && seen !== 1) cursor.failString(blame.notOfUav(cursor.stringText()));
      if (key === 0) local = { hash, ref: -1, value: this.#uav() };
      else if (key === 2) nav = this.#nameOf("nav");
      else if (key === 4) offset = this.#offset();
      else cursor.failString(blame.notYet('a lazy symbol ("lazy")'));
    }
    if (nav !== undefined)
      return { hash, ref: this.#nameRef(nav.hash, offset, nav.source, nav.length), value: undefined };
    if (local === undefined) throw new ManifestError(blame.missingKey('uav" or "nav', "a reference"), start, 1);
    return local;
  }

  #offset(): number {
    const { cursor } = this;
    cursor.peek();
    const start = cursor.at;
    const offset = cursor.integer("offset");
    if (offset < 0 || offset >= 2 ** 31)
      throw new ManifestError(blame.badSize("an offset", offset, 2 ** 31 - 1), start, cursor.at - start);
    return offset;
  }

  #nameOf(what: string): { hash: Hash; source: number; length: number } {
    const { cursor } = this;
    cursor.string(what);
    hashString(cursor);
    return { hash: [hash0, hash1, hash2], source: cursor.stringStart, length: cursor.stringEnd - cursor.stringStart };
  }

  #uav(): PendingUav {
    const { cursor } = this;
    const contents = this.#contents;
    const from = contents.pending.count;
    this.#alignLog2 = 0;
    contents.begin();
    cursor.enterObject("uav");
    const source = cursor.at - 1;
    let seen = 0;
    for (let first = true; cursor.nextKey(first); first = false) {
      const key = this.#key(UAV_KEYS, "a uav", seen);
      seen |= 1 << key;
      if (key === 4) contents.readRelocs();
      else this.#contentsKey(key < 4 ? key : 7);
    }
    contents.finish("a uav", source);
    contents.checkRelocs(from);
    if (contents.flags & DeclFlag.ZERO) this.#materialize();
    const flags = DeclKind.UAV | packAlign(this.#alignLog2) | contents.flags;
    return { blob: contents.blob, size: contents.size, flags, source, from, to: contents.pending.count, bound: "no" };
  }

  /** Zeros in a read-only section take space, and are the same value as the same zeros spelled out. */
  #materialize(): void {
    const arena = this.#arena;
    arena.reserve(this.#contents.size);
    this.#contents.blob = arena.top;
    arena.bytes.fill(0, arena.top, arena.top + this.#contents.size);
    arena.top += this.#contents.size;
    this.#contents.flags &= ~DeclFlag.ZERO;
  }

  /** The reference for a name of `refs`, its value entered into the chunk on first use. */
  #bindLocal(local: LocalRef): number {
    const { value } = local;
    if (value === undefined || value.bound === "yes") return local.ref;
    // Two values that point at each other have no identity but their place: they are not shared with others.
    if (value.bound === "now")
      throw new ManifestError(blame.notYet("an unnamed value that refers to itself"), value.source, 1);
    value.bound = "now";
    const words = this.#contents.pending.words;
    for (let index = value.from; index < value.to; index++) {
      const at = index * Pending.WORDS;
      const target = this.#findLocal(
        words[at + Pending.HASH0]!,
        words[at + Pending.HASH1]!,
        words[at + Pending.HASH2]!,
      );
      if (target !== undefined) this.#bindLocal(target);
    }
    this.#hashValue(value);
    const { uav, isNew } = this.#records.uav([hash0, hash1, hash2], value.blob, value.size, value.flags, value.source);
    if (isNew && value.to > value.from) {
      this.#records.uavs.words[uav * Uav.WORDS + Uav.RELOC_COUNT] = value.to - value.from;
      this.#addRelocs(value.from, value.to);
    }
    value.bound = "yes";
    local.ref = this.#records.uavRef(uav, value.source);
    return local.ref;
  }

  /** A value's identity: its bytes, and for each relocation place, type, addend and the target's identity. */
  #hashValue(value: PendingUav): void {
    const pending = this.#contents.pending.words;
    hashBytes(this.#arena.bytes, value.blob, value.blob + value.size);
    for (let index = value.from; index < value.to; index++) {
      const at = index * Pending.WORDS;
      hashWord(pending[at + Pending.OFFSET]!);
      hashWord(pending[at + Pending.TYPE]!);
      hashWord(pending[at + Pending.ADDEND_LOW]!);
      hashWord(pending[at + Pending.ADDEND_HIGH]!);
      const target = this.#findLocal(
        pending[at + Pending.HASH0]!,
        pending[at + Pending.HASH1]!,
        pending[at + Pending.HASH2]!,
      );
      this.#hashTarget(target, at);
    }
  }

  #hashTarget(target: LocalRef | undefined, pendingAt: number): void {
    const pending = this.#contents.pending.words;
    const refs = this.#records.refs.words;
    if (target === undefined) for (let i = 0; i < 3; i++) hashWord(pending[pendingAt + Pending.HASH0 + i]!);
    else if (target.value === undefined)
      for (const field of [Ref.HASH0, Ref.HASH1, Ref.HASH2, Ref.OFFSET])
        hashWord(refs[target.ref * Ref.WORDS + field]!);
    else {
      const uav = refs[target.ref * Ref.WORDS + Ref.HASH0]!;
      for (let i = 0; i < 3; i++) hashWord(this.#records.uavs.words[uav * Uav.WORDS + i]!);
    }
  }

  #addRelocs(from: number, to: number): void {
    const words = this.#contents.pending.words;
    for (let index = from; index < to; index++) {
      const at = index * Pending.WORDS;
      const ref = this.#bindAt(words, at);
      this.#records.addReloc(
        words[at + Pending.OFFSET]!,
        words[at + Pending.TYPE]!,
        ref,
        words[at + Pending.ADDEND_LOW]!,
        words[at + Pending.ADDEND_HIGH]!,
        words[at + Pending.SOURCE]!,
      );
    }
  }

  #bindAt(words: Int32Array, at: number): number {
    const local = this.#findLocal(words[at + Pending.HASH0]!, words[at + Pending.HASH1]!, words[at + Pending.HASH2]!);
    if (local !== undefined) return this.#bindLocal(local);
    const hash = this.#hash;
    hash[0] = words[at + Pending.HASH0]!;
    hash[1] = words[at + Pending.HASH1]!;
    hash[2] = words[at + Pending.HASH2]!;
    return this.#records.nameRef(hash, hash, 0, words[at + Pending.SOURCE]!, words[at + Pending.SOURCE_LENGTH]!);
  }
  /** Scratch of `#bindAt`. */
  readonly #hash: [number, number, number] = [0, 0, 0];

  #bind(hash: Hash, source: number, length: number): number {
    const local = this.#findLocal(hash[0], hash[1], hash[2]);
    return local === undefined ? this.#nameRef(hash, 0, source, length) : this.#bindLocal(local);
  }

  #nameRef(name: Hash, offset: number, source: number, length: number): number {
    if (offset === 0) return this.#records.nameRef(name, name, 0, source, length);
    hashSet(name[0], name[1], name[2]);
    hashWord(offset);
    return this.#records.nameRef([hash0, hash1, hash2], name, offset, source, length);
  }

  #findLocal(h0: number, h1: number, h2: number): LocalRef | undefined {
    for (const local of this.#locals)
      if (local.hash[0] === h0 && local.hash[1] === h1 && local.hash[2] === h2) return local;
    return undefined;
  }

  // --- keys -----------------------------------------------------------------------------------------------------

  /** The index of the key read last; fails where it is unknown or, by its bit in `seen`, was given before. */
  #key(keys: WordTable, where: string, seen: number): number {
    const { cursor } = this;
    const key = keys.find(cursor.bytes, cursor.stringStart, cursor.stringEnd);
    if (key === -1)
      cursor.failString(blame.unknownKey(cursor.shownString(), where, keys.nearest(cursor.shownString())));
    if (seen & (1 << key)) cursor.failString(blame.duplicateKey(cursor.shownString(), where));
    return key;
  }

  #choice(what: string, known: readonly string[]): number {
    const { cursor } = this;
    cursor.string(what);
    const text = cursor.shownString();
    const index = known.indexOf(text);
    if (index === -1) cursor.failString(blame.unknownValue(what, text, known, new WordTable(known).nearest(text)));
    return index;
  }
}
