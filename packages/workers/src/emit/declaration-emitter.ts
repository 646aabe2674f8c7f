/**
 * Reads one declaration of a manifest and emits it: contents into the arena, records into the chunk. This is the inner
 * loop of a link from a manifest; for machine code it makes no strings and, unless `refs` are given, no objects.
 */

import {
  type Arena,
  alignLog2Of,
  blame,
  Decl,
  DeclFlag,
  DeclKind,
  DiagnosticError,
  hash0,
  hash1,
  hash2,
  type InputPolicy,
  JsonCursor,
  DECLARATION_KINDS as KINDS,
  ManifestError,
  packAlign,
  packExternType,
  packLinkage,
  packVisibility,
  STT,
  WordTable,
} from "@manifold/core";
import type { TypeTable } from "../lower/index.js";
import { AssemblyReader } from "./assembly-reader.js";
import {
  EXTERN_TYPE_VALUES,
  EXTERN_TYPES,
  LINKAGE_VALUES,
  LINKAGES,
  VISIBILITIES,
  VISIBILITY_VALUES,
} from "./choices.js";
import type { ChunkRecords } from "./chunk-records.js";
import { CONTENTS_KEYS, ContentsReader } from "./contents-reader.js";
import { type Fault, valueFault } from "./faults.js";
import { choiceOf, keyOf } from "./keys.js";
import { PlainDeclarations } from "./plain-declaration.js";
import { type LocalRef, type NameAt, ReferenceBinder } from "./reference-binder.js";
import { nameAt, RefsReader } from "./refs-reader.js";
import { ValueEmitter } from "./value-emitter.js";

const TYPE_KIND = 5;
const ERRORS_KIND = 6;
const INPUT_KIND = 7;
const FUNC_KEYS = new WordTable(["align", "code", "refs"]);
const CODE_KEYS = new WordTable(["bytes", "relocs", "asm"]);
const CODE_ASM = 2;
const DATA_KEYS = new WordTable([...CONTENTS_KEYS, "relocs", "refs", "threadlocal"]);
const DataKey = {
  RELOCS: CONTENTS_KEYS.length,
  REFS: CONTENTS_KEYS.length + 1,
  THREADLOCAL: CONTENTS_KEYS.length + 2,
} as const;
const EXTERN_KEYS = new WordTable(["is", "weak", "visibility"]);
const EXPORT_KEYS = new WordTable(["of", "linkage", "visibility", "refs"]);
const TYPE_KEYS = new WordTable(["is"]);
const OPEN_BRACE = 0x7b;

export class DeclarationEmitter {
  readonly cursor: JsonCursor = new JsonCursor();
  /** What is wrong with declarations that were read to their ends. Whoever reads it empties it. */
  readonly faults: Fault[];
  /** For lines that are written plainly. */
  readonly plain: PlainDeclarations;
  /** Inputs that were declared: the path, and where in the chunk's text it begins. Whoever reads it empties it. */
  readonly inputs: { readonly path: string; readonly offset: number }[] = [];
  readonly #records: ChunkRecords;
  readonly #arena: Arena;
  readonly #contents: ContentsReader;
  readonly #assembly: AssemblyReader;
  readonly #values: ValueEmitter;
  readonly #binder: ReferenceBinder;
  readonly #refs: RefsReader;
  readonly #functionAlignLog2: number;
  readonly #inputPolicy: InputPolicy;
  /** What the code of the function at hand asks for itself. */
  #codeAlignLog2 = 0;

  constructor(records: ChunkRecords, arena: Arena, functionAlignLog2: number, inputs: InputPolicy) {
    const { cursor } = this;
    this.#records = records;
    this.#arena = arena;
    this.#contents = new ContentsReader(cursor, arena);
    this.#assembly = new AssemblyReader(cursor, arena, this.#contents.pending);
    this.#values = new ValueEmitter(cursor, arena, this.#contents.pending);
    this.#binder = new ReferenceBinder(records, arena, this.#contents.pending, this.#values);
    this.#refs = new RefsReader(cursor, arena, this.#contents, this.#values, this.#binder);
    const parts = {
      contents: this.#contents,
      binder: this.#binder,
      refs: this.#refs,
      values: this.#values,
      assembly: this.#assembly,
    };
    this.plain = new PlainDeclarations(cursor, records, arena, parts, functionAlignLog2);
    this.#functionAlignLog2 = functionAlignLog2;
    this.#inputPolicy = inputs;
    this.faults = this.#assembly.faults;
  }

  /** Starts a chunk of the manifest `scope`. Without `types`, what needs them throws TypesUnknown. */
  beginChunk(scope: number, types: TypeTable | undefined): void {
    this.#values.types = types;
    this.#binder.beginChunk(scope);
    this.faults.length = 0;
  }

  /**
   * Emits the declaration at the cursor, which is left behind it. `source` is where it begins in the chunk's text. True
   * where it was one of types or errors, which is only checked for its keys.
   */
  emit(source: number): boolean {
    const { cursor } = this;
    this.#binder.begin();
    this.#values.begin(source);
    this.#contents.pending.clear();
    const start = this.#enter();
    const kind = KINDS.find(cursor.bytes, cursor.stringStart, cursor.stringEnd);
    if (kind === -1) cursor.failString(blame.unknownKind(cursor.shownString(), KINDS.nearest(cursor.shownString())));
    if (kind === TYPE_KIND || kind === ERRORS_KIND) {
      this.#types(kind, start);
      return true;
    }
    if (kind === INPUT_KIND) {
      this.#input();
      return false;
    }
    const decl = this.#begin(kind, source);
    try {
      if (kind === DeclKind.FUNC) this.#func(decl, start);
      else if (kind === DeclKind.EXTERN) this.#extern(decl);
      else if (kind === DeclKind.EXPORT) this.#export(decl, start);
      else this.#data(decl, kind, start);
    } catch (cause) {
      if (!(cause instanceof DiagnosticError)) throw cause;
      cursor.at = source;
      cursor.skip();
      const symbol = this.#nameOf(decl);
      for (const diagnostic of cause.diagnostics)
        this.faults.push(valueFault({ ...diagnostic, place: { symbol } }, cursor.bytes, source, cursor.at));
    }
    return false;
  }

  /** Whether the declaration at the cursor is one of types or errors; if so, steps over it. */
  skipTypes(): boolean {
    const { cursor } = this;
    const start = this.#enter();
    const kind = KINDS.find(cursor.bytes, cursor.stringStart, cursor.stringEnd);
    if (kind !== TYPE_KIND && kind !== ERRORS_KIND) return false;
    this.#types(kind, start);
    return true;
  }

  /** Steps into the declaration, to its first key; returns where it begins. */
  #enter(): number {
    const { cursor } = this;
    cursor.enterObject("a declaration");
    const start = cursor.at - 1;
    if (!cursor.nextKey(true)) throw new ManifestError(blame.missingKey("func", "a declaration"), start, 1);
    return start;
  }

  /** `{"type": NAME, "is": T}` or `{"errors": [...]}`: what T and the names are is seen when all types are known. */
  #types(kind: number, start: number): void {
    const { cursor } = this;
    if (kind === TYPE_KIND) {
      cursor.string("a name");
      if (cursor.stringStart === cursor.stringEnd) cursor.failString(blame.emptyName("a type"));
    } else {
      cursor.enterArray("errors");
      for (let first = true; cursor.nextItem(first); first = false) cursor.skip();
    }
    let seen = 0;
    for (; cursor.nextKey(false); ) {
      if (kind === ERRORS_KIND) cursor.failString(blame.unknownKey(cursor.shownString(), '"errors"', undefined));
      seen |= 1 << keyOf(cursor, TYPE_KEYS, "a type", seen);
      cursor.skip();
    }
    if (kind === TYPE_KIND && seen === 0) throw new ManifestError(blame.missingKey("is", "a type"), start, 1);
  }

  /** `{"input": PATH}`: what is linked with the manifests is not emission's business. */
  #input(): void {
    const { cursor } = this;
    if (this.#inputPolicy === "object") cursor.failString(blame.inputInObject());
    if (this.#inputPolicy === "refused") cursor.failString(blame.inputRefused());
    cursor.string("a path");
    const path = cursor.stringText();
    const offset = cursor.stringStart;
    if (path === "" || path.includes("\0")) cursor.failString(blame.emptyName("an input"));
    while (cursor.nextKey(false)) cursor.failString(blame.unknownKey(cursor.shownString(), "an input", undefined));
    this.inputs.push({ path, offset });
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
    // A zero byte can only come from an escape: as itself it is no JSON.
    if (length === 0 || (cursor.stringEscaped && arena.bytes.subarray(name, arena.top).indexOf(0) !== -1))
      cursor.failString(blame.emptyName(`a ${KINDS.words[kind]}`));
    const decl = this.#records.declare(kind, name, length, source);
    this.#binder.named(hash0, hash1, hash2, cursor.stringStart, cursor.stringEnd - cursor.stringStart);
    return decl;
  }

  #func(decl: number, start: number): void {
    const { cursor } = this;
    const contents = this.#contents;
    let seen = 0;
    let from = 0;
    let to = 0;
    this.#codeAlignLog2 = 0;
    contents.begin(this.#functionAlignLog2);
    for (; cursor.nextKey(false); ) {
      const key = keyOf(cursor, FUNC_KEYS, "a func", seen);
      seen |= 1 << key;
      if (key === 0) contents.alignLog2 = contents.readAlign();
      else if (key === 1) {
        from = contents.pending.count;
        this.#code();
        to = contents.pending.count;
      } else this.#refs.readRefs();
    }
    if (!(seen & 2)) throw new ManifestError(blame.missingKey("code", "a func"), start, 1);
    // Of code that could not be assembled nothing else is to be said.
    if (this.faults.length > 0) return;
    contents.alignLog2 = Math.max(contents.alignLog2, this.#codeAlignLog2);
    contents.checkRelocs(from, to);
    this.#finish(decl, 0, from, to);
  }

  #code(): void {
    const { cursor } = this;
    cursor.enterObject("code");
    const start = cursor.at - 1;
    let seen = 0;
    for (let first = true; cursor.nextKey(first); first = false) {
      const key = keyOf(cursor, CODE_KEYS, "the code of a func", seen);
      seen |= 1 << key;
      if (key === 0) this.#contents.readBytes();
      else if (key === 1) this.#contents.readRelocs();
      else this.#asm();
    }
    if (seen === 1 || seen === 3 || seen === 1 << CODE_ASM) return;
    const found = CODE_KEYS.words.filter((_, key) => seen & (1 << key)).map((key) => `"${key}"`);
    throw new ManifestError(blame.codeCount(found), start, 1);
  }

  #asm(): void {
    const assembly = this.#assembly;
    assembly.read();
    this.#contents.blob = assembly.blob;
    this.#contents.size = assembly.size;
    this.#codeAlignLog2 = alignLog2Of(assembly.alignment);
  }

  #data(decl: number, kind: number, start: number): void {
    const { cursor } = this;
    const contents = this.#contents;
    const where = kind === DeclKind.CONST ? "a const" : "a var";
    let seen = 0;
    let extra = 0;
    let from = 0;
    let to = 0;
    contents.begin(0);
    for (; cursor.nextKey(false); ) {
      const key = keyOf(cursor, DATA_KEYS, where, seen);
      seen |= 1 << key;
      if (key === DataKey.RELOCS) {
        from = contents.pending.count;
        contents.readRelocs();
        to = contents.pending.count;
      } else if (key === DataKey.REFS) this.#refs.readRefs();
      else if (key === DataKey.THREADLOCAL) {
        if (kind === DeclKind.CONST) cursor.failString(blame.tlsConst());
        if (cursor.boolean("threadlocal")) extra = DeclFlag.THREADLOCAL;
      } else contents.readKey(key);
    }
    contents.finish(where, start);
    if (contents.type === undefined || contents.init === undefined) {
      contents.checkRelocs(from, to);
      this.#finish(decl, extra, from, to);
      return;
    }
    if (to > from) throw new ManifestError(blame.relocationInValue(), start, 1);
    const lowered = this.#values.lower(contents.type, contents.init, {});
    contents.blob = lowered.blob;
    contents.size = lowered.size;
    contents.alignLog2 = Math.max(contents.alignLog2, lowered.alignLog2);
    if (lowered.to > lowered.from) contents.flags |= DeclFlag.ABSOLUTE;
    this.#finish(decl, extra, lowered.from, lowered.to);
  }

  #extern(decl: number): void {
    const { cursor } = this;
    let flags = packExternType(STT.NOTYPE);
    let seen = 0;
    for (; cursor.nextKey(false); ) {
      const key = keyOf(cursor, EXTERN_KEYS, "an extern", seen);
      seen |= 1 << key;
      if (key === 0) flags |= packExternType(EXTERN_TYPE_VALUES[choiceOf(cursor, "is", EXTERN_TYPES)]!);
      else if (key === 1) flags |= cursor.boolean("weak") ? DeclFlag.WEAK : 0;
      else flags |= packVisibility(VISIBILITY_VALUES[choiceOf(cursor, "visibility", VISIBILITIES)]!);
    }
    this.#records.decls.words[decl * Decl.WORDS + Decl.FLAGS]! |= flags;
  }

  #export(decl: number, start: number): void {
    const { cursor } = this;
    let flags = 0;
    let seen = 0;
    let target: NameAt | undefined;
    let direct: LocalRef | undefined;
    for (; cursor.nextKey(false); ) {
      const key = keyOf(cursor, EXPORT_KEYS, "an export", seen);
      seen |= 1 << key;
      if (key === 0) {
        if (cursor.peek() === OPEN_BRACE) direct = this.#refs.readReference([0, 0, 0], () => "of");
        else target = nameAt(cursor, "of");
      } else if (key === 1) flags |= packLinkage(LINKAGE_VALUES[choiceOf(cursor, "linkage", LINKAGES)]!);
      else if (key === 2) flags |= packVisibility(VISIBILITY_VALUES[choiceOf(cursor, "visibility", VISIBILITIES)]!);
      else this.#refs.readRefs();
    }
    if (target === undefined && direct === undefined)
      throw new ManifestError(blame.missingKey("of", "an export"), start, 1);
    const ref = direct !== undefined ? this.#binder.bindLocal(direct) : this.#binder.bind(target!);
    const words = this.#records.decls.words;
    words[decl * Decl.WORDS + Decl.FLAGS]! |= flags | this.#typed();
    words[decl * Decl.WORDS + Decl.REF] = ref;
  }

  /** Completes a function, constant or variable whose contents have been read. */
  #finish(decl: number, extra: number, from: number, to: number): void {
    const contents = this.#contents;
    const binder = this.#binder;
    binder.bindLocals();
    binder.bindTargets(from, to);
    const flags = packAlign(contents.alignLog2) | contents.flags | extra | this.#typed();
    this.#records.define(decl, flags, contents.blob, contents.size, to - from);
    binder.unnamed.addRelocs(from, to);
  }

  #typed(): number {
    return this.#values.usedTypes ? DeclFlag.TYPED : 0;
  }

  #nameOf(decl: number): string {
    const { words } = this.#records.decls;
    const name = words[decl * Decl.WORDS + Decl.NAME]!;
    const bytes = this.#arena.bytes.subarray(name, name + words[decl * Decl.WORDS + Decl.NAME_LENGTH]!);
    return Buffer.from(bytes).toString("utf8");
  }
}
