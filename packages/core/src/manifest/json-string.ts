/**
 * Decodes the escapes of a JSON string (RFC 8259, section 7) from bytes to bytes. No JavaScript string is made: a text
 * of a hundred megabytes would not fit a worker's heap.
 */

import type { EscapeMap } from "./escape-map.js";

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
/** What stands behind a backslash, and the byte it means. */
const SIMPLE = new Uint8Array(128);
for (const [letter, byte] of Object.entries({ '"': 0x22, "\\": 0x5c, "/": 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 })) {
  SIMPLE[letter.charCodeAt(0)] = byte;
}
/** Stands for half of a surrogate pair without its other half, as in JavaScript's own UTF-8 encoder. */
const REPLACEMENT = 0xfffd;

/**
 * Writes the UTF-8 bytes of the string's contents `source[start, end)`, whose escapes have been checked, to `target` from
 * `at` on; returns where they end. Decoded text is never longer than its escapes. `escapes`, where given, learns of every
 * escape, with offsets from the first decoded byte.
 */
export function decodeEscapes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  escapes?: EscapeMap,
): number {
  const lead = start - at;
  const first = at;
  for (let from = start; from < end; ) {
    const byte = source[from]!;
    if (byte !== BACKSLASH) {
      target[at++] = byte;
      from++;
      continue;
    }
    if (source[from + 1] !== LOWER_U) {
      target[at++] = SIMPLE[source[from + 1]!]!;
      from += 2;
    } else {
      let unit = hexUnit(source, from + 2);
      from += 6;
      const isLead = (unit & 0xfc00) === 0xd800;
      const trail =
        isLead && source[from] === BACKSLASH && source[from + 1] === LOWER_U && from + 6 <= end
          ? hexUnit(source, from + 2)
          : 0;
      if ((trail & 0xfc00) === 0xdc00) {
        unit = 0x10000 + ((unit & 0x3ff) << 10) + (trail & 0x3ff);
        from += 6;
      } else if ((unit & 0xf800) === 0xd800) unit = REPLACEMENT;
      at = writeCodePoint(unit, target, at);
    }
    if (escapes !== undefined) escapes.add(at - first, from - at - lead);
  }
  return at;
}

function hexUnit(source: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = 0; i < 4; i++) {
    const digit = source[at + i]!;
    // Digits are 0x30-0x39; letters, made lower case, 0x61-0x66.
    unit = (unit << 4) | (digit < 0x40 ? digit - 0x30 : (digit | 0x20) - 0x57);
  }
  return unit;
}

function writeCodePoint(point: number, target: Uint8Array, at: number): number {
  if (point < 0x80) target[at++] = point;
  else if (point < 0x800) {
    target[at++] = 0xc0 | (point >> 6);
    target[at++] = 0x80 | (point & 0x3f);
  } else if (point < 0x10000) {
    target[at++] = 0xe0 | (point >> 12);
    target[at++] = 0x80 | ((point >> 6) & 0x3f);
    target[at++] = 0x80 | (point & 0x3f);
  } else {
    target[at++] = 0xf0 | (point >> 18);
    target[at++] = 0x80 | ((point >> 12) & 0x3f);
    target[at++] = 0x80 | ((point >> 6) & 0x3f);
    target[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}
