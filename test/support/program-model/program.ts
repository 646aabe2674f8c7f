/**
 * Programs as values: what a compiler would hand to the linker, in a form that can be edited anywhere, rendered to
 * manifests (`render.ts`) and evaluated to what the linked program must print (`evaluate.ts`).
 *
 * Items refer to each other by `Id`, never by name, and how one uses another is chosen when it is rendered, from what
 * the other is by then. So every edit is possible at every time: what used a function that has become data reads the
 * data, and what used something that is gone uses nothing.
 */

import type { FaultKind } from "./faults.js";

/** `pie` is an executable that relocates itself; `obj` is linked by GNU ld before it runs. */
export type Output = "exe" | "pie" | "obj";

export type Id = number;

/** One thing that a function does: it uses `target` in one of the ways that fit it, or a constant, and mixes in what it got. */
export interface Step {
  readonly target: Id | undefined;
  /** Chooses among the ways. */
  readonly how: number;
  /** A number to mix in, unsigned 32 bits. */
  readonly value: number;
}

export interface FuncItem {
  readonly kind: "func";
  readonly id: Id;
  readonly scope: number;
  readonly name: string;
  /** A function calls only those of lower levels, so that all calls end. */
  readonly level: number;
  /** In bytes; 0 for the target's default. */
  readonly align: number;
  readonly spelling: "bytes" | "asm";
  readonly seed: number;
  /** Bytes of instructions that do nothing, in front of the last ones. */
  readonly nops: number;
  readonly steps: readonly Step[];
}

/** A relocation in data, in a field of its own of eight bytes. */
export interface Pointer {
  readonly target: Id;
  readonly way: "64" | "PC32" | "SIZE32";
  readonly addend: number;
}

export interface Contents {
  /** `typed` is a value of `type`, and the same as `hex` where there is no such type. */
  readonly form: "hex" | "base64" | "text" | "zero" | "typed";
  /** Unsigned 32 bits each; they come first, then `padding` bytes, then the pointers. */
  readonly words: readonly number[];
  readonly padding: number;
  readonly pointers: readonly Pointer[];
  readonly type: Id | undefined;
}

export interface DataItem {
  readonly kind: "data";
  readonly id: Id;
  readonly scope: number;
  readonly name: string;
  readonly align: number;
  readonly writable: boolean;
  /** Of a writable one only. */
  readonly threadlocal: boolean;
  readonly contents: Contents;
}

/** An unnamed value: it is in the program where something uses it. */
export interface UavItem {
  readonly kind: "uav";
  readonly id: Id;
  readonly scope: number;
  readonly contents: Contents;
}

export type FieldType = "u8" | "u16" | "u32" | "u64" | "ptr";

export interface TypeItem {
  readonly kind: "type";
  readonly id: Id;
  readonly scope: number;
  readonly name: string;
  readonly layout: "auto" | "extern";
  readonly fields: readonly { readonly name: string; readonly type: FieldType }[];
}

export interface EnumItem {
  readonly kind: "enum";
  readonly id: Id;
  readonly scope: number;
  readonly name: string;
  /** Four characters or more each. */
  readonly tags: readonly string[];
}

/** The error set of a scope. Each has exactly one, which may be empty: it has no name to be removed by. */
export interface ErrorsItem {
  readonly kind: "errors";
  readonly id: Id;
  readonly scope: number;
  readonly names: readonly string[];
}

export interface ExportItem {
  readonly kind: "export";
  readonly id: Id;
  readonly scope: number;
  readonly name: string;
  /** A function, data, uav, other export or extern of the same scope. */
  readonly of: Id;
  readonly linkage: "strong" | "weak" | "internal";
  readonly visibility: "default" | "hidden" | "protected";
}

export interface ExternItem {
  readonly kind: "extern";
  readonly id: Id;
  readonly scope: number;
  readonly name: string;
  readonly is: "func" | "object";
  readonly weak: boolean;
}

export type Item = FuncItem | DataItem | UavItem | TypeItem | EnumItem | ErrorsItem | ExportItem | ExternItem;

/** What has a place in the image. */
export type Atom = FuncItem | DataItem | UavItem;

export interface Program {
  readonly output: Output;
  /** How many manifests there are: items are of scope 0 up to one less. */
  readonly manifests: number;
  /** What `_start` exports: an index into ENTRIES of runtime.ts. */
  readonly entry: number;
  readonly items: readonly Item[];
  readonly nextId: Id;
  /** What is wrong with it, in one of its manifests; it has no output then. */
  readonly fault: { readonly kind: FaultKind; readonly salt: number } | undefined;
}

/** The function that all others are called from. It is in every program, under this id and name. */
export const MAIN: Id = 0;
const MAIN_LEVEL = 9;

/** A program that does next to nothing. */
export function emptyProgram(output: Output, manifests = 1): Program {
  const main: FuncItem = {
    kind: "func",
    id: MAIN,
    scope: 0,
    name: "main",
    level: MAIN_LEVEL,
    align: 0,
    spelling: "asm",
    seed: 1,
    nops: 0,
    steps: [],
  };
  const errors = Array.from({ length: manifests }, (_, scope): ErrorsItem => {
    return { kind: "errors", id: scope + 1, scope, names: [] };
  });
  return { output, manifests, entry: 0, items: [main, ...errors], nextId: manifests + 1, fault: undefined };
}

/** `program` with an item changed, where `change` gives another. */
export function withItem<T extends Item>(program: Program, item: T, change: Partial<T>): Program {
  return { ...program, items: program.items.map((each) => (each === item ? { ...item, ...change } : each)) };
}

/** `program` without an item, and without what only made sense with it. */
export function withoutItem(program: Program, id: Id): Program {
  const items = program.items.flatMap((item): Item[] => {
    if (item.id === id) return [];
    if (item.kind === "func") return [{ ...item, steps: item.steps.filter(({ target }) => target !== id) }];
    if (item.kind !== "data" && item.kind !== "uav") return [item];
    const { contents } = item;
    return [{ ...item, contents: { ...contents, pointers: contents.pointers.filter(({ target }) => target !== id) } }];
  });
  return withoutDangling({ ...program, items });
}

/** Exports of what is gone go too, and then what exports those. */
function withoutDangling(program: Program): Program {
  const ids = new Set(program.items.map(({ id }) => id));
  const gone = program.items.find((item) => item.kind === "export" && !ids.has(item.of));
  return gone === undefined ? program : withoutItem(program, gone.id);
}
