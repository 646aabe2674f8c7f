/** The thread-local variables of a generated program: few, half of them with contents and half zeros. */

import { Blob } from "./blob.js";
import type { FunctionBody } from "./function-body.js";
import type { Random } from "./random.js";
import type { Sink } from "./sink.js";

const COUNT = 8;

/** All have a word at this offset, which functions read. */
const WORD_AT = 4;

export class Threadlocals {
  /** Makes the function that is being written read one of them. */
  use(body: FunctionBody, random: Random): void {
    const t = random.below(COUNT);
    body.addThreadlocal(`perThread${t}`, WORD_AT, word(t));
  }

  write(sink: Sink): void {
    for (let t = 0; t < COUNT; t++) {
      if (word(t) === 0) {
        sink.zero(`perThread${t}`, 4, 8 + 4 * t, true);
        continue;
      }
      const contents = new Blob();
      contents.word(-1);
      contents.word(word(t));
      sink.data("var", `perThread${t}`, 4 << t, contents, true);
    }
  }
}

function word(t: number): number {
  return t < COUNT / 2 ? 0x1000 + t : 0;
}
