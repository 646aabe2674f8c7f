/**
 * The layout of unions: all fields at one offset, and where there is a tag, tag and payload in the order of their
 * alignment, the larger first, the tag first when they are equal. The size is rounded up to the larger alignment.
 *
 * Source: seed lines 5664-5700. The seed does not write the bytes between a payload and a tag that is more aligned
 * than the payload's end, nor those after a payload that follows its tag; here every byte of the layout is written.
 */

import { alignForward, type Layout } from "./abi.js";
import { alignOf, type FieldType } from "./layout-struct.js";
import type { EnumType } from "./type.js";

export interface UnionLayout extends Layout {
  readonly payloadOffset: number;
  /** Size of the largest field. */
  readonly payloadSize: number;
  readonly tagOffset: number;
}

export function placeUnion(fields: readonly FieldType[], tag: EnumType | null): UnionLayout {
  let payloadSize = 0;
  let payloadAlign = 1;
  for (const field of fields) {
    payloadSize = Math.max(payloadSize, field.type.size);
    payloadAlign = Math.max(payloadAlign, alignOf(field));
  }
  if (tag === null) {
    return {
      size: alignForward(payloadSize, payloadAlign),
      align: payloadAlign,
      payloadOffset: 0,
      payloadSize,
      tagOffset: 0,
    };
  }
  const align = Math.max(payloadAlign, tag.align);
  const tagFirst = tag.align >= payloadAlign;
  const payloadOffset = tagFirst ? alignForward(tag.size, payloadAlign) : 0;
  const tagOffset = tagFirst ? 0 : alignForward(payloadSize, tag.align);
  const end = tagFirst ? payloadOffset + payloadSize : tagOffset + tag.size;
  return { size: alignForward(end, align), align, payloadOffset, payloadSize, tagOffset };
}
