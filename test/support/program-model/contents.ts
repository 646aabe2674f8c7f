/**
 * Contents of data and unnamed values: how they are spelled, and what bytes they are. Where a relocation lies, the bytes
 * are zeros here and nobody reads them as numbers.
 */

import type { Line } from "../manifest.js";
import { hash, hashText } from "./hash.js";
import type { Contents, FieldType, Id, Pointer, TypeItem } from "./program.js";
import type { Refs } from "./refs.js";
import type { Place, View } from "./view.js";

/** A relocation of eight bytes (64, TPOFF64) or four. */
export interface Cell {
  readonly offset: number;
  readonly type: "64" | "PC32" | "SIZE32" | "TPOFF64";
  readonly place: Place;
  readonly addend: number;
}

export interface Flat {
  readonly bytes: Buffer;
  readonly cells: readonly Cell[];
  /** Offsets of some words of four bytes that are numbers; the first ones and the last. */
  readonly plain: readonly number[];
}

const SIZES: Readonly<Record<FieldType, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, ptr: 8 };

/** What `contents`, those of item `owner` in `scope`, are made of. */
export function flatten(view: View, contents: Contents, scope: number, owner: Id): Flat {
  const type = typeOf(view, contents, scope);
  if (type !== undefined) return flattenTyped(view, contents, scope, owner, type);
  const { form, words, padding, pointers } = contents;
  if (form === "zero") return withPlain(Buffer.alloc(4 * words.length + padding), []);
  if (form === "text") return withPlain(Buffer.from(textOf(contents)), []);
  const start = 4 * words.length + padding;
  const bytes = Buffer.alloc(start + 8 * pointers.length, 0xa5);
  words.forEach((word, index) => {
    bytes.writeUInt32LE(word, 4 * index);
  });
  const cells = pointers.flatMap((pointer, index) => {
    bytes.fill(0, start + 8 * index, start + 8 * index + 8);
    return cellOf(view, pointer, start + 8 * index, scope, owner);
  });
  return withPlain(bytes, cells);
}

/** `contents` as a declaration or a uav spells them, their relocations included; `refs` are the declaration's. */
export function contentsLine(view: View, contents: Contents, scope: number, owner: Id, refs: Refs): Line {
  const flat = flatten(view, contents, scope, owner);
  const type = typeOf(view, contents, scope);
  if (type !== undefined) return { type: type.name, init: initOf(contents, type, flat, refs) };
  if (contents.form === "zero") return { zero: flat.bytes.length };
  if (contents.form === "text") return { text: textOf(contents) };
  const bytes = contents.form === "base64" ? `base64:${flat.bytes.toString("base64")}` : flat.bytes.toString("hex");
  const relocs = flat.cells.map((cell) => [cell.offset, cell.type, cell.place.name(refs, 1), cell.addend]);
  return { bytes, ...(relocs.length === 0 ? {} : { relocs }) };
}

/** Text, to be printed too. */
function textOf({ words, padding }: Contents): string {
  return `${words.map((word) => word.toString(16).padStart(8, "0")).join("")}${".".repeat(padding)}\n`;
}

function typeOf(view: View, { form, type }: Contents, scope: number): TypeItem | undefined {
  const item = form === "typed" && type !== undefined ? view.item(type) : undefined;
  return item?.kind === "type" && item.scope === scope ? item : undefined;
}

function cellOf(view: View, pointer: Pointer, offset: number, scope: number, owner: Id): Cell[] {
  const place = view.place(scope, pointer.target);
  if (place === undefined) return [];
  const { addend, way } = pointer;
  const atom = place.atom;
  // A value that points at itself cannot be; and what is undefined has no distance and no size.
  if (atom?.kind === "uav" && atom.id >= owner && view.item(owner)?.kind === "uav") return [];
  if (atom === undefined) return way === "64" ? [{ offset, type: "64", place, addend: 0 }] : [];
  if (atom.kind === "data" && atom.threadlocal) return [{ offset, type: "TPOFF64", place, addend: 0 }];
  return [{ offset, type: way, place, addend: way === "SIZE32" && atom.kind === "uav" ? 0 : addend }];
}

function flattenTyped(view: View, contents: Contents, scope: number, owner: Id, type: TypeItem): Flat {
  const { offsets, size } = layoutOf(type);
  const bytes = Buffer.alloc(size);
  const cells: Cell[] = [];
  let pointers = 0;
  type.fields.forEach((field, index) => {
    const offset = offsets[index]!;
    if (field.type === "ptr") {
      const pointer = contents.pointers[pointers++];
      const cell = pointer === undefined ? [] : cellOf(view, { ...pointer, way: "64" }, offset, scope, owner);
      // A value may have pointers to memory, and fields of no other kind that a linker fills in.
      cells.push(...cell.filter((each) => each.type === "64").map((each) => ({ ...each, addend: each.addend & 7 })));
    } else {
      const number = Buffer.alloc(8);
      number.writeBigUInt64LE(numberOf(contents, field.name));
      number.copy(bytes, offset, 0, SIZES[field.type]);
    }
  });
  const pointerFields = type.fields.flatMap((field, index) => (field.type === "ptr" ? [offsets[index]!] : []));
  return withPlain(bytes, cells, pointerFields);
}

function initOf(contents: Contents, type: TypeItem, { cells }: Flat, refs: Refs): unknown {
  const { offsets } = layoutOf(type);
  const values = type.fields.map((field, index): [string, unknown] => {
    if (field.type !== "ptr") {
      const bits = 8 * SIZES[field.type];
      return [field.name, `0x${BigInt.asUintN(bits, numberOf(contents, field.name)).toString(16)}`];
    }
    const cell = cells.find(({ offset }) => offset === offsets[index]);
    if (cell === undefined) return [field.name, null];
    const offset = cell.addend === 0 ? {} : { offset: cell.addend };
    return [field.name, { nav: cell.place.name(refs, 1), ...offset }];
  });
  const byName = (contents.words[0] ?? 0) % 2 === 0;
  return byName ? Object.fromEntries(values) : values.map(([, value]) => value);
}

/** The value of a field of numbers. It follows the field's name, so that fields can change places. */
function numberOf({ words }: Contents, field: string): bigint {
  const low = hash(...words, hashText(field));
  return (BigInt(hash(low)) << 32n) | BigInt(low);
}

/** As C lays out a struct; `auto` is ordered by alignment, the largest first (docs/values.md). */
function layoutOf({ layout, fields }: TypeItem): { offsets: number[]; size: number } {
  const order = fields.map((_, index) => index);
  const sizeOf = (index: number): number => SIZES[fields[index]!.type];
  if (layout === "auto") order.sort((a, b) => sizeOf(b) - sizeOf(a) || a - b);
  const offsets: number[] = [];
  let end = 0;
  for (const index of order) {
    offsets[index] = Math.ceil(end / sizeOf(index)) * sizeOf(index);
    end = offsets[index]! + sizeOf(index);
  }
  const align = Math.max(1, ...order.map(sizeOf));
  return { offsets, size: Math.ceil(end / align) * align };
}

/** `reserved`: where fields of eight bytes lie that are no numbers, besides the cells. */
function withPlain(bytes: Buffer, cells: readonly Cell[], reserved: readonly number[] = []): Flat {
  const taken = [...cells.map(({ offset }) => offset), ...reserved];
  const last = bytes.length - 4;
  const plain = [...new Set([0, 4, 8, 12, last])].filter(
    (offset) => offset >= 0 && offset <= last && taken.every((start) => offset + 4 <= start || offset >= start + 8),
  );
  return { bytes, cells, plain };
}
