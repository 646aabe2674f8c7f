/** Edits of names, exports, externs and order. */

import type { Change } from "./edit.js";
import {
  added,
  freeName,
  pick,
  pickFunc,
  pickScope,
  pickTarget,
  stepFor,
  withOneMore,
  withStep,
} from "./edit-tools.js";
import { choose, hash } from "./hash.js";
import { type ExportItem, type ExternItem, type Id, type Program, withItem, withoutItem } from "./program.js";
import { ENTRIES } from "./runtime.js";

const LINKAGES = ["strong", "weak", "internal"] as const;
const VISIBILITIES = ["default", "hidden", "protected"] as const;

export const NAME_EDITS: Readonly<Record<string, Change>> = {
  "rename a function": (program, { a, b }) => {
    const func = pickFunc(program, a);
    return func && withItem(program, func, { name: freeName(program, func.scope, b) });
  },
  "rename data": (program, { a, b }) => {
    const data = pick(program, "data", a);
    return data && withItem(program, data, { name: freeName(program, data.scope, b) });
  },
  "let two change names": (program, { a, b }) => {
    const [func, data] = [pickFunc(program, a), pick(program, "data", b)];
    if (func === undefined || data === undefined || func.scope !== data.scope) return undefined;
    const renamed = withItem(program, func, { name: data.name });
    return withItem(renamed, data, { name: func.name });
  },
  "add an export": addExport,
  "add another export": addExport,
  "remove an export": (program, { a }) => {
    const item = pick(program, "export", a);
    return item && withoutItem(program, item.id);
  },
  "rename an export": (program, { a, b }) => {
    const item = pick(program, "export", a);
    return item && withItem(program, item, { name: globalName(b) });
  },
  "point an export elsewhere": (program, { a, b }) => {
    const item = pick(program, "export", a);
    const of = item && pickTarget(program, item.scope, b);
    return item && of !== undefined && of !== item.id ? withItem(program, item, { of }) : undefined;
  },
  "change the linkage of an export": (program, { a, b }) => {
    const item = pick(program, "export", a);
    return item && withItem(program, item, { linkage: choose(LINKAGES, b) });
  },
  "change the visibility of an export": (program, { a, b }) => {
    const item = pick(program, "export", a);
    return item && withItem(program, item, { visibility: choose(VISIBILITIES, b) });
  },
  "use an export in any manifest": (program, { a, b, c }) => {
    const [item, func] = [pick(program, "export", a), pick(program, "func", b)];
    return item && func && withItem(program, func, { steps: withOneMore(func, stepFor(item.id, c)) });
  },
  "export what another manifest exports, weakly": (program, { a, b, c }) => {
    const item = pick(program, "export", a);
    if (item === undefined || program.manifests === 1) return undefined;
    const scope = (item.scope + 1) % program.manifests;
    const of = pickTarget(program, scope, b);
    if (of === undefined) return undefined;
    const make = (id: Id): ExportItem => ({ ...item, id, scope, of, linkage: "weak" });
    return added(program, make, c);
  },
  "add an extern": addExtern,
  "add another extern": addExtern,
  "use an extern once more": (program, { a, c }) => {
    const item = pick(program, "extern", a);
    return item && withStep(program, item.id, c);
  },
  "define an extern": (program, { a, b, c }) => {
    const item = pick(program, "extern", a);
    const scope = pickScope(program, c);
    const of = pickTarget(program, scope, b);
    if (item === undefined || of === undefined) return undefined;
    return added(program, (id) => exportFor(id, scope, item.name, of, c), c);
  },
  "make an extern weak or strong": (program, { a }) => {
    const item = pick(program, "extern", a);
    return item && withItem(program, item, { weak: !item.weak });
  },
  "turn a function into an extern": (program, { a }) => {
    const func = pickFunc(program, a);
    if (func === undefined) return undefined;
    const { id, scope, name } = func;
    const item: ExternItem = { kind: "extern", id, scope, name, is: "func", weak: true };
    const items = program.items.map((each) => (each === func ? item : each));
    return { ...program, items };
  },
  "remove an extern": (program, { a }) => {
    const item = pick(program, "extern", a);
    return item && withoutItem(program, item.id);
  },
  "let the program begin elsewhere": (program, { a }) => ({ ...program, entry: a % ENTRIES.length }),
  "turn the order around": (program) => ({ ...program, items: program.items.toReversed() }),
  "move a declaration": (program, { a, b }) => {
    const at = a % program.items.length;
    const items = program.items.toSpliced(at, 1);
    items.splice(b % program.items.length, 0, program.items[at]!);
    return { ...program, items };
  },
  "shuffle the declarations": (program, { a }) => {
    return { ...program, items: program.items.toSorted((x, y) => hash(x.id, a) - hash(y.id, a)) };
  },
};

/** Names of exports; some are also names of functions and data. */
function globalName(random: number): string {
  return random % 4 === 0 ? `n${(random >>> 2) % 16}` : `e${(random >>> 2) % 24}`;
}

function exportFor(id: Id, scope: number, name: string, of: Id, random: number): ExportItem {
  const linkage = choose(LINKAGES, hash(random, 11));
  return { kind: "export", id, scope, name, of, linkage, visibility: choose(VISIBILITIES, hash(random, 12)) };
}

function addExport(program: Program, { a, b, c }: { a: number; b: number; c: number }): Program | undefined {
  const scope = pickScope(program, a);
  const of = pickTarget(program, scope, b);
  return of === undefined ? undefined : added(program, (id) => exportFor(id, scope, globalName(a), of, c), c);
}

function addExtern(program: Program, { a, b, c }: { a: number; b: number; c: number }): Program {
  const scope = pickScope(program, a);
  const known = pick(program, "export", b);
  const name = known !== undefined && c % 2 === 0 ? known.name : globalName(b);
  const is = c % 3 === 0 ? "object" : "func";
  return added(program, (id) => ({ kind: "extern", id, scope, name, is, weak: c % 4 !== 0 }), c);
}
