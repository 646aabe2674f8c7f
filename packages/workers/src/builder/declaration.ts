/**
 * The declaration at hand: its name, what it refers to, and how all of that becomes records of the chunk. A declaration
 * that fails leaves nothing behind.
 */

import { type Arena, blame, Decl, hash0, hash1, hash2, hashBytes } from "@manifold/core";
import { ChunkRecords } from "../emit/chunk-records.js";
import { Pending, type PendingValue, Target } from "../emit/pending.js";
import { type Hash, UnnamedValues } from "../emit/unnamed-values.js";
import { WordList } from "../emit/word-list.js";
import { ArenaText } from "./arena-text.js";
import { badDeclaration, misuse } from "./failures.js";
import { Ref } from "./places.js";

/** A name that declarations of the chunk refer to. */
class Name {
  readonly name: string;
  /** The chunk's reference, once it has one. */
  bound = -1;
  /** The declaration that used it last, and its number among that one's targets. */
  declaration = -1;
  target = -1;

  constructor(name: string) {
    this.name = name;
  }
}

const SELF = -1;

export class CurrentDeclaration {
  readonly arena: Arena;
  readonly records: ChunkRecords;
  readonly unnamed: UnnamedValues;
  readonly text: ArenaText;
  /** Relocations of unnamed values and data until their targets are bound; REF is `Target.FIRST` less a target. */
  readonly pending: WordList = new WordList(Pending.WORDS);
  /** Tells declarations apart, so that labels and references are not mixed up. */
  id = 0;
  name = "";
  /** The record, and where its name is in the arena: what diagnostics find it by. */
  decl = -1;
  source = 0;
  readonly #names = new Map<string, Name>();
  readonly #targets: (Name | Ref)[] = [];
  #hash: Hash = [0, 0, 0];
  #self = SELF;
  #top = 0;

  constructor(arena: Arena, scope: number) {
    this.arena = arena;
    this.records = new ChunkRecords(arena);
    this.unnamed = new UnnamedValues(this.records, arena, this.pending);
    this.unnamed.scope = scope;
    this.text = new ArenaText(arena);
  }

  /** Starts a declaration of a `DeclKind`. Throws for a name that cannot be. */
  begin(kind: number, word: string, name: string): void {
    if (this.decl !== -1) throw misuse(`"${name}" begins before "${this.name}" has ended`, this.name);
    if (name === "" || name.includes("\0")) throw badDeclaration(blame.emptyName(`a ${word}`), name);
    this.id++;
    this.name = name;
    this.#top = this.arena.top;
    this.#targets.length = 0;
    this.pending.clear();
    const length = this.text.write(name);
    this.source = this.#top;
    this.decl = this.records.declare(kind, this.source, length, this.source);
    this.#hash = [hash0, hash1, hash2];
    this.#self = SELF;
  }

  /** Ends the declaration. */
  end(): void {
    this.decl = -1;
  }

  /** Ends the declaration as if it had never begun. */
  abandon(): void {
    if (this.decl === -1) return;
    this.decl = -1;
    this.records.decls.count--;
    this.arena.top = this.#top;
  }

  /** Starts the next chunk. */
  clear(): void {
    this.records.clear();
    this.#names.clear();
  }

  /** Copies bytes into the arena; where they begin. */
  write(bytes: Uint8Array): number {
    const { arena } = this;
    const at = arena.top;
    arena.reserve(bytes.length);
    arena.bytes.set(bytes, at);
    arena.top += bytes.length;
    return at;
  }

  /** The number of a name among the declaration's targets. */
  targetOfName(text: string): number {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = new Name(text);
      this.#names.set(text, name);
    }
    if (name.declaration !== this.id) {
      name.declaration = this.id;
      name.target = this.#targets.push(name) - 1;
    }
    return name.target;
  }

  /** A reference of the declaration to an unnamed value, or to `offset` bytes into what `name` names. */
  addRef(value: PendingValue | undefined, name = "", offset = 0): Ref {
    const ref = new Ref(this.id, this.#targets.length, value, name, offset);
    this.#targets.push(ref);
    return ref;
  }

  /** The number of a reference among the targets. Throws where it is another declaration's. */
  targetOfRef(ref: Ref): number {
    if (ref.declaration === this.id && this.decl !== -1) return ref.target;
    throw misuse("what `ref` returns is for use in the declaration that called it", this.name);
  }

  /** Enters all unnamed values into the chunk, used or not, in the order in which they were made. */
  bindRefs(): void {
    for (const target of this.#targets) if (target instanceof Ref) this.#bindRef(target);
  }

  /** The chunk's reference for target number `target`. */
  bind(target: number): number {
    const found = this.#targets[target]!;
    if (found instanceof Ref) return this.#bindRef(found);
    if (found.bound === -1) found.bound = this.#nameRef(found.name, 0);
    return found.bound;
  }

  /** The chunk's reference to the declaration itself. */
  bindSelf(): number {
    if (this.#self === SELF) {
      const length = this.records.decls.words[this.decl * Decl.WORDS + Decl.NAME_LENGTH]!;
      this.#self = this.unnamed.nameRef(this.#hash, 0, this.source, length);
    }
    return this.#self;
  }

  /** Binds the targets of pending relocations `[from, to)`. */
  bindTargets(from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const at = index * Pending.WORDS + Pending.REF;
      const target = this.pending.words[at]!;
      if (target < 0) this.pending.words[at] = this.bind(Target.FIRST - target);
    }
  }

  #bindRef(ref: Ref): number {
    if (ref.bound !== -1) return ref.bound;
    const { value } = ref;
    if (value === undefined) ref.bound = this.#nameRef(ref.name, ref.offset);
    else {
      this.bindTargets(value.from, value.to);
      ref.bound = this.records.uavRef(this.unnamed.enter(value), value.source);
    }
    return ref.bound;
  }

  #nameRef(name: string, offset: number): number {
    const { arena } = this;
    const at = arena.top;
    const length = this.text.write(name);
    hashBytes(arena.bytes, at, at + length);
    const { count } = this.records.refs;
    const ref = this.unnamed.nameRef([hash0, hash1, hash2], offset, at, length);
    // The chunk has it already.
    if (ref !== count) arena.top = at;
    return ref;
  }
}
