/** A session of objects on disk: its columns as tables of words, and everything that is small as one text in JSON. */

import { StateError, stateCorrupted } from "../../diagnostics/state.js";
import type { InputLabel } from "../../input/label.js";
import { PagedWords } from "../../memory/paged-words.js";
import type { StateFile, StateTable } from "../../state/state-file.js";
import { MadeSections, type SavedMade } from "../made-sections.js";
import { ObjectLink } from "../object-link.js";
import type { InputFile, ObjectLinkOptions } from "../options.js";
import type { OutputSection } from "../output-section.js";
import { OutputSections } from "../output-sections.js";
import type { Placement } from "../place.js";
import type { Entries } from "../scan.js";
import { SymbolTable } from "../symtab.js";
import { leastFiller } from "./fillers.js";
import { FreeSpace } from "./free-space.js";
import { type Group, LinkSession } from "./link-session.js";

type SavedSection = Omit<OutputSection, "sections" | "pools"> & { readonly sections: readonly number[] };
type Keys = readonly { readonly name: number; readonly symbol: number }[];

interface Saved {
  readonly objects: readonly number[];
  readonly labels: readonly InputLabel[];
  readonly counts: {
    readonly objects: number;
    readonly sections: number;
    readonly symbols: number;
    readonly names: number;
  };
  readonly outputs: readonly SavedSection[];
  /** Sections of the output by their place: `order`, and all with those that are not loaded. */
  readonly order: readonly string[];
  readonly unloaded: readonly SavedSection[];
  readonly placement: Placement;
  readonly free: readonly (readonly [output: number, ranges: readonly number[]])[];
  readonly orders: readonly (readonly [number, number])[];
  readonly reversed: readonly number[];
  readonly scan: { readonly got: Keys; readonly gotTpoff: Keys; readonly plt: Keys; readonly needsGot: boolean };
  readonly made: SavedMade;
  readonly groups: readonly Group[];
  readonly entryCount: number;
  readonly localCount: number;
  readonly stringTop: number;
  readonly executableStack: boolean;
}

type Column = Int32Array | Float64Array | Uint8Array;
type Rows = "objects" | "object hashes" | "sections" | "symbols" | "names" | "entries";
type ColumnList = readonly (readonly [name: string, field: string, rows: Rows])[];

const TABLE_COLUMNS: ColumnList = [
  ["section base", "sectionBase", "objects"],
  ["symbol base", "symbolBase", "objects"],
  ["section count", "shnum", "objects"],
  ["symbol count", "symbolCount", "objects"],
  ["first global", "firstGlobal", "objects"],
  ["linked", "linked", "objects"],
  ["input", "inputIndex", "objects"],
  ["member", "memberOffset", "objects"],
  ["hashes", "hashes", "object hashes"],
  ["section output", "sectionOutput", "sections"],
  ["section offset", "sectionOffset", "sections"],
  ["global of", "globalOf", "symbols"],
];

const NAME_COLUMNS: ColumnList = [
  ["name object", "object", "names"],
  ["name symbol", "symbol", "names"],
  ["name state", "state", "names"],
  ["name marks", "marks", "names"],
  ["name visibility", "visibility", "names"],
  ["name type", "type", "names"],
  ["common size", "commonSize", "names"],
  ["common align", "commonAlign", "names"],
  ["name address", "address", "names"],
];

const SESSION_COLUMNS: ColumnList = [
  ["properties", "properties", "objects"],
  ["stacks", "stacks", "objects"],
  ["section room", "room", "sections"],
  ["section key", "keys", "sections"],
  ["entries", "entries", "entries"],
  ["strings", "strings", "entries"],
];

/** How many elements a column has. */
function rowsOf({ counts, entryCount }: Saved, rows: Rows): number {
  if (rows === "object hashes") return counts.objects * 2;
  return rows === "entries" ? entryCount : counts[rows];
}

function savedColumns(holder: object, columns: ColumnList, saved: Saved): StateTable[] {
  const fields = holder as Record<string, Column>;
  return columns.map(([name, field, rows]) => column(name, fields[field]!, rowsOf(saved, rows)));
}

/** The tables of a session. */
export function sessionTables(session: LinkSession): StateTable[] {
  const { link } = session;
  const { table, globals, outputs, scan } = link;
  const plain = ({ sections, pools: _, ...rest }: OutputSection): SavedSection => ({
    ...rest,
    sections: [...sections],
  });
  const saved: Saved = {
    objects: link.objects,
    labels: table.labels,
    counts: { objects: table.count, sections: table.sections, symbols: table.symbols, names: globals.count },
    outputs: outputs.list.map(plain),
    order: link.order.map(({ name }) => name),
    unloaded: link.sections.slice(link.order.length).map(plain),
    placement: link.placement,
    free: [...session.free].map(([id, space]) => [id, space.ranges]),
    orders: [...outputs.orders],
    reversed: [...outputs.reversed],
    scan: { got: scan.got.keys, gotTpoff: scan.gotTpoff.keys, plt: scan.plt.keys, needsGot: scan.needsGot },
    made: link.made.save(),
    groups: session.groups,
    entryCount: session.entryCount,
    localCount: session.localCount,
    stringTop: session.stringTop,
    executableStack: link.liveness.executableStack || link.liveness.silent.length > 0,
  };
  const { bytes } = table.input;
  let nameBytes = 0;
  for (let name = 0; name < globals.count; name++) nameBytes += globals.names.lengthOf(name);
  const names = new Uint8Array(nameBytes);
  const lengths = new Int32Array(globals.count);
  for (let name = 0, at = 0; name < globals.count; name++) {
    const start = globals.names.startOf(name);
    const length = globals.names.lengthOf(name);
    names.set(bytes.subarray(start, start + length), at);
    lengths[name] = length;
    at += length;
  }
  const { symbols, names: count } = saved.counts;
  return [
    textTable("json", Buffer.from(JSON.stringify(saved))),
    textTable("names", names),
    column("name lengths", lengths, count),
    column("symbol info", session.symbolInfo(), symbols),
    ...savedColumns(table, TABLE_COLUMNS, saved),
    ...savedColumns(globals, NAME_COLUMNS, saved),
    ...savedColumns(session, SESSION_COLUMNS, saved),
  ];
}

/** The session that `state` holds, of a link with these inputs and options. Throws StateError where it is broken. */
export function restoreSession(
  state: StateFile,
  path: string,
  inputs: readonly InputFile[],
  options: ObjectLinkOptions,
): LinkSession {
  const link = new ObjectLink(options, true);
  const { table, globals } = link;
  const text = (name: string): Buffer => {
    const { words } = loaded(state, path, name);
    return Buffer.from(words.buffer, 4, words[0]! >>> 0);
  };
  const ints = (name: string, length: number): Int32Array => {
    const { words } = loaded(state, path, name);
    return Int32Array.from(words.subarray(0, length));
  };
  /** Of the kind that `holder` has. */
  const restore = (holder: object, columns: ColumnList): void => {
    const fields = holder as Record<string, Column>;
    for (const [name, field, rows] of columns) {
      const length = rowsOf(saved, rows);
      const { words } = loaded(state, path, name);
      if (fields[field] instanceof Float64Array)
        fields[field] = Float64Array.from(new Float64Array(words.buffer, 0, length));
      else if (fields[field] instanceof Uint8Array) fields[field] = Uint8Array.from(words.subarray(0, length));
      else fields[field] = Int32Array.from(words.subarray(0, length));
    }
  };
  const saved = JSON.parse(text("json").toString("utf8")) as Saved;
  const { objects, sections, symbols, names } = saved.counts;
  table.count = objects;
  table.labels.push(...saved.labels);
  for (const key of ["base", "size", "sectionNames", "strings"] as const) table[key] = new Float64Array(objects);
  for (const key of ["shdrs", "symtab", "extended"] as const) table[key] = new Int32Array(objects);
  restore(table, TABLE_COLUMNS);
  table.sections = sections;
  table.sectionRela = new Int32Array(sections);
  table.sectionObject = new Int32Array(sections);
  for (let object = 0; object < objects; object++)
    table.sectionObject.fill(object, table.sectionBase[object]!, table.sectionBase[object]! + table.shnum[object]!);
  table.symbols = symbols;
  table.savedInfo = ints("symbol info", symbols);
  const start = table.input.add(text("names"));
  globals.names.restore(ints("name lengths", names), start);
  restore(globals, NAME_COLUMNS);
  globals.restored();
  for (const name of options.wraps) globals.wrap(name);
  link.objects = saved.objects;
  link.outputs = new OutputSections(table);
  const full = (section: SavedSection): OutputSection => ({
    ...section,
    sections: Int32Array.from(section.sections),
    pools: [],
  });
  link.outputs.restore(saved.outputs.map(full), saved.orders, saved.reversed);
  link.order = saved.order.map((name) => link.outputs.find(name)!);
  link.sections = [...link.order, ...saved.unloaded.map(full)];
  link.placement = saved.placement;
  const fill = (entries: Entries, keys: Keys): void => {
    for (const { name, symbol } of keys) entries.add(name, symbol);
  };
  fill(link.scan.got, saved.scan.got);
  fill(link.scan.gotTpoff, saved.scan.gotTpoff);
  fill(link.scan.plt, saved.scan.plt);
  link.scan.needsGot = saved.scan.needsGot;
  link.liveness.executableStack = saved.executableStack;
  link.made = new MadeSections(table, globals, link.outputs, options, link.scan);
  link.made.restore(saved.made);
  link.symtab = new SymbolTable(table, globals, link.outputs, options);
  link.addressSections();
  link.names.restore(link.outputs, options);
  link.names.settle(link.outputs, link.order, link.base, link.addresses);
  const session = new LinkSession(link, inputs, true);
  restore(session, SESSION_COLUMNS);
  session.entryCount = saved.entryCount;
  session.localCount = saved.localCount;
  session.stringTop = saved.stringTop;
  session.groups = [...saved.groups];
  for (const [id, ranges] of saved.free)
    session.free.set(id, new FreeSpace(leastFiller(link.outputs.list[id]!.name), ranges));
  session.indexSlots();
  return session;
}

function loaded(state: StateFile, path: string, name: string): PagedWords {
  const words = state.table(name);
  if (words === undefined) throw new StateError(stateCorrupted(path, `it has no table "${name}"`));
  words.loadAll();
  return words;
}

/** The first word of a text is its length in bytes. */
function textTable(name: string, bytes: Uint8Array): StateTable {
  const used = 1 + Math.ceil(bytes.length / 4);
  const words = new PagedWords(name, used);
  words.words[0] = bytes.length;
  new Uint8Array(words.words.buffer).set(bytes, 4);
  return { name, words, used };
}

function column(name: string, values: Column, length: number): StateTable {
  const used = values instanceof Float64Array ? length * 2 : length;
  const words = new PagedWords(name, Math.max(1, used));
  if (values instanceof Float64Array) new Float64Array(words.words.buffer, 0, length).set(values.subarray(0, length));
  else words.words.set(values.subarray(0, length));
  return { name, words, used };
}
