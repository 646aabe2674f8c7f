/** Turns the failures of a link, which are numbers, into diagnostics with names, addresses and places. */

import type { Diagnostic, Note, Place } from "../diagnostics/diagnostic.js";
import * as link from "../diagnostics/link.js";
import { duplicateName } from "../diagnostics/manifest.js";
import { x8664RelocationName } from "../elf/x86-64.js";
import { locateInSource, readText } from "../manifest/locate.js";
import { nearestOf } from "../memory/word-table.js";
import { Chunk, type ChunkTable } from "../protocol/chunk-table.js";
import { Decl, Ref, Reloc } from "../protocol/records.js";
import type { Source } from "../protocol/sources.js";
import type { ApplyPlan, Unapplied } from "./apply.js";
import type { Duplicate } from "./commit.js";
import type { BadExport } from "./globals.js";
import type { Records } from "./link-records.js";
import { Misapplied } from "./relocate.js";
import { Failure, type Unresolved } from "./resolve.js";
import { UNDEFINED } from "./sections.js";
import { kindOf, SymbolKind, type SymbolTable, SymField } from "./symbol-table.js";
import { ALIGN, RANGE, Range, WIDTH } from "./x86-64.js";

/** Names that a suggestion is sought among; beyond that many, looking would take longer than the link. */
const CANDIDATES = 50_000;

export class Explainer {
  readonly #records: Records;
  readonly #chunks: ChunkTable;
  readonly #symbols: SymbolTable;
  readonly #sources: readonly Source[];

  constructor(records: Records, chunks: ChunkTable, symbols: SymbolTable, sources: readonly Source[]) {
    this.#records = records;
    this.#chunks = chunks;
    this.#symbols = symbols;
    this.#sources = sources;
  }

  duplicate(duplicate: Duplicate): Diagnostic {
    const decl = this.#records.decl(duplicate.chunk, duplicate.decl);
    const diagnostic = duplicateName(
      this.#records.declName(decl),
      this.#records.kindName(decl),
      this.#declaredAt(duplicate.first),
    );
    return this.#at(diagnostic, duplicate.chunk, decl.words[decl.at + Decl.SOURCE]!, 1);
  }

  badExport(bad: BadExport): Diagnostic {
    const decl = this.#records.decl(bad.chunk, bad.decl);
    const source = decl.words[decl.at + Decl.SOURCE]!;
    if (bad.problem === "duplicate")
      return this.#at(
        link.duplicateExport(this.#records.declName(decl), this.#declaredAt(bad.first)),
        bad.chunk,
        source,
        1,
      );
    const ref = decl.words[decl.at + Decl.REF]!;
    if (bad.problem === "extern")
      return this.#atRef(link.undefinedSymbol(this.#records.nameOf(bad.first)), bad.chunk, ref);
    return this.#undeclared(bad.chunk, ref);
  }

  /** One diagnostic for each undefined symbol, with the first few places that refer to it. */
  unresolved(failures: readonly Unresolved[]): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const undefinedAt = new Map<number, Unresolved[]>();
    for (const failure of failures) {
      if (failure.failure === Failure.UNDECLARED) diagnostics.push(this.#undeclared(failure.chunk, failure.ref));
      else if (failure.failure === Failure.OUTSIDE) diagnostics.push(this.#outside(failure));
      else undefinedAt.set(failure.symbol, [...(undefinedAt.get(failure.symbol) ?? []), failure]);
    }
    for (const [symbol, places] of undefinedAt) {
      const first = places[0]!;
      const notes = places
        .slice(1, 4)
        .map((at): Note => ({ message: "also referred to here", place: this.#placeOfRef(at.chunk, at.ref) }));
      const diagnostic = link.undefinedSymbol(this.#records.nameOf(symbol));
      diagnostics.push(this.#atRef(notes.length === 0 ? diagnostic : { ...diagnostic, notes }, first.chunk, first.ref));
    }
    return diagnostics;
  }

  unapplied(failure: Unapplied, plan: ApplyPlan): Diagnostic {
    const { chunk, symbol, reloc, target, value } = failure;
    const words = this.#records.wordsOf(chunk);
    const at = this.#chunks.getUnsigned(chunk, Chunk.RELOCS) / 4 + reloc * Reloc.WORDS;
    const type = words[at + Reloc.TYPE]!;
    const offset = words[at + Reloc.OFFSET]!;
    const inside = words[this.#records.ref(chunk, words[at + Reloc.REF]!).at + Ref.OFFSET]!;
    const site: link.RelocationSite = {
      type: x8664RelocationName(type) ?? String(type),
      inside: this.#records.nameOf(symbol),
      offset,
      place: this.#address(symbol, plan) + offset,
      target: this.#records.nameOf(target),
      targetAddress: this.#address(target, plan) + inside,
    };
    return this.#at(describe(failure.failure, site, type, value), chunk, words[at + Reloc.SOURCE]!, 1);
  }

  #undeclared(chunk: number, ref: number): Diagnostic {
    const name = this.#records.textAt(readText, chunk, ref);
    return this.#atRef(
      link.undeclaredName(name, nearestOf(name, this.#knownNames(this.#records.scopeOf(chunk)))),
      chunk,
      ref,
    );
  }

  #outside(failure: Unresolved): Diagnostic {
    const { words, at } = this.#records.ref(failure.chunk, failure.ref);
    const alias = this.#symbols.get(failure.symbol, SymField.ALIAS);
    const symbol = alias === -1 ? failure.symbol : alias;
    const size = this.#symbols.getUnsigned(symbol, SymField.SIZE);
    return this.#atRef(
      link.offsetOutside(this.#records.nameOf(symbol), words[at + Ref.OFFSET]!, size),
      failure.chunk,
      failure.ref,
    );
  }

  #address(symbol: number, plan: ApplyPlan): number {
    const section = this.#symbols.get(symbol, SymField.SECTION);
    return section === UNDEFINED
      ? 0
      : plan.base + plan.address[section]! + this.#symbols.getUnsigned(symbol, SymField.VALUE);
  }

  *#knownNames(scope: number): Generator<string> {
    let left = CANDIDATES;
    for (let symbol = 0; symbol < this.#symbols.length && left > 0; symbol++) {
      const kind = kindOf(this.#symbols.get(symbol, SymField.FLAGS));
      const chunk = this.#symbols.get(symbol, SymField.CHUNK);
      if (kind === SymbolKind.UAV || (kind === SymbolKind.NAV && this.#records.scopeOf(chunk) !== scope)) continue;
      left--;
      yield this.#records.nameOf(symbol);
    }
  }

  #declaredAt(symbol: number): Note {
    if (kindOf(this.#symbols.get(symbol, SymField.FLAGS)) === SymbolKind.UAV)
      return { message: "first declared as an unnamed value" };
    const { words, at } = this.#records.declOf(symbol);
    return {
      message: "first declared here",
      place: this.#place(this.#symbols.get(symbol, SymField.CHUNK), words[at + Decl.SOURCE]!, 1),
    };
  }

  #atRef(diagnostic: Diagnostic, chunk: number, ref: number): Diagnostic {
    return { ...diagnostic, place: this.#placeOfRef(chunk, ref) };
  }

  #placeOfRef(chunk: number, ref: number): Place {
    const { words, at } = this.#records.ref(chunk, ref);
    return this.#place(chunk, words[at + Ref.SOURCE]!, words[at + Ref.SOURCE_LENGTH]!);
  }

  #at(diagnostic: Diagnostic, chunk: number, source: number, length: number): Diagnostic {
    return { ...diagnostic, place: this.#place(chunk, source, length) };
  }

  #place(chunk: number, source: number, length: number): Place {
    const position = this.#records.position(chunk, source);
    return locateInSource(this.#sources[position.source]!, position.offset, length);
  }
}

export function describe(failure: number, site: link.RelocationSite, type: number, value: number): Diagnostic {
  switch (failure) {
    case Misapplied.NOT_TLS:
      return link.relocationNotTls(site);
    case Misapplied.TLS:
      return link.relocationTls(site);
    case Misapplied.IN_PIE:
      return link.relocationInPie(site);
    case Misapplied.NOTHING_IN_PIE:
      return link.relocationToNothing(site);
    case Misapplied.MISALIGNED:
      return link.relocationMisaligned(site, value, ALIGN[type]!);
    case Misapplied.NEEDS_TABLE:
      return link.relocationNeedsTable(site);
    case Misapplied.KEPT:
      return link.relocationKept(site);
    default: {
      if (!Number.isSafeInteger(value)) return link.relocationInexact(site);
      const bits = WIDTH[type]! * 8;
      const sign =
        RANGE[type] === Range.SIGNED ? "signed" : RANGE[type] === Range.UNSIGNED ? "unsigned" : "signed or unsigned";
      return link.relocationOverflow(site, value, `${bits} bits ${sign}`);
    }
  }
}
