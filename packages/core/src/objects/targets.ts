/** What a symbol of an object stands for: the section that holds it, wherever the link found its definition. */

import { type Globals, State } from "./globals.js";
import { type ObjectTable, sectionIndex } from "./object-table.js";

/** The number of the section that symbol `index` of `object` is in; -1 for symbols that are in none. */
export function targetSection(table: ObjectTable, globals: Globals, object: number, index: number): number {
  const name = table.globalOf[table.symbolBase[object]! + index]!;
  let owner = object;
  let symbol = index;
  if (name !== -1) {
    const state = globals.state[name];
    if (state !== State.DEFINED && state !== State.WEAK) return -1;
    owner = globals.object[name]!;
    symbol = globals.symbol[name]!;
  }
  const section = sectionIndex(table.shndxOf(owner, symbol));
  return section === -1 ? -1 : table.sectionBase[owner]! + section;
}
