/** A session of objects on disk: its columns as tables of words, and everything that is small as one text in JSON. */

import { StateError, stateCorrupted } from "../../diagnostics/state.js";
import type { InputLabel } from "../../input/label.js";
import { PagedWords } from "../../memory/paged-words.js";
import type { StateFile, StateTable } from "../../state/state-file.js";
import { Addresses } from "../addresses.js";
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
  for (let name = 0; name < globals.count; name++) nameBytes += globals.names.length[name]!;
  const names = new Uint8Array(nameBytes);
  for (let name = 0, at = 0; name < globals.count; name++) {
    const start = globals.names.start[name]!;
    names.set(bytes.subarray(start, start + globals.names.length[name]!), at);
    at += globals.names.length[name]!;
  }
  const { objects, sections, symbols, names: count } = saved.counts;
  return [
    textTable("json", Buffer.from(JSON.stringify(saved))),
    textTable("names", names),
    column("name lengths", globals.names.length, count),
    column("section base", table.sectionBase, objects),
    column("symbol base", table.symbolBase, objects),
    column("section count", table.shnum, objects),
    column("symbol count", table.symbolCount, objects),
    column("first global", table.firstGlobal, objects),
    column("linked", table.linked, objects),
    column("input", table.inputIndex, objects),
    column("member", table.memberOffset, objects),
    column("hashes", table.hashes, objects * 2),
    column("properties", session.properties, objects),
    column("stacks", session.stacks, objects),
    column("section output", table.sectionOutput, sections),
    column("section offset", table.sectionOffset, sections),
    column("section room", session.room, sections),
    column("section key", session.keys, sections),
    column("global of", table.globalOf, symbols),
    column("symbol info", session.symbolInfo(), symbols),
    column("name object", globals.object, count),
    column("name symbol", globals.symbol, count),
    column("name state", globals.state, count),
    column("name marks", globals.marks, count),
    column("name visibility", globals.visibility, count),
    column("name type", globals.type, count),
    column("common size", globals.commonSize, count),
    column("common align", globals.commonAlign, count),
    column("name address", globals.address, count),
    column("entries", session.entries, session.entryCount),
    column("strings", session.strings, session.entryCount),
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
  const floats = (name: string, length: number): Float64Array => {
    const { words } = loaded(state, path, name);
    return Float64Array.from(new Float64Array(words.buffer, 0, length));
  };
  const bytes = (name: string, length: number): Uint8Array => Uint8Array.from(ints(name, length));
  const saved = JSON.parse(text("json").toString("utf8")) as Saved;
  const { objects, sections, symbols, names } = saved.counts;
  table.count = objects;
  table.labels.push(...saved.labels);
  for (const key of ["base", "size", "sectionNames", "strings"] as const) table[key] = new Float64Array(objects);
  for (const key of ["shdrs", "symtab", "extended"] as const) table[key] = new Int32Array(objects);
  table.sectionBase = ints("section base", objects);
  table.symbolBase = ints("symbol base", objects);
  table.shnum = ints("section count", objects);
  table.symbolCount = ints("symbol count", objects);
  table.firstGlobal = ints("first global", objects);
  table.linked = bytes("linked", objects);
  table.inputIndex = ints("input", objects);
  table.memberOffset = floats("member", objects);
  table.hashes = ints("hashes", objects * 2);
  table.sections = sections;
  table.sectionOutput = ints("section output", sections);
  table.sectionOffset = floats("section offset", sections);
  table.sectionRela = new Int32Array(sections);
  table.sectionObject = new Int32Array(sections);
  for (let object = 0; object < objects; object++)
    table.sectionObject.fill(object, table.sectionBase[object]!, table.sectionBase[object]! + table.shnum[object]!);
  table.symbols = symbols;
  table.globalOf = ints("global of", symbols);
  table.savedInfo = ints("symbol info", symbols);
  const start = table.input.add(text("names"));
  globals.names.restore(ints("name lengths", names), start);
  globals.object = ints("name object", names);
  globals.symbol = ints("name symbol", names);
  globals.state = bytes("name state", names);
  globals.marks = bytes("name marks", names);
  globals.visibility = bytes("name visibility", names);
  globals.type = bytes("name type", names);
  globals.commonSize = floats("common size", names);
  globals.commonAlign = floats("common align", names);
  globals.address = floats("name address", names);
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
  link.addresses = new Addresses(
    table,
    globals,
    link.outputs,
    link.ehFrame,
    link.scan.plt,
    link.scan.got.count,
    link.placement,
  );
  link.names.restore(link.outputs, options);
  link.names.settle(link.outputs, link.order, link.base, link.addresses);
  const session = new LinkSession(link, inputs, true);
  session.properties = ints("properties", objects);
  session.stacks = ints("stacks", objects);
  session.room = floats("section room", sections);
  session.keys = ints("section key", sections);
  session.entries = ints("entries", saved.entryCount);
  session.strings = ints("strings", saved.entryCount);
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

function column(name: string, values: Int32Array | Float64Array | Uint8Array, length: number): StateTable {
  const used = values instanceof Float64Array ? length * 2 : length;
  const words = new PagedWords(name, Math.max(1, used));
  if (values instanceof Float64Array) new Float64Array(words.words.buffer, 0, length).set(values.subarray(0, length));
  else words.words.set(values.subarray(0, length));
  return { name, words, used };
}
