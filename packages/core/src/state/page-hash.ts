/**
 * The checksum of a page: four lanes that each multiply and rotate, so that a change of any one word changes the result
 * for certain and any other change all but once in 2^32. Not meant against people who forge pages.
 *
 * A page of zeros hashes to 0, and no other does: a page that was never written is a hole in the file, and needs no
 * checksum to be written for it.
 */

/** Hashes `words[start, end)`, a multiple of four words. With a seed other than 0, zeros do not hash to 0. */
export function hashWords(words: Int32Array, start: number, end: number, seed: number): number {
  let a = seed;
  let b = seed;
  let c = seed;
  let d = seed;
  for (let at = start; at < end; at += 4) {
    a = Math.imul(a ^ words[at]!, 0xcc9e2d51);
    b = Math.imul(b ^ words[at + 1]!, 0x1b873593);
    c = Math.imul(c ^ words[at + 2]!, 0x85ebca6b);
    d = Math.imul(d ^ words[at + 3]!, 0xc2b2ae35);
    a = (a << 13) | (a >>> 19);
    b = (b << 15) | (b >>> 17);
    c = (c << 17) | (c >>> 15);
    d = (d << 11) | (d >>> 21);
  }
  let hash = a ^ ((b << 7) | (b >>> 25)) ^ ((c << 14) | (c >>> 18)) ^ ((d << 21) | (d >>> 11));
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** The checksum of the page `words[start, end)`. */
export function hashPage(words: Int32Array, start: number, end: number): number {
  const hash = hashWords(words, start, end, 0);
  return hash !== 0 || isZero(words, start, end) ? hash : 1;
}

function isZero(words: Int32Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (words[at] !== 0) return false;
  return true;
}
