/**
 * The layout of structs and tuples.
 *
 * - `auto`: fields by descending alignment, equal ones in the order of declaration, each at the next multiple of its
 *   alignment; the order in which they are declared does not show.
 * - `extern` and tuples: the same, in the order of declaration (C's rule).
 * - `packed`: fields from the least significant bit of a backing integer upwards, without gaps.
 *
 * The size is rounded up to the largest alignment. Source: seed lines 5606-5660, which write at these offsets.
 */

import { alignForward, type Layout } from "./abi.js";
import type { ContainerLayout, Field, Type } from "./type.js";

/** A field before it has its place. */
export interface FieldType {
  readonly name: string;
  readonly type: Type;
  /** Bytes; 0 for the type's own. */
  readonly align: number;
}

export interface StructLayout extends Layout {
  readonly fields: readonly Field[];
}

/** Places the fields of a struct that is not packed. `fields` come back in the order in which they were given. */
export function placeFields(
  given: readonly FieldType[],
  layout: Exclude<ContainerLayout, "packed"> | "tuple",
): StructLayout {
  const order = given.map((_, index) => index);
  // Sorting is stable, so equal alignments keep their order.
  if (layout === "auto") order.sort((a, b) => alignOf(given[b]!) - alignOf(given[a]!));
  const fields: Field[] = new Array<Field>(given.length);
  let end = 0;
  let align = 1;
  for (const index of order) {
    const field = given[index]!;
    const offset = alignForward(end, alignOf(field));
    fields[index] = { name: field.name, type: field.type, offset, bitOffset: 0, bits: 0 };
    end = offset + field.type.size;
    align = Math.max(align, alignOf(field));
  }
  return { fields, size: alignForward(end, align), align };
}

/** The alignment of a field: what was asked for, or its type's own. */
export function alignOf(field: FieldType): number {
  return field.align === 0 ? field.type.align : field.align;
}
