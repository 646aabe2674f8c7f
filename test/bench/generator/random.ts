/**
 * Random numbers for generated programs: small, fast and the same on every machine. `mix` is the finalizer of
 * MurmurHash3 (Austin Appleby, public domain); a stream is the sequence of mixed multiples of the golden ratio.
 */

/** Scrambles 32 bits: a bijection, so distinct inputs give distinct outputs. */
export function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A number for item `index` of the family `salt`: no state, so any item's number can be had at any time. */
export function hash(salt: number, index: number): number {
  return mix(Math.imul(index, 0x9e3779b1) ^ mix(salt));
}

/** A stream of 32-bit numbers. */
export class Random {
  private state = 0;

  /** Starts the stream that belongs to item `index` of the family `salt`. */
  restart(salt: number, index: number): void {
    this.state = hash(salt, index);
  }

  /** The next number, a signed 32-bit integer. */
  next(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    return mix(this.state);
  }

  /** An integer in [0, limit), `limit` at most 2^31. */
  below(limit: number): number {
    return Math.floor(((this.next() >>> 0) / 0x1_0000_0000) * limit);
  }
}
