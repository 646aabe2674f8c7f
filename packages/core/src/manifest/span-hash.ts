/**
 * A 64-bit hash of a byte range in two 32-bit lanes, for comparing the declarations of two versions of a manifest. It
 * takes eight bytes a step, several times what names are hashed with (`memory/hash.ts`), because all of a manifest goes
 * through it.
 *
 * A step takes two words w0 and w1, little-endian wherever they stand:
 *   a = rotl13((a ^ w0) * C0) + b;  b = rotl15((b ^ w1) * C1) + a
 * It is invertible, in the lanes for given words and in the words for given lanes, so that two ranges that differ in one
 * step only never have the same lanes. The last step takes the range's last eight bytes, some of them a second time; a
 * range below eight bytes is filled up with zeros. The length is in the start values. At a million declarations, the
 * chance that a changed one has the hash of any old one is about 5 * 10^-14. It is no defence against somebody who looks
 * for collisions: he would only deceive his own link.
 *
 * The result stands in `spanHash0` and `spanHash1`: two numbers returned without an object.
 */

const STEP = 8;

export let spanHash0 = 0;
export let spanHash1 = 0;

/** Hashes bytes `[start, end)` of the view. */
export function hashSpan(view: DataView, start: number, end: number): void {
  const length = end - start;
  let a = 0x9e3779b9 ^ length;
  let b = 0x85ebca6b ^ length;
  let word0 = 0;
  let word1 = 0;
  if (length >= STEP) {
    const last = end - STEP;
    for (let at = start; at < last; at += STEP) {
      a = Math.imul(a ^ view.getInt32(at, true), 0xcc9e2d51);
      a = (((a << 13) | (a >>> 19)) + b) | 0;
      b = Math.imul(b ^ view.getInt32(at + 4, true), 0x1b873593);
      b = (((b << 15) | (b >>> 17)) + a) | 0;
    }
    word0 = view.getInt32(last, true);
    word1 = view.getInt32(last + 4, true);
  } else {
    for (let i = 0; i < length && i < 4; i++) word0 |= view.getUint8(start + i) << (i * 8);
    for (let i = 4; i < length; i++) word1 |= view.getUint8(start + i) << (i * 8 - 32);
  }
  a = Math.imul(a ^ word0, 0xcc9e2d51);
  a = (((a << 13) | (a >>> 19)) + b) | 0;
  b = Math.imul(b ^ word1, 0x1b873593);
  b = (((b << 15) | (b >>> 17)) + a) | 0;
  finish(a, b);
}

/** The final avalanche: every bit depends on every bit of both lanes, and no two pairs of lanes become one. */
function finish(a: number, b: number): void {
  a = (Math.imul(a ^ (a >>> 16), 0x85ebca6b) + b) | 0;
  b = (Math.imul(b ^ (b >>> 15), 0xc2b2ae35) + a) | 0;
  a = (Math.imul(a ^ (a >>> 13), 0x2c1b3c6d) + b) | 0;
  b = (Math.imul(b ^ (b >>> 16), 0x297a2d39) + a) | 0;
  a = (Math.imul(a ^ (a >>> 15), 0x9e3779b1) + b) | 0;
  spanHash0 = a ^ (a >>> 16);
  spanHash1 = b ^ (b >>> 15);
}
