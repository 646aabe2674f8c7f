/**
 * The data objects of a generated program. All about object `d` follows from the seed and `d`, so that a function can
 * refer to an object that is not written yet, and know what it will read there.
 */

import { hash, mix } from "./random.js";

/** Objects per block of the program; names tell the block. */
export const OBJECTS_PER_BLOCK = 512;

export type ObjectKind = "const" | "var" | "zero";

export class DataObjects {
  readonly count: number;
  private readonly salt: number;

  constructor(seed: number, count: number) {
    this.count = count;
    this.salt = mix(seed ^ 0x0b1ec7);
  }

  kind(d: number): ObjectKind {
    const random = hash(this.salt, d) & 15;
    return random < 9 ? "const" : random < 13 ? "var" : "zero";
  }

  name(d: number): string {
    return `m${Math.floor(d / OBJECTS_PER_BLOCK)}.${this.kind(d)}${d}`;
  }

  /** Size in words of four bytes: mostly 2 to 17; few are large, as tables and buffers are. */
  words(d: number): number {
    const random = hash(this.salt, d);
    const few = 2 + ((random >>> 4) % 16);
    if ((random >>> 20) % 2048 !== 0) return few;
    return this.kind(d) === "zero" ? 16384 : 1024;
  }

  align(d: number): number {
    const random = (hash(this.salt, d) >>> 9) & 255;
    return random === 0 ? 64 : random < 32 ? 16 : random < 128 ? 8 : 4;
  }

  /** Word `k` of the contents, signed; 0 for objects of zeros. */
  word(d: number, k: number): number {
    return this.kind(d) === "zero" ? 0 : mix(hash(this.salt ^ 0x5eed, d) + Math.imul(k, 0x85ebca77));
  }
}

/** What the start code makes of the words of an object before it adds them to the checksum. */
export function digest(digestSoFar: number, word: number): number {
  return (((digestSoFar << 1) | (digestSoFar >>> 31)) + word) | 0;
}
