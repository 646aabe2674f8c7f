/**
 * The global names of a link: who defines each, and how it is referred to. Objects add their symbols in the order in which
 * they are linked, so that "the first one" means the same as for GNU ld (gABI, "Symbol Table": strong, weak and common
 * symbols, visibility).
 */

import { SHN } from "../elf/shdr.js";
import { STB, STT, STV } from "../elf/sym.js";
import { hashSet } from "../memory/hash.js";
import { grown } from "./columns.js";
import type { InputBytes } from "./input-bytes.js";
import { Interner } from "./interner.js";
import { scanName } from "./name-hash.js";
import { Fate, type ObjectTable, ST, sectionIndex, symbolValue } from "./object-table.js";
import { NAME_WORDS } from "./parallel/object-batch.js";

/** What is known of a name. What stands further down wins over what stands above. */
export const State = {
  UNDEFINED: 0,
  /** A definition that any other but a weak one takes the place of. */
  WEAK: 1,
  /** Common storage: it gets a place in .bss. */
  COMMON: 2,
  DEFINED: 3,
  /** The linker itself says what it is. */
  LINKER: 4,
} as const;

export const Mark = {
  /** Some object refers to it, and not weakly. */
  STRONG_REFERENCE: 1,
  /** Some object refers to it. */
  REFERENCED: 2,
  /** Nothing defines it, and something that is linked needs it. */
  MISSING: 4,
  /** Its definition is a number, not a place in a section. */
  ABSOLUTE: 8,
  /** STB_GNU_UNIQUE. */
  UNIQUE: 32,
  /** It is kept whatever refers to it: `-u`, the entry. */
  ROOT: 64,
} as const;

/** A name that two objects define. */
export interface DuplicateDefinition {
  readonly name: number;
  readonly first: { readonly object: number; readonly symbol: number };
  readonly second: { readonly object: number; readonly symbol: number };
}

export class Globals {
  readonly names: Interner;
  readonly #table: ObjectTable;
  readonly #input: InputBytes;
  /** By name: who defines it, and which of his symbols it is; -1: nobody, or the linker. */
  object: Int32Array = new Int32Array(256).fill(-1);
  symbol: Int32Array = new Int32Array(256).fill(-1);
  state: Uint8Array = new Uint8Array(256);
  marks: Uint8Array = new Uint8Array(256);
  visibility: Uint8Array = new Uint8Array(256);
  /** STT of the definition, or of the first reference that has one. */
  type: Uint8Array = new Uint8Array(256);
  /** Of common storage. */
  commonSize: Float64Array = new Float64Array(256);
  commonAlign: Float64Array = new Float64Array(256);
  /** Of definitions that links found: the section that holds it, or -1 for a number; and its value there. */
  section: Int32Array = new Int32Array(256);
  value: Float64Array = new Float64Array(256);
  /** The address, when all have theirs. */
  address: Float64Array = new Float64Array(256);
  readonly duplicates: DuplicateDefinition[] = [];
  /** Names whose uses and definitions disagree about being thread-local. */
  readonly mixed: DuplicateDefinition[] = [];
  /** `--wrap`: what an undefined name stands for. */
  readonly wrapped: Map<number, number> = new Map();
  /** Names have columns up to this number. */
  #known = 0;

  constructor(table: ObjectTable) {
    this.#table = table;
    this.#input = table.input;
    this.names = new Interner(table.input);
  }

  get count(): number {
    return this.names.count;
  }

  /** The number of a name, with columns. */
  named(text: string): number {
    const name = this.names.internText(text);
    this.#reserve();
    return name;
  }

  /** The number of the name that was hashed just now, or -1. */
  find(): number {
    return this.names.find();
  }

  /** Whether an archive's member is wanted for this name. */
  isWanted(name: number): boolean {
    return this.state[name] === State.UNDEFINED && (this.marks[name]! & Mark.STRONG_REFERENCE) !== 0;
  }

  /** `--wrap=name`. */
  wrap(name: string): void {
    this.wrapped.set(this.named(name), this.named(`__wrap_${name}`));
    this.wrapped.set(this.named(`__real_${name}`), this.named(name));
  }

  /** Refers to the entry: it pulls in what defines it, and need not be defined. */
  prefer(name: string): number {
    const number = this.named(name);
    this.marks[number]! |= Mark.STRONG_REFERENCE | Mark.ROOT;
    return number;
  }

  /** Refers to a name from the command line. */
  require(name: string): number {
    const number = this.named(name);
    this.marks[number]! |= Mark.STRONG_REFERENCE | Mark.REFERENCED | Mark.ROOT;
    return number;
  }

  /**
   * Adds the global symbols of an object whose discarded sections are known. `known`: the hashes and lengths of their names,
   * four words each from `knownAt` on (see parallel/object-batch.ts), where another thread has made them.
   */
  addObject(object: number, known?: Int32Array, knownAt = 0): void {
    const table = this.#table;
    this.#findNames(object, known, knownAt);
    const { words } = this.#input;
    const { globalOf } = table;
    const base = table.symbolBase[object]!;
    const first = table.firstGlobal[object]!;
    const count = table.symbolCount[object]!;
    for (let index = first, at = table.symtab[object]! + first * ST.WORDS; index < count; index++, at += ST.WORDS) {
      const name = globalOf[base + index]!;
      if (name === -1) continue;
      const info = words[at + ST.INFO]!;
      // Undefined, of default visibility: the most frequent case.
      if (info >>> 16 === SHN.UNDEF && ((info >>> 8) & 3) === STV.DEFAULT)
        this.#refer(name, (info >>> 4) & 15, info & 15, object, index);
      else this.enter(name, object, index);
    }
  }

  /**
   * Finds the numbers of all names of an object. What is noted of them is looked at in a second pass: so that neither the
   * look-ups nor the notes, which lie all over their tables, wait for each other.
   */
  #findNames(object: number, known: Int32Array | undefined, knownAt: number): void {
    const table = this.#table;
    const { view, words } = this.#input;
    const { names } = this;
    const { globalOf } = table;
    const strings = table.strings[object]!;
    const base = table.symbolBase[object]!;
    const first = table.firstGlobal[object]!;
    const count = table.symbolCount[object]!;
    const hasWraps = this.wrapped.size > 0;
    if (known !== undefined) names.touch(known, knownAt, count - first, NAME_WORDS);
    for (let index = first, at = table.symtab[object]! + first * ST.WORDS; index < count; index++, at += ST.WORDS) {
      if (((words[at + ST.INFO]! >>> 4) & 15) === STB.LOCAL) continue;
      const start = strings + (words[at + ST.NAME]! >>> 0);
      let end: number;
      if (known === undefined) end = scanName(view, start);
      else {
        const hash = knownAt + (index - first) * NAME_WORDS;
        hashSet(known[hash]!, known[hash + 1]!, known[hash + 2]!);
        end = start + known[hash + 3]!;
      }
      let name = names.intern(start, end);
      if (hasWraps && this.#isReference(object, index)) name = this.wrapped.get(name) ?? name;
      globalOf[base + index] = name;
    }
    if (names.count > this.#known) this.#reserve();
  }

  /** Finds the name of symbol `index` of an object, and notes it; -1 for a local one. */
  nameSymbol(object: number, index: number): number {
    const table = this.#table;
    const { view, words } = this.#input;
    const at = table.symtab[object]! + index * ST.WORDS;
    if (((words[at + ST.INFO]! >>> 4) & 15) === STB.LOCAL) return -1;
    const start = table.strings[object]! + (words[at + ST.NAME]! >>> 0);
    let name = this.names.intern(start, scanName(view, start));
    if (name >= this.#known) this.#reserve();
    if (this.wrapped.size > 0 && this.#isReference(object, index)) name = this.wrapped.get(name) ?? name;
    table.globalOf[table.symbolBase[object]! + index] = name;
    return name;
  }

  /** Takes account of what symbol `index` of an object says of the name: a definition, or a reference. */
  enter(name: number, object: number, index: number): void {
    const info = this.#table.infoOf(object, index);
    const binding = (info >>> 4) & 15;
    const visibility = (info >>> 8) & 3;
    if (visibility !== STV.DEFAULT) this.#restrict(name, visibility);
    if (this.#isReference(object, index)) this.#refer(name, binding, info & 15, object, index);
    else this.#define(name, binding, info & 15, this.#table.shndxOf(object, index), object, index);
  }

  /** Forgets what is known of a name, but for what the command line says. */
  forget(name: number): void {
    const isRoot = (this.marks[name]! & Mark.ROOT) !== 0;
    this.marks[name] = isRoot ? Mark.ROOT | Mark.STRONG_REFERENCE | Mark.REFERENCED : 0;
    this.state[name] = State.UNDEFINED;
    this.visibility[name] = STV.DEFAULT;
    this.type[name] = STT.NOTYPE;
    this.object[name] = -1;
    this.symbol[name] = -1;
  }

  /** Whether a symbol only refers to its name: it is undefined, or defined in a section that another object's is linked of. */
  #isReference(object: number, index: number): boolean {
    const shndx = this.#table.shndxOf(object, index);
    return shndx === SHN.UNDEF || this.#isDiscarded(object, shndx);
  }

  #refer(name: number, binding: number, type: number, object: number, index: number): void {
    this.marks[name]! |= binding === STB.WEAK ? Mark.REFERENCED : Mark.REFERENCED | Mark.STRONG_REFERENCE;
    this.#checkType(name, type, object, index);
    if (this.state[name] === State.UNDEFINED && this.type[name] === STT.NOTYPE) {
      this.type[name] = type;
      this.object[name] = object;
      this.symbol[name] = index;
    }
  }

  #define(name: number, binding: number, type: number, shndx: number, object: number, index: number): void {
    const state = this.state[name]!;
    const isCommon = shndx === SHN.COMMON || shndx === SHN.X86_64_LCOMMON || type === STT.COMMON;
    this.#checkType(name, type, object, index);
    if (isCommon) {
      if (state === State.DEFINED || state === State.LINKER) return;
      const { words } = this.#input;
      const at = this.#table.symtab[object]! + index * ST.WORDS;
      const size = (words[at + ST.SIZE_HIGH]! >>> 0) * 2 ** 32 + (words[at + ST.SIZE]! >>> 0);
      const align = Math.max(1, words[at + ST.VALUE]! >>> 0);
      const before = state === State.COMMON ? this.commonSize[name]! : -1;
      this.commonAlign[name] = Math.max(align, state === State.COMMON ? this.commonAlign[name]! : 1);
      if (size > before) {
        this.commonSize[name] = size;
        this.#take(name, State.COMMON, type === STT.COMMON ? STT.OBJECT : type, shndx, object, index);
      }
      return;
    }
    if (binding === STB.WEAK) {
      if (state === State.UNDEFINED) this.#take(name, State.WEAK, type, shndx, object, index);
      return;
    }
    if (state === State.DEFINED) {
      const first = { object: this.object[name]!, symbol: this.symbol[name]! };
      this.duplicates.push({ name, first, second: { object, symbol: index } });
      return;
    }
    if (state === State.LINKER) return;
    if (binding === STB.GNU_UNIQUE) this.marks[name]! |= Mark.UNIQUE;
    this.#take(name, State.DEFINED, type, shndx, object, index);
  }

  #take(name: number, state: number, type: number, shndx: number, object: number, index: number): void {
    if (shndx === SHN.ABS) this.marks[name]! |= Mark.ABSOLUTE;
    else this.marks[name]! &= ~Mark.ABSOLUTE;
    this.state[name] = state;
    this.type[name] = type;
    this.object[name] = object;
    this.symbol[name] = index;
    // Later they would have to be fetched from all over the inputs.
    const section = sectionIndex(shndx);
    this.section[name] = section === -1 ? -1 : this.#table.sectionBase[object]! + section;
    this.value[name] = symbolValue(this.#table, object, index);
  }

  #checkType(name: number, type: number, object: number, index: number): void {
    const before = this.type[name]!;
    if (before === STT.NOTYPE || type === STT.NOTYPE || (before === STT.TLS) === (type === STT.TLS)) return;
    const first = { object: this.object[name]!, symbol: this.symbol[name]! };
    this.mixed.push({ name, first, second: { object, symbol: index } });
  }

  /** The most restricting visibility counts: INTERNAL, HIDDEN, PROTECTED, in this order. */
  #restrict(name: number, visibility: number): void {
    const before = this.visibility[name]!;
    if (before === STV.DEFAULT || visibility < before) this.visibility[name] = visibility;
  }

  #isDiscarded(object: number, shndx: number): boolean {
    const section = sectionIndex(shndx);
    return section !== -1 && this.#table.sectionOutput[this.#table.sectionBase[object]! + section] === Fate.DISCARDED;
  }

  /** Makes room for `names` names, which are expected. */
  expect(names: number): void {
    this.names.expect(names);
  }

  /** Takes the columns of a saved session. */
  restored(): void {
    this.#known = this.names.count;
  }

  #reserve(): void {
    const before = this.state.length;
    const { count } = this.names;
    if (count > before) {
      this.object = grown(this.object, count);
      this.symbol = grown(this.symbol, count);
      this.state = grown(this.state, count);
      this.marks = grown(this.marks, count);
      this.visibility = grown(this.visibility, count);
      this.type = grown(this.type, count);
      this.commonSize = grown(this.commonSize, count);
      this.commonAlign = grown(this.commonAlign, count);
      this.address = grown(this.address, count);
      this.section = grown(this.section, count);
      this.value = grown(this.value, count);
      this.object.fill(-1, before);
      this.symbol.fill(-1, before);
    }
    // All columns have the same length: that of the last one.
    this.#known = this.state.length;
  }
}
