/**
 * The output's .symtab and .strtab: which symbols are listed, where, and under which name. Local symbols come before global
 * ones (gABI, "Symbol Table"), and there are no gaps: a symbol that goes is replaced by the last one of its kind.
 */

import { ELF64_LE } from "../elf/format.js";
import { symSize } from "../elf/sym.js";
import type { MappedFile } from "../image/mapped-file.js";
import { SymField } from "../link/symbol-table.js";
import type { Change } from "./change.js";
import { Graph, Mark, NONE } from "./tables.js";

const SYM_BYTES = symSize(ELF64_LE);

export class SymbolList {
  readonly #change: Change;

  constructor(change: Change) {
    this.#change = change;
  }

  /** Sees to it that `symbol` is in .symtab, among the local or the global ones. */
  list(symbol: number, isLocal: boolean): void {
    const { parts } = this.#change.program;
    const slot = parts.symbols.get(symbol, SymField.SLOT);
    if (slot !== 0 && slot < parts.locals === isLocal) return;
    if (slot !== 0) this.unlist(symbol);
    const end = parts.slots.push(symbol);
    if (!isLocal || end === parts.locals) this.#put(end, symbol);
    else {
      this.#put(end, parts.slots.get(parts.locals));
      this.#put(parts.locals, symbol);
    }
    if (isLocal) parts.locals++;
  }

  /** Takes `symbol` out of .symtab, if it is there. */
  unlist(symbol: number): void {
    const { parts } = this.#change.program;
    const { slots, symbols } = parts;
    let hole = symbols.get(symbol, SymField.SLOT);
    if (hole === 0) return;
    symbols.set(symbol, SymField.SLOT, 0);
    if (hole < parts.locals) {
      parts.locals--;
      if (hole !== parts.locals) this.#put(hole, slots.get(parts.locals));
      hole = parts.locals;
    }
    slots.length--;
    if (hole !== slots.length) this.#put(hole, slots.get(slots.length));
    clearEntry(parts.image, parts.layout.table(".symtab"), slots.length * SYM_BYTES, SYM_BYTES);
  }

  /** Gives `symbol` a string of its own, unless it has one. */
  name(symbol: number, bytes: Uint8Array): void {
    const { program, strings } = this.#change;
    if (program.graph(symbol, Graph.MARKS) & Mark.OWN_NAME) return;
    const offset = program.parts.strings.allocate(bytes.length);
    program.parts.symbols.set(symbol, SymField.STRTAB, offset);
    program.setGraph(symbol, Graph.NAME_LENGTH, bytes.length);
    program.setGraph(symbol, Graph.MARKS, program.graph(symbol, Graph.MARKS) | Mark.OWN_NAME);
    strings.set(offset, bytes.slice());
    this.#change.entries.add(symbol);
  }

  /** The bytes of the name of a symbol that has one. */
  nameOf(symbol: number): Uint8Array {
    const { program, strings } = this.#change;
    const offset = program.parts.symbols.getUnsigned(symbol, SymField.STRTAB);
    const length = program.graph(symbol, Graph.NAME_LENGTH);
    return (
      strings.get(offset)?.subarray(0, length) ??
      readName(program.parts.image, program.parts.layout.table(".strtab"), offset, length)
    );
  }

  /** A symbol that shares the string of what it stood for gets its own, because they part. */
  separate(symbol: number): void {
    const { program } = this.#change;
    if (program.parts.symbols.get(symbol, SymField.STRTAB) !== 0) this.name(symbol, this.nameOf(symbol));
  }

  /** Gives the string of `symbol` back; one that an alias shares becomes the alias's. */
  unname(symbol: number): void {
    const { program, strings } = this.#change;
    const { symbols, image, layout } = program.parts;
    const marks = program.graph(symbol, Graph.MARKS);
    const offset = symbols.getUnsigned(symbol, SymField.STRTAB);
    symbols.set(symbol, SymField.STRTAB, 0);
    program.setGraph(symbol, Graph.MARKS, marks & ~Mark.OWN_NAME);
    if (!(marks & Mark.OWN_NAME) || this.#inherit(symbol, offset)) return;
    const length = program.graph(symbol, Graph.NAME_LENGTH);
    program.parts.strings.free(offset, length);
    const node = layout.table(".strtab");
    if (!strings.delete(offset)) image.write(node, offset, new Uint8Array(length));
  }

  #inherit(symbol: number, offset: number): boolean {
    const { program, references } = this.#change;
    const { symbols } = program.parts;
    let heir: number = NONE;
    references.forEachAlias(symbol, (alias) => {
      if (alias !== symbol && symbols.getUnsigned(alias, SymField.STRTAB) === offset) heir = alias;
    });
    if (heir === NONE) return false;
    program.setGraph(heir, Graph.MARKS, program.graph(heir, Graph.MARKS) | Mark.OWN_NAME);
    return true;
  }

  #put(slot: number, symbol: number): void {
    const { program, entries, moved } = this.#change;
    program.parts.slots.set(slot, symbol);
    program.parts.symbols.set(symbol, SymField.SLOT, slot);
    entries.add(symbol);
    // Relocations that are left in the output name symbols by their index.
    if (program.mode === "object") moved.add(symbol);
  }
}

/** Bytes of .strtab, whose node is `node`. */
export function readName(image: MappedFile, node: number, offset: number, length: number): Uint8Array {
  return image.read(node, offset, length).slice();
}

/** Clears an entry of a table that lost its last one. A table that has yet to grow does not reach so far. */
export function clearEntry(image: MappedFile, table: number, offset: number, size: number): void {
  if (offset + size <= image.nodes.size(table)) image.write(table, offset, new Uint8Array(size));
}
