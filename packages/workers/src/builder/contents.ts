/** From what a caller gives as data to bytes in the arena and pending relocations. */

import { alignLog2Of, blame, DeclFlag, DeclKind, packAlign } from "@manifold/core";
import { addPending, Pending, type PendingValue, Target } from "../emit/pending.js";
import { checkRelocations } from "../emit/relocation-check.js";
import { DataBuilder } from "./data-builder.js";
import type { CurrentDeclaration } from "./declaration.js";
import { badDeclaration, checked, misuse } from "./failures.js";
import { Ref } from "./places.js";
import type { DataContents, Reference } from "./reference.js";

/** Contents whose relocations wait for being bound. */
export interface BuiltContents {
  readonly blob: number;
  readonly size: number;
  /** ZERO, ABSOLUTE. */
  readonly flags: number;
  readonly from: number;
  readonly to: number;
}

/** log2 of an alignment that the caller gave. */
export function alignment(declaration: CurrentDeclaration, align: number): number {
  const log2 = alignLog2Of(align);
  if (log2 === -1) throw badDeclaration(blame.badAlignment(align), declaration.name);
  return log2;
}

/** Makes the reference. */
export function makeRef(declaration: CurrentDeclaration, reference: Reference): Ref {
  if ("nav" in reference) {
    const { nav, offset = 0 } = reference;
    if ((offset | 0) !== offset || offset < 0)
      throw badDeclaration(blame.badSize("an offset", offset, 2 ** 31 - 1), declaration.name);
    return declaration.addRef(undefined, nav, offset);
  }
  const alignLog2 = alignment(declaration, reference.uav.align ?? 1);
  const { blob, size, flags, from, to } = buildContents(declaration, reference.uav, true);
  return declaration.addRef({
    blob,
    size,
    flags: DeclKind.UAV | packAlign(alignLog2) | flags,
    source: declaration.source,
    from,
    to,
    key: undefined,
    bound: "no",
  } satisfies PendingValue);
}

/** Writes contents into the arena; with `solid` also zeros, which in read-only sections take space. */
export function buildContents(declaration: CurrentDeclaration, contents: DataContents, solid: boolean): BuiltContents {
  if (isPlainText(contents)) return plainText(declaration, contents.text);
  const data = new DataBuilder({
    name: declaration.name,
    ref: (reference) => makeRef(declaration, reference),
  });
  fill(data, contents, declaration.name);
  const zero = data.isZero ? DeclFlag.ZERO : 0;
  const size = data.length;
  const from = declaration.pending.count;
  for (const relocation of data.relocations) {
    const target =
      relocation.place instanceof Ref
        ? declaration.targetOfRef(relocation.place)
        : declaration.targetOfName(relocation.place);
    const { offset, type, addend } = relocation;
    const at = addPending(declaration.pending, offset, type, addend, Target.FIRST - target);
    declaration.pending.words[at + Pending.SOURCE] = declaration.source;
  }
  const to = declaration.pending.count;
  const absolute = checked(declaration.name, () => checkRelocations(declaration.pending, from, to, size, zero));
  const blob = zero && !solid ? declaration.arena.top : declaration.write(data.bytes);
  return { blob, size, flags: absolute | (solid ? 0 : zero), from, to };
}

/** Text with nothing else, the most frequent of unnamed values, goes straight into the arena. */
function isPlainText(contents: DataContents): contents is { readonly text: string } {
  return (
    "text" in contents && !("relocs" in contents || "bytes" in contents || "zero" in contents || "data" in contents)
  );
}

function plainText(declaration: CurrentDeclaration, text: string): BuiltContents {
  const blob = declaration.arena.top;
  const size = declaration.text.write(text);
  const { count } = declaration.pending;
  return { blob, size, flags: 0, from: count, to: count };
}

function fill(data: DataBuilder, contents: DataContents, name: string): void {
  const given = (["bytes", "text", "zero", "data"] as const).filter((key) => key in contents);
  if (given.length !== 1)
    throw badDeclaration(
      blame.contentsCount(
        "data",
        given.map((key) => `"${key}"`),
      ),
      name,
    );
  if ("data" in contents) refuseAsync(contents.data(data), name);
  else if ("zero" in contents) data.zero(contents.zero);
  else {
    if ("bytes" in contents) data.raw(contents.bytes);
    else data.text(contents.text);
    for (const [offset, type, target, addend] of contents.relocs ?? []) {
      // Beyond 32 bits is outside of any data; the check must see it so.
      data.relocationAt((offset | 0) === offset ? offset : -1, type, target, addend);
    }
  }
}

/** A function that goes on later would write into what is then another declaration. */
export function refuseAsync(result: unknown, name: string): void {
  if (result instanceof Promise) {
    result.catch(() => {});
    throw misuse("the function that builds a declaration has to be synchronous", name);
  }
}
