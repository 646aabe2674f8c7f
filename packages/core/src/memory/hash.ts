/**
 * A 96-bit hash of a byte range in three 32-bit lanes. Names and constants are looked up by hash alone: at ten million
 * names the chance that any two share all 96 bits is about 10^-15. Two names that did would be reported as declared
 * twice. Lanes mix four bytes a step, in the manner of MurmurHash3, with a multiplier of their own.
 *
 * The result stands in `hash0`, `hash1`, `hash2`: three numbers returned without an object.
 */

export let hash0 = 0;
export let hash1 = 0;
export let hash2 = 0;

/** Hashes `bytes[start, end)` into `hash0..2`. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  let a = 0x9e3779b9 ^ length;
  let b = 0x85ebca6b ^ length;
  let c = 0xc2b2ae35 ^ length;
  let at = start;
  for (const stop = end - 3; at < stop; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ word, 0x1b873593);
    b = (b << 15) | (b >>> 17);
    c = Math.imul(c + word, 0x38b34ae5) ^ (c >>> 16);
  }
  let tail = 0;
  for (let shift = 0; at < end; at++, shift += 8) tail |= bytes[at]! << shift;
  hashLanes(a ^ tail, b + tail, c ^ Math.imul(tail, 0x27d4eb2f));
}

/** Gives the same bytes another hash in each scope: `hash0..2` are mixed with `scope`. */
export function hashScope(scope: number): void {
  const key = Math.imul(scope + 1, 0x9e3779b1);
  hashLanes(hash0 ^ key, hash1 + key, hash2 ^ Math.imul(key, 0x85ebca6b));
}

/** Starts a hash over words that `hashWord` adds one by one. */
export function hashStart(seed: number): void {
  hashLanes(seed ^ 0x51ed270b, seed ^ 0x2545f491, seed ^ 0x6a09e667);
}

export function hashWord(word: number): void {
  hashLanes(
    hash0 ^ Math.imul(word, 0xcc9e2d51),
    hash1 + Math.imul(word, 0x1b873593),
    hash2 ^ Math.imul(word, 0x38b34ae5),
  );
}

export function hashSet(a: number, b: number, c: number): void {
  hash0 = a;
  hash1 = b;
  hash2 = c;
}

/** The final avalanche, into `hash0..2`: every bit of every lane depends on every bit of all three. */
export function hashLanes(a: number, b: number, c: number): void {
  a ^= a >>> 16;
  a = Math.imul(a, 0x85ebca6b) + b;
  a ^= a >>> 13;
  b ^= b >>> 15;
  b = Math.imul(b, 0xc2b2ae35) + c;
  b ^= b >>> 16;
  c ^= c >>> 14;
  c = Math.imul(c, 0x2c1b3c6d) + a;
  c ^= c >>> 12;
  a = Math.imul(a ^ c, 0x297a2d39);
  b = Math.imul(b ^ a, 0x165667b1);
  c = Math.imul(c ^ b, 0x9e3779b1);
  hash0 = (a ^ (a >>> 15)) | 0;
  hash1 = (b ^ (b >>> 15)) | 0;
  hash2 = (c ^ (c >>> 15)) | 0;
}
