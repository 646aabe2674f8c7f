/** Edits of functions. */

import type { Change } from "./edit.js";
import { ALIGNS, added, freeName, pick, pickFunc, pickScope, pickTarget, stepFor, withOneMore } from "./edit-tools.js";
import { choose, hash } from "./hash.js";
import { type DataItem, type FuncItem, type Id, type Program, withItem, withoutItem } from "./program.js";

const LEVELS = 4;

export const FUNC_EDITS: Readonly<Record<string, Change>> = {
  "add a function": addFunction,
  "add another function": addFunction,
  "remove a function": (program, { a }) => {
    const func = pickFunc(program, a);
    return func && withoutItem(program, func.id);
  },
  "change a function at its size": (program, { a, b }) => {
    const func = pick(program, "func", a);
    return func && withItem(program, func, { seed: hash(b) });
  },
  "grow a function": (program, { a, b }) => {
    const func = pick(program, "func", a);
    return func && withItem(program, func, { nops: Math.min(func.nops + 1 + (b % 40), 20_000) });
  },
  "grow a function by much": (program, { a, b }) => {
    const func = pick(program, "func", a);
    return func && withItem(program, func, { nops: 500 + (b % 12_000) });
  },
  "shrink a function": (program, { a, b }) => {
    const func = pick(program, "func", a);
    return func && withItem(program, func, { nops: Math.max(0, func.nops - 1 - (b % 100)) });
  },
  "shrink a function to its least": (program, { a }) => {
    const func = pick(program, "func", a);
    return func && withItem(program, func, { nops: 0, steps: func.steps.slice(0, func.id === 0 ? undefined : 1) });
  },
  "align a function": (program, { a, b }) => {
    const func = pick(program, "func", a);
    return func && withItem(program, func, { align: choose([0, ...ALIGNS], b) });
  },
  "spell a function in the other way": (program, { a }) => {
    const func = pick(program, "func", a);
    return func && withItem(program, func, { spelling: func.spelling === "asm" ? "bytes" : "asm" });
  },
  "let a function do more": (program, { a, b, c }) => {
    const func = pick(program, "func", a);
    return (
      func && withItem(program, func, { steps: withOneMore(func, stepFor(pickTarget(program, func.scope, b), c)) })
    );
  },
  "let a function do less": (program, { a, b }) => {
    const func = pick(program, "func", a);
    if (func === undefined || func.steps.length === 0) return undefined;
    return withItem(program, func, { steps: func.steps.toSpliced(b % func.steps.length, 1) });
  },
  "retarget a step": (program, { a, b, c }) => {
    const func = pick(program, "func", a);
    if (func === undefined || func.steps.length === 0) return undefined;
    const target = pickTarget(program, func.scope, c);
    return withItem(program, func, { steps: func.steps.with(b % func.steps.length, stepFor(target, c)) });
  },
  "use the same in another way": (program, { a, b, c }) => {
    const func = pick(program, "func", a);
    if (func === undefined || func.steps.length === 0) return undefined;
    const at = b % func.steps.length;
    return withItem(program, func, { steps: func.steps.with(at, stepFor(func.steps[at]!.target, c)) });
  },
  "turn a function into data": (program, { a, b }) => {
    const func = pickFunc(program, a);
    return func && replaced(program, func.id, dataInstead(func, b));
  },
  "turn data into a function": (program, { a, b }) => {
    const data = pick(program, "data", a);
    return data && replaced(program, data.id, functionInstead(data, b));
  },
};

function addFunction(program: Program, { a, b, c }: { a: number; b: number; c: number }): Program {
  const scope = pickScope(program, a);
  const make = (id: Id): FuncItem => ({
    kind: "func",
    id,
    scope,
    name: freeName(program, scope, a),
    level: a % LEVELS,
    align: b % 3 === 0 ? choose(ALIGNS, b >>> 4) : 0,
    spelling: b % 2 === 0 ? "asm" : "bytes",
    seed: hash(c, 1),
    nops: b % 64,
    steps: Array.from({ length: 1 + (c % 4) }, (_, index) =>
      stepFor(pickTarget(program, scope, hash(c, 2, index)), hash(c, 3, index)),
    ),
  });
  return added(program, make, c);
}

function replaced(program: Program, id: Id, by: FuncItem | DataItem): Program {
  return { ...program, items: program.items.map((item) => (item.id === id ? by : item)) };
}

function dataInstead({ id, scope, name, seed, align }: FuncItem, random: number): DataItem {
  const contents = { form: "hex", words: [seed, random], padding: 0, pointers: [], type: undefined } as const;
  const writable = random % 2 === 0;
  return { kind: "data", id, scope, name, align: align || 4, writable, threadlocal: false, contents };
}

function functionInstead({ id, scope, name, align, contents }: DataItem, random: number): FuncItem {
  const seed = contents.words[0] ?? random;
  const spelling = random % 2 === 0 ? "asm" : "bytes";
  return { kind: "func", id, scope, name, level: random % LEVELS, align, spelling, seed, nops: 0, steps: [] };
}
