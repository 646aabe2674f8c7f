/** Tokens of Rust's v0 mangling: numbers, identifiers, lifetimes, and references to earlier parts of the name. */

import { refuse } from "../budget.js";
import { Cursor } from "../cursor.js";
import { decodePunycode } from "./punycode.js";

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const MAX_U64 = (1n << 64n) - 1n;
/** More than a signature has; each is printed. */
const MAX_BOUND = 1000;

export class Reader extends Cursor {
  /** How many lifetimes the `for<...>` around this place have named. */
  #bound = 0;

  /** `_` for 0, `0_` for 1, `Z_` for 62. */
  base62(): bigint {
    const digits = this.match(/\w{0,11}?_/y) ?? refuse();
    let number = -1n;
    for (const digit of digits.slice(0, -1)) number = (number < 0n ? 0n : number) * 62n + BigInt(DIGITS.indexOf(digit));
    if (number >= MAX_U64) refuse();
    return number + 1n;
  }

  /** What `tag` and a number stand for; 0 where there is no `tag`. */
  optional(tag: string): bigint {
    return this.accept(tag) ? this.base62() + 1n : 0n;
  }

  disambiguator(): bigint {
    return this.optional("s");
  }

  /** A length and as many letters; behind `u` with others than those of ASCII. */
  identifier(): string {
    const isPunycode = this.accept("u");
    const length = Number(this.match(/0|[1-9]\d{0,8}/y) ?? refuse());
    this.accept("_");
    const text = this.take(length);
    if (!isPunycode) return text;
    const at = text.lastIndexOf("_");
    const basic = text.slice(0, Math.max(at, 0));
    const deltas = text.slice(at + 1);
    if (deltas === "") refuse();
    this.budget.step(text.length ** 2);
    return decodePunycode(basic, deltas) ?? `punycode{${basic === "" ? "" : `${basic}-`}${deltas}}`;
  }

  /** Reads what stands at an earlier place, whose number follows. */
  back(read: () => string): string {
    const start = this.at;
    const target = this.base62();
    if (target >= BigInt(start - 1)) refuse();
    const { at } = this;
    this.at = Number(target);
    const text = this.budget.nested(read);
    this.at = at;
    return text;
  }

  /** The lifetime whose number follows, counted from the innermost that is bound; 0 has no name. */
  lifetime(): string {
    const number = this.base62();
    return number === 0n ? "'_" : this.#lifetimeName(BigInt(this.#bound) - number);
  }

  #lifetimeName(depth: bigint): string {
    if (depth < 0n) refuse();
    return depth < 26n ? `'${DIGITS[Number(depth) + 10]}` : `'_${depth}`;
  }

  /** `for<...>` if lifetimes are bound here, and what `read` reads in it. */
  binder(read: () => string): string {
    const count = this.optional("G");
    if (count > MAX_BOUND) refuse();
    const outer = this.#bound;
    const names = Array.from({ length: Number(count) }, (_, index) => this.#lifetimeName(BigInt(outer + index)));
    this.#bound += names.length;
    const text = read();
    this.#bound = outer;
    return names.length === 0 ? text : this.budget.pay(`for<${names.join(", ")}> ${text}`);
  }

  /** Reads with `read` until an E. */
  list(read: () => string): string[] {
    const texts: string[] = [];
    while (!this.accept("E")) texts.push(read());
    return texts;
  }
}
