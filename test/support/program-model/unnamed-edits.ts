/** Edits of unnamed values, of types, and of error sets. */

import { contentsFor } from "./content-edits.js";
import type { Change, Edit } from "./edit.js";
import { added, pick, pickFunc, pickScope, stepFor, withOneMore, withStep } from "./edit-tools.js";
import { choose, hash } from "./hash.js";
import {
  type DataItem,
  type FieldType,
  type Id,
  type Program,
  type TypeItem,
  type UavItem,
  withItem,
  withoutItem,
} from "./program.js";

const FIELD_TYPES: readonly FieldType[] = ["u32", "u8", "u16", "u64", "ptr", "u32"];
const FIELD_NAMES = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"];
const TAGS = Array.from({ length: 16 }, (_, index) => `${choose(FIELD_NAMES, index)}${index}`.padEnd(4, "x"));
const ERRORS = ["OutOfMemory", "NotFound", "Busy", "Interrupted", "Closed", "TooLarge"];

export const UNNAMED_EDITS: Readonly<Record<string, Change>> = {
  "add an unnamed value": addUav,
  "add another unnamed value": addUav,
  "let an unnamed value be used once more": (program, { a, c }) => {
    const uav = pick(program, "uav", a);
    return uav && withStep(program, uav.id, c);
  },
  "let an unnamed value be used by a function of any manifest": (program, { a, b, c }) => {
    const [uav, func] = [pick(program, "uav", a), pickFunc(program, b)];
    return uav && func && withItem(program, func, { steps: withOneMore(func, stepFor(uav.id, c)) });
  },
  "use an unnamed value no more in one function": (program, { a, b }) => {
    const uav = pick(program, "uav", a);
    const users = program.items.filter(
      (item) => item.kind === "func" && item.steps.some((step) => step.target === uav?.id),
    );
    if (uav === undefined || users.length === 0) return undefined;
    const user = choose(users, b);
    return user.kind === "func"
      ? withItem(program, user, { steps: user.steps.filter(({ target }) => target !== uav.id) })
      : undefined;
  },
  "remove an unnamed value": (program, { a }) => {
    const uav = pick(program, "uav", a);
    return uav && withoutItem(program, uav.id);
  },
  "add a type and a value of it": (program, { a, b, c }) => {
    const scope = pickScope(program, a);
    const fields = Array.from({ length: 1 + (b % 5) }, (_, index) => ({
      name: FIELD_NAMES[index]!,
      type: choose(FIELD_TYPES, hash(b, index)),
    }));
    const type: TypeItem = {
      kind: "type",
      id: program.nextId,
      scope,
      name: typeName(program, scope, a),
      layout: b % 2 === 0 ? "auto" : "extern",
      fields,
    };
    const withType = { ...program, items: [...program.items, type], nextId: program.nextId + 1 };
    return typed(addUav(withType, { op: 0, a, b, c }), type, c);
  },
  "give data a type": (program, { a, b, c }) => {
    const [type, data] = [pick(program, "type", b), pick(program, c % 3 === 0 ? "uav" : "data", a)];
    return type && data && typedItem(program, data, type);
  },
  "change a field": (program, { a, b, c }) => {
    const type = pick(program, "type", a);
    if (type === undefined) return undefined;
    const at = b % type.fields.length;
    const field = { ...type.fields[at]!, type: choose(FIELD_TYPES, c) };
    return withItem(program, type, { fields: type.fields.with(at, field) });
  },
  "add a field": (program, { a, c }) => {
    const type = pick(program, "type", a);
    const name = FIELD_NAMES.find((each) => type?.fields.every((field) => field.name !== each));
    if (type === undefined || name === undefined) return undefined;
    return withItem(program, type, { fields: [...type.fields, { name, type: choose(FIELD_TYPES, c) }] });
  },
  "remove a field": (program, { a, b }) => {
    const type = pick(program, "type", a);
    if (type === undefined || type.fields.length < 2) return undefined;
    return withItem(program, type, { fields: type.fields.toSpliced(b % type.fields.length, 1) });
  },
  "turn the fields of a type around": (program, { a }) => {
    const type = pick(program, "type", a);
    return type && withItem(program, type, { fields: type.fields.toReversed() });
  },
  "lay out a type in the other way": (program, { a }) => {
    const type = pick(program, "type", a);
    return type && withItem(program, type, { layout: type.layout === "auto" ? "extern" : "auto" });
  },
  "rename a type": (program, { a, b }) => {
    const type = pick(program, b % 2 === 0 ? "type" : "enum", a);
    return type && withItem(program, type, { name: typeName(program, type.scope, b) });
  },
  "use a type no more": (program, { a }) => {
    const type = pick(program, "type", a);
    return type && withForm(program, type.id);
  },
  "remove a type": (program, { a, b }) => {
    const type = pick(program, b % 2 === 0 ? "type" : "enum", a);
    return type && withoutItem(withForm(program, type.id), type.id);
  },
  "add an enum": (program, { a, b, c }) => {
    const scope = pickScope(program, a);
    const name = typeName(program, scope, a);
    const tags = TAGS.slice(b % 6, (b % 6) + 1 + (c % 5));
    return added(program, (id) => ({ kind: "enum", id, scope, name, tags }), c);
  },
  "use an enum once more": (program, { a, c }) => {
    const item = pick(program, "enum", a);
    return item && withStep(program, item.id, c);
  },
  "change the tags of an enum": (program, { a, b, c }) => {
    const item = pick(program, "enum", a);
    return item && withItem(program, item, { tags: TAGS.slice(b % 6, (b % 6) + 1 + (c % 5)) });
  },
  "change the errors": (program, { a, b, c }) => {
    const errors = pick(program, "errors", a);
    return errors && withItem(program, errors, { names: ERRORS.slice(b % 3, (b % 3) + (c % 4)) });
  },
  "look at the errors": (program, { a, c }) => {
    const errors = pick(program, "errors", a);
    return errors && withStep(program, errors.id, c);
  },
};

function addUav(program: Program, { a, c }: Edit): Program {
  const scope = pickScope(program, a);
  const contents = contentsFor(program, scope, hash(c, 7));
  const form = c % 3 === 0 ? ("text" as const) : contents.form;
  return added(program, (id: Id): UavItem => ({ kind: "uav", id, scope, contents: { ...contents, form } }), c);
}

/** Gives the item that was added last the type. */
function typed(program: Program, type: TypeItem, random: number): Program {
  const last = program.items.find(({ id }) => id === program.nextId - 1) as UavItem;
  if (random % 2 === 0) return typedItem(program, last, type);
  const data: DataItem = {
    ...last,
    kind: "data",
    name: `typed${last.id}`,
    align: 8,
    writable: random % 4 === 1,
    threadlocal: false,
  };
  const items = program.items.map((item) => (item === last ? data : item));
  return typedItem({ ...program, items }, data, type);
}

function typedItem(program: Program, item: DataItem | UavItem, type: TypeItem): Program {
  return withItem<DataItem | UavItem>(program, item, { contents: { ...item.contents, form: "typed", type: type.id } });
}

/** Spells values of a type in hexadecimal. */
function withForm(program: Program, type: Id): Program {
  const items = program.items.map((item) => {
    if ((item.kind !== "data" && item.kind !== "uav") || item.contents.type !== type) return item;
    return { ...item, contents: { ...item.contents, form: "hex" as const, type: undefined } };
  });
  return { ...program, items };
}

function typeName(program: Program, scope: number, random: number): string {
  const taken = new Set(
    program.items.flatMap((item) =>
      (item.kind === "type" || item.kind === "enum") && item.scope === scope ? [item.name] : [],
    ),
  );
  const names = Array.from({ length: 8 }, (_, index) => `T${(random + index) % 8}`);
  return names.find((name) => !taken.has(name)) ?? `T${program.nextId + 8}`;
}
