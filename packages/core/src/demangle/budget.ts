/**
 * What one name may cost. Mangled names come from files that anyone wrote, and a few bytes of them can stand for output
 * without end: a substitution can double what the one before it prints. So all readers and printers pay for each step and
 * each character, and give up on the whole name where that gets too much.
 */

/**
 * In characters, in steps and characters, and in calls within one another. The names in LLVM and in the Rust compiler are at
 * most 1,222 characters long, become 14,629, want less than half of the work, and are 96 calls deep.
 */
const LIMITS = { name: 1 << 14, output: 1 << 14, work: 1 << 22, depth: 256 } as const;

/** What a step costs, compared with a character. */
const STEP = 16;

/** Thrown where a name is malformed or too costly; `demangle` catches it. */
export class Undemangled extends Error {}

const REFUSAL = new Undemangled("not a mangled name");

/** Gives the name up. One error serves all: nobody looks at it, and a stack trace costs more than most names. */
export function refuse(): never {
  throw REFUSAL;
}

export class Budget {
  #work: number = LIMITS.work;
  #depth = 0;

  constructor(name: string) {
    if (name.length > LIMITS.name) refuse();
  }

  /** Pays for a step and for the text that it made, and returns that. */
  pay(text: string): string {
    if (text.length > LIMITS.output) refuse();
    this.step(text.length);
    return text;
  }

  step(cost = 0): void {
    this.#work -= cost + STEP;
    if (this.#work < 0) refuse();
  }

  /** Runs what may call itself. */
  nested<T>(run: () => T): T {
    this.step();
    if (++this.#depth > LIMITS.depth) refuse();
    const result = run();
    this.#depth--;
    return result;
  }
}
