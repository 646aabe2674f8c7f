/** Declarations, the names by which they are found, and what they say of symbols. */

import { headerDiffers, symbolExtra, tableBroken } from "../diagnostics/verify.js";
import { GLOBAL_SCOPE, internalScope, UAV_SCOPE } from "../link/resolve.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import { hash0, hash1, hash2, hashScope, hashSet } from "../memory/hash.js";
import { DECL_KIND_NAMES, DeclFlag, DeclKind, ExportLinkage, linkageOf } from "../protocol/records.js";
import type { Program } from "./program.js";
import { Declaration, exportScope, Graph, INPUT_KIND, NONE, Relocation } from "./tables.js";
import { freeRecords } from "./verify-lists.js";
import { describe, differ, isLive, liveSymbols, type ProgramView } from "./verify-view.js";

export function verifyDeclarations(program: Program): void {
  verifyNames(program);
  const chained = verifyChains(program);
  const rows = rowsOf(program);
  let globals = 0;
  for (const row of rows) {
    verifyRow(program, row);
    if (kindOfRow(program, row) >= DeclKind.EXTERN) globals++;
  }
  if (globals !== chained)
    differ(tableBroken("declarations", `${globals} exports and externs, ${chained} on the lists of global names`));
  verifyCounts(program);
}

/** Both have the same declarations, and the same numbers of things. */
export function compareDeclarations(updated: ProgramView, fresh: ProgramView): void {
  const wanted = keysOf(fresh.program);
  for (const [key, row] of keysOf(updated.program)) {
    const same = wanted.get(key);
    if (same === undefined)
      differ(symbolExtra(nameOfRow(updated.program, row), "is declared no longer, and still known"));
    wanted.delete(key);
    const [flags, wantedFlags] = [flagsOf(updated.program, row), flagsOf(fresh.program, same)];
    if (flags !== wantedFlags)
      differ(
        tableBroken(
          "declarations",
          `flags are 0x${flags.toString(16)}, and should be 0x${wantedFlags.toString(16)}`,
          nameOfRow(updated.program, row),
        ),
      );
  }
  for (const [, row] of wanted) differ(symbolExtra(nameOfRow(fresh.program, row), "is declared, and not known"));
  for (const count of ["uavs", "lazies"] as const) {
    const [own, other] = [updated.program.parts[count], fresh.program.parts[count]];
    if (own !== other) differ(headerDiffers(`the count of ${count}`, String(own), String(other)));
  }
}

/** Every symbol and every export is found by its name, and nothing else is. */
function verifyNames(program: Program): void {
  const { names } = program.parts;
  let count = 0;
  const expect = (scope: number, h: readonly [number, number, number], value: number, what: string): void => {
    count++;
    hashSet(...h);
    hashScope(scope);
    const found = names.find(hash0, hash1, hash2);
    if (found !== value)
      differ(
        tableBroken(
          "names",
          `its name leads to ${found === NONE ? "nothing" : `record ${found}`}, not to ${value}`,
          what,
        ),
      );
  };
  for (const symbol of liveSymbols(program)) {
    const at = (field: number): number => program.graph(symbol, field);
    expect(at(Graph.SCOPE), [at(Graph.HASH0), at(Graph.HASH1), at(Graph.HASH2)], symbol, describe(program, symbol));
  }
  for (const row of rowsOf(program)) {
    if (kindOfRow(program, row) !== DeclKind.EXPORT) continue;
    expect(exportScope(field(program, row, Declaration.SCOPE)), hashOfRow(program, row), row, nameOfRow(program, row));
  }
  if (names.count !== count) differ(tableBroken("names", `${names.count} names for ${count} symbols and exports`));
}

/** Returns how many declarations global names have. */
function verifyChains(program: Program): number {
  const { declarations, symbols } = program.parts;
  const free = freeRecords("declarations", declarations);
  const seen = new Uint8Array(declarations.length);
  let count = 0;
  for (const symbol of liveSymbols(program)) {
    const kind = kindOf(symbols.get(symbol, SymField.FLAGS));
    const broken = (problem: string): never => differ(tableBroken("declarations", problem, describe(program, symbol)));
    if (kind !== SymbolKind.GLOBAL && kind !== SymbolKind.LINKER) {
      const row = program.graph(symbol, Graph.DECL);
      if (row !== NONE && (free[row] !== 0 || field(program, row, Declaration.SYMBOL) !== symbol))
        broken(`its declaration ${row} is not about it`);
      if (kind === SymbolKind.NAV && row === NONE) broken("nothing declares it");
      continue;
    }
    for (let row = program.graph(symbol, Graph.DECL); row !== NONE; row = declarations.get(row, Declaration.NEXT)) {
      if (free[row] !== 0 || seen[row] !== 0)
        broken(`its list holds declaration ${row}, which is not in use, or twice`);
      if (hashOfRow(program, row).some((lane, index) => lane !== program.graph(symbol, Graph.HASH0 + index)))
        broken(`its list holds declaration ${row}, which is of another name`);
      seen[row] = 1;
      count++;
    }
  }
  return count;
}

function verifyRow(program: Program, row: number): void {
  const { symbols, relocations } = program.parts;
  const broken = (problem: string): never => differ(tableBroken("declarations", problem, nameOfRow(program, row)));
  const symbol = field(program, row, Declaration.SYMBOL);
  if (!isLive(program, symbol)) broken(`it is about ${describe(program, symbol)}`);
  const symbolKind = kindOf(symbols.get(symbol, SymField.FLAGS));
  const kind = kindOfRow(program, row);
  const scope = field(program, row, Declaration.SCOPE);
  if (kind === DeclKind.EXPORT) {
    const isInternal = linkageOf(flagsOf(program, row)) === ExportLinkage.INTERNAL;
    const own = isInternal ? internalScope(scope) : GLOBAL_SCOPE;
    if (symbolKind !== SymbolKind.GLOBAL || program.graph(symbol, Graph.SCOPE) !== own)
      broken("it is about a symbol that is no export of its scope");
    const relocation = field(program, row, Declaration.RELOC);
    if (relocation === NONE || relocations.get(relocation, Relocation.OWNER) !== symbol)
      broken("the relocation that stands for what it names is another's");
    return;
  }
  if (program.graph(symbol, Graph.DECL) !== row)
    broken(`its symbol names declaration ${program.graph(symbol, Graph.DECL)}`);
  const wanted = kind === DeclKind.EXTERN ? SymbolKind.LOCAL : SymbolKind.NAV;
  if (symbolKind !== wanted) broken(`a ${DECL_KIND_NAMES[kind]} has a symbol of kind ${symbolKind}, not ${wanted}`);
}

/** What is counted as it comes and goes. */
function verifyCounts(program: Program): void {
  const { symbols, linkerSymbols, uavs, lazies } = program.parts;
  let values = 0;
  let lazyValues = 0;
  let linkers = 0;
  for (const symbol of liveSymbols(program)) {
    const kind = kindOf(symbols.get(symbol, SymField.FLAGS));
    if (kind === SymbolKind.LINKER) {
      linkers++;
      if (!linkerSymbols.has(symbol))
        differ(tableBroken("linker symbols", "it is not among them", describe(program, symbol)));
    }
    if (kind !== SymbolKind.UAV) continue;
    if (program.graph(symbol, Graph.SCOPE) !== UAV_SCOPE)
      differ(tableBroken("symbols", "an unnamed value has a scope", describe(program, symbol)));
    values++;
    if ((symbols.get(symbol, SymField.RECORD) & DeclFlag.KIND) !== DeclKind.UAV) lazyValues++;
  }
  if (linkers !== linkerSymbols.size)
    differ(tableBroken("linker symbols", `${linkerSymbols.size} for ${linkers} symbols`));
  if (values !== uavs || lazyValues !== lazies)
    differ(tableBroken("unnamed values", `${values}, ${lazyValues} of them lazy; ${uavs} and ${lazies} were counted`));
}

// --- rows -------------------------------------------------------------------------------------------------------

/** Those of types and inputs aside, which only a session on disk keeps. */
function rowsOf(program: Program): number[] {
  const { declarations } = program.parts;
  const free = freeRecords("declarations", declarations);
  return Array.from(free.keys()).filter((row) => free[row] === 0 && kindOfRow(program, row) < INPUT_KIND);
}

function keysOf(program: Program): Map<string, number> {
  const keys = new Map<string, number>();
  for (const row of rowsOf(program)) {
    const key = [kindOfRow(program, row), field(program, row, Declaration.SCOPE), ...hashOfRow(program, row)].join(" ");
    if (keys.has(key)) differ(symbolExtra(nameOfRow(program, row), "is declared twice"));
    keys.set(key, row);
  }
  return keys;
}

function nameOfRow(program: Program, row: number): string {
  return describe(program, field(program, row, Declaration.SYMBOL));
}

function kindOfRow(program: Program, row: number): number {
  return flagsOf(program, row) & DeclFlag.KIND;
}

function flagsOf(program: Program, row: number): number {
  return field(program, row, Declaration.FLAGS) & ~DeclFlag.DEAD;
}

function hashOfRow(program: Program, row: number): [number, number, number] {
  return [
    field(program, row, Declaration.HASH0),
    field(program, row, Declaration.HASH1),
    field(program, row, Declaration.HASH2),
  ];
}

function field(program: Program, row: number, at: number): number {
  return program.parts.declarations.get(row, at);
}
