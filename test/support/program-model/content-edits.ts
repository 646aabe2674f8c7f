/** Edits of constants, variables and the contents of unnamed values. */

import type { Change, Edit } from "./edit.js";
import { ALIGNS, added, freeName, pick, pickScope, pickTarget } from "./edit-tools.js";
import { choose, hash } from "./hash.js";
import {
  type Contents,
  type DataItem,
  type Id,
  type Pointer,
  type Program,
  type UavItem,
  withItem,
  withoutItem,
} from "./program.js";

const FORMS = ["hex", "zero", "base64", "text", "hex"] as const;
const WAYS = ["64", "64", "PC32", "SIZE32"] as const;
const POINTERS = 6;
/** The start code has room for so much thread-local data. */
const THREADLOCAL_ALIGN = 256;

export const CONTENT_EDITS: Readonly<Record<string, Change>> = {
  "add data": addData,
  "add more data": addData,
  "add thread-local data": (program, edit) => {
    const [first, last] = [addData(program, edit), program.nextId];
    const data = first.items.find(({ id }) => id === last) as DataItem;
    return threadlocal(first, data, edit);
  },
  "remove data": (program, { a }) => {
    const data = pick(program, "data", a);
    return data && withoutItem(program, data.id);
  },
  "change data at its size": changeContents(({ words }, { c }) => ({
    words: words.map((word, index) => (index === c % words.length ? hash(word, c) : word)),
  })),
  "grow data": changeContents(({ words }, { c }) => ({ words: [...words, c].slice(0, 20) })),
  "grow data by much": changeContents((_, { c }) => ({ padding: 100 + (c % 9000) })),
  "shrink data": changeContents(({ words }) => ({ padding: 0, words: words.slice(0, -1) })),
  "spell data in another way": changeContents((_, { c }) => ({ form: choose(FORMS, c) })),
  "change data to zeros or from them": changeContents(({ form }) => ({ form: form === "zero" ? "hex" : "zero" })),
  "add a pointer": changePointers((pointers, pointer) => [...pointers, pointer].slice(-POINTERS)),
  "add another pointer": changePointers((pointers, pointer) => [...pointers, pointer].slice(-POINTERS)),
  "remove a pointer": changePointers((pointers) => pointers.slice(1)),
  "retarget a pointer": changePointers((pointers, pointer) => [pointer, ...pointers.slice(1)]),
  "align data": (program, { a, b }) => {
    const data = pick(program, "data", a);
    return data && withItem(program, data, { align: alignFor(data.threadlocal, b) });
  },
  "change data from const to var or back": (program, { a }) => {
    const data = pick(program, "data", a);
    return data && withItem(program, data, { writable: !data.writable, threadlocal: false });
  },
  "change data to thread-local or back": (program, edit) => {
    const data = pick(program, "data", edit.a);
    if (data === undefined) return undefined;
    return data.threadlocal ? withItem(program, data, { threadlocal: false }) : threadlocal(program, data, edit);
  },
};

/** Contents that follow from a number. */
export function contentsFor(program: Program, scope: number, random: number): Contents {
  const words = Array.from({ length: hash(random, 1) % 6 }, (_, index) => hash(random, 2, index));
  const pointers = Array.from({ length: Math.max(0, (hash(random, 3) % 5) - 2) }, (_, index) =>
    pointerFor(program, scope, hash(random, 4, index)),
  ).filter((pointer) => pointer !== undefined);
  return { form: choose(FORMS, hash(random, 5)), words, padding: 0, pointers, type: undefined };
}

function pointerFor(program: Program, scope: number, random: number): Pointer | undefined {
  const target = pickTarget(program, scope, hash(random, 1));
  const addend = random % 3 === 0 ? 4 * (hash(random, 2) % 4) : 0;
  return target === undefined ? undefined : { target, way: choose(WAYS, hash(random, 3)), addend };
}

function addData(program: Program, { a, b, c }: Edit): Program {
  const scope = pickScope(program, a);
  const make = (id: Id): DataItem => ({
    kind: "data",
    id,
    scope,
    name: freeName(program, scope, a),
    align: choose(ALIGNS, b),
    writable: b % 3 !== 0,
    threadlocal: false,
    contents: contentsFor(program, scope, c),
  });
  return added(program, make, c);
}

function threadlocal(program: Program, data: DataItem, { b }: Edit): Program {
  return withItem(program, data, { writable: true, threadlocal: true, align: alignFor(true, b) });
}

function alignFor(isThreadlocal: boolean, random: number): number {
  const align = choose(ALIGNS, random);
  return isThreadlocal ? Math.min(align, THREADLOCAL_ALIGN) : align;
}

function changeContents(change: (contents: Contents, edit: Edit) => Partial<Contents>): Change {
  return (program, edit) => {
    const item: DataItem | UavItem | undefined =
      edit.b % 4 === 0 ? pick(program, "uav", edit.a) : pick(program, "data", edit.a);
    return item && withItem(program, item, { contents: { ...item.contents, ...change(item.contents, edit) } });
  };
}

function changePointers(change: (pointers: readonly Pointer[], pointer: Pointer) => readonly Pointer[]): Change {
  return (program, edit) => {
    const item: DataItem | UavItem | undefined =
      edit.b % 4 === 0 ? pick(program, "uav", edit.a) : pick(program, "data", edit.a);
    const pointer = item && pointerFor(program, item.scope, edit.c);
    if (item === undefined || pointer === undefined) return undefined;
    const { contents } = item;
    // Text and zeros have no pointers.
    const form = contents.form === "typed" ? "typed" : "hex";
    return withItem(program, item, { contents: { ...contents, form, pointers: change(contents.pointers, pointer) } });
  };
}
