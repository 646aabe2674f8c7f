/** What edits are made of. */

import { choose, hash } from "./hash.js";
import { type FuncItem, type Id, type Item, MAIN, type Program, type Step, withItem } from "./program.js";

/** Few, so that names that were given up are soon given anew. */
const NAMES = Array.from({ length: 48 }, (_, index) => `n${index}`);

const STEPS = 8;
const STEPS_OF_MAIN = 40;

/** The item of this kind that `random` says. */
export function pick<K extends Item["kind"]>(
  program: Program,
  kind: K,
  random: number,
): Extract<Item, { kind: K }> | undefined {
  const items = program.items.filter((item): item is Extract<Item, { kind: K }> => item.kind === kind);
  return items.length === 0 ? undefined : choose(items, random);
}

/** A function that is not main. */
export function pickFunc(program: Program, random: number): FuncItem | undefined {
  const items = program.items.filter((item) => item.kind === "func" && item.id !== MAIN);
  return items.length === 0 ? undefined : (choose(items, random) as FuncItem);
}

export function pickScope({ manifests }: Program, random: number): number {
  return (random >>> 5) % manifests;
}

/** A name that no function, data or extern of `scope` has, mostly from the low end. */
export function freeName(program: Program, scope: number, random: number): string {
  const taken = new Set(
    program.items.flatMap((item) =>
      "name" in item && item.kind !== "export" && item.scope === scope ? [item.name] : [],
    ),
  );
  const start = random % 24;
  const free = [...NAMES.slice(start), ...NAMES.slice(0, start)].find((name) => !taken.has(name));
  return free ?? `n${program.nextId + NAMES.length}`;
}

/** Adds an item, and a step that uses it to a function that `random` says. */
export function added(program: Program, make: (id: Id) => Item, random: number): Program {
  const item = make(program.nextId);
  const items = [...program.items];
  items.splice(hash(random) % (items.length + 1), 0, item);
  return withStep({ ...program, items, nextId: program.nextId + 1 }, item.id, random);
}

/** Lets some function that can use `target`, or else main, use it. */
export function withStep(program: Program, target: Id, random: number): Program {
  const item = program.items.find(({ id }) => id === target)!;
  const level = item.kind === "func" ? item.level : -1;
  const users = program.items.filter(
    (each) => each.kind === "func" && each.id !== target && each.level > level && each.scope === item.scope,
  );
  const main = program.items.find(({ id }) => id === MAIN);
  const user = (users.length === 0 || hash(random, 4) % 2 === 0 ? main : choose(users, hash(random, 1))) as FuncItem;
  return withItem(program, user, { steps: withOneMore(user, stepFor(target, random)) });
}

export function stepFor(target: Id | undefined, random: number): Step {
  return { target, how: hash(random, 2), value: hash(random, 3) };
}

/** The steps of `func` and one more, which takes the place of another where there are many. */
export function withOneMore(func: FuncItem, step: Step): readonly Step[] {
  const { steps } = func;
  if (steps.length < (func.id === MAIN ? STEPS_OF_MAIN : STEPS)) return [...steps, step];
  return steps.map((each, index) => (index === step.value % steps.length ? step : each));
}

/** Something that a function or data in `scope` might refer to, and exports too. */
export function pickTarget(program: Program, scope: number, random: number): Id | undefined {
  const targets = program.items.filter((item) => item.scope === scope || item.kind === "uav");
  return targets.length === 0 ? undefined : choose(targets, random).id;
}

export const ALIGNS: readonly number[] = [1, 1, 2, 4, 8, 16, 32, 64, 256, 4096];
