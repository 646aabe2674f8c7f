/**
 * How options are written down: one line says all spellings of an option and what it takes. `"o= output="` is `-o FILE`,
 * `-oFILE`, `--output FILE` and `--output=FILE`; `"build-id[=]"` has a value only where `=` stands; `"lto-*"` is all that
 * begin so. Names of one letter take one dash; others take one or two.
 */

import type { Diagnostic, Place } from "@manifold/core";
import type { LdState } from "./state.js";

/** An option as it was met. */
export interface OptionUse {
  /** With its dashes, without its value. */
  readonly spelling: string;
  /** Where a response file says so; counts lines when it is called. */
  readonly place: (() => Place) | undefined;
}

type Takes = "nothing" | "value" | "optional";

export type OptionEffect = (state: LdState, value: string, use: OptionUse) => Diagnostic | undefined;

export interface Option {
  readonly takes: Takes;
  readonly effect: OptionEffect;
}

/** Options by name, without dashes. */
export class OptionTable {
  readonly #exact = new Map<string, Option>();
  readonly #prefixes: { readonly prefix: string; readonly option: Option }[] = [];

  /** Adds all spellings of an option. */
  add(spellings: string, effect: OptionEffect): this {
    for (const spelling of spellings.split(" ")) {
      const takes = spelling.endsWith("[=]") ? "optional" : spelling.endsWith("=") ? "value" : "nothing";
      const name = spelling.replace(/(\[=\]|=)$/, "");
      if (name.endsWith("*")) this.#prefixes.push({ prefix: name.slice(0, -1), option: { takes: "optional", effect } });
      else this.#exact.set(name, { takes, effect });
    }
    return this;
  }

  get(name: string): Option | undefined {
    return this.#exact.get(name) ?? this.#prefixes.find(({ prefix }) => name.startsWith(prefix))?.option;
  }

  get names(): Iterable<string> {
    return this.#exact.keys();
  }
}
