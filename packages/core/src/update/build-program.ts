/**
 * From a finished link to a program that can be updated. Goes over everything once, when the output has been written: what
 * a link needs as it runs (chunks, records, hashes of references) becomes what an update needs.
 */

import { Flag } from "../image/node-table.js";
import { wasteOf } from "../link/growing-room.js";
import type { LinkedParts } from "../link/linked.js";
import { NeedsFullLink } from "../link/needs-full-link.js";
import { GLOBAL_SCOPE, internalScope, UAV_SCOPE } from "../link/resolve.js";
import { SECTION_COUNT, UNDEFINED } from "../link/sections.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { hash0, hash1, hash2, hashScope, hashSet } from "../memory/hash.js";
import { PagedWords } from "../memory/paged-words.js";
import { RecordTable } from "../memory/record-table.js";
import { Chunk, ChunkStatus } from "../protocol/chunk-table.js";
import { Decl, DeclFlag, DeclKind, ExportLinkage, linkageOf, Uav } from "../protocol/records.js";
import { RelocationBuilder } from "./build-relocations.js";
import { DenseList } from "./dense-list.js";
import { recordDeclaration } from "./from-records.js";
import { winningExport } from "./names.js";
import { Program } from "./program.js";
import { References } from "./references.js";
import { StringPool } from "./string-pool.js";
import { Declaration, exportScope, Graph, Mark, NONE, Relocation } from "./tables.js";

/** Makes the program. Throws NeedsFullLink where it holds something that updates cannot follow. */
export function buildProgram(parts: LinkedParts): Program {
  return new ProgramBuilder(parts).build();
}

class ProgramBuilder {
  readonly #parts: LinkedParts;
  readonly #program: Program;
  readonly #references: References;
  /** Unnamed values and their flags, as pairs: stored when the records are no longer asked for. */
  readonly #uavKinds: number[] = [];

  constructor(parts: LinkedParts) {
    this.#parts = parts;
    const { header, image, layout, names, symbols, committer, scopes, files } = parts;
    this.#program = new Program({
      header,
      image,
      layout,
      names,
      symbols,
      graph: new PagedWords("symbol graph", symbols.length * Graph.WORDS),
      relocations: new RecordTable("relocations", Relocation.WORDS),
      declarations: new RecordTable("declarations", Declaration.WORDS),
      slots: new DenseList("symbol slots"),
      locals: 0,
      strings: new StringPool(committer.stringBytes),
      entries: Array.from({ length: SECTION_COUNT }, () => new DenseList("relocation entries")),
      linkerSymbols: new Set(),
      uavs: committer.placedUavs,
      lazies: committer.placedLazies,
      scopes,
      files,
    });
    this.#references = new References(this.#program);
  }

  build(): Program {
    const { chunks, chunkCount } = this.#parts;
    this.#adoptGlobals();
    const emitted: number[] = [];
    for (let chunk = 0; chunk < chunkCount; chunk++)
      if (chunks.status(chunk) === ChunkStatus.EMITTED) emitted.push(chunk);
    let relocations = 0;
    let declarations = 0;
    for (const chunk of emitted) {
      relocations += chunks.get(chunk, Chunk.RELOC_COUNT);
      declarations += chunks.get(chunk, Chunk.DECL_COUNT);
    }
    const { parts } = this.#program;
    parts.relocations.reserve(relocations);
    parts.declarations.reserve(declarations);
    for (const chunk of emitted) this.#declarations(chunk);
    const builder = new RelocationBuilder(this.#parts, this.#program, this.#references);
    for (const chunk of emitted) builder.build(chunk);
    for (let at = 0; at < this.#uavKinds.length; at += 2)
      this.#parts.symbols.set(this.#uavKinds[at]!, SymField.RECORD, this.#uavKinds[at + 1]!);
    this.#chooseExports();
    this.#listSymbols();
    while (parts.image.takeUpdate() !== undefined);
    this.#markContents();
    parts.layout.firstWaste = wasteOf(parts.layout, this.#program.tableSizes, 0);
    return this.#program;
  }

  /** Workers wrote the bytes, and told no node of it. */
  #markContents(): void {
    const { nodes } = this.#program.parts.image;
    for (let node = 0; node < nodes.length; node++)
      if (!nodes.has(node, Flag.FREE | Flag.HOLE)) nodes.raise(node, Flag.CONTENT);
  }

  /** The names that are global, as the link left them: known before declarations are listed with them. */
  #adoptGlobals(): void {
    const { symbols } = this.#parts;
    const count = symbols.length;
    for (let symbol = 0; symbol < count; symbol++) {
      const kind = kindOf(symbols.get(symbol, SymField.FLAGS));
      if (kind !== SymbolKind.GLOBAL && kind !== SymbolKind.LINKER) continue;
      const { words, at } = this.#parts.records.declOf(symbol);
      const flags = words[at + Decl.FLAGS]!;
      const isInternal = (flags & DeclFlag.KIND) === DeclKind.EXPORT && linkageOf(flags) === ExportLinkage.INTERNAL;
      const chunk = symbols.get(symbol, SymField.CHUNK);
      const scope = isInternal ? internalScope(this.#parts.records.scopeOf(chunk)) : GLOBAL_SCOPE;
      this.#references.adopt(symbol, scope, words[at + Decl.HASH0]!, words[at + Decl.HASH1]!, words[at + Decl.HASH2]!);
      this.#program.setGraph(symbol, Graph.NAME_LENGTH, words[at + Decl.NAME_LENGTH]!);
      this.#ownName(symbol);
      // What it stands for is found again, by way of the name that its export names.
      symbols.set(symbol, SymField.ALIAS, NONE);
      if (kind === SymbolKind.LINKER) this.#program.parts.linkerSymbols.add(symbol);
    }
  }

  /** A name that shares the string of its nav, or that is not in .symtab, has none of its own. */
  #ownName(symbol: number): void {
    const { symbols } = this.#parts;
    const alias = symbols.get(symbol, SymField.ALIAS);
    const own = symbols.get(symbol, SymField.STRTAB);
    const isShared =
      alias !== NONE &&
      kindOf(symbols.get(alias, SymField.FLAGS)) === SymbolKind.NAV &&
      symbols.get(alias, SymField.STRTAB) === own;
    if (own !== 0 && !isShared) this.#program.setGraph(symbol, Graph.MARKS, Mark.OWN_NAME);
  }

  // --- declarations ---------------------------------------------------------------------------------------------

  #declarations(chunk: number): void {
    const { chunks, records } = this.#parts;
    const words = records.wordsOf(chunk);
    const scope = records.scopeOf(chunk);
    const count = chunks.get(chunk, Chunk.DECL_COUNT);
    const first = chunks.getUnsigned(chunk, Chunk.DECLS) / 4;
    for (let decl = 0; decl < count; decl++) {
      const at = first + decl * Decl.WORDS;
      const flags = words[at + Decl.FLAGS]!;
      if (flags & DeclFlag.DEAD) continue;
      const row = recordDeclaration(this.#program, records, chunk, decl, scope);
      const kind = flags & DeclFlag.KIND;
      if (kind === DeclKind.EXPORT) this.#export(row, words, at, scope);
      else if (kind === DeclKind.EXTERN) this.#extern(row, words, at, scope);
      else this.#nav(row, words, at, scope);
    }
    this.#uavs(chunk, words);
  }

  #nav(row: number, words: Int32Array, at: number, scope: number): void {
    const symbol = words[at + Decl.SYMBOL]!;
    const program = this.#program;
    this.#references.adopt(symbol, scope, words[at + Decl.HASH0]!, words[at + Decl.HASH1]!, words[at + Decl.HASH2]!);
    program.setGraph(symbol, Graph.NAME_LENGTH, words[at + Decl.NAME_LENGTH]!);
    program.setGraph(symbol, Graph.DECL, row);
    program.setGraph(symbol, Graph.MARKS, Mark.OWN_NAME);
    program.parts.declarations.set(row, Declaration.SYMBOL, symbol);
  }

  #extern(row: number, words: Int32Array, at: number, scope: number): void {
    const global = words[at + Decl.SYMBOL]!;
    const h0 = words[at + Decl.HASH0]!;
    const h1 = words[at + Decl.HASH1]!;
    const h2 = words[at + Decl.HASH2]!;
    // The link has the global symbol itself under the manifest's name; here that name has a symbol of its own.
    this.#references.forget(scope, h0, h1, h2);
    const local = this.#references.create(SymbolKind.LOCAL, scope, h0, h1, h2);
    this.#program.setGraph(local, Graph.DECL, row);
    this.#program.parts.declarations.set(row, Declaration.SYMBOL, local);
    this.#references.setAlias(local, global);
    this.#chain(row, global);
  }

  #export(row: number, words: Int32Array, at: number, scope: number): void {
    const h0 = words[at + Decl.HASH0]!;
    const h1 = words[at + Decl.HASH1]!;
    const h2 = words[at + Decl.HASH2]!;
    if (this.#references.find(exportScope(scope), h0, h1, h2) !== NONE)
      throw new NeedsFullLink("a manifest exports one name twice");
    this.#references.enter(exportScope(scope), h0, h1, h2, row);
    const global = words[at + Decl.SYMBOL]!;
    this.#program.parts.declarations.set(row, Declaration.SYMBOL, global);
    this.#chain(row, global);
  }

  #chain(row: number, global: number): void {
    this.#program.parts.declarations.set(row, Declaration.NEXT, this.#program.graph(global, Graph.DECL));
    this.#program.setGraph(global, Graph.DECL, row);
  }

  /** Unnamed values are found by their identity, and those without a place are forgotten. */
  #uavs(chunk: number, words: Int32Array): void {
    const uavKinds = this.#uavKinds;
    const { chunks, symbols } = this.#parts;
    const first = chunks.getUnsigned(chunk, Chunk.UAVS) / 4;
    for (let uav = 0; uav < chunks.get(chunk, Chunk.UAV_COUNT); uav++) {
      const at = first + uav * Uav.WORDS;
      const symbol = words[at + Uav.SYMBOL]!;
      if (
        symbol === NONE ||
        symbols.get(symbol, SymField.CHUNK) !== chunk ||
        symbols.get(symbol, SymField.RECORD) !== uav
      )
        continue;
      const h0 = words[at + Uav.HASH0]!;
      const h1 = words[at + Uav.HASH1]!;
      const h2 = words[at + Uav.HASH2]!;
      // The link keeps indices of its own list under these names.
      hashSet(h0, h1, h2);
      hashScope(UAV_SCOPE);
      if (symbols.get(symbol, SymField.SECTION) === UNDEFINED) this.#parts.names.remove(hash0, hash1, hash2);
      else {
        this.#parts.names.replace(hash0, hash1, hash2, symbol);
        this.#references.adopt(symbol, UAV_SCOPE, h0, h1, h2);
        uavKinds.push(symbol, words[at + Uav.FLAGS]!);
      }
    }
  }

  // --- the rest -------------------------------------------------------------------------------------------------

  #chooseExports(): void {
    const { symbols } = this.#parts;
    for (let symbol = 0; symbol < symbols.length; symbol++) {
      if (kindOf(symbols.get(symbol, SymField.FLAGS)) !== SymbolKind.GLOBAL) continue;
      const winner = winningExport(this.#program, symbol);
      if (winner === NONE) continue;
      const { declarations, relocations } = this.#program.parts;
      const relocation = declarations.get(winner, Declaration.RELOC);
      this.#references.setAlias(symbol, relocations.get(relocation, Relocation.TARGET));
    }
    this.#references.released.clear();
  }

  #listSymbols(): void {
    const { slots } = this.#program.parts;
    const { symbols, layout } = this.#parts;
    slots.push(NONE);
    for (let symbol = 0; symbol < symbols.length; symbol++) {
      const slot = symbols.get(symbol, SymField.SLOT);
      if (slot === 0 || kindOf(symbols.get(symbol, SymField.FLAGS)) === SymbolKind.FREE) continue;
      slots.table.ensure(slot + 1);
      slots.set(slot, symbol);
      slots.length = Math.max(slots.length, slot + 1);
    }
    this.#program.parts.locals = layout.placed.find(({ name }) => name === ".symtab")!.info as number;
  }
}
