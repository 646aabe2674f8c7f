/** Chooses what a step does: one of the actions that fit what its target is, and where it is used from. */

import type { Action, Way } from "./action.js";
import * as on from "./action.js";
import type { Cell } from "./contents.js";
import { choose } from "./hash.js";
import * as more from "./more-actions.js";
import type { DataItem, EnumItem, ErrorsItem, FuncItem, Step, UavItem } from "./program.js";
import type { Place, View } from "./view.js";

/** What a function asks of unnamed values; of those behind an export it cannot ask anything. */
const ALIGNS = [1, 1, 2, 8, 16, 64, 256, 4096];
/** Functions below may be called too often. */
const PRINTING_LEVEL = 3;

/** The action, or none where the function cannot refer to the target. */
export function planStep(view: View, func: FuncItem, step: Step): readonly Action[] {
  if (step.target === undefined) return [on.constant(step.value)];
  const item = view.item(step.target);
  if (item?.kind === "enum") return item.scope === func.scope ? [lazyOfEnum(item, step)] : [];
  if (item?.kind === "errors") return item.scope === func.scope ? [errorNames(item, step)] : [];
  const place = view.place(func.scope, step.target);
  if (item === undefined || place === undefined) return [];
  const { atom } = place;
  const isThreadlocal = atom?.kind === "data" && atom.threadlocal;
  // What is weak must be used in the same way whether it is there or not.
  if (atom === undefined || (item.kind === "extern" && item.weak && !isThreadlocal))
    return [weakUse(place, func, step)];
  if (atom.kind === "func") return [choose(usesOfFunc(view, func, place, atom), step.how)];
  if (isThreadlocal) return [choose(usesOfThreadlocal(view, func, place, atom, step), step.how)];
  const align = item.kind === "uav" ? choose(ALIGNS, step.how >>> 12) : atom.kind === "data" ? atom.align : 1;
  return [choose(usesOfData(view, func, place, atom, step, align), step.how)];
}

function weakUse(place: Place, user: FuncItem, { how }: Step): Action {
  const { atom } = place;
  const isCallable = atom?.kind === "func" && atom.level < user.level;
  if (how % 2 === 0 || (atom !== undefined && !isCallable)) return on.probe(place);
  return on.callIfThere(place, isCallable ? atom : undefined);
}

function usesOfFunc(view: View, user: FuncItem, place: Place, func: FuncItem): Action[] {
  const ways: Way[] = view.program.output === "pie" ? ["relative", "table"] : ["relative", "table", "absolute"];
  const align = func.align === 0 ? 16 : func.align;
  const address = [
    ...ways.map((way) => on.aligned(place, align, way)),
    on.size(place, () => view.size(func), align),
    on.distance(place, 3),
    ...ends(view, place, "etext"),
  ];
  if (func.level >= user.level) return address;
  const calls = [
    on.call(place, func, "PLT32"),
    on.call(place, func, "PC32"),
    on.callThroughTable(place, func),
    ...ways.map((way) => on.callAddress(place, func, way)),
  ];
  // Mostly called: what does not run is not seen.
  return [...calls, ...calls, ...calls, ...address];
}

function usesOfThreadlocal(view: View, user: FuncItem, place: Place, atom: DataItem, { how, value }: Step): Action[] {
  const { plain, cells } = view.flat(atom);
  const near = atom.scope === user.scope ? cells.filter(({ type, place }) => type === "64" && place.atom) : [];
  const always = [
    more.alignedThreadlocal(place, atom.align),
    ...near.map((cell) => more.compareThreadlocalPointer(place, cell.offset, cell.place, cell.addend)),
  ];
  if (plain.length === 0) return always;
  const offset = choose(plain, how >>> 8);
  return [
    ...always,
    more.loadThreadlocal(place, atom, offset, false),
    more.loadThreadlocal(place, atom, offset, true),
    more.bumpThreadlocal(place, atom, offset, amountOf(value)),
  ];
}

/** `align` is what may be asked of the address. */
function usesOfData(
  view: View,
  user: FuncItem,
  place: Place,
  atom: DataItem | UavItem,
  step: Step,
  align: number,
): Action[] {
  const { plain, cells, bytes } = view.flat(atom);
  const { how, value } = step;
  const actions = [on.aligned(place, align, "relative")];
  if (bytes.length > 0) actions.push(...ends(view, place, "_end"));
  if (atom.kind === "data") actions.push(on.size(place, () => bytes.length, value & 15));
  if (plain.length > 0) {
    const offset = choose(plain, how >>> 8);
    const ways: Way[] = ["relative", "table"];
    if (view.program.output !== "pie") ways.push("absolute");
    if (atom.kind === "data") ways.push("inside");
    actions.push(...ways.map((way) => on.load(place, atom, offset, way, atom.kind === "uav" ? align : 1)));
    if (atom.kind === "data" && atom.writable) actions.push(on.bump(place, atom, offset, amountOf(value)));
  }
  const isFixed = atom.kind === "uav" || !atom.writable;
  if (atom.contents.form === "text" && isFixed && user.level >= PRINTING_LEVEL)
    actions.push(on.print(place, bytes), on.print(place, bytes));
  // A uav in another scope is the same only where it has no pointers.
  const isNear = atom.scope === user.scope;
  for (const cell of cells) actions.push(...usesOfCell(view, user, place, cell, isNear));
  return actions;
}

function usesOfCell(view: View, user: FuncItem, place: Place, cell: Cell, isNear: boolean): Action[] {
  const { offset, addend, type } = cell;
  const { atom } = cell.place;
  if (type === "SIZE32") return [more.loadRelocated(place, offset, () => view.size(atom!) + addend)];
  if (type === "PC32") return isNear ? [more.compareDistance(place, offset, cell.place, addend)] : [];
  if (atom === undefined) return [more.probePointer(place, offset, false)];
  if (type === "TPOFF64") {
    const isReadable = atom.kind === "data" && view.flat(atom).plain[0] === 0;
    return [isReadable ? more.loadPointedThreadlocal(place, offset, atom, 0) : more.probePointer(place, offset, true)];
  }
  const actions = [
    isNear ? more.comparePointer(place, offset, cell.place, addend) : more.probePointer(place, offset, true),
  ];
  if (atom.kind !== "func") {
    const at = view.flat(atom).plain.find((plain) => plain >= addend);
    if (at !== undefined) actions.push(more.loadPointed(place, offset, atom, at, addend));
  } else if (atom.level < user.level && addend === 0) actions.push(more.callPointer(place, offset, atom));
  return actions;
}

/** An object defines these symbols as absolute numbers, which mean nothing in the program that it becomes part of. */
function ends(view: View, place: Place, symbol: string): Action[] {
  return view.program.output === "obj" ? [] : [on.below(place, symbol)];
}

/** What does not fit a signed byte, so that there is one encoding. */
function amountOf(value: number): number {
  return (value >>> 2) | 0x1000;
}

function lazyOfEnum({ name, tags }: EnumItem, { how }: Step): Action {
  const tag = (how >>> 4) % tags.length;
  if (how % 4 === 0) return more.lazyName(name, 0xff, "");
  if (how % 4 < 3) return more.lazyName(name, tag, tags[tag]!);
  const contents = Buffer.from(tags.map((text) => `${text}\0`).join(""));
  return more.loadLazy((refs) => refs.lazy("data", name), contents, (how >>> 4) % (contents.length - 3));
}

/** docs/values.md, "Lazy symbols": a count, offsets, names. */
function errorNames({ names }: ErrorsItem, { how }: Step): Action {
  const text = Buffer.from(names.map((name) => `${name}\0`).join(""));
  const numbers = [names.length];
  let end = 4 * (names.length + 2);
  for (const name of names) {
    numbers.push(end);
    end += name.length + 1;
  }
  if (names.length > 0) numbers.push(end);
  const contents = Buffer.concat([Buffer.from(Uint32Array.from(numbers).buffer), text]);
  return more.loadLazy((refs) => refs.lazy("data", "anyerror"), contents, (how >>> 4) % (contents.length - 3));
}
