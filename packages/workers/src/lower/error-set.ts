/**
 * The global error set: every error name with its number. Numbers begin at 1, in the order of declaration, since 0
 * says that there is no error; they are 16 bits wide. Source: seed lines 5453-5506.
 */

import { type Diagnostic, duplicateName, malformedType, tooManyErrors } from "@manifold/core";
import { found } from "./json.js";
import { JsonPlace, type Origin } from "./json-place.js";

/** Errors are 16-bit numbers, and 0 is none of them. */
const MAX_ERRORS = 65535;

export class GlobalErrorSet {
  readonly names: readonly string[];
  readonly #numbers = new Map<string, number>();
  readonly diagnostics: readonly Diagnostic[];

  constructor(names: readonly unknown[], origin: Origin = {}) {
    const place = new JsonPlace(origin.path ?? "errors", origin.place);
    const diagnostics: Diagnostic[] = [];
    if (names.length > MAX_ERRORS) diagnostics.push(tooManyErrors(place.at(), names.length, MAX_ERRORS));
    const valid: string[] = [];
    for (const [index, name] of names.slice(0, MAX_ERRORS).entries()) {
      place.enter(index);
      if (typeof name !== "string") diagnostics.push(malformedType(place.at(), "the name of an error", found(name)));
      else if (this.#numbers.has(name)) diagnostics.push(duplicateName(place.at(), "error", name));
      else this.#numbers.set(name, valid.push(name));
      place.leave();
    }
    this.names = valid;
    this.diagnostics = diagnostics;
  }

  /** 1 and up, or undefined for a name that is not in the set. */
  number(name: string): number | undefined {
    return this.#numbers.get(name);
  }
}
