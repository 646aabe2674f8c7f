/**
 * Reads what names in a declaration may stand for: the values of `refs`, and an export's `of` where it is no name. Unnamed
 * values are read with the reader of the declaration's own contents, which are kept aside meanwhile.
 */

import {
  type Arena,
  blame,
  DeclFlag,
  DeclKind,
  hash0,
  hash1,
  hash2,
  type JsonCursor,
  ManifestError,
  packAlign,
  WordTable,
} from "@manifold/core";
import { CONTENTS_KEYS, type ContentsReader, hashString, type Stretch, stretchOf } from "./contents-reader.js";
import { choiceOf, keyOf } from "./keys.js";
import type { PendingValue } from "./pending.js";
import type { LocalRef, NameAt, ReferenceBinder } from "./reference-binder.js";
import type { Hash } from "./unnamed-values.js";
import type { ValueEmitter } from "./value-emitter.js";

const REF_KEYS = new WordTable(["uav", "lazy", "nav", "type", "offset"]);
const RefKey = { UAV: 0, LAZY: 1, NAV: 2, TYPE: 3, OFFSET: 4 } as const;
const FORMS = [RefKey.UAV, RefKey.LAZY, RefKey.NAV];
const UAV_KEYS = new WordTable([...CONTENTS_KEYS, "relocs"]);
const UAV_RELOCS = CONTENTS_KEYS.length;
const LAZY_KINDS = ["code", "data"] as const;

export class RefsReader {
  readonly #cursor: JsonCursor;
  readonly #arena: Arena;
  readonly #contents: ContentsReader;
  readonly #values: ValueEmitter;
  readonly #binder: ReferenceBinder;

  constructor(
    cursor: JsonCursor,
    arena: Arena,
    contents: ContentsReader,
    values: ValueEmitter,
    binder: ReferenceBinder,
  ) {
    this.#cursor = cursor;
    this.#arena = arena;
    this.#contents = contents;
    this.#values = values;
    this.#binder = binder;
  }

  /** Reads `"refs": {name: value, ...}` and binds the names. */
  readRefs(): void {
    const cursor = this.#cursor;
    const kept = this.#contents.keep();
    cursor.enterObject("refs");
    for (let first = true; cursor.nextKey(first); first = false) {
      hashString(cursor);
      const hash: Hash = [hash0, hash1, hash2];
      if (this.#binder.hasLocal(hash)) cursor.failString(blame.duplicateKey(cursor.shownString(), '"refs"'));
      const { stringStart, stringEnd } = cursor;
      this.#binder.addLocal(this.readReference(hash, () => `refs${step(cursor.textOf(stringStart, stringEnd))}`));
    }
    this.#contents.restore(kept);
  }

  /** Reads one value of `refs`; `path` leads to it from the declaration. */
  readReference(hash: Hash, path: () => string): LocalRef {
    const cursor = this.#cursor;
    cursor.enterObject("a reference");
    const start = cursor.at - 1;
    let value: PendingValue | undefined;
    let nav: NameAt | undefined;
    let lazy = -1;
    let type: Stretch | undefined;
    let offset = 0;
    let seen = 0;
    for (let first = true; cursor.nextKey(first); first = false) {
      const key = keyOf(cursor, REF_KEYS, "a reference", seen);
      seen |= 1 << key;
      // A value has one place only: its start.
      if (seen & (1 << RefKey.UAV) && seen !== 1 << RefKey.UAV) cursor.failString(blame.notOfUav(cursor.shownString()));
      if (key === RefKey.UAV) value = this.#uav(() => `${path()}.uav`);
      else if (key === RefKey.LAZY) lazy = choiceOf(cursor, "lazy", LAZY_KINDS);
      else if (key === RefKey.NAV) nav = nameAt(cursor, "nav");
      else if (key === RefKey.TYPE) type = stretchOf(cursor);
      else offset = this.#offset();
    }
    this.#checkForm(seen, start);
    if (lazy !== -1) {
      if (type === undefined) throw new ManifestError(blame.missingKey("type", "a lazy symbol"), start, 1);
      this.#values.requireTypes();
      value = this.#values.lazy(LAZY_KINDS[lazy]!, type, { path: `${path()}.type` });
    }
    if (nav === undefined) return { hash, ref: -1, value };
    return { hash, ref: this.#binder.unnamed.nameRef(nav.hash, offset, nav.source, nav.length), value: undefined };
  }

  #checkForm(seen: number, start: number): void {
    const found = FORMS.filter((key) => seen & (1 << key)).map((key) => `"${REF_KEYS.words[key]}"`);
    if (found.length !== 1) throw new ManifestError(blame.referenceCount(found), start, 1);
    for (const [key, other] of [
      [RefKey.TYPE, RefKey.LAZY],
      [RefKey.OFFSET, RefKey.NAV],
    ] as const) {
      if (seen & (1 << key) && !(seen & (1 << other)))
        throw new ManifestError(blame.keyNeeds(REF_KEYS.words[key]!, REF_KEYS.words[other]!), start, 1);
    }
  }

  #offset(): number {
    const cursor = this.#cursor;
    cursor.peek();
    const start = cursor.at;
    const offset = cursor.integer("offset");
    if (offset < 0 || offset >= 2 ** 31)
      throw new ManifestError(blame.badSize("an offset", offset, 2 ** 31 - 1), start, cursor.at - start);
    return offset;
  }

  #uav(path: () => string): PendingValue {
    const cursor = this.#cursor;
    const contents = this.#contents;
    const from = contents.pending.count;
    contents.begin(0);
    cursor.enterObject("uav");
    const source = cursor.at - 1;
    let seen = 0;
    for (let first = true; cursor.nextKey(first); first = false) {
      const key = keyOf(cursor, UAV_KEYS, "a uav", seen);
      seen |= 1 << key;
      if (key === UAV_RELOCS) contents.readRelocs();
      else contents.readKey(key);
    }
    contents.finish("a uav", source);
    const { alignLog2, type, init } = contents;
    if (type !== undefined && init !== undefined) {
      if (contents.pending.count > from) throw new ManifestError(blame.relocationInValue(), source, 1);
      this.#values.requireTypes();
      return this.#values.unnamed(type, init, alignLog2, { path: `${path()}.init`, typePath: `${path()}.type` });
    }
    contents.checkRelocs(from);
    if (contents.flags & DeclFlag.ZERO) this.#materialize();
    const flags = DeclKind.UAV | packAlign(alignLog2) | contents.flags;
    const { blob, size, pending } = contents;
    return { blob, size, flags, source, from, to: pending.count, key: undefined, bound: "no" };
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
}

/** Reads a string, a name; `what` is its key. */
export function nameAt(cursor: JsonCursor, what: string): NameAt {
  cursor.string(what);
  hashString(cursor);
  return { hash: [hash0, hash1, hash2], source: cursor.stringStart, length: cursor.stringEnd - cursor.stringStart };
}

/** A step of a path; `raw` is a key as the text spells it. */
function step(raw: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(raw) ? `.${raw}` : `["${raw}"]`;
}
