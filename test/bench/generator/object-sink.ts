/**
 * Writes a generated program as relocatable objects, as a compiler would that has an assembler of its own: a section for each
 * function and data object (as with -ffunction-sections -fdata-sections), or one `.text`, `.data` and so on in each object.
 *
 * Functions and data are global. What only one function uses (`isLocal`) is local, and is referred to by its section;
 * strings and constants stand in mergeable sections and have symbols of their own, since a linker must know which one of
 * a section is meant: all as GNU as has it.
 */

import { join } from "node:path";
import type { Blob, Ref } from "./blob.js";
import { ObjectFile } from "./object-file.js";
import {
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_MERGE,
  SHF_STRINGS,
  SHF_TLS,
  SHF_WRITE,
  SHT_NOBITS,
  SHT_PROGBITS,
  STT_FUNC,
  STT_NOTYPE,
  STT_OBJECT,
  STT_TLS,
} from "./object-format.js";
import { UNDEFINED } from "./object-symbols.js";
import type { Sink } from "./sink.js";

/** Types of relocations (System V psABI for x86-64, table 4.10). */
const RELOC_TYPES: Readonly<Record<string, number>> = { "64": 1, PC32: 2, PLT32: 4, "32": 10, "32S": 11, TPOFF32: 23 };
const TPOFF32 = 23;

export class ObjectSink implements Sink {
  /** The files written, in order. */
  readonly files: string[] = [];
  private readonly directory: string;
  private readonly functionsPerFile: number;
  private readonly perFunction: boolean;
  private readonly object = new ObjectFile();
  private functionsInFile = 0;
  private labels = 0;
  private isEmpty = true;
  /** Where the function stands that came last. */
  private lastSection = 0;
  private lastStart = 0;
  private lastSize = 0;

  /** The sections of an object that are not one item's own, by name. */
  private readonly shared = new Map<string, number>();
  private readonly globals = new Map<string, number>();
  /** Of local data: where it begins, in the section of the same place. */
  private readonly localSections = new Map<string, number>();
  private readonly localOffsets = new Map<string, number>();

  constructor(directory: string, functionsPerFile: number, perFunction: boolean) {
    this.directory = directory;
    this.functionsPerFile = functionsPerFile;
    this.perFunction = perFunction;
  }

  header(): void {}

  /** An object need not say beforehand what it does not define. */
  extern(): void {}

  func(name: string, align: number, body: Blob): void {
    this.begin();
    this.functionsInFile++;
    const section = this.sectionOf(".text", name, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR);
    const at = this.object.align(section, align === 0 ? 16 : align);
    this.object.append(section, body.bytes, body.size);
    this.define(name, STT_FUNC, section, at, body.size);
    this.relocs(section, at, body);
    this.lastSection = section;
    this.lastStart = at;
    this.lastSize = body.size;
  }

  data(
    kind: "const" | "var",
    name: string,
    align: number,
    contents: Blob,
    threadlocal: boolean,
    isLocal = false,
  ): void {
    this.begin();
    const { object } = this;
    const section = this.dataSection(kind, name, contents, threadlocal);
    const at = object.align(section, align);
    object.append(section, contents.bytes, contents.size);
    const type = threadlocal ? STT_TLS : STT_OBJECT;
    if (isLocal) {
      object.local(name, type, section, at, contents.size);
      this.localSections.set(name, section);
      this.localOffsets.set(name, at);
    } else {
      this.define(name, type, section, at, contents.size);
    }
    this.relocs(section, at, contents);
  }

  zero(name: string, align: number, size: number, threadlocal: boolean): void {
    this.begin();
    const flags = SHF_ALLOC | SHF_WRITE | (threadlocal ? SHF_TLS : 0);
    const section = this.sectionOf(threadlocal ? ".tbss" : ".bss", name, SHT_NOBITS, flags);
    const at = this.object.align(section, align);
    this.object.appendZeros(section, size);
    this.define(name, threadlocal ? STT_TLS : STT_OBJECT, section, at, size);
  }

  /** A second name of the function that was written last. */
  exported(name: string): void {
    this.define(name, STT_FUNC, this.lastSection, this.lastStart, this.lastSize);
  }

  endBlock(): void {}

  close(): void {
    if (!this.isEmpty) this.writeObject();
  }

  /** What follows begins a new item; in a new object if this one is full. */
  private begin(): void {
    if (this.functionsInFile === this.functionsPerFile) this.writeObject();
    this.isEmpty = false;
  }

  private writeObject(): void {
    const path = join(this.directory, `part${this.files.length}.o`);
    this.files.push(path);
    this.object.section(".note.GNU-stack", "", SHT_PROGBITS, 0, 1);
    this.object.write(path);
    this.object.clear();
    this.functionsInFile = 0;
    this.labels = 0;
    this.isEmpty = true;
    this.shared.clear();
    this.globals.clear();
    this.localSections.clear();
    this.localOffsets.clear();
  }

  private dataSection(kind: "const" | "var", name: string, contents: Blob, threadlocal: boolean): number {
    if (threadlocal) return this.sectionOf(".tdata", name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS);
    if (kind === "var") return this.sectionOf(".data", name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE);
    if (contents.relocCount === 0) return this.sectionOf(".rodata", name, SHT_PROGBITS, SHF_ALLOC);
    return this.sectionOf(".data.rel.ro", name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE);
  }

  private sectionOf(prefix: string, name: string, type: number, flags: number): number {
    return this.perFunction
      ? this.object.section(`${prefix}.`, name, type, flags, 1)
      : this.sharedSection(prefix, type, flags, 0);
  }

  private sharedSection(name: string, type: number, flags: number, entrySize: number): number {
    let section = this.shared.get(name);
    if (section === undefined) {
      section = this.object.section(name, "", type, flags, 1, entrySize);
      this.shared.set(name, section);
    }
    return section;
  }

  private define(name: string, type: number, section: number, at: number, size: number): void {
    const known = this.globals.get(name);
    if (known === undefined) this.globals.set(name, this.object.global(name, type, section, at, size));
    else this.object.define(known, type, section, at, size);
  }

  private relocs(section: number, start: number, blob: Blob): void {
    const { object } = this;
    for (let k = 0; k < blob.relocCount; k++) {
      const type = RELOC_TYPES[blob.relocTypes[k]!]!;
      const offset = start + blob.relocOffsets[k]!;
      const target = blob.relocTargets[k]!;
      const addend = blob.relocAddends[k]!;
      const local = this.localSections.get(target);
      if (local !== undefined) {
        object.reloc(section, offset, type, object.ownSymbol(local), addend + this.localOffsets.get(target)!);
        continue;
      }
      const ref = blob.refs.length === 0 ? undefined : blob.refs.find(({ name }) => name === target);
      if (ref === undefined) object.reloc(section, offset, type, this.globalSymbol(target, type), addend);
      else if (ref.kind === "nav")
        object.reloc(section, offset, type, this.globalSymbol(ref.nav, type), addend + ref.offset);
      else object.reloc(section, offset, type, this.unnamed(ref), addend);
    }
  }

  private globalSymbol(name: string, relocType: number): number {
    let symbol = this.globals.get(name);
    // An object must say of a symbol that it is thread-local even where it only refers to it.
    const type = relocType === TPOFF32 ? STT_TLS : STT_NOTYPE;
    if (symbol === undefined) {
      symbol = this.object.global(name, type, UNDEFINED, 0, 0);
      this.globals.set(name, symbol);
    }
    return symbol;
  }

  /** The symbol of a string or constant, which stands where linkers can merge it if its alignment lets them. */
  private unnamed(ref: Exclude<Ref, { kind: "nav" }>): number {
    const { object } = this;
    let section: number;
    let bytes: Uint8Array;
    let at: number;
    if (ref.kind === "text") {
      section = this.sharedSection(".rodata.str1.1", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE | SHF_STRINGS, 1);
      bytes = Buffer.from(`${ref.text}\0`, "latin1");
      at = object.align(section, 1);
    } else {
      ({ bytes } = ref);
      const size = bytes.length;
      section =
        ref.align <= size
          ? this.sharedSection(`.rodata.cst${size}`, SHT_PROGBITS, SHF_ALLOC | SHF_MERGE, size)
          : this.sharedSection(".rodata", SHT_PROGBITS, SHF_ALLOC, 0);
      at = object.align(section, ref.align);
    }
    object.append(section, bytes, bytes.length);
    return object.local(`.LC${this.labels++}`, STT_NOTYPE, section, at, 0);
  }
}
