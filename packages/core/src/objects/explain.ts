/** Makes diagnostics of what a link of objects found wrong: names demangled, with the places that refer and define. */

import type { Diagnostic, Note, Place } from "../diagnostics/diagnostic.js";
import {
  addressInPie,
  discardedTarget,
  duplicateDefinition,
  fieldOverflows,
  linkWarning,
  mixedThreadLocal,
  relocationNotStatic,
  requiredUndefined,
  shownName,
  silentStack,
  undefinedReference,
  unexpectedSequence,
  wrongThreadLocal,
} from "../diagnostics/objects.js";
import { nameOrHex } from "../elf/names.js";
import { SHN } from "../elf/shdr.js";
import { STT } from "../elf/sym.js";
import { R_X86_64 } from "../elf/x86-64.js";
import { RANGE, Range, WIDTH } from "../link/x86-64.js";
import { editDistance, nearestOf } from "../memory/word-table.js";
import { type DuplicateDefinition, State } from "./globals.js";
import type { ObjectLink } from "./object-link.js";
import { type ObjectTable, ST, sectionIndex } from "./object-table.js";
import { Fault, type RelocationFault } from "./relocate.js";
import type { UndefinedReference } from "./scan.js";

/** At most so many diagnostics of a kind are made. */
const LIMIT = 50;

/** Undefined and duplicate names. */
export function explainMissing(link: ObjectLink): Diagnostic[] {
  const { globals, options, scan } = link;
  const diagnostics: Diagnostic[] = [];
  if (!options.allowMultipleDefinition)
    for (const duplicate of globals.duplicates.slice(0, LIMIT))
      diagnostics.push(duplicateDefinition(globals.names.text(duplicate.name), ...sides(link, duplicate)));
  for (const mixed of globals.mixed.slice(0, LIMIT))
    diagnostics.push(mixedThreadLocal(globals.names.text(mixed.name), ...sides(link, mixed)));
  for (const name of options.required) {
    const number = globals.names.findText(name);
    if (number === -1 || globals.state[number] === State.UNDEFINED) diagnostics.push(requiredUndefined(name));
  }
  if (options.unresolved === "ignore") return diagnostics;
  const byName = new Map<number, UndefinedReference[]>();
  for (const reference of scan.undefined)
    byName.set(reference.name, [...(byName.get(reference.name) ?? []), reference]);
  const known = byName.size > 0 ? definedNames(link) : [];
  for (const [name, references] of [...byName].slice(0, LIMIT)) {
    const text = globals.names.text(name);
    const count = scan.undefinedCounts.get(name) ?? references.length;
    diagnostics.push(
      undefinedReference(
        text,
        references.slice(0, 3).map((reference) => useOf(link, reference)),
        count,
        nearestName(text, known),
        options.unresolved === "warn" ? "warning" : "error",
      ),
    );
  }
  return diagnostics;
}

/** What objects have to say to those who use a symbol of theirs, and what they leave open. */
export function explainWarnings({ liveness, globals, objects, table, options }: ObjectLink): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const users = firstUsers(
    table,
    objects,
    liveness.warnings.map(({ symbol }) => globals.names.findText(symbol)),
  );
  for (const { symbol, text, object } of liveness.warnings) {
    const user = users.get(globals.names.findText(symbol))?.find((one) => one !== object);
    if (user !== undefined) diagnostics.push(linkWarning(text, { ...table.labels[user]! }));
  }
  const [silent] = liveness.silent;
  if (silent !== undefined && options.execStack === undefined && !liveness.executableStack)
    diagnostics.push(silentStack(table.labels[silent]!, liveness.silent.length));
  return diagnostics;
}

/** By name: the first two objects that refer to it and do not define it. */
function firstUsers(table: ObjectTable, objects: readonly number[], names: readonly number[]): Map<number, number[]> {
  const users = new Map<number, number[]>(names.map((name) => [name, []]));
  users.delete(-1);
  if (users.size === 0) return users;
  for (const object of objects) {
    const base = table.symbolBase[object]!;
    for (let index = table.firstGlobal[object]!; index < table.symbolCount[object]!; index++) {
      const known = users.get(table.globalOf[base + index]!);
      if (known === undefined || known.length === 2 || table.shndxOf(object, index) !== SHN.UNDEF) continue;
      if (known[0] !== object) known.push(object);
    }
  }
  return users;
}

/** Relocations that could not be applied. */
export function explainFaults(link: ObjectLink, faults: readonly RelocationFault[]): Diagnostic[] {
  return faults.slice(0, LIMIT).map((fault) => {
    const { table } = link;
    const { object, section, offset } = fault;
    const inside = functionAt(link, object, section, offset);
    const place: Place = {
      ...table.labels[object]!,
      section: table.sectionName(section),
      offset,
      ...(inside === undefined ? {} : { symbol: inside }),
    };
    const what = {
      type: `R_X86_64_${nameOrHex(R_X86_64, fault.type)}`,
      target: targetName(link, object, fault.symbol),
    };
    switch (fault.fault) {
      case Fault.OVERFLOW:
        return fieldOverflows(place, what, hex(fault.value), rangeOf(fault.type));
      case Fault.TLS:
        return wrongThreadLocal(place, what, definitionOf(link, object, fault.symbol));
      case Fault.IN_PIE:
        return addressInPie(place, what);
      case Fault.SEQUENCE:
        return unexpectedSequence(place, what);
      case Fault.DISCARDED:
        return discardedTarget(place, what);
      default:
        return relocationNotStatic(place, what);
    }
  });
}

function useOf(link: ObjectLink, { object, section, offset }: UndefinedReference): Note {
  const inside = functionAt(link, object, section, offset);
  const message = inside === undefined ? "referred to here" : `referred to by ${shownName(inside)}`;
  return { message, place: { ...link.table.labels[object]!, section: link.table.sectionName(section), offset } };
}

/** Where a symbol that an object uses is defined. */
function definitionOf(link: ObjectLink, object: number, symbol: number): Note[] {
  const { table, globals } = link;
  const name = table.globalOf[table.symbolBase[object]! + symbol]!;
  const owner = name === -1 ? object : globals.object[name]!;
  if (owner < 0) return [];
  return [{ message: "defined here", place: placeOf(link, owner, name === -1 ? symbol : globals.symbol[name]!) }];
}

function sides(link: ObjectLink, { first, second }: DuplicateDefinition): [Note, Note] {
  return [
    { message: "defined first here", place: placeOf(link, first.object, first.symbol) },
    { message: "and again here", place: placeOf(link, second.object, second.symbol) },
  ];
}

/** Where an object defines a symbol, or that it refers to it. */
function placeOf({ table }: ObjectLink, object: number, symbol: number): Place {
  const label = object < 0 ? { file: "the command line" } : table.labels[object]!;
  const section = object < 0 ? -1 : sectionIndex(table.shndxOf(object, symbol));
  if (section === -1) return label;
  const offset = table.input.words[table.symtab[object]! + symbol * ST.WORDS + ST.VALUE]! >>> 0;
  return { ...label, section: table.sectionName(table.sectionBase[object]! + section), offset };
}

/** The function or variable that a place is in. */
function functionAt({ table }: ObjectLink, object: number, section: number, offset: number): string | undefined {
  const { words } = table.input;
  const index = section - table.sectionBase[object]!;
  for (let symbol = 1; symbol < table.symbolCount[object]!; symbol++) {
    const at = table.symtab[object]! + symbol * ST.WORDS;
    const type = words[at + ST.INFO]! & 15;
    if (type === STT.SECTION || type === STT.FILE || sectionIndex(table.shndxOf(object, symbol)) !== index) continue;
    const value = words[at + ST.VALUE]! >>> 0;
    if (offset >= value && offset < value + (words[at + ST.SIZE]! >>> 0)) return table.symbolName(object, symbol);
  }
  return undefined;
}

/** A section symbol is known by its section. */
function targetName({ table }: ObjectLink, object: number, symbol: number): string {
  const section = sectionIndex(table.shndxOf(object, symbol));
  const name = table.symbolName(object, symbol);
  return name === "" && section !== -1 ? table.sectionName(table.sectionBase[object]! + section) : name;
}

/** Longer names are not misspelt by hand. */
const LONGEST_GUESS = 400;
/** Comparing names letter by letter takes long: so many are, and so many pairs of letters. */
const MOST_COMPARED = 20;
const MOST_PAIRS = 100_000;
/** Letters that are wrong, left out or too many. */
const MOST_SLIPS = 3;

/** The name that is spelled most alike, of those that begin and end most alike. */
function nearestName(text: string, known: readonly string[]): string | undefined {
  if (text.length > LONGEST_GUESS) return undefined;
  const alike: { readonly name: string; readonly shared: number }[] = [];
  for (const name of known) {
    const shared = sharedEnds(text, name);
    if (shared * 3 >= text.length) alike.push({ name, shared });
  }
  alike.sort((a, b) => b.shared - a.shared);
  const compared = Math.max(1, Math.min(MOST_COMPARED, Math.floor(MOST_PAIRS / text.length ** 2)));
  const nearest = nearestOf(
    text,
    alike.slice(0, compared).map(({ name }) => name),
  );
  // Of long names, as C++ has, a third may differ and the two have nothing to do with each other.
  const isNear = nearest !== undefined && editDistance(text, nearest, MOST_SLIPS + 1) <= MOST_SLIPS;
  return isNear ? nearest : undefined;
}

/** Letters that two names have in common at their starts and at their ends; 0 where one is much longer. */
function sharedEnds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  if (Math.max(a.length, b.length) > length * 2) return 0;
  let start = 0;
  while (start < length && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  let end = 0;
  while (end < length - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++;
  return start + end;
}

/** Names to guess from; too many, and guessing takes longer than linking. */
function definedNames({ globals }: ObjectLink): string[] {
  const names: string[] = [];
  if (globals.count > 100_000) return names;
  for (let name = 0; name < globals.count; name++)
    if (globals.state[name] !== State.UNDEFINED && globals.names.lengthOf(name) <= 2 * LONGEST_GUESS)
      names.push(globals.names.text(name));
  return names;
}

function rangeOf(type: number): string {
  switch (WIDTH[type]) {
    case 8:
      return "-2^53 to 2^53";
    case 4:
      return RANGE[type] === Range.UNSIGNED ? "0 to 2^32 - 1" : "-2^31 to 2^31 - 1";
    case 2:
      return "16 bits";
    default:
      return "8 bits";
  }
}

function hex(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
