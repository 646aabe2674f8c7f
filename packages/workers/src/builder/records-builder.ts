/**
 * Declarations as calls that write the chunk's records directly. Runs on the thread of the compiler that calls it; what has
 * come together is taken as a batch and handed to the coordinator.
 */

import {
  Arena,
  alignLog2Of,
  blame,
  Decl,
  DeclFlag,
  DeclKind,
  FORMULA,
  Formula,
  packAlign,
  packExternType,
  packLinkage,
  packVisibility,
  type RecordsBatch,
  STT,
  WIDTH,
  x8664RelocationName,
} from "@manifold/core";
import {
  EXTERN_TYPE_VALUES,
  EXTERN_TYPES,
  LINKAGE_VALUES,
  LINKAGES,
  VISIBILITIES,
  VISIBILITY_VALUES,
} from "../emit/choices.js";
import { Relocation } from "../x86/layout.js";
import { alignment, buildContents, makeRef, refuseAsync } from "./contents.js";
import { CurrentDeclaration } from "./declaration.js";
import { badDeclaration } from "./failures.js";
import { type Func, FuncBuilder } from "./func-builder.js";
import { withMethods } from "./instruction-methods.js";
import type { DataContents, Reference } from "./reference.js";

export interface FuncOptions {
  /** Bytes; at least what the code asks for itself. By default the header's. */
  readonly align?: number;
}

export interface DataOptions {
  /** Bytes. */
  readonly align?: number;
  /** A variable, not a constant. */
  readonly writable?: boolean;
  /** A variable of which each thread has its own. */
  readonly threadlocal?: boolean;
}

export interface ExternOptions {
  readonly is?: (typeof EXTERN_TYPES)[number];
  readonly weak?: boolean;
  readonly visibility?: (typeof VISIBILITIES)[number];
}

export interface ExportOptions {
  readonly linkage?: (typeof LINKAGES)[number];
  readonly visibility?: (typeof VISIBILITIES)[number];
}

/** A chunk is complete when its records and bytes are so many. */
const BATCH = 1 << 20;
/** An arena this full is followed by another. */
const ARENA_LIMIT = 2 ** 30;
/** Records as words, at a guess, beside the bytes. */
const RECORD_BYTES = 32;

export class RecordsBuilder {
  readonly #label: string;
  readonly #scope: number;
  readonly #functionAlignLog2: number;
  readonly #func = new FuncBuilder();
  readonly #arenaLimit: number;
  #declaration: CurrentDeclaration;
  #arenaIndex = 0;
  #start = 0;

  /** `label` stands for a file name in messages; `scope` is the manifest that the declarations belong to. */
  constructor(label: string, scope: number, functionAlignLog2: number, arenaLimit: number = ARENA_LIMIT) {
    this.#arenaLimit = arenaLimit;
    this.#label = label;
    this.#scope = scope;
    this.#functionAlignLog2 = functionAlignLog2;
    this.#declaration = new CurrentDeclaration(new Arena(), scope);
  }

  /** Whether enough has come together for a chunk. */
  get isFull(): boolean {
    const { arena, records } = this.#declaration;
    return arena.top - this.#start + (records.relocs.count + records.refs.count) * RECORD_BYTES >= BATCH;
  }

  func(name: string, options: FuncOptions, build: (f: Func) => void): void {
    this.#declare(DeclKind.FUNC, "func", name, (declaration) => {
      const func = this.#func;
      const given = options.align === undefined ? this.#functionAlignLog2 : alignment(declaration, options.align);
      func.begin(declaration);
      try {
        refuseAsync(build(withMethods(func)), name);
        const { layout, alignment: own } = func.finish();
        this.#code(declaration, layout, Math.max(given, alignLog2Of(own)));
      } finally {
        func.end();
      }
    });
  }

  data(name: string, options: DataOptions, contents: DataContents): void {
    const { align = 1, threadlocal = false, writable = threadlocal } = options;
    this.#declare(writable ? DeclKind.VAR : DeclKind.CONST, writable ? "var" : "const", name, (declaration) => {
      if (threadlocal && !writable) throw badDeclaration(blame.tlsConst(), name);
      const alignLog2 = alignment(declaration, align);
      const { blob, size, flags, from, to } = buildContents(declaration, contents, false);
      declaration.bindRefs();
      declaration.bindTargets(from, to);
      const all = flags | packAlign(alignLog2) | (threadlocal ? DeclFlag.THREADLOCAL : 0);
      declaration.records.define(declaration.decl, all, blob, size, to - from);
      declaration.unnamed.addRelocs(from, to);
    });
  }

  extern(name: string, { is, weak = false, visibility = "default" }: ExternOptions): void {
    const type = is === undefined ? STT.NOTYPE : choice("is", EXTERN_TYPES, EXTERN_TYPE_VALUES, is, name);
    const flags = packExternType(type) | (weak ? DeclFlag.WEAK : 0) | this.#visibility(visibility, name);
    this.#declare(DeclKind.EXTERN, "extern", name, ({ records, decl }) => {
      records.decls.words[decl * Decl.WORDS + Decl.FLAGS]! |= flags;
    });
  }

  export(name: string, of: string | Reference, { linkage = "strong", visibility = "default" }: ExportOptions): void {
    const link = packLinkage(choice("linkage", LINKAGES, LINKAGE_VALUES, linkage, name));
    const flags = link | this.#visibility(visibility, name);
    this.#declare(DeclKind.EXPORT, "export", name, (declaration) => {
      const target = typeof of === "string" ? declaration.targetOfName(of) : makeRef(declaration, of).target;
      const ref = declaration.bind(target);
      const { words } = declaration.records.decls;
      words[declaration.decl * Decl.WORDS + Decl.FLAGS]! |= flags;
      words[declaration.decl * Decl.WORDS + Decl.REF] = ref;
    });
  }

  /** What has come together since the last time, undefined where that is nothing. The next declaration starts a new chunk. */
  take(): RecordsBatch | undefined {
    const { arena, records } = this.#declaration;
    if (records.decls.count === 0) return undefined;
    const fields: [field: number, value: number][] = [];
    records.publish((field, value) => fields.push([field, value]));
    const batch = { label: this.#label, arena: arena.region.buffer, arenaIndex: this.#arenaIndex, fields };
    this.#declaration.clear();
    if (arena.top > this.#arenaLimit) {
      this.#declaration = new CurrentDeclaration(new Arena(), this.#scope);
      this.#arenaIndex++;
    }
    this.#start = this.#declaration.arena.top;
    return batch;
  }

  #declare(kind: number, word: string, name: string, build: (declaration: CurrentDeclaration) => void): void {
    const declaration = this.#declaration;
    declaration.begin(kind, word, name);
    let done = false;
    try {
      build(declaration);
      done = true;
    } finally {
      if (done) declaration.end();
      else declaration.abandon();
    }
  }

  /** Writes a function that has been laid out. */
  #code(declaration: CurrentDeclaration, layout: ReturnType<FuncBuilder["finish"]>["layout"], alignLog2: number): void {
    const { records, name, source } = declaration;
    const { relocations, relocationCount, codeLength } = layout;
    let flags = packAlign(alignLog2);
    for (let i = 0; i < relocationCount; i++) {
      const type = relocations[i * Relocation.SIZE + Relocation.TYPE]!;
      if (!WIDTH[type])
        throw badDeclaration(blame.unsupportedRelocation(x8664RelocationName(type) ?? String(type)), name);
      if (FORMULA[type] === Formula.ABSOLUTE) flags |= DeclFlag.ABSOLUTE;
    }
    declaration.bindRefs();
    const blob = declaration.write(layout.code.subarray(0, codeLength));
    records.define(declaration.decl, flags, blob, codeLength, relocationCount);
    for (let i = 0; i < relocationCount; i++) {
      const at = i * Relocation.SIZE;
      // Start -1 is the function itself; others are numbers of targets.
      const target = relocations[at + Relocation.NAME_START]!;
      records.addReloc(
        relocations[at + Relocation.OFFSET]!,
        relocations[at + Relocation.TYPE]!,
        target === -1 ? declaration.bindSelf() : declaration.bind(target),
        relocations[at + Relocation.ADDEND_LOW]!,
        relocations[at + Relocation.ADDEND_HIGH]!,
        source,
      );
    }
  }

  #visibility(visibility: string, name: string): number {
    return packVisibility(choice("visibility", VISIBILITIES, VISIBILITY_VALUES, visibility, name));
  }
}

/** The value that a word stands for. */
function choice(what: string, words: readonly string[], values: readonly number[], word: string, name: string): number {
  const index = words.indexOf(word);
  if (index === -1) throw badDeclaration(blame.unknownValue(what, word, words, undefined), name);
  return values[index]!;
}
