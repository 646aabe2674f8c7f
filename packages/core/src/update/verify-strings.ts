/** .strtab: names that symbols have, each owned by one of them, and zeros where nothing is. */

import { tableBroken } from "../diagnostics/verify.js";
import { SymField } from "../link/symbol-table.js";
import { Graph, Mark } from "./tables.js";
import { differ, liveSymbols, type ProgramView } from "./verify-view.js";

export function verifyStrings(view: ProgramView): void {
  const { program } = view;
  const { symbols, strings } = program.parts;
  const { bytes } = view.section(".strtab")!;
  if (bytes.length !== strings.end)
    differ(tableBroken(".strtab", `${bytes.length} bytes, ${strings.end} are given out`));
  /** By offset: the length of the string there, 0 where none begins. */
  const lengths = new Uint32Array(strings.end);
  const owned = new Uint8Array(strings.end);
  let used = 1;
  for (const symbol of liveSymbols(program)) {
    const offset = symbols.getUnsigned(symbol, SymField.STRTAB);
    const isOwn = (program.graph(symbol, Graph.MARKS) & Mark.OWN_NAME) !== 0;
    const broken = (problem: string): never => differ(tableBroken(".strtab", problem, view.nameOf(symbol)));
    if (offset === 0) {
      if (isOwn) broken("it owns a string, and has none");
      continue;
    }
    const length = program.graph(symbol, Graph.NAME_LENGTH);
    if (offset + length >= strings.end) broken(`its name ends at ${offset + length}, the table at ${strings.end}`);
    if (lengths[offset] !== 0 && lengths[offset] !== length)
      broken(`another name begins where its own does, at ${offset}`);
    lengths[offset] = length;
    if (!isOwn) continue;
    if (owned[offset] !== 0) broken(`another symbol owns its string at ${offset}, too`);
    owned[offset] = 1;
    used += length + 1;
  }
  if (used + strings.freeBytes !== strings.end)
    differ(tableBroken(".strtab", `${used} bytes in use and ${strings.freeBytes} free are not ${strings.end}`));
  verifyBytes(view, bytes, lengths, owned);
}

function verifyBytes(view: ProgramView, bytes: Uint8Array, lengths: Uint32Array, owned: Uint8Array): void {
  let used = 0;
  for (let at = 0; at < bytes.length; at++) {
    const length = lengths[at]!;
    if (length > 0) {
      if (at < used) differ(tableBroken(".strtab", `the string at ${at} begins within another`));
      if (owned[at] === 0) differ(tableBroken(".strtab", `no symbol owns the string at ${at}, which some share`));
      used = at + length;
    }
    if (at >= used && bytes[at] !== 0) differ(tableBroken(".strtab", `byte ${at} is in no name, and not zero`));
  }
  verifyFree(view, lengths);
}

/** Strings that are free lie where no name is. */
function verifyFree({ program }: ProgramView, lengths: Uint32Array): void {
  const { strings } = program.parts;
  let free = 0;
  for (const { offset, length } of strings.freeStrings()) {
    free += length + 1;
    for (let at = offset; at < offset + length; at++)
      if (lengths[at] !== 0) differ(tableBroken(".strtab", `the string at ${at} is in use and free`));
    if (free > strings.freeBytes) break;
  }
  if (free !== strings.freeBytes)
    differ(tableBroken(".strtab", `${free} bytes on lists of free ones, ${strings.freeBytes} counted`));
}
