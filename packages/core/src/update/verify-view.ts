/**
 * What verification sees of a program: the output as any tool would read it, from its bytes, beside the tables of the
 * session. Nothing here is used by updates; what they compute is computed again.
 */

import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.js";
import { STB } from "../elf/sym.js";
import { ROOT } from "../image/mapped-file.js";
import { ElfFile, type ElfSection, type ElfSymbol } from "../input/elf-file.js";
import { SECTIONS, UNDEFINED } from "../link/sections.js";
import { bindingOf, kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import type { Program } from "./program.js";
import { Graph, NONE } from "./tables.js";

/** The first difference is thrown; `verifyProgram` catches it. */
export function differ(diagnostic: Diagnostic): never {
  throw new DiagnosticError(diagnostic);
}

/** More names in a row than any program has. */
const ALIAS_LIMIT = 64;

export class ProgramView {
  readonly program: Program;
  readonly file: ElfFile;
  readonly symtab: readonly ElfSymbol[];
  readonly #sections = new Map<string, ElfSection>();
  readonly #inhabited = new Set<number | undefined>();
  readonly #byIdentity = new Map<string, number>();

  /** `label` stands for the file's name. Throws DiagnosticError where the bytes are no ELF file. */
  constructor(program: Program, label: string) {
    this.program = program;
    const { image } = program.parts;
    // A copy: shared memory is not what decoders of text take.
    this.file = new ElfFile(Uint8Array.from(image.read(ROOT, 0, image.nodes.size(ROOT))), { file: label });
    for (const section of this.file.sections) this.#sections.set(section.name, section);
    const table = this.#sections.get(".symtab");
    this.symtab = table === undefined ? [] : this.file.symbols(table);
    for (const { section } of this.symtab) this.#inhabited.add(section);
    for (const symbol of liveSymbols(program)) this.#byIdentity.set(this.identity(symbol), symbol);
  }

  section(name: string): ElfSection | undefined {
    return this.#sections.get(name);
  }

  /** Whether some symbol is in a section: it may be of no size. */
  holdsSymbols(section: ElfSection): boolean {
    return this.#inhabited.has(section.index);
  }

  /** The output's section of atoms in `section`, as in `sections.ts`. */
  sectionOf(section: number): ElfSection | undefined {
    return this.#sections.get(SECTIONS[section]!.name);
  }

  /** What tells a symbol apart from all others, the same in every link of the same declarations. */
  identity(symbol: number): string {
    return identityOf(this.program, symbol);
  }

  /** The symbol of an identity; NONE where there is none. */
  find(identity: string): number {
    return this.#byIdentity.get(identity) ?? NONE;
  }

  get identities(): Iterable<[identity: string, symbol: number]> {
    return this.#byIdentity;
  }

  nameOf(symbol: number): string {
    return describe(this.program, symbol);
  }

  /**
   * What a name stands for in the end. `keepsWeak`: a relocatable file leaves weak exports that are meant by their names
   * to the linker that comes after.
   */
  finalOf(symbol: number, keepsWeak: boolean): number {
    const { symbols } = this.program.parts;
    let isGlobal = false;
    for (let step = 0; step < ALIAS_LIMIT; step++) {
      const alias = symbols.get(symbol, SymField.ALIAS);
      if (alias === NONE) return symbol;
      const flags = symbols.get(symbol, SymField.FLAGS);
      // The first global name is the one that is meant; what it is an export of, this link decides.
      if (!isGlobal && kindOf(flags) === SymbolKind.GLOBAL) {
        isGlobal = true;
        if (keepsWeak && bindingOf(flags) === STB.WEAK) return symbol;
      }
      symbol = alias;
    }
    return NONE;
  }

  /** The .symtab entry of a symbol, as the file has it. */
  entryOf(symbol: number): ElfSymbol | undefined {
    const slot = symbol === NONE ? 0 : this.program.parts.symbols.get(symbol, SymField.SLOT);
    return slot === 0 ? undefined : this.symtab[slot];
  }
}

/** All symbols in use. A link leaves records of unnamed values that nothing refers to: they have no place, and are none. */
export function* liveSymbols(program: Program): Generator<number> {
  const { symbols } = program.parts;
  for (let symbol = 0; symbol < symbols.length; symbol++) if (isLive(program, symbol)) yield symbol;
}

export function isLive(program: Program, symbol: number): boolean {
  const { symbols } = program.parts;
  if (!(symbol >= 0 && symbol < symbols.length)) return false;
  const kind = kindOf(symbols.get(symbol, SymField.FLAGS));
  return kind < SymbolKind.FREE && !(kind === SymbolKind.UAV && symbols.get(symbol, SymField.SECTION) === UNDEFINED);
}

function identityOf(program: Program, symbol: number): string {
  const at = (field: number): number => program.graph(symbol, field);
  return `${at(Graph.SCOPE)} ${at(Graph.HASH0)} ${at(Graph.HASH1)} ${at(Graph.HASH2)}`;
}

/** A symbol as a developer knows it: by name where it has one, else by number and hash. */
export function describe(program: Program, symbol: number): string {
  const { symbols, image, layout } = program.parts;
  if (!isLive(program, symbol)) return `symbol ${symbol}, which is not in use`;
  const node = layout.table(".strtab");
  const offset = symbols.getUnsigned(symbol, SymField.STRTAB);
  const length = program.graph(symbol, Graph.NAME_LENGTH);
  if (offset !== 0 && length > 0 && offset + length <= image.nodes.size(node))
    return Buffer.from(image.read(node, offset, length)).toString("utf8");
  const lost = program.lostNames.get(symbol);
  if (lost !== undefined && lost !== "") return lost;
  const what = kindOf(symbols.get(symbol, SymField.FLAGS)) === SymbolKind.UAV ? "unnamed value" : "name";
  const hash = [Graph.HASH0, Graph.HASH1, Graph.HASH2].map((lane) => hex32(program.graph(symbol, lane)));
  return `${what} #${symbol} (${hash.join("")})`;
}

export function hex(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
