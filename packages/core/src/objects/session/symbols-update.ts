/** Brings `.symtab` and `.strtab` up to date: entries that come and go, and those whose address is another one. */

import type { ImageBytes } from "../../image/image-bytes.js";
import { State } from "../globals.js";
import { viewOf } from "../name-hash.js";
import type { ObjectLink } from "../object-link.js";
import type { OutputSection } from "../output-section.js";
import { SYM_BYTES } from "../symtab.js";
import type { LinkSession } from "./link-session.js";
import type { ResolveAgain } from "./resolve-again.js";
import { Slots } from "./slots.js";

/** Writes the entries of names and objects that are concerned. */
export function writeSymbols(
  session: LinkSession,
  image: ImageBytes,
  resolved: ResolveAgain,
  movedSections: ReadonlySet<number>,
  moved: ReadonlySet<number>,
): void {
  const { link } = session;
  const { table, globals, symtab } = link;
  const find = (wanted: string): OutputSection | undefined => link.sections.find(({ name }) => name === wanted);
  const section = find(".symtab");
  if (section === undefined) return;
  const strtab = find(".strtab")!;
  const slots = new Slots(session, image, section, strtab);
  const entry = new Uint8Array(SYM_BYTES);
  const entryView = viewOf(entry);
  const write = (slot: number): void => {
    symtab.writeEntry(entryView, 0, session.entries[slot]!, session.strings[slot]!, link.symbolContext);
    image.write(slots.at(slot), entry);
  };
  const addName = (which: number): number => {
    const at = symtab.nameAt(which);
    return slots.addName(table.input.bytes.slice(at, at + symtab.nameLength(which)));
  };
  const fresh = [...resolved.attached.keys()].flatMap((object) => localsOf(link, object));
  const others = keepInPlace(session, image, strtab, slots, resolved, fresh);
  const gone = goneLocals(session, image, strtab, resolved);
  const added: { readonly symbol: number; readonly string: number | undefined }[] = [];
  for (const symbol of others) {
    const at = symtab.nameAt(symbol);
    const text = Buffer.from(table.input.bytes.subarray(at, at + symtab.nameLength(symbol))).toString("latin1");
    const known = gone.get(text);
    const before = known?.symbols.pop();
    if (before === undefined) added.push({ symbol, string: known?.string });
    else slots.replace(session.slotOfSymbol[before]!, symbol);
  }
  for (const { symbols } of gone.values()) for (const symbol of symbols) slots.remove(session.slotOfSymbol[symbol]!);
  for (const { symbol, string } of added) slots.add(symbol, string ?? addName(symbol), true);
  const names = new Set([...resolved.names.keys(), ...moved]);
  for (const name of names) {
    const slot = session.slotOfName[name] ?? 0;
    const isOwn = globals.state[name] === State.LINKER;
    const isListed = isOwn ? link.names.sections.has(name) : resolved.uses.of(name).length > 0 && symtab.isListed(name);
    const isLocal = symtab.isLocal(name);
    if (slot !== 0 && isListed && isLocal === slot < session.localCount) continue;
    const string = slot === 0 ? -1 : session.strings[slot]!;
    if (slot !== 0) slots.remove(slot);
    if (isListed) slots.add(-1 - name, string === -1 ? addName(-1 - name) : string, isLocal);
  }
  for (const symbol of fresh) write(session.slotOfSymbol[symbol]!);
  for (const name of names) if ((session.slotOfName[name] ?? 0) !== 0) write(session.slotOfName[name]!);
  for (const object of new Set([...movedSections].map((one) => table.sectionObject[one]!))) {
    const base = table.symbolBase[object]!;
    for (let symbol = base; symbol < base + table.firstGlobal[object]!; symbol++) {
      const slot = session.slotOfSymbol[symbol]!;
      if (slot !== 0) write(slot);
    }
  }
  section.size = session.entryCount * SYM_BYTES;
  section.info = session.localCount;
  strtab.size = session.stringTop;
}

/** The local symbols of an object that have entries, by their numbers among all. */
function localsOf({ table, symtab }: ObjectLink, object: number): number[] {
  return symtab.localsOf(object).map((index) => table.symbolBase[object]! + index);
}

/**
 * Gives each of `symbols` the entry of the symbol that had its number in the object's earlier version, if the name is the same:
 * most symbols of most objects stay where they were. Returns the others.
 */
function keepInPlace(
  session: LinkSession,
  image: ImageBytes,
  strtab: OutputSection,
  slots: Slots,
  { attached }: ResolveAgain,
  symbols: readonly number[],
): number[] {
  const { table, symtab } = session.link;
  const { bytes } = table.input;
  return symbols.filter((symbol) => {
    const object = symtab.objectOf(symbol);
    const before = attached.get(object)!;
    const index = symbol - table.symbolBase[object]!;
    if (before === -1 || index >= table.firstGlobal[before]!) return true;
    const slot = session.slotOfSymbol[table.symbolBase[before]! + index]!;
    if (slot === 0) return true;
    const at = strtab.offset + session.strings[slot]!;
    const name = symtab.nameAt(symbol);
    const length = symtab.nameLength(symbol);
    image.touch(at, length + 1);
    for (let i = 0; i < length; i++) if (image.view[at + i] !== bytes[name + i]) return true;
    if (image.view[at + length] !== 0) return true;
    slots.replace(slot, symbol);
    return false;
  });
}

/** By name: local symbols of objects that are no longer linked, the first last, and where the name is in .strtab. */
function goneLocals(
  session: LinkSession,
  image: ImageBytes,
  strtab: OutputSection,
  { detached }: ResolveAgain,
): Map<string, { readonly string: number; readonly symbols: number[] }> {
  const { table } = session.link;
  const gone = new Map<string, { readonly string: number; readonly symbols: number[] }>();
  for (const object of detached) {
    const base = table.symbolBase[object]!;
    for (let symbol = base + table.symbolCount[object]! - 1; symbol >= base; symbol--) {
      const slot = session.slotOfSymbol[symbol]!;
      if (slot === 0) continue;
      const string = session.strings[slot]!;
      const text = stringAt(image, strtab.offset + string);
      const known = gone.get(text);
      if (known === undefined) gone.set(text, { string, symbols: [symbol] });
      else known.symbols.push(symbol);
    }
  }
  return gone;
}

/** The text at an offset of the file, up to its zero byte. */
function stringAt(image: ImageBytes, at: number): string {
  for (let length = 64; ; length *= 4) {
    const bytes = image.read(at, length);
    const end = bytes.indexOf(0);
    if (end !== -1) return Buffer.from(bytes.subarray(0, end)).toString("latin1");
  }
}
