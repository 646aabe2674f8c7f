/** Collects the errors of one function. Whoever reports counts offsets in the assembler's copy; here they become offsets
 * in the caller's source. */
import type { AssemblyError } from "./errors.js";

/** More errors than this are not worth reading. */
const MOST = 8;

export class ErrorList {
  readonly list: AssemblyError[] = [];
  #base = 0;

  /** Forgets all errors; `base` is the offset in the source where the function's text begins. */
  clear(base: number): void {
    this.list.length = 0;
    this.#base = base;
  }

  /** Adds an error; always false, so that a parser can return it. */
  add(error: AssemblyError): false {
    if (!this.full) this.list.push({ ...error, offset: error.offset + this.#base });
    return false;
  }

  get full(): boolean {
    return this.list.length >= MOST;
  }
}
