/**
 * The unnamed values of a generated program: strings and constants that functions refer to by their contents. There
 * are fewer distinct ones than references, so that a linker finds equal ones to merge.
 */

import type { FunctionBody } from "./function-body.js";
import { hash, mix, type Random } from "./random.js";

const WORDS = ["address", "buffer", "closed", "device", "expected", "failed", "given", "header", "index", "length"];

export class UnnamedValues {
  private readonly count: number;
  private readonly salt: number;

  /** `count` distinct values, at least 1. */
  constructor(seed: number, count: number) {
    this.count = count;
    this.salt = mix(seed ^ 0x0bad5eed);
  }

  /** Makes the function that is being written read all of some value. */
  use(body: FunctionBody, random: Random): void {
    const u = random.below(this.count);
    const name = `value${body.size}`;
    if (u % 4 === 0) {
      // The same constant is asked for with different alignments: the largest must win.
      const align = random.below(16) === 0 ? 32 : 8;
      const words = this.constant(u);
      body.refs.push({ name, kind: "bytes", bytes: new Uint8Array(words.buffer), align });
      body.addAll(name, words, align);
    } else {
      const text = this.text(u);
      body.refs.push({ name, kind: "text", text });
      body.addAll(name, new Int32Array(Uint8Array.from(text, (char) => char.charCodeAt(0)).buffer), 1);
    }
  }

  private constant(u: number): Int32Array<ArrayBuffer> {
    return Int32Array.from({ length: u % 8 === 0 ? 2 : 4 }, (_, k) => hash(this.salt + k, u));
  }

  /** A message of whole words of four bytes. */
  private text(u: number): string {
    const random = hash(this.salt, u) >>> 0;
    const words = [random % 10, Math.floor(random / 10) % 10, Math.floor(random / 100) % 10].map((n) => WORDS[n]);
    const text = `${words.join(" ")} (${u})`;
    return `${text.padEnd(text.length | 3, ".")}\n`;
  }
}
