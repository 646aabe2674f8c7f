/**
 * Typed values and lazy symbols on their way to records: lowered into the arena, with their pointers as pending
 * relocations. The types are those of the declaration's manifest; until all of them are known, nothing is lowered.
 */

import {
  type Arena,
  alignLog2Of,
  blame,
  DeclFlag,
  DeclKind,
  hash0,
  hash1,
  hash2,
  hashBytes,
  JsonCursor,
  ManifestError,
  packAlign,
  R_X86_64,
} from "@manifold/core";
import type { LazyTarget, TypeTable, UavTarget, ValueOrigin, ValueReference, ValueSink } from "../lower/index.js";
import type { Stretch } from "./contents-reader.js";
import { NavPlaces } from "./nav-places.js";
import { addPending, Pending, type PendingValue, Target } from "./pending.js";
import { lowering } from "./tools.js";
import type { WordList } from "./word-list.js";

/** Thrown where a declaration needs the types of its manifest before they are known. */
export class TypesUnknown extends Error {
  override readonly name = "TypesUnknown";
}

/** Contents that were lowered: arena offset, size and alignment, and the pending relocations `[from, to)`. */
export interface LoweredBlob {
  readonly blob: number;
  readonly size: number;
  readonly alignLog2: number;
  readonly from: number;
  readonly to: number;
}

export type UnnamedTarget = UavTarget | LazyTarget;

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

export class ValueEmitter {
  /** The types of the chunk's manifest, once they are known. */
  types: TypeTable | undefined;
  /** Whether the declaration at hand needed them. */
  usedTypes = false;
  readonly #targets: UnnamedTarget[] = [];
  readonly #cursor: JsonCursor;
  /** Goes over a value a second time. */
  readonly #keys = new JsonCursor();
  readonly #arena: Arena;
  readonly #pending: WordList;
  readonly #navs: NavPlaces;
  readonly #sink: ArenaSink;
  /** Where the value begins that unnamed values within it are blamed on. */
  #source = 0;

  constructor(cursor: JsonCursor, arena: Arena, pending: WordList) {
    this.#cursor = cursor;
    this.#arena = arena;
    this.#pending = pending;
    this.#navs = new NavPlaces(cursor);
    this.#sink = new ArenaSink(arena);
  }

  /** Starts a declaration, which begins at `source`. */
  begin(source: number): void {
    this.#targets.length = 0;
    this.usedTypes = false;
    this.#navs.begin(source);
  }

  /** Fails where the types are not known yet: the declaration is read again when they are. */
  requireTypes(): TypeTable {
    if (this.types === undefined) throw new TypesUnknown("the types of the manifest are not known yet");
    this.usedTypes = true;
    return this.types;
  }

  /** Lowers a value. Throws DiagnosticError where value and type do not agree. */
  lower(type: Stretch, init: Stretch, origin: ValueOrigin): LoweredBlob {
    const types = this.requireTypes();
    this.#source = init.start;
    return this.#written(
      () => lowering().lower(types, this.#json(type), this.#json(init), this.#sink, origin),
      init.start,
    );
  }

  /** Lowers the contents of a uav, aligned at least to `alignLog2`. */
  unnamed(type: Stretch, init: Stretch, alignLog2: number, origin: ValueOrigin): PendingValue {
    const types = this.requireTypes();
    let key = "";
    const lowered = this.#written(() => {
      const keyed = lowering().lowerKeyed(types, this.#json(type), this.#json(init), this.#sink, origin);
      key = keyed.key;
      return keyed;
    }, init.start);
    return this.#value(lowered, DeclKind.UAV, Math.max(alignLog2, lowered.alignLog2), init.start, `uav ${key}`);
  }

  /** The contents of a lazy symbol. */
  lazy(kind: "code" | "data", type: Stretch, origin: ValueOrigin): PendingValue {
    return this.#lazy(kind, this.#json(type), type.start, origin);
  }

  target(index: number): UnnamedTarget {
    return this.#targets[index]!;
  }

  /** The contents of what a typed value points to; it was lowered before for its key, so that nothing is wrong with it. */
  contentsOf(target: UnnamedTarget): PendingValue {
    if ("lazy" in target) return this.#lazy(target.lazy, target.type, this.#source, {});
    const types = this.requireTypes();
    const lowered = this.#written(() => lowering().lower(types, target.type, target.value, this.#sink), this.#source);
    return this.#value(lowered, DeclKind.UAV, this.#log2(target.align, this.#source), this.#source, keyOf(target));
  }

  /** The alignment that a reference to the target asks for. */
  alignLog2Of(target: UnnamedTarget): number {
    return "uav" in target ? this.#log2(target.align, this.#source) : 0;
  }

  #lazy(kind: "code" | "data", type: unknown, source: number, origin: ValueOrigin): PendingValue {
    const types = this.requireTypes();
    const { lazyCode, lazyData } = lowering();
    const { key, bytes, align, references } = (kind === "code" ? lazyCode : lazyData)(types, type, origin);
    const lowered = this.#written(() => {
      const offset = this.#sink.reserve(bytes.length);
      this.#arena.bytes.set(bytes, offset);
      for (const reference of references) this.#sink.reference({ ...reference, offset: reference.offset + offset });
      return { offset, size: bytes.length, align };
    }, source);
    const declKind = kind === "code" ? DeclKind.LAZY_CODE : DeclKind.LAZY_DATA;
    return this.#value(lowered, declKind, lowered.alignLog2, source, `lazy ${key}`);
  }

  #value(lowered: LoweredBlob, kind: number, alignLog2: number, source: number, key: string): PendingValue {
    const { blob, size, from, to } = lowered;
    const isAbsolute = kind !== DeclKind.LAZY_CODE && to > from;
    const flags = kind | packAlign(alignLog2) | (isAbsolute ? DeclFlag.ABSOLUTE : 0);
    return { blob, size, flags, source, from, to, key, bound: "no" };
  }

  /** Runs `write`, which writes to the sink, and makes pending relocations of the references that it leaves there. */
  #written(write: () => { offset: number; size: number; align: number }, source: number): LoweredBlob {
    this.#sink.references.length = 0;
    const { offset, size, align } = write();
    const alignLog2 = this.#log2(align, source);
    const from = this.#pending.count;
    for (const reference of this.#sink.references) this.#reference(reference, offset);
    return { blob: offset, size, alignLog2, from, to: this.#pending.count };
  }

  #reference({ offset, type, target, addend }: ValueReference, blob: number): void {
    const isName = "nav" in target;
    const ref = isName ? Target.NAME : Target.FIRST - (this.#targets.push(target) - 1);
    const at = addPending(this.#pending, offset - blob, R_X86_64[type], addend, ref);
    const { words } = this.#pending;
    words[at + Pending.SOURCE] = this.#source;
    if (!isName) return;
    const name = Buffer.from(target.nav, "utf8");
    hashBytes(name, 0, name.length);
    words[at + Pending.HASH0] = hash0;
    words[at + Pending.HASH1] = hash1;
    words[at + Pending.HASH2] = hash2;
    const { start, end } = this.#navs.find(target.nav);
    words[at + Pending.SOURCE] = start;
    words[at + Pending.SOURCE_LENGTH] = end - start;
  }

  #log2(align: number, source: number): number {
    const log2 = alignLog2Of(align);
    if (log2 === -1) throw new ManifestError(blame.badAlignment(align), source, 1);
    return log2;
  }

  #json({ start, end }: Stretch): unknown {
    const brace = this.#cursor.bytes.indexOf(OPEN_BRACE, start);
    if (brace !== -1 && brace < end) {
      this.#keys.reset(this.#cursor.bytes, start, end);
      checkKeys(this.#keys);
    }
    return JSON.parse(this.#cursor.textOf(start, end));
  }
}

/** Checks that no object of the value at the cursor has a key twice, of which JSON.parse would take the last. */
function checkKeys(cursor: JsonCursor): void {
  const byte = cursor.peek();
  if (byte === OPEN_BRACE) {
    const seen = new Set<string>();
    cursor.enterObject("a value");
    for (let first = true; cursor.nextKey(first); first = false) {
      const key = cursor.stringText();
      if (seen.has(key)) cursor.failString(blame.duplicateKey(cursor.shownString(), "a value"));
      seen.add(key);
      checkKeys(cursor);
    }
  } else if (byte === OPEN_BRACKET) {
    cursor.enterArray("a value");
    for (let first = true; cursor.nextItem(first); first = false) checkKeys(cursor);
  } else cursor.skip();
}

/** The name under which equal values, and equal lazy symbols, are one. */
export function keyOf(target: UnnamedTarget): string {
  return "uav" in target ? `uav ${target.uav}` : `lazy ${target.key}`;
}

/** Lowered bytes go to the arena's end; offsets are the arena's. */
class ArenaSink implements ValueSink {
  readonly references: ValueReference[] = [];
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get bytes(): Uint8Array {
    return this.#arena.bytes;
  }

  /** The caller overwrites all of it: memory that was used before need not be cleared. */
  reserve(size: number): number {
    const offset = this.#arena.top;
    this.#arena.reserve(size);
    this.#arena.top += size;
    return offset;
  }

  reference(reference: ValueReference): void {
    this.references.push(reference);
  }
}
