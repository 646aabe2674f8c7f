/**
 * The lists that lead from one record to another: free records, aliases, relocations inside symbols and against them,
 * slots of .symtab and entries of relocation tables. Each is followed from both ends, and none further than the table is
 * long, so that what comes after may follow them without care.
 */

import { tableBroken } from "../diagnostics/verify.js";
import { kindOf, SymbolKind, SymField } from "../link/symbol-table.js";
import type { RecordTable } from "../memory/record-table.js";
import type { Program } from "./program.js";
import { Declaration, Graph, NO_FIELD, NONE, Relocation } from "./tables.js";
import { describe, differ, isLive, liveSymbols } from "./verify-view.js";

export function verifyLists(program: Program): void {
  const { relocations, declarations } = program.parts;
  verifyFreeSymbols(program);
  const free = freeRecords("relocations", relocations);
  verifyAliases(program);
  verifyRelocations(program, free, freeRecords("declarations", declarations));
  verifySlots(program);
  verifyEntries(program, free);
  const [[failed, what] = []] = program.failed;
  if (failed !== undefined)
    differ(tableBroken("failures", `relocation or symbol ${failed} is ${what!.kind}, and the program was written`));
}

/** By record: 1 where it is free. */
export function freeRecords(what: string, table: RecordTable): Uint8Array {
  const free = new Uint8Array(table.length);
  let count = 0;
  for (let at = table.state.free; at !== NONE; at = table.get(at, 0)) {
    if (free[at] !== 0)
      differ(tableBroken(what, `the list of free records reaches ${at}, which is no record, or twice`));
    free[at] = 1;
    count++;
  }
  if (count !== table.freeCount) differ(tableBroken(what, `${count} free records, ${table.freeCount} counted`));
  return free;
}

function verifyFreeSymbols(program: Program): void {
  const { symbols } = program.parts;
  const free = new Uint8Array(symbols.length);
  for (let at = symbols.free; at !== NONE; at = symbols.get(at, SymField.ALIAS)) {
    if (free[at] !== 0)
      differ(tableBroken("symbols", `the list of free records reaches ${at}, which is no record, or twice`));
    free[at] = 1;
  }
  for (let symbol = 0; symbol < symbols.length; symbol++) {
    const isFree = kindOf(symbols.get(symbol, SymField.FLAGS)) === SymbolKind.FREE;
    if (isFree !== (free[symbol] === 1))
      differ(
        tableBroken(
          "symbols",
          `symbol ${symbol} is ${isFree ? "free and not on the list" : "on the list of free ones and in use"}`,
        ),
      );
  }
}

function verifyAliases(program: Program): void {
  const { symbols } = program.parts;
  const listed = new Uint8Array(symbols.length);
  const broken = (symbol: number, problem: string): never =>
    differ(tableBroken("aliases", problem, describe(program, symbol)));
  for (const symbol of liveSymbols(program)) {
    const alias = symbols.get(symbol, SymField.ALIAS);
    if (alias !== NONE && !isLive(program, alias)) broken(symbol, `it stands for ${describe(program, alias)}`);
    let before: number = NONE;
    for (let at = program.graph(symbol, Graph.ALIASES); at !== NONE; at = program.graph(at, Graph.NEXT_ALIAS)) {
      if (!isLive(program, at)) broken(symbol, `its list holds ${describe(program, at)}`);
      if (symbols.get(at, SymField.ALIAS) !== symbol)
        broken(at, `it is on the list of "${describe(program, symbol)}", and stands for another`);
      if (listed[at] !== 0) broken(at, `it is twice on the list of "${describe(program, symbol)}"`);
      if (program.graph(at, Graph.PREV_ALIAS) !== before) broken(at, "PREV_ALIAS does not lead back");
      listed[at] = 1;
      before = at;
    }
  }
  for (const symbol of liveSymbols(program)) {
    const alias = symbols.get(symbol, SymField.ALIAS);
    if (alias !== NONE && listed[symbol] === 0)
      broken(symbol, `it stands for "${describe(program, alias)}" and is not on its list`);
  }
}

function verifyRelocations(program: Program, free: Uint8Array, freeRows: Uint8Array): void {
  const { relocations, declarations } = program.parts;
  const own = new Uint8Array(relocations.length);
  const targets = new Uint8Array(relocations.length);
  const broken = (symbol: number, problem: string): never =>
    differ(tableBroken("relocations", problem, describe(program, symbol)));
  const visit = (symbol: number, at: number, seen: Uint8Array, field: number, list: string): void => {
    if (free[at] !== 0) broken(symbol, `relocation ${at} on its list of ${list} is not in use`);
    if (relocations.get(at, field) !== symbol) broken(symbol, `relocation ${at} on its list of ${list} is another's`);
    if (seen[at] !== 0) broken(symbol, `relocation ${at} is twice on a list of ${list}`);
    seen[at] = 1;
  };
  for (const symbol of liveSymbols(program)) {
    for (let at = program.graph(symbol, Graph.RELOCS); at !== NONE; at = relocations.get(at, Relocation.NEXT_OWN))
      visit(symbol, at, own, Relocation.OWNER, "relocations inside it");
    let before: number = NONE;
    for (let at = program.graph(symbol, Graph.TARGETS); at !== NONE; ) {
      visit(symbol, at, targets, Relocation.TARGET, "relocations against it");
      if (relocations.get(at, Relocation.PREV_TARGET) !== before)
        broken(symbol, `PREV_TARGET of relocation ${at} does not lead back`);
      before = at;
      at = relocations.get(at, Relocation.NEXT_TARGET);
    }
  }
  for (let row = 0; row < declarations.length; row++) {
    const at = freeRows[row] === 0 ? declarations.get(row, Declaration.RELOC) : NONE;
    if (at === NONE) continue;
    const symbol = declarations.get(row, Declaration.SYMBOL);
    visit(symbol, at, own, Relocation.OWNER, "exports");
    if (relocations.get(at, Relocation.TYPE) !== NO_FIELD) broken(symbol, `relocation ${at} of its export has a field`);
  }
  for (let at = 0; at < relocations.length; at++) {
    if (free[at] !== 0) continue;
    if (own[at] === 0)
      broken(relocations.get(at, Relocation.OWNER), `relocation ${at} is on no list of what is inside`);
    if (targets[at] === 0) broken(relocations.get(at, Relocation.TARGET), `relocation ${at} is on no list of targets`);
  }
}

function verifySlots(program: Program): void {
  const { slots, symbols, locals } = program.parts;
  for (let slot = 1; slot < slots.length; slot++) {
    const symbol = slots.get(slot);
    if (!isLive(program, symbol)) differ(tableBroken(".symtab", `slot ${slot} holds ${describe(program, symbol)}`));
    if (symbols.get(symbol, SymField.SLOT) !== slot)
      differ(
        tableBroken(
          ".symtab",
          `it is in slot ${slot} and names slot ${symbols.get(symbol, SymField.SLOT)}`,
          describe(program, symbol),
        ),
      );
  }
  if (locals < 1 || locals > slots.length) differ(tableBroken(".symtab", `${locals} of ${slots.length} are local`));
  for (const symbol of liveSymbols(program)) {
    const slot = symbols.get(symbol, SymField.SLOT);
    if (slot !== 0 && !(slot < slots.length && slots.get(slot) === symbol))
      differ(tableBroken(".symtab", `slot ${slot} does not hold it`, describe(program, symbol)));
  }
}

function verifyEntries(program: Program, free: Uint8Array): void {
  const { relocations, entries, symbols } = program.parts;
  const tableOf = (relocation: number): number =>
    program.mode === "pie" ? 0 : symbols.get(relocations.get(relocation, Relocation.OWNER), SymField.SECTION);
  let listed = 0;
  entries.forEach((list, table) => {
    for (let entry = 0; entry < list.length; entry++, listed++) {
      const relocation = list.get(entry);
      if (free[relocation] !== 0)
        differ(
          tableBroken(
            "relocation entries",
            `entry ${entry} of table ${table} is relocation ${relocation}, which is not in use`,
          ),
        );
      const owner = describe(program, relocations.get(relocation, Relocation.OWNER));
      const own = relocations.get(relocation, Relocation.ENTRY);
      if (own !== entry)
        differ(
          tableBroken(
            "relocation entries",
            `relocation ${relocation} is entry ${entry} of table ${table} and names entry ${own}`,
            owner,
          ),
        );
      if (tableOf(relocation) !== table)
        differ(
          tableBroken("relocation entries", `relocation ${relocation} is in table ${table}, its owner is not`, owner),
        );
    }
  });
  for (let at = 0; at < relocations.length; at++)
    if (free[at] === 0 && relocations.get(at, Relocation.ENTRY) !== NONE) listed--;
  if (listed !== 0) differ(tableBroken("relocation entries", `${listed} more are in tables than have an entry`));
}
