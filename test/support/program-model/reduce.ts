/** Makes a failing program small. It knows what programs are made of, and is done long before shrinking edits is. */

import { type Item, MAIN, type Program, withItem, withoutItem } from "./program.js";

/** A program that fails still, though nothing can be left out of it. */
export async function reduced(program: Program, fails: (program: Program) => Promise<boolean>): Promise<Program> {
  for (let current = program; ; ) {
    const smaller = await firstThatFails(candidates(current), fails);
    if (smaller === undefined) return current;
    current = smaller;
  }
}

async function firstThatFails(
  programs: Iterable<Program>,
  fails: (program: Program) => Promise<boolean>,
): Promise<Program | undefined> {
  for (const program of programs) if (await fails(program)) return program;
  return undefined;
}

function* candidates(program: Program): Generator<Program> {
  if (program.entry !== 0) yield { ...program, entry: 0 };
  for (const item of program.items) if (item.id !== MAIN && item.kind !== "errors") yield withoutItem(program, item.id);
  for (const item of program.items)
    for (const change of simplerForms(item)) yield withItem<Item>(program, item, change);
}

function* simplerForms(item: Item): Generator<Partial<Item>> {
  if (item.kind === "errors" && item.names.length > 0) yield { names: item.names.slice(1) };
  if (item.kind === "func") {
    for (let at = 0; at < item.steps.length; at++) yield { steps: item.steps.toSpliced(at, 1) };
    if (item.nops > 0) yield { nops: 0 };
    if (item.align !== 0) yield { align: 0 };
    if (item.spelling === "asm") yield { spelling: "bytes" };
  } else if (item.kind === "data" || item.kind === "uav") {
    const { contents } = item;
    if (contents.words.length > 0) yield { contents: { ...contents, words: contents.words.slice(1) } };
    if (contents.padding > 0) yield { contents: { ...contents, padding: 0 } };
    for (let at = 0; at < contents.pointers.length; at++)
      yield { contents: { ...contents, pointers: contents.pointers.toSpliced(at, 1) } };
  }
}
