/**
 * Where a reader stands inside a declaration's JSON, and what it found wrong there. The path is kept as a stack of
 * steps and becomes text only for a diagnostic, so that walking costs nothing.
 */

import { type Diagnostic, DiagnosticError, nestedTooDeep, type Place, type ValueAt } from "@manifold/core";

/** Steps that a path may have; each costs a few stack frames on the way. */
const MAX_DEPTH = 500;

/** Diagnostics after which a declaration is given up. */
const MAX_DIAGNOSTICS = 20;

/** Where the caller found the type or value, for its diagnostics. */
export interface Origin {
  /** First part of the path, e.g. `init`. */
  readonly path?: string;
  readonly place?: Place;
}

export class JsonPlace {
  readonly diagnostics: Diagnostic[] = [];
  readonly #root: string;
  readonly #place: Place | undefined;
  readonly #steps: (string | number)[];

  constructor(root: string, place: Place | undefined, steps: readonly (string | number)[] = []) {
    this.#root = root;
    this.#place = place;
    this.#steps = [...steps];
  }

  enter(step: string | number): void {
    this.#steps.push(step);
    if (this.#steps.length > MAX_DEPTH) throw new DiagnosticError(nestedTooDeep(this.at(), MAX_DEPTH));
  }

  leave(): void {
    this.#steps.pop();
  }

  /** Runs `body` one step further in. */
  within<T>(step: string | number, body: () => T): T {
    this.enter(step);
    const result = body();
    this.leave();
    return result;
  }

  /** A place that stays where this one is now. It has its own diagnostics. */
  fork(): JsonPlace {
    return new JsonPlace(this.#root, this.#place, this.#steps);
  }

  at(): ValueAt {
    let path = this.#root;
    for (const step of this.#steps) {
      if (typeof step === "number") path += `[${step}]`;
      else path += /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    }
    return this.#place === undefined ? { path } : { path, place: this.#place };
  }

  /** This place as the origin of something that is read on its own. */
  origin(): Origin {
    return this.at();
  }

  /** Keeps a diagnostic and goes on, so that one run names many mistakes; gives up when there are too many. */
  report(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic);
    if (this.diagnostics.length >= MAX_DIAGNOSTICS) this.finish();
  }

  /** @throws DiagnosticError with everything that was reported, if anything was. */
  finish(): void {
    if (this.diagnostics.length > 0) throw new DiagnosticError(...this.diagnostics);
  }
}
