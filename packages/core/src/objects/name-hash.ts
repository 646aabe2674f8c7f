/**
 * Hashes of names in the lanes of `memory/hash.ts`, four bytes a step. Symbols are named by millions, so that a name is gone
 * through once: its end is found and its hash made in the same pass. Both functions give equal names the same hash.
 *
 * Words are read through a DataView, at any alignment: V8 compiles its getters to single loads.
 */

import { hashLanes } from "../memory/hash.js";

const SEED_A = 0x2f0b4c47;
const SEED_B = 0x6b43a9b5;
const SEED_C = 0x1f83d9ab;
const AT = 0x40;

/**
 * Finds the end of the symbol name at `start` and returns it: its 0 byte, or where the version of a default one begins
 * (`name@@version`). Hashes what is before into `hash0..2`. The caller knows that there is a 0 byte, and bytes behind it.
 */
export function scanName(view: DataView, start: number): number {
  let a = SEED_A;
  let b = SEED_B;
  let c = SEED_C;
  for (let at = start; ; at += 4) {
    const word = view.getInt32(at, true);
    // The classical test: the lowest bit set stands in the first byte that is zero, or that is an @.
    const zeros = (word - 0x01010101) & ~word & 0x80808080;
    const others = word ^ 0x40404040;
    const ats = (others - 0x01010101) & ~others & 0x80808080;
    if ((zeros | ats) !== 0) {
      if (ats !== 0) {
        // Rare: byte by byte.
        const end = endOf(view, start);
        hashName(view, start, end);
        return end;
      }
      const left = (31 - Math.clz32(zeros & -zeros)) >>> 3;
      finish(a, b, c, left === 0 ? 0 : word & ((1 << (left * 8)) - 1), at + left - start);
      return at + left;
    }
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ word, 0x1b873593);
    b = (b << 15) | (b >>> 17);
    c = Math.imul(c + word, 0x38b34ae5) ^ (c >>> 16);
  }
}

/** Hashes bytes `[start, end)` of a view into `hash0..2`. */
export function hashName(view: DataView, start: number, end: number): void {
  let a = SEED_A;
  let b = SEED_B;
  let c = SEED_C;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at, true);
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ word, 0x1b873593);
    b = (b << 15) | (b >>> 17);
    c = Math.imul(c + word, 0x38b34ae5) ^ (c >>> 16);
  }
  let tail = 0;
  for (let shift = 0; at < end; at++, shift += 8) tail |= view.getUint8(at) << shift;
  finish(a, b, c, tail, end - start);
}

/** Whether `length` bytes at `a` and at `b` are equal. */
export function sameName(viewA: DataView, a: number, viewB: DataView, b: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (viewA.getInt32(a + i, true) !== viewB.getInt32(b + i, true)) return false;
  for (; i < length; i++) if (viewA.getUint8(a + i) !== viewB.getUint8(b + i)) return false;
  return true;
}

/** A view of all bytes of an array. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function endOf(view: DataView, start: number): number {
  let end = start;
  for (let byte = view.getUint8(end); byte !== 0; byte = view.getUint8(++end))
    if (byte === AT && view.getUint8(end + 1) === AT && end > start) return end;
  return end;
}

function finish(a: number, b: number, c: number, tail: number, length: number): void {
  hashLanes(a ^ tail ^ Math.imul(length, 0x9e3779b1), b + tail + length, c ^ Math.imul(tail ^ length, 0x27d4eb2f));
}
